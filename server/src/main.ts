/**
 * The program: settings, lock, database, migrations, application, `ready`. It ends by a signal, in reverse order, the
 * database last. Exit codes: 78 a setting, 69 the database given, 1 anything else.
 *
 * One process does all of it; or it supervises others, which run this file too, and serve.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { type Config, ConfigError, configExitCode, loadConfig } from '#platform/config';
import { MigrationError } from '#platform/db';
import { DataDirInUseError } from '#platform/embedded-postgres';
import { createLogger } from '#platform/telemetry';
import { DatabaseUnusableError, databaseExitCode } from './start/database.ts';
import { type Installation, openInstallation } from './start/installation.ts';
import { fitPools } from './start/pools.ts';
import { listenForStop } from './start/stop-signals.ts';
import { createSupervisor, WorkerFailedError } from './start/supervisor.ts';
import { createAnnouncer } from './start/tend.ts';

/** After it the process ends, whatever still runs. */
const stopDeadlineMs = 30_000;

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
  const installation = await openInstallation(config, { parts, stopped, say });
  const deps = { config, installation, log, parts, stopped, say };
  if (config.supervisor !== null) await supervise(deps);
  // Loaded where it is needed: what supervises stays small.
  else await (await import('./start/alone.ts')).serveAlone(deps);
  if (!stopped.aborted) await once(stopped, 'abort');
}

async function supervise(deps: {
  config: Config;
  installation: Installation;
  log: Logger;
  parts: AsyncDisposableStack;
  stopped: AbortSignal;
}): Promise<void> {
  const { installation, stopped } = deps;
  const { notice, ...pool } = await fitPools(deps.config, installation.databaseUrl);
  if (notice !== null) say(notice);
  const config = { ...deps.config, database: { ...deps.config.database, ...pool } };
  const announcer = createAnnouncer(say);
  const supervisor = createSupervisor({ config, installation, log: deps.log, tell: announcer.tell });
  deps.parts.defer(() => supervisor.stop());
  const stop = () => void supervisor.stop();
  stopped.addEventListener('abort', stop);
  try {
    announcer.ready(await supervisor.start());
  } catch (error) {
    stopped.throwIfAborted();
    throw error;
  }
}

/** Failures that a person can mend are told in a sentence; the rest with their stack. */
function explain(error: unknown): { code: number; text: string } {
  if (error instanceof WorkerFailedError) return { code: error.code, text: error.message };
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
  if (code === 'ENOSPC') {
    return {
      code: 1,
      text: `The disk of DATA_DIR is full (${(error as Error).message}). Make space and start again.`,
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
  if (cluster.isWorker) await (await import('./start/worker.ts')).runWorker();
  else await run();
  process.exit(0);
} catch (error) {
  if (error instanceof Error && error.name === 'AbortError') process.exit(0);
  const { code, text } = explain(error);
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
