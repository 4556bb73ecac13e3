import { chown, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresMajorVersion } from './binaries.ts';
import type { Runner } from './runner.ts';

/** Name of the one database in the cluster. */
export const DATABASE_NAME = 'tradepost';

/** True when `clusterDir` holds a cluster of our version; throws when it holds one of another, or anything else. */
export async function clusterExists(clusterDir: string): Promise<boolean> {
  const version = await readFile(join(clusterDir, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) {
    const entries = await readdir(clusterDir).catch(() => []);
    if (entries.length === 0) return false;
    throw new Error(
      `${clusterDir} is not empty and is no PostgreSQL cluster. Move it away, or set another DATA_DIR.`,
    );
  }
  const ours = postgresMajorVersion();
  if (version.trim() === ours) return true;
  throw new Error(
    `${clusterDir} was made by PostgreSQL ${version.trim()}, this release of Tradepost brings ${ours}. Dump it with the old ` +
      'release and load it into a new DATA_DIR, or serve it yourself and set DATABASE_URL.',
  );
}

/**
 * Makes the cluster and its database. Both are made in a sibling folder and renamed when whole, so that a start killed
 * in the middle leaves nothing that looks like a cluster.
 */
export async function createCluster(options: {
  binDir: string;
  clusterDir: string;
  runner: Runner;
  /** False only where the data may be lost with the machine's power: tests. */
  durable: boolean;
}): Promise<void> {
  const { binDir, clusterDir, runner, durable } = options;
  const unfinishedDir = `${clusterDir}.unfinished`;
  await rm(unfinishedDir, { recursive: true, force: true });
  await mkdir(unfinishedDir, { mode: 0o700 });
  if (runner.owner) await chown(unfinishedDir, runner.owner.uid, runner.owner.gid);

  // The builtin C.UTF-8 locale orders by code point and knows every letter's case, the same on every machine; the
  // operating system's locales do neither, and an update of libc can break their indexes.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const sync = durable ? [] : ['--no-sync'];
  await runToEnd(runner, join(binDir, 'initdb'), [
    ...['-D', unfinishedDir, '--username=postgres', '--auth=trust', '--no-instructions'],
    ...locale,
    ...sync,
  ]);
  await runToEnd(
    runner,
    join(binDir, 'postgres'),
    ['--single', '-D', unfinishedDir, ...(durable ? [] : ['-F']), 'postgres'],
    `CREATE DATABASE ${DATABASE_NAME};\n`,
  );
  await rename(unfinishedDir, clusterDir);
}

async function runToEnd(runner: Runner, program: string, args: string[], input = ''): Promise<void> {
  const child = runner.spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // A program that ends before it reads its input is reported by its exit code, not by a broken pipe.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // The single-user server reports a failed statement and still ends with 0.
  if (code === 0 && !/^.*(ERROR|FATAL|PANIC):/m.test(output)) return;
  throw new Error(
    `${program} failed (${code}): ${output.trim().split('\n').slice(-5).join('\n')}\n` +
      'If this machine cannot run it, set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
}
