/** The database that was given, waited for and checked before anything uses it. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** EX_UNAVAILABLE of sysexits.h. */
export const databaseExitCode = 69;

const oldestVersion = 150_000;
const retryMs = 1000;
const connectTimeoutMs = 5000;
/** Wrong user, wrong password, no such database: trying again changes nothing. */
const hopeless = new Set(['28000', '28P01', '3D000']);

/** No usable database at this address. The message names host and reason, never the password. */
export class DatabaseUnusableError extends Error {
  override name = 'DatabaseUnusableError';
}

/**
 * Waits until the database answers, for `patienceMs` at most.
 *
 * @param say told once, when the wait begins
 * @throws DatabaseUnusableError; the signal's reason when it aborts
 */
export async function waitForDatabase(
  url: string,
  options: { patienceMs: number; signal: AbortSignal; say: (line: string) => void },
): Promise<void> {
  const host = hostOf(url);
  const deadlineMs = performance.now() + options.patienceMs;
  for (let first = true; ; first = false) {
    const failure = await tryDatabase(url);
    if (failure === null) return;
    const sentence = `The database at ${host} cannot be used: ${failure.reason}.`;
    if (!failure.mayPass || performance.now() + retryMs > deadlineMs)
      throw new DatabaseUnusableError(sentence);
    if (first) options.say(`${sentence} Trying again for ${Math.round(options.patienceMs / 1000)} s.`);
    await delay(retryMs, undefined, { signal: options.signal });
  }
}

async function tryDatabase(url: string): Promise<{ reason: string; mayPass: boolean } | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query('show server_version_num');
    const version = Number(rows[0].server_version_num);
    if (version >= oldestVersion) return null;
    return {
      reason: `it is PostgreSQL ${Math.floor(version / 10_000)}, and 15 is the oldest supported`,
      mayPass: false,
    };
  } catch (error) {
    const { code } = error as { code?: string };
    return { reason: reasonOf(error), mayPass: code === undefined || !hopeless.has(code) };
  } finally {
    await client.end().catch(() => {});
  }
}

function reasonOf(error: unknown): string {
  // A name with several addresses fails with all their errors and no words of its own.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

function hostOf(url: string): string {
  const { hostname, port, searchParams } = new URL(url);
  return searchParams.get('host') ?? `${hostname || 'localhost'}:${port || 5432}`;
}
