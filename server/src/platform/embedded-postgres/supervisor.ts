import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { postgresBinDir } from './binaries.ts';
import { clusterExists, createCluster, DATABASE_NAME } from './cluster.ts';
import {
  answers,
  isPostmaster,
  type Postmaster,
  pidExists,
  postmasterFilePath,
  readPostmasterFile,
  socketPath,
} from './postmaster-file.ts';
import { chooseRunner, type Runner } from './runner.ts';
import { prepareSocketDir } from './socket-dir.ts';

export interface EmbeddedPostgres {
  /** Superuser's URL over the unix socket, for `pg` and libpq alike. */
  url: string;
  socketDir: string;
  /** Process id of the postmaster; another one after a revival. */
  readonly pid: number;
  /** True when it was left running by a killed run; it keeps the settings of that run. */
  takenOver: boolean;
  /**
   * Ends the postmaster and waits for it. `fast` (default) rolls open transactions back and writes a checkpoint, and
   * becomes `immediate` after 20 s; `immediate` leaves recovery to the next start. Calls after the first wait with it.
   */
  stop(mode?: StopMode): Promise<void>;
}

type StopMode = 'fast' | 'immediate';

/** How a postmaster that died is started again. Given up, `start` ends the one that it has launched, and throws. */
interface Revival {
  start(givenUp: AbortSignal): Promise<Postmaster>;
  log(line: string): void;
}

/** Recovery after a crash replays at most max_wal_size, far below this. */
const START_TIMEOUT_MS = 300_000;
const SURVIVOR_TIMEOUT_MS = 60_000;
const FAST_STOP_TIMEOUT_MS = 20_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 5_000;
/** How long orphaned backends of a killed postmaster may take to notice and let go of the shared memory. */
const ORPHANS_TIMEOUT_MS = 15_000;
const POLL_MS = 10;
/** How often a postmaster to be revived is looked for. */
const REVIVE_LOOK_MS = 250;
/** Between two tries to start it again, at most: what keeps it down, a full disk say, may take a person hours to mend. */
const REVIVE_AT_MOST_EVERY_MS = 5000;
const LOG_MAX_BYTES = 5_000_000;

/** For a laptop or two cores that also run the server. Durability is PostgreSQL's default: fsync and synchronous. */
const defaultSettings: Record<string, string> = {
  cluster_name: 'tradepost',
  max_connections: '200',
  shared_buffers: '128MB',
  huge_pages: 'off',
  wal_level: 'replica',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  // Compiling costs more than it saves in short statements.
  jit: 'off',
  // Queues and stock levels make dead rows quickly.
  autovacuum_naptime: '20s',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_analyze_scale_factor: '0.05',
  // An open write holds the event log's horizon back.
  idle_in_transaction_session_timeout: '60s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Neither statements nor the values of a violated key belong in a log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/**
 * Serves the cluster in `dataDir`/postgres, making it first when there is none (about 1.5 s, else 0.1 s). A postmaster that a
 * killed run left behind is taken over; a stale pid file or an unclean stop is recovered from. The caller holds
 * `lockDataDir`. PostgreSQL's own log is `dataDir`/postgres.log. `settings` override ours, by PostgreSQL's names.
 * With `revive` a postmaster that dies is started again, until `stop`: nobody else would.
 * Throws when no binaries exist for this machine, when they cannot run, or when the cluster is of another version.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: (line: string) => void;
  settings?: Record<string, string>;
  revive?: boolean;
}): Promise<EmbeddedPostgres> {
  const { log, settings = {} } = options;
  const binDir = postgresBinDir();
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  const clusterDir = join(dataDir, 'postgres');

  const exists = await clusterExists(clusterDir);
  const survivor = exists ? await findSurvivor(clusterDir, log) : null;
  if (survivor)
    log(`PostgreSQL (process ${survivor.pid}) was left running by an earlier run and is taken over.`);
  const postmaster = survivor ?? (await start(!exists));
  return supervise(postmaster, clusterDir, {
    takenOver: survivor !== null,
    revive: options.revive ? { start: (givenUp) => start(false, givenUp), log } : null,
  });

  async function start(mayMake: boolean, givenUp?: AbortSignal): Promise<Postmaster> {
    const startedAtMs = performance.now();
    const runner = await chooseRunner({ binDir, dataDir, clusterDir });
    if (!(await clusterExists(clusterDir))) {
      // An empty one in its place would look like a shop that lost everything.
      if (!mayMake) throw new Error(`${clusterDir} is gone`);
      log(`Making the database in ${clusterDir}, run by ${runner.description}.`);
      await createCluster({ binDir, clusterDir, runner, durable: settings.fsync !== 'off' });
    }
    const socketDir = await prepareSocketDir(dataDir, runner.owner);
    // Nobody of ours serves here, so a socket's lock is a leftover of a kill. PostgreSQL would refuse to start over it while a
    // process, even a zombie, has the number that stands in it.
    await rm(`${socketPath(socketDir)}.lock`, { force: true });
    const started = await startPostmaster({
      ...{ binDir, dataDir, clusterDir, socketDir, runner, settings, log },
      ...(givenUp !== undefined && { givenUp }),
    });
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(2);
    log(`PostgreSQL serves (process ${started.pid}, ${seconds} s).`);
    return started;
  }
}

/** Address of the postmaster that serves `dataDir` now, whoever started it; null when none answers. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  const clusterDir = join(await realpath(dataDir), 'postgres');
  const postmaster = await readPostmasterFile(clusterDir);
  if (!postmaster?.ready || !(await isPostmaster(postmaster.pid, clusterDir))) return null;
  return (await answers(postmaster.socketDir)) ? urlOf(postmaster.socketDir) : null;
}

/**
 * The postmaster that still serves this cluster, if there is one. One that is starting or stopping is waited for. A pid
 * file whose number now belongs to another process, or to a zombie, is removed: PostgreSQL would refuse to start
 * over it. (With the process gone PostgreSQL removes it by itself, after a better look than ours.)
 */
async function findSurvivor(clusterDir: string, log: (line: string) => void): Promise<Postmaster | null> {
  const deadlineMs = performance.now() + SURVIVOR_TIMEOUT_MS;
  for (;;) {
    const postmaster = await readPostmasterFile(clusterDir);
    if (!postmaster) return null;
    if (!(await isPostmaster(postmaster.pid, clusterDir))) {
      if (pidExists(postmaster.pid)) {
        log(`Process ${postmaster.pid} of a stale postmaster.pid is not PostgreSQL; the file is removed.`);
        await rm(postmasterFilePath(clusterDir), { force: true });
      }
      return null;
    }
    if (postmaster.ready && (await answers(postmaster.socketDir))) return postmaster;
    if (performance.now() > deadlineMs) {
      throw new Error(
        `PostgreSQL (process ${postmaster.pid}) holds ${clusterDir} but has not answered for ` +
          `${SURVIVOR_TIMEOUT_MS / 1000} s. End that process and start again.`,
      );
    }
    await delay(POLL_MS);
  }
}

async function startPostmaster(options: {
  binDir: string;
  dataDir: string;
  clusterDir: string;
  socketDir: string;
  runner: Runner;
  settings: Record<string, string>;
  log: (line: string) => void;
  givenUp?: AbortSignal;
}): Promise<Postmaster> {
  const { binDir, clusterDir, socketDir, runner, log, givenUp } = options;
  const settings = {
    ...defaultSettings,
    ...options.settings,
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  };
  const args = [
    '-D',
    clusterDir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const orphansDeadlineMs = performance.now() + ORPHANS_TIMEOUT_MS;

  for (;;) {
    const logFile = await openLog(join(options.dataDir, 'postgres.log'));
    const child = runner.spawn(join(binDir, 'postgres'), args, {
      stdio: ['ignore', logFile.fd, logFile.fd],
      detached: true,
    });
    await logFile.close();
    // The postmaster outlives us if we are killed, and must not keep us alive if we end.
    child.unref();

    const running = { ended: false };
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    ended.then(() => {
      running.ended = true;
    });

    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (!running.ended) {
      const postmaster = await readPostmasterFile(clusterDir);
      if (postmaster?.ready && postmaster.pid === child.pid) return postmaster;
      if (givenUp?.aborted) {
        // Nothing of ours is open in it: the next start recovers as this one would have.
        child.kill('SIGQUIT');
        await ended;
        throw new Error('given up');
      }
      if (performance.now() > deadlineMs) {
        child.kill('SIGQUIT');
        throw new Error(`PostgreSQL did not start within ${START_TIMEOUT_MS / 1000} s; see ${logFile.path}.`);
      }
      await delay(POLL_MS);
    }

    const tail = await readTail(logFile.path, logFile.startBytes);
    if (tail.includes('pre-existing shared memory block') && performance.now() < orphansDeadlineMs) {
      log('Backends of a killed PostgreSQL are still ending; trying again.');
      await delay(200);
      continue;
    }
    // A run that was killed in the middle of its start had launched one that only now shows.
    const survivor =
      tail.includes('"postmaster.pid" already exists') && (await findSurvivor(clusterDir, log));
    if (survivor) {
      log(`PostgreSQL (process ${survivor.pid}) was launched by an earlier run and is taken over.`);
      return survivor;
    }
    throw new Error(
      `PostgreSQL ended while starting (${await ended}). The end of ${logFile.path}:\n${tail}\n` +
        'If this machine cannot run it, set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
}

/** Opens PostgreSQL's log for appending; one that has grown past the limit first becomes `postgres.log.1`. */
async function openLog(path: string) {
  const sizeBytes = (await stat(path).catch(() => null))?.size ?? 0;
  const rotate = sizeBytes > LOG_MAX_BYTES;
  if (rotate) await rename(path, `${path}.1`);
  const file = await open(path, 'a', 0o600);
  return { path, fd: file.fd, startBytes: rotate ? 0 : sizeBytes, close: () => file.close() };
}

async function readTail(path: string, fromByte: number): Promise<string> {
  const text = (await readFile(path)).subarray(fromByte).toString('utf8');
  return text.trim().split('\n').slice(-10).join('\n');
}

function supervise(
  first: Postmaster,
  clusterDir: string,
  { takenOver, revive }: { takenOver: boolean; revive: Revival | null },
): EmbeddedPostgres {
  const { socketDir } = first;
  let { pid } = first;
  let stopping: Promise<void> | undefined;
  const watching = new AbortController();
  const watched = revive === null ? Promise.resolve() : watch(revive);

  async function watch({ start, log }: Revival): Promise<void> {
    let pauseMs = REVIVE_LOOK_MS;
    while (!watching.signal.aborted) {
      // Aborted, it ends at once.
      await delay(pauseMs, undefined, { ref: false, signal: watching.signal }).catch(() => {});
      if (watching.signal.aborted || (await isPostmaster(pid, clusterDir))) continue;
      log(`PostgreSQL (process ${pid}) has died and is started again.`);
      try {
        pid = (await start(watching.signal)).pid;
        pauseMs = REVIVE_LOOK_MS;
      } catch (error) {
        if (watching.signal.aborted) return;
        pauseMs = Math.min(2 * pauseMs, REVIVE_AT_MOST_EVERY_MS);
        log(`PostgreSQL could not be started again, tried on: ${(error as Error).message}`);
      }
    }
  }

  return {
    url: urlOf(socketDir),
    socketDir,
    get pid() {
      return pid;
    },
    takenOver,
    stop(mode = 'fast') {
      watching.abort();
      stopping ??= watched.then(() => stopPostmaster(pid, clusterDir, mode));
      return stopping;
    },
  };
}

function urlOf(socketDir: string): string {
  // A host name is there for the sake of URL parsers; both clients prefer the parameter.
  return `postgresql://postgres@localhost/${DATABASE_NAME}?host=${encodeURIComponent(socketDir)}`;
}

async function stopPostmaster(pid: number, clusterDir: string, mode: StopMode): Promise<void> {
  const fast = { signal: 'SIGINT', timeoutMs: FAST_STOP_TIMEOUT_MS } as const;
  const immediate = { signal: 'SIGQUIT', timeoutMs: IMMEDIATE_STOP_TIMEOUT_MS } as const;
  const kill = { signal: 'SIGKILL', timeoutMs: IMMEDIATE_STOP_TIMEOUT_MS } as const;
  for (const { signal, timeoutMs } of mode === 'fast' ? [fast, immediate, kill] : [immediate, kill]) {
    const deadlineMs = performance.now() + timeoutMs;
    if (await isPostmaster(pid, clusterDir)) signalIfThere(pid, signal);
    while (performance.now() < deadlineMs) {
      if (!(await isPostmaster(pid, clusterDir))) return;
      await delay(POLL_MS);
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not end.`);
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
