/** The way from the settings to a database that can be used. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Config } from '#platform/config';
import { MigrationError, type MigrationPlan, planMigrations } from '#platform/db';
import {
  DataDirInUseError,
  findEmbeddedPostgres,
  lockDataDir,
  startEmbeddedPostgres,
} from '#platform/embedded-postgres';
import { waitForDatabase } from '../start/database.ts';
import { CliError } from './exit-codes.ts';

/** A server that is just starting or stopping is waited for. */
const runningDatabasePatienceMs = 15_000;
const lookEveryMs = 100;
const connectTimeoutMs = 5000;

/**
 * The address of a database that answers: the one given; the embedded one of a running server; or the embedded one,
 * served until `parts` are disposed of, with DATA_DIR locked against a server.
 */
export async function openServer(
  config: Config,
  parts: AsyncDisposableStack,
  note: (line: string) => void,
): Promise<string> {
  if (config.database.url !== null) {
    const signal = AbortSignal.timeout(60_000);
    await waitForDatabase(config.database.url, { patienceMs: 0, signal, say: note });
    return config.database.url;
  }
  const deadlineMs = performance.now() + runningDatabasePatienceMs;
  for (;;) {
    try {
      parts.defer(await lockDataDir(config.dataDir));
      break;
    } catch (error) {
      if (!(error instanceof DataDirInUseError)) throw error;
      const url = await findEmbeddedPostgres(config.dataDir);
      if (url !== null) return url;
      if (performance.now() > deadlineMs) {
        const holder = error.pid === null ? 'Another process' : `Process ${error.pid}`;
        throw new CliError(
          'unavailable',
          `${holder} holds ${config.dataDir}, but its database does not answer. Is that Tradepost? See its log.`,
        );
      }
      await delay(lookEveryMs);
    }
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log: () => {} });
  parts.defer(() => embedded.stop());
  return embedded.url;
}

/** As `openServer`, with the migrations of this program, no more and no less. @throws MigrationError */
export async function openInstallation(
  config: Config,
  parts: AsyncDisposableStack,
  note: (line: string) => void,
): Promise<string> {
  if (config.database.url === null && !(await hasEmbeddedCluster(config))) {
    const text = `There is no database in ${config.dataDir} yet. The first start of the server makes it, or \`tradepost migrate\`.`;
    throw new CliError('failed', text);
  }
  const url = await openServer(config, parts, note);
  const { pending, foreign, changed } = await readPlan(url);
  if (foreign.length > 0 || changed.length > 0) {
    throw new MigrationError(
      `The database is not of this release (${[...foreign, ...changed].join(', ')}). Use the release that made it.`,
    );
  }
  if (pending.length > 0) {
    throw new MigrationError(
      `The database lacks ${pending.length} migration${pending.length === 1 ? '' : 's'} of this release. ` +
        '`tradepost migrate` applies them, as does the next start of the server.',
    );
  }
  return url;
}

export async function readPlan(url: string): Promise<MigrationPlan> {
  return withClient(url, planMigrations);
}

/** Runs `work` on a connection of its own, as the user of the address: above row-level security's roles. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tradepost: command line',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: 30_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Whether the embedded database was ever made. */
export async function hasEmbeddedCluster(config: Config): Promise<boolean> {
  return (await stat(join(config.dataDir, 'postgres', 'PG_VERSION')).catch(() => null)) !== null;
}
