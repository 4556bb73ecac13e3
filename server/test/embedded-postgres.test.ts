import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DataDirInUseError,
  type EmbeddedPostgres,
  lockDataDir,
  postgresBinDir,
  startEmbeddedPostgres,
} from '#platform/embedded-postgres';

const indexPath = fileURLToPath(new URL('../src/platform/embedded-postgres/index.ts', import.meta.url));

let scratchDir: string;
const running = new Set<EmbeddedPostgres>();

beforeAll(async () => {
  scratchDir = await mkdtemp(join(tmpdir(), 'tp-pg-'));
});

afterAll(async () => {
  await Promise.all([...running].map((postgres) => postgres.stop('immediate')));
  await rm(scratchDir, { recursive: true });
});

async function start(dataDir: string, settings: Record<string, string> = { fsync: 'off' }) {
  const lines: string[] = [];
  const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => lines.push(line), settings });
  running.add(postgres);
  return Object.assign(postgres, { lines });
}

async function stop(postgres: EmbeddedPostgres) {
  await postgres.stop();
  running.delete(postgres);
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Runs `body` in a process of its own, with the module as `lib`; resolves with the first line it prints. */
async function inChild(body: string) {
  const source = `const lib = await import(${JSON.stringify(indexPath)}); ${body}; setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    line: line.toString().trim(),
    pid: child.pid,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('one that dies is started again, and not after it was stopped; its data is never replaced by nothing', async () => {
  const dataDir = join(scratchDir, 'revived');
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const postgres = await startEmbeddedPostgres({ dataDir, log, settings: { fsync: 'off' }, revive: true });
  running.add(postgres);
  await query(postgres.url, 'create table kept as select 1 as id');
  const first = postgres.pid;
  process.kill(first, 'SIGKILL');
  await expect
    .poll(() => query(postgres.url, 'select id from kept').catch(() => null), { timeout: 20_000 })
    .toEqual([{ id: 1 }]);
  expect(postgres.pid).not.toBe(first);
  expect(lines.join('\n')).toContain(`PostgreSQL (process ${first}) has died and is started again.`);

  const cluster = join(dataDir, 'postgres');
  await rename(cluster, `${cluster}.aside`);
  process.kill(postgres.pid, 'SIGKILL');
  await expect.poll(() => lines.at(-1), { timeout: 10_000 }).toContain(`${cluster} is gone`);
  await rename(`${cluster}.aside`, cluster);
  await expect
    .poll(() => query(postgres.url, 'select id from kept').catch(() => null), { timeout: 20_000 })
    .toEqual([{ id: 1 }]);
  await stop(postgres);
  await expect(query(postgres.url, 'select 1')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});

test('stopping does not wait for one that is being started again', async () => {
  const dataDir = join(scratchDir, 'stopped-in-revival');
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  // Asked to recover from an archive, it waits for this command and is not ready before.
  const settings = { fsync: 'off', restore_command: 'sleep 120' };
  const postgres = await startEmbeddedPostgres({ dataDir, log, settings, revive: true });
  running.add(postgres);
  const cluster = join(dataDir, 'postgres');
  await writeFile(join(cluster, 'recovery.signal'), '');
  const first = postgres.pid;
  process.kill(first, 'SIGKILL');
  const pidInFile = async () =>
    Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  await expect.poll(() => pidInFile().catch(() => first), { timeout: 15_000 }).not.toBe(first);
  const revived = await pidInFile();
  const startedAtMs = performance.now();
  await stop(postgres);
  expect(performance.now() - startedAtMs).toBeLessThan(5000);
  expect(() => process.kill(revived, 0)).toThrow('ESRCH');
  expect(lines.join('\n')).not.toContain('tried on');
});

// Ending a server may take its 20 s of patience before it is ended at once.
describe('one cluster through its life', { timeout: 60_000 }, () => {
  let dataDir: string;
  beforeAll(() => {
    dataDir = join(scratchDir, 'life');
  });

  test('the first start makes a private UTF8 cluster that serves the socket only', async () => {
    const postgres = await start(dataDir);
    expect(postgres.takenOver).toBe(false);
    expect(postgres.socketDir.startsWith(dataDir)).toBe(true);
    for (const dir of [dataDir, join(dataDir, 'postgres'), postgres.socketDir]) {
      expect((await stat(dir)).mode & 0o777, dir).toBe(0o700);
    }
    const [row] = await query(
      postgres.url,
      `SELECT current_database() AS name, pg_encoding_to_char(encoding) AS encoding, upper('ș') AS upper,
              current_setting('listen_addresses') AS listens, current_setting('max_connections') AS connections,
              current_setting('timezone') AS zone, current_setting('fsync') AS fsync
         FROM pg_database WHERE datname = current_database()`,
    );
    expect(row).toEqual({
      name: 'tradepost',
      encoding: 'UTF8',
      upper: 'Ș',
      listens: '',
      connections: '200',
      zone: 'UTC',
      fsync: 'off',
    });
    await query(postgres.url, 'CREATE TABLE kept AS SELECT 1 AS id');
    await stop(postgres);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
    await expect(query(postgres.url, 'SELECT 1')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });

  test('a later start takes less than half a second and finds the data, durable by default', async () => {
    const startsMs: number[] = [];
    // The quickest of three, because other tests use the same processors.
    for (let round = 0; round < 3; round++) {
      const startedAtMs = performance.now();
      const postgres = await start(dataDir, {});
      startsMs.push(Math.round(performance.now() - startedAtMs));
      expect(await query(postgres.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
      expect(await query(postgres.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
      await Promise.all([postgres.stop(), stop(postgres)]);
    }
    expect(Math.min(...startsMs), startsMs.join()).toBeLessThan(500);
  });

  test('a killed postmaster is started again and has every committed row', async () => {
    const postgres = await start(dataDir, {});
    await query(postgres.url, 'INSERT INTO kept VALUES (2)');
    process.kill(postgres.pid, 'SIGKILL');
    const again = await start(dataDir, {});
    expect(again.takenOver).toBe(false);
    expect(await query(again.url, 'SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    await again.stop('immediate');
    running.delete(postgres);
    running.delete(again);
  });

  test('a stale pid file with the number of another live process does not hinder the start', async () => {
    // Not our own number: PostgreSQL overlooks that of its parent.
    const stale = [process.ppid, join(dataDir, 'postgres'), 1, 5432, '/nowhere', '', '', 'ready'].join('\n');
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), stale);
    // The socket's lock, of the same kill.
    await writeFile(join(dataDir, 'postgres-socket', '.s.PGSQL.5432.lock'), stale);
    const postgres = await start(dataDir);
    expect(postgres.lines.join()).toContain('not PostgreSQL');
    await stop(postgres);
  });

  test('a postmaster that a killed run launched in its last moment is taken over', async () => {
    const [one, other] = await Promise.all([start(dataDir), start(dataDir)]);
    expect(one.pid).toBe(other.pid);
    await stop(one);
    running.delete(other);
  });

  test('a postmaster that outlived a killed run is taken over and stopped like our own', async () => {
    const child = await inChild(`
      const postgres = await lib.startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log() {} });
      console.log(postgres.pid)`);
    await child.kill();
    const postgres = await start(dataDir);
    expect(postgres).toMatchObject({ takenOver: true, pid: Number(child.line) });
    expect(await query(postgres.url, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 2 }]);
    await stop(postgres);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  test('stop ends open sessions instead of waiting for them', async () => {
    const postgres = await start(dataDir);
    const client = new Client({ connectionString: postgres.url });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await client.connect();
    await client.query('BEGIN');
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    await stop(postgres);
    await ended;
    expect(errors[0]).toMatchObject({ code: '57P01' });
  });

  test('a wrong setting is an error that quotes the log of PostgreSQL', async () => {
    await expect(start(dataDir, { shared_buffers: 'plenty' })).rejects.toThrow(/shared_buffers.*plenty/s);
  });

  test('a cluster of another major version is refused by name', async () => {
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '14\n');
    await expect(start(dataDir)).rejects.toThrow(/made by PostgreSQL 14.*DATABASE_URL/s);
  });
});

test('a path too long for a socket gets a short private folder; leftovers of a killed initdb are cleared', async () => {
  const dataDir = join(scratchDir, 'long-'.repeat(25), 'it\'s, "quoted"');
  await mkdir(join(dataDir, 'postgres.unfinished', 'base'), { recursive: true });
  const postgres = await start(dataDir);
  expect(postgres.socketDir.startsWith(scratchDir)).toBe(false);
  expect((await stat(postgres.socketDir)).mode & 0o777).toBe(0o700);
  expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await readdir(dataDir)).not.toContain('postgres.unfinished');
  await stop(postgres);
  await rm(postgres.socketDir, { recursive: true });
});

test('a folder that is no cluster is left alone', async () => {
  const dataDir = join(scratchDir, 'foreign');
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await writeFile(join(dataDir, 'postgres', 'letter.txt'), 'mine');
  await expect(start(dataDir)).rejects.toThrow(/is no PostgreSQL cluster/);
});

test('the binaries are where we say', () => {
  expect(existsSync(join(postgresBinDir(), 'postgres'))).toBe(true);
});

describe('the lock on DATA_DIR', () => {
  test('makes the folder private, is exclusive even within a process, and can be given back', async () => {
    const dataDir = join(scratchDir, 'locked', 'deep');
    const unlock = await lockDataDir(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    await expect(lockDataDir(join(dataDir, '..', 'deep'))).rejects.toThrow(DataDirInUseError);
    await unlock();
    await unlock();
    await (await lockDataDir(dataDir))();
  });

  test('names the holder, and is free at once when the holder is killed', async () => {
    const dataDir = join(scratchDir, 'held');
    const holder = await inChild(`await lib.lockDataDir(${JSON.stringify(dataDir)}); console.log('locked')`);
    const error = await lockDataDir(dataDir).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'DataDirInUseError', pid: holder.pid, dataDir });
    expect(String(error)).toContain(dataDir);
    await holder.kill();
    await (await lockDataDir(dataDir))();
  });
});
