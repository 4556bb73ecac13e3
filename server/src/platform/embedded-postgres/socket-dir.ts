import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { socketPath } from './postmaster-file.ts';
import type { Runner } from './runner.ts';

/** Bytes in a unix socket's path, without the closing zero: 103 on macOS, 107 on Linux. */
const SOCKET_PATH_MAX_BYTES = 103;

/**
 * Makes the 0700 folder of the socket: in DATA_DIR, or, when that path is too long for a socket, a short one in the
 * temporary folder named after it. Throws when somebody else holds that name.
 */
export async function prepareSocketDir(dataDir: string, owner: Runner['owner']): Promise<string> {
  const beside = join(dataDir, 'postgres-socket');
  const fits = Buffer.byteLength(socketPath(beside)) <= SOCKET_PATH_MAX_BYTES;
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const dir = fits ? beside : join(tmpdir(), `tradepost-${hash}`);
  if (Buffer.byteLength(socketPath(dir)) > SOCKET_PATH_MAX_BYTES) {
    throw new Error(
      `The paths of DATA_DIR (${dataDir}) and of ${tmpdir()} are both too long for a unix socket.`,
    );
  }

  await mkdir(dir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(dir);
  const ours = process.getuid?.();
  if (!found.isDirectory() || (found.uid !== ours && found.uid !== owner?.uid)) {
    throw new Error(`${dir} is needed for the database's socket, but belongs to somebody else. Remove it.`);
  }
  await chmod(dir, 0o700);
  if (owner) await chown(dir, owner.uid, owner.gid);
  return dir;
}
