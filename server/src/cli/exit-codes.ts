/** What the exit code of a command says. The numbers from 64 on are those of sysexits.h. */

export const exitCodes = {
  done: { code: 0, meaning: 'Done.' },
  failed: {
    code: 1,
    meaning:
      'Refused or failed: no such thing, its state does not allow it, the task followed did not complete, `doctor` found a fault.',
  },
  pending: { code: 3, meaning: '`migrate --plan`: there are migrations to apply.' },
  usage: { code: 64, meaning: 'The command line is wrong; nothing was done.' },
  unavailable: { code: 69, meaning: 'The database cannot be reached or used.' },
  config: { code: 78, meaning: 'A setting is wrong, as for `npm start`.' },
  interrupted: { code: 130, meaning: 'Ended by Ctrl-C (143: by SIGTERM, 129: its terminal closed).' },
  pipeClosed: { code: 141, meaning: 'Whoever read the output went away, such as `head`.' },
} as const;

/** Ends the command with this code. The message goes to stderr. */
export class CliError extends Error {
  override name = 'CliError';
  readonly code: number;

  constructor(code: keyof typeof exitCodes, message: string) {
    super(message);
    this.code = exitCodes[code].code;
  }
}

/** Says on stderr why the command ends with `code`, and gives the code back. */
export function tellFailure(code: number, message: string, asJson: boolean): number {
  process.stderr.write(`${asJson ? JSON.stringify({ error: { code, message } }) : message}\n`);
  return code;
}
