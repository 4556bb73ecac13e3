import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../main.ts', import.meta.url));

/** Becomes the server: the same process, so signals, output and exit code are the server's own. */
export function serve(): never {
  // The environment as it is: the launcher's process id is in it, whose end is the server's too.
  process.execve?.(process.execPath, [process.execPath, program], process.env);
  throw new Error('`tradepost serve` works on Linux and macOS only; use `npm start`.');
}
