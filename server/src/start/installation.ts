/** What has to be there before anything serves: DATA_DIR for ourselves, a migrated database, the secret. */
import { type Config, loadOrMakeSecret } from '#platform/config';
import { migrate } from '#platform/db';
import { lockDataDir, startEmbeddedPostgres } from '#platform/embedded-postgres';
import { waitForDatabase } from './database.ts';
import { connectionsWanted } from './pools.ts';

const databasePatienceMs = 30_000;
/** PostgreSQL keeps so many for its superusers, unless told otherwise. */
const reservedConnections = 3;

export interface Installation {
  databaseUrl: string;
  secret: string;
}

/** @param parts takes what must end with the program, in reverse order */
export async function openInstallation(
  config: Config,
  deps: { parts: AsyncDisposableStack; stopped: AbortSignal; say: (line: string) => void },
): Promise<Installation> {
  const { parts, stopped, say } = deps;
  parts.defer(await lockDataDir(config.dataDir));
  const databaseUrl = await openDatabase();
  stopped.throwIfAborted();
  await migrate(databaseUrl, { log: say });
  stopped.throwIfAborted();
  return { databaseUrl, secret: config.secret ?? (await loadOrMakeSecret(config.dataDir)) };

  async function openDatabase(): Promise<string> {
    const given = config.database.url;
    if (given !== null) {
      await waitForDatabase(given, { patienceMs: databasePatienceMs, signal: stopped, say });
      return given;
    }
    const embedded = await startEmbeddedPostgres({
      dataDir: config.dataDir,
      log: say,
      revive: true,
      settings: { max_connections: String(Math.max(200, connectionsWanted(config) + reservedConnections)) },
    });
    parts.defer(() => embedded.stop());
    return embedded.url;
  }
}
