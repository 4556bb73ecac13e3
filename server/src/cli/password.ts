/** Passwords, which never come by the command line: other users of the machine can read that. */
import { stdin } from 'node:process';
import { passwordFault } from '#modules/identity';
import { CliError } from './exit-codes.ts';
import type { Session } from './session.ts';

const minLength = 10;
const maxLength = 200;

/**
 * From the first line of stdin, or asked for twice on the terminal without echo.
 *
 * @param email its owner's, which is no good password
 * @throws CliError
 */
export async function obtainPassword(session: Session, email: string, fromStdin: boolean): Promise<string> {
  if (fromStdin) return checked(await readFirstLine(), email);
  if (!stdin.isTTY) {
    throw new CliError(
      'usage',
      'There is no terminal to ask for the password; use --password-stdin or --generate-password.',
    );
  }
  const password = checked(await askHidden(session, 'New password: '), email);
  if ((await askHidden(session, 'Once more: ')) !== password)
    throw new CliError('failed', 'The two are not the same; nothing was changed.');
  return password;
}

function checked(password: string, email: string): string {
  if (password.length < minLength || password.length > maxLength) {
    throw new CliError(
      'usage',
      `The password has ${password.length} characters; allowed is ${minLength} to ${maxLength}.`,
    );
  }
  const fault = passwordFault(password, email);
  if (fault !== null) throw new CliError('usage', `The password ${fault}.`);
  return password;
}

async function readFirstLine(): Promise<string> {
  let text = '';
  stdin.setEncoding('utf8');
  for await (const part of stdin) {
    text += part;
    if (text.includes('\n') || text.length > maxLength * 4) break;
  }
  return text.split(/\r?\n/, 1)[0]!;
}

/** One line typed on the terminal, of which nothing is shown. */
async function askHidden(session: Session, question: string): Promise<string> {
  process.stderr.write(question);
  stdin.setRawMode(true).setEncoding('utf8').resume();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let typed = '';
  const onData = (text: string) => {
    for (const letter of text) {
      if (letter === '\r' || letter === '\n') return resolve(typed);
      // In raw mode the terminal no longer makes a signal of Ctrl-C.
      if (letter === '\u0003') return void process.kill(process.pid, 'SIGINT');
      if (letter === '\u0004') return reject(new CliError('failed', 'No password was given.'));
      if (letter === '\u007f' || letter === '\b') typed = typed.slice(0, -1);
      else typed += letter;
    }
  };
  const onAbort = () => reject(session.signal.reason);
  session.signal.addEventListener('abort', onAbort);
  stdin.on('data', onData);
  try {
    return await promise;
  } finally {
    stdin.off('data', onData).setRawMode(false).pause();
    session.signal.removeEventListener('abort', onAbort);
    process.stderr.write('\n');
  }
}
