import { constants } from 'node:fs';
import { access, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another live process works on this DATA_DIR. */
export class DataDirInUseError extends Error {
  override name = 'DataDirInUseError';
  readonly dataDir: string;
  /** Process id of the holder; null in the instant between its lock and its pid file. */
  readonly pid: number | null;

  constructor(dataDir: string, pid: number | null) {
    super(
      `Tradepost is already running on ${dataDir} (${pid ? `process ${pid}` : 'it is just starting'}). ` +
        'Stop it first, or set another DATA_DIR.',
    );
    this.dataDir = dataDir;
    this.pid = pid;
  }
}

/**
 * Makes DATA_DIR (0700 when it is new) and takes it for this process; the answer gives it back.
 * Throws DataDirInUseError when another process, or this one, already holds it.
 *
 * Node has no flock, so SQLite takes the lock for us: its exclusive transaction on an empty file is a kernel lock that
 * ends with the process, however it ends. A pid file alone would have to be cleaned up after a kill and can be fooled
 * by a pid used again, as happens in every restarted container; ours only names the holder in the message.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await access(dataDir, constants.W_OK | constants.X_OK);
  const dir = await realpath(dataDir);
  const pidPath = join(dir, 'tradepost.pid');
  const lock = new DatabaseSync(join(dir, 'tradepost.lock'));
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new DataDirInUseError(dir, await readPid(pidPath));
  }
  await writeFile(pidPath, `${process.pid}\n`, { mode: 0o600 });

  let held = true;
  return async () => {
    if (!held) return;
    held = false;
    await rm(pidPath, { force: true });
    lock.close();
  };
}

/** Source: https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

async function readPid(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return Number.parseInt(text, 10) || null;
}
