import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a running postmaster says of itself. */
export interface Postmaster {
  pid: number;
  socketDir: string;
  /** True once it takes connections; false while it starts, recovers or stops. */
  ready: boolean;
}

/**
 * Reads `postmaster.pid`: null when there is none or it is still being written.
 * Source: src/include/utils/pidfile.h (line 1 pid, 4 port, 5 socket folder, 8 status).
 */
export async function readPostmasterFile(clusterDir: string): Promise<Postmaster | null> {
  const text = await readFile(postmasterFilePath(clusterDir), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!(pid > 0)) return null;
  return { pid, socketDir: lines[4]?.trim() ?? '', ready: lines[7]?.trim() === 'ready' };
}

export function postmasterFilePath(clusterDir: string): string {
  return join(clusterDir, 'postmaster.pid');
}

/** Whether any process, even a zombie, answers to this pid. */
export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether `pid` is alive and is the postmaster of this cluster, not a zombie nor an unrelated process that got the
 * number of one that was killed. A postmaster's working folder is its cluster, and its command line names it.
 */
export async function isPostmaster(pid: number, clusterDir: string): Promise<boolean> {
  if (!pidExists(pid)) return false;
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.includes(clusterDir);
  }
  // A zombie has no working folder any more.
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === clusterDir;
}

/** Path of the socket that PostgreSQL makes in `socketDir`. The port is only a part of the name. */
export function socketPath(socketDir: string): string {
  return join(socketDir, '.s.PGSQL.5432');
}

/** Whether a PostgreSQL answers on the socket within `timeoutMs`. */
export function answers(socketDir: string, timeoutMs = 2_000): Promise<boolean> {
  // SSLRequest: any byte in answer is a PostgreSQL. Source: protocol docs, "Message Formats".
  const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath(socketDir), timeout: timeoutMs });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.on('connect', () => socket.write(sslRequest));
    socket.on('data', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => resolve(false));
  });
}
