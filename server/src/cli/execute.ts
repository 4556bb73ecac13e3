/**
 * Runs one command. It ends with an honest exit code (exit-codes.ts), and what it opened is closed again, after an
 * interruption too; what was committed by then stays.
 */
import { constants } from 'node:os';
import { ConfigError } from '#platform/config';
import { DatabaseUnavailableError } from '#platform/db';
import { HttpProblem } from '#platform/http';
import { DatabaseUnusableError } from '../start/database.ts';
import { CliError, exitCodes, tellFailure } from './exit-codes.ts';
import type { Request } from './parse.ts';
import { openSession } from './session.ts';

/** A terminal and the launcher both pass on one wish; and each line into a closed pipe fails anew. */
const sameWishMs = 2000;

/** Somebody asked the command to end. */
class Interrupted extends Error {
  override name = 'Interrupted';
  readonly code: number;

  constructor(code: number) {
    super('interrupted');
    this.code = code;
  }
}

/** Returns the exit code; a failure has been told by then. */
export async function execute(request: Request & { kind: 'run' }): Promise<number> {
  const { signal, interrupted } = listenForInterruption();
  try {
    await using session = openSession({ json: request.json, signal });
    const ended = request.command.run(session, request.given);
    // Whichever loses the race must not end the process by an error that nobody hears.
    ended.catch(() => {});
    return await Promise.race([ended, interrupted]);
  } catch (error) {
    if (error instanceof Interrupted) return error.code;
    const { code, text } = explain(error);
    return tellFailure(code, text, request.json);
  }
}

function listenForInterruption(): { signal: AbortSignal; interrupted: Promise<never> } {
  const controller = new AbortController();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  interrupted.catch(() => {});
  let askedAtMs = 0;
  const end = (code: number) => {
    if (!controller.signal.aborted) {
      askedAtMs = performance.now();
      reject(new Interrupted(code));
      controller.abort();
    } else if (performance.now() - askedAtMs > sameWishMs) {
      // Now, then. An embedded database that we serve stays behind and is taken over by the next start.
      process.exit(code);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => end(128 + constants.signals[signal]));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    end(exitCodes.pipeClosed.code);
  });
  return { signal: controller.signal, interrupted };
}

function explain(error: unknown): { code: number; text: string } {
  const { failed, unavailable, config } = exitCodes;
  if (error instanceof CliError) return { code: error.code, text: error.message };
  if (error instanceof ConfigError) return { code: config.code, text: error.message };
  if (error instanceof DatabaseUnusableError) return { code: unavailable.code, text: error.message };
  if (error instanceof HttpProblem) return { code: failed.code, text: error.detail };
  const { code, path, cause } = error as NodeJS.ErrnoException;
  if (error instanceof DatabaseUnavailableError) {
    const reason = cause instanceof Error ? ` (${cause.message})` : '';
    return { code: unavailable.code, text: `The database went away${reason}.` };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const text = `${path ?? 'A file'} may not be used by this user. Run this as the user that runs the server.`;
    return { code: failed.code, text };
  }
  return { code: failed.code, text: error instanceof Error ? error.message : String(error) };
}
