/** The embedded PostgreSQL of a DATA_DIR, seen from outside: who it is, its end, and SQL over its socket. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { until } from './wait.ts';

/** As its superuser, so row-level security hides nothing. */
export function embeddedUrl(dataDir: string): string {
  return `postgresql://postgres@localhost/tradepost?host=${encodeURIComponent(join(dataDir, 'postgres-socket'))}`;
}

/** The process id of the postmaster that serves this DATA_DIR now; null when none does. */
export async function findPostmaster(dataDir: string): Promise<number | null> {
  const cluster = join(dataDir, 'postgres');
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!(pid > 0)) return null;
  // A number may have passed to somebody else; a postmaster works in its cluster's folder, by whatever path.
  const [at, wanted] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(cluster)]).catch(() => []);
  return at !== undefined && at.dev === wanted!.dev && at.ino === wanted!.ino ? pid : null;
}

/** Sends the postmaster a signal, when there is one, and waits until it is gone. */
export async function endPostmaster(dataDir: string, signal: 'SIGKILL' | 'SIGQUIT'): Promise<boolean> {
  const pid = await findPostmaster(dataDir);
  if (pid === null) return false;
  process.kill(pid, signal);
  await until('the end of PostgreSQL', async () => (await findPostmaster(dataDir)) !== pid);
  return true;
}

/** Runs `work` with a connection of its own. */
export async function withSql<T>(url: string, work: (sql: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks between two statements fails the next one.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
