/** The command line, `tradepost`. Help and refusals are at hand at once; the rest of the program is loaded to run a command. */
import manifest from '../../package.json' with { type: 'json' };
import { commands } from './commands.ts';
import { CliError, tellFailure } from './exit-codes.ts';
import { commandHelp, overview } from './help.ts';
import { parseCommandLine } from './parse.ts';

async function run(argv: string[]): Promise<number> {
  const request = parseCommandLine(argv, commands);
  if (request.kind === 'version') {
    console.log(manifest.version);
    return 0;
  }
  if (request.kind === 'help') {
    const { of } = request;
    console.log(of === null || typeof of === 'string' ? overview(commands, of) : commandHelp(of));
    return 0;
  }
  const { execute } = await import('./execute.ts');
  return execute(request);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.exitCode = tellFailure(error.code, error.message, process.argv.includes('--json'));
}
// Written to a pipe, the answer may still be on its way: an exit before it is taken would cut it short.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit();
