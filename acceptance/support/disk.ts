/** A disk so small that a test can fill it: memory, mounted where only the programs started through it see it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { atEnd, makeTempDir } from './lifetime.ts';

export interface SmallDisk {
  /** Where it is for programs started `through` it. */
  dir: string;
  /** The same folder for everybody else. */
  reach: string;
  /** What a command line begins with to be started where the disk is. */
  through: string[];
  /** Takes what space there is, but for `leftBytes`; again, what has become free since. */
  fill(leftBytes?: number): Promise<void>;
  /** Gives it all back. */
  free(): Promise<void>;
}

/**
 * Needs no rights: in a user namespace of its own everybody may mount. The mount lasts as long as the process that holds
 * the namespace, which ends with us, however we end.
 *
 * @throws where the system forbids user namespaces, as Docker's default profile does
 */
export async function makeSmallDisk(sizeMb: number): Promise<SmallDisk> {
  const dir = join(await makeTempDir(), 'disk');
  await mkdir(dir);
  const script = `mount -t tmpfs -o size=${sizeMb}m,mode=0700 tmpfs "$1" && echo mounted && exec cat`;
  const holder = spawn('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', dir]);
  atEnd(async () => {
    if (holder.exitCode !== null) return;
    holder.stdin.end();
    await once(holder, 'exit');
  });
  let told = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [word] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
  if (String(word) !== 'mounted\n') throw new Error(`A small disk could not be made: ${told}`);

  const reach = `/proc/${holder.pid}/root${dir}`;
  const ballast = join(reach, 'ballast');
  const spare = join(reach, 'spare');
  return {
    dir,
    reach,
    through: ['nsenter', '--user', '--mount', '--preserve-credentials', `--target=${holder.pid}`, '--'],
    async fill(leftBytes = 0) {
      if (leftBytes > 0) await append(spare, [leftBytes]);
      // By pages, once no larger piece fits.
      await append(ballast, [1_048_576, 4096]);
      await rm(spare, { force: true });
    },
    async free() {
      await rm(ballast, { force: true });
    },
  };
}

/** Writes pieces of the first size until none fits, then of the next; a single one when there is one size. */
async function append(path: string, sizes: number[]): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (const size of sizes) {
      const piece = Buffer.alloc(size);
      try {
        do await file.appendFile(piece);
        while (sizes.length > 1);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    await file.close();
  }
}
