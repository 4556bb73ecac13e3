/** The connection pool, and what tells a broken connection from a refused statement. */
import pg from 'pg';

export interface PoolSettings {
  url: string;
  /** Connections kept once they are open. */
  poolSize: number;
  /** Connections above it under load, closed again when idle. */
  maxOverflow: number;
  /** How long a caller waits for one. */
  poolTimeoutMs: number;
  /** Age at which a connection is replaced. */
  poolRecycleSeconds: number;
}

/** The database cannot be reached, or no connection became free in time. Nothing of the transaction took effect. */
export class DatabaseUnavailableError extends Error {
  override name = 'DatabaseUnavailableError';
}

/**
 * The commit was sent but its answer never came: it may or may not have taken effect. The caller must look (an
 * idempotency key does that for the outside), never assume.
 */
export class CommitUnknownError extends DatabaseUnavailableError {
  override name = 'CommitUnknownError';
}

/** The database's disk has no space for the change. The transaction was rolled back; reads may go on. */
export class StorageFullError extends DatabaseUnavailableError {
  override name = 'StorageFullError';
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '53300',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '25P03',
  '25P04',
]);

export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, severity } = error as { code?: string; severity?: string };
  // The whole server goes down with it, whatever the code: no space for the log, say. A commit may yet turn out to hold.
  if (severity === 'PANIC') return true;
  if (code !== undefined && connectionCodes.has(code)) return true;
  return (
    isReadTimeout(error) ||
    /connection terminated|timeout exceeded when trying to connect|Connection terminated|not queryable|connection error/i.test(
      error.message,
    )
  );
}

/** The server took a statement and gave no answer in time: it, or the way to it, stands still. */
export function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** A disk is full: the database's by its SQLSTATE, ours by the system's code. */
export function isStorageFull(error: unknown): boolean {
  const state = sqlState(error);
  return state === '53100' || state === 'ENOSPC';
}

/** SQLSTATE of a refused statement, such as `23505`. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error ? (error as { code?: string }).code : undefined;
}

// bigint and numeric arrive as text: money and counters fit a double far beyond any shop, so int8 becomes a number;
// numeric stays text, because prices have decimals that a double cannot hold.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`bigint ${text} is larger than a number can hold`);
  return value;
});

/** A transaction that goes on and on holds back the tail however busy it is; the longest of ours takes seconds. */
const transactionTimeoutMs = 60_000;

export function createPool(settings: PoolSettings): pg.Pool {
  return openPool({
    connectionString: settings.url,
    application_name: 'tradepost',
    // Statements that do not wait for each other's answers travel together.
    pipeline: true,
    max: settings.poolSize + settings.maxOverflow,
    min: settings.poolSize,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: settings.poolTimeoutMs,
    maxLifetimeSeconds: settings.poolRecycleSeconds,
    statement_timeout: 30_000,
    lock_timeout: 15_000,
    // The tail stops below the oldest open write, so none of ours may sit idle in a transaction.
    idle_in_transaction_session_timeout: 15_000,
    // Once per connection. Asked for in SQL, since a PostgreSQL before 17 refuses the name.
    async onConnect(client) {
      await client.query(
        `select set_config('transaction_timeout', $1, false) where current_setting('server_version_num')::int >= 170000`,
        [`${transactionTimeoutMs}`],
      );
    },
  });
}

/** A server that stands still cannot end a statement at its own timeout, so ours ends the waiting a little later. */
const answerTimeoutMs = 35_000;

/** A pool whose connections may break at any moment without ending the process: every pool is made here. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ keepAlive: true, query_timeout: answerTimeoutMs, ...config });
  // An idle connection that breaks is no concern of anybody: the pool drops it, the next transaction opens another.
  pool.on('error', () => {});
  // One that breaks while a transaction has it fails that transaction's next statement; unheard, the event would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
