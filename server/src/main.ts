/**
 * The program: settings, lock, database, migrations, application, `ready`. It ends by a signal, in reverse order, the
 * database last. Exit codes: 78 a setting, 69 the database given, 1 anything else.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import type { DemoTenant } from '#flows/demo';
import { ConfigError, configExitCode, loadConfig, loadOrMakeSecret } from '#platform/config';
import { MigrationError, migrate } from '#platform/db';
import { DataDirInUseError, lockDataDir, startEmbeddedPostgres } from '#platform/embedded-postgres';
import { createLogger } from '#platform/telemetry';
import { createApp } from './app.ts';
import { DatabaseUnusableError, databaseExitCode, waitForDatabase } from './start/database.ts';
import { listenForStop } from './start/stop-signals.ts';

const databasePatienceMs = 30_000;
/** After it the process ends, whatever still runs. */
const stopDeadlineMs = 30_000;
/** After `ready`, when the console has been loaded and nobody waits for what is loaded then. */
const warmUpAfterMs = 3000;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function run(): Promise<void> {
  const config = loadConfig(process.env, process.cwd());
  const log = createLogger({ level: config.logLevel, environment: config.environment });
  const stopped = listenForStop(config.parentPid, say);
  stopped.addEventListener('abort', () => {
    setTimeout(() => {
      log.error('stopping took too long');
      process.exit(1);
    }, stopDeadlineMs).unref();
  });
  for (const notice of config.notices) say(notice);

  // Disposed in reverse order, however far the start came.
  await using parts = new AsyncDisposableStack();
  parts.defer(await lockDataDir(config.dataDir));
  const databaseUrl = await openDatabase(config.database.url);
  stopped.throwIfAborted();
  await migrate(databaseUrl, { log: say });
  stopped.throwIfAborted();
  const app = await createApp({
    config,
    databaseUrl,
    secret: config.secret ?? (await loadOrMakeSecret(config.dataDir)),
    log,
  });
  parts.defer(() => app.stop());
  stopped.throwIfAborted();
  const url = await app.listen();
  const ready = Promise.withResolvers<void>();
  const showDemo = (tenants: DemoTenant[]) => void ready.promise.then(() => tellHowToTry(tenants[0]!));
  const hasDemo = config.demo.enabled && (await app.demo.start({ url, ...config.demo, onUp: showDemo }));
  const setupUrl = hasDemo ? null : await app.identity.makeSetupUrl(url);
  say(`ready ${url}`);
  ready.resolve();
  if (setupUrl !== null) say(`setup ${setupUrl}`);
  if (config.roles.has('api')) {
    const warmUp = () => app.identity.warmUp().catch((err) => log.warn({ err }, 'signing in is not warm'));
    setTimeout(() => void warmUp(), warmUpAfterMs).unref();
  }
  if (!stopped.aborted) await once(stopped, 'abort');

  function tellHowToTry({ email, password, apiKey }: DemoTenant): void {
    say(
      `Sign in as ${email} with the password ${password} (both also in ${join(config.dataDir, 'demo.json')}), or try:`,
    );
    say(`curl -s -H 'Authorization: Bearer ${apiKey}' '${url}/api/v1/orders?limit=3'`);
  }

  async function openDatabase(given: string | null): Promise<string> {
    if (given !== null) {
      await waitForDatabase(given, { patienceMs: databasePatienceMs, signal: stopped, say });
      return given;
    }
    const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log: say });
    parts.defer(() => embedded.stop());
    return embedded.url;
  }
}

/** Failures that a person can mend are told in a sentence; the rest with their stack. */
function explain(error: unknown): { code: number; text: string } {
  if (error instanceof ConfigError) return { code: configExitCode, text: error.message };
  if (error instanceof DatabaseUnusableError) return { code: databaseExitCode, text: error.message };
  if (error instanceof DataDirInUseError || error instanceof MigrationError)
    return { code: 1, text: error.message };
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE') {
    return {
      code: 1,
      text: `Port ${port} on ${address} is taken by another program. Set PORT to a free one.`,
    };
  }
  if (code === 'EACCES' && port !== undefined) {
    return {
      code: 1,
      text: `Port ${port} on ${address} may not be used by this user. Set PORT to one above 1023.`,
    };
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return { code: 1, text: `HOST=${address} is no address of this machine.` };
  }
  return { code: 1, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

try {
  await run();
  process.exit(0);
} catch (error) {
  if (error instanceof Error && error.name === 'AbortError') process.exit(0);
  const { code, text } = explain(error);
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
