/** Each check sees what it is for: every fault is made, seen, and gone again when it is mended. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '#platform/config';
import {
  checkEventLog,
  checkMigrations,
  checkRoles,
  checkRowSecurity,
  checkVersion,
  judgeClock,
  needsSecret,
} from '../src/cli/doctor/database.ts';
import {
  checkDataDir,
  checkDisk,
  checkNode,
  checkPort,
  checkRedis,
  checkSecret,
  judgeDisk,
} from '../src/cli/doctor/host.ts';
import { useDatabase } from './support/database.ts';

const dir = mkdtempSync(join(tmpdir(), 'tradepost-doctor-'));
afterAll(() => rmSync(dir, { recursive: true }));

const configOf = (env: Record<string, string>) => loadConfig({ DATA_DIR: dir, ...env }, dir);

describe('this machine', () => {
  test('a Node that is new enough', () => {
    expect(checkNode().status).toBe('ok');
  });

  test('a folder that is there, to be made, or a file', async () => {
    expect(await checkDataDir(configOf({}))).toMatchObject({ status: 'ok', fix: null });
    expect((await checkDataDir(configOf({ DATA_DIR: join(dir, 'a/b') }))).message).toMatch(/will be made/);
    writeFileSync(join(dir, 'file'), '');
    expect(await checkDataDir(configOf({ DATA_DIR: join(dir, 'file') }))).toMatchObject({ status: 'fail' });
    expect((await checkDisk(configOf({ DATA_DIR: join(dir, 'a/b') }))).message).toMatch(/MB free/);
  });

  test('a disk that is full, scarce, ample', () => {
    expect(judgeDisk('/data', 199e6)).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('DATA_DIR'),
    });
    expect(judgeDisk('/data', 1999e6)).toMatchObject({ status: 'warn' });
    expect(judgeDisk('/data', 2000e6)).toMatchObject({ status: 'ok' });
  });

  test('a secret that is missing, damaged, open to others, whole', async () => {
    const config = configOf({});
    const path = join(dir, 'secret');
    expect(await checkSecret(config, false)).toMatchObject({ status: 'ok' });
    expect(await checkSecret(config, true)).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('backup'),
    });
    writeFileSync(path, 'short\n');
    expect(await checkSecret(config, true)).toMatchObject({ status: 'fail', message: `${path} is damaged.` });
    writeFileSync(path, `${'s'.repeat(64)}\n`);
    chmodSync(path, 0o644);
    expect(await checkSecret(config, true)).toMatchObject({ status: 'warn', fix: `chmod 600 ${path}` });
    chmodSync(path, 0o600);
    expect(await checkSecret(config, true)).toMatchObject({ status: 'ok' });
    expect(await checkSecret(configOf({ SECRET: 's'.repeat(64) }), true)).toMatchObject({ status: 'ok' });
    rmSync(path);
    mkdirSync(path);
    expect(await checkSecret(config, true)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('cannot be read'),
    });
  });

  test('a port that is taken, free, not to be had, or elsewhere', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const config = configOf({ PORT: `${port}` });
    expect(await checkPort(config, null)).toMatchObject({
      status: 'fail',
      message: `Port ${port} on 127.0.0.1 is taken by another program.`,
    });
    await new Promise((resolve) => server.close(resolve));
    expect(await checkPort(config, null)).toMatchObject({ status: 'ok' });
    expect(await checkPort(config, 77)).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('Process 77'),
    });
    expect(await checkPort(configOf({ HOST: '192.0.2.1' }), null)).toMatchObject({
      status: 'fail',
      message: 'HOST="192.0.2.1" is no address of this machine.',
    });
  });

  test('a Redis that is not asked for, or not there', async () => {
    expect(await checkRedis(null)).toMatchObject({ status: 'ok' });
    const away = await checkRedis('redis://:hunter2@127.0.0.1:1');
    expect(away).toMatchObject({ status: 'fail', message: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(away)).not.toContain('hunter2');
  });

  test('clocks that are apart', () => {
    expect(judgeClock(1999)).toMatchObject({ status: 'ok' });
    expect(judgeClock(-2000)).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('2.0 s behind'),
    });
    expect(judgeClock(3_600_000)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('3600.0 s ahead'),
    });
  });
});

describe('the database', () => {
  const database = useDatabase();
  let client: pg.Client;
  const mend: string[] = [];

  beforeAll(async () => {
    client = new pg.Client({ connectionString: database.current.url });
    await client.connect();
    // Rows of two tenants: a wall around nothing cannot be seen to stand.
    const [a, b] = [await database.current.createTenant(), await database.current.createTenant()];
    expect(a.tenantId).not.toBe(b.tenantId);
  });
  afterAll(() => client.end());

  /** Breaks something for this test. */
  async function breaking(sql: string, mending: string): Promise<void> {
    await client.query(sql);
    mend.push(mending);
  }
  afterEach(async () => {
    for (const sql of mend.splice(0)) await client.query(sql);
    expect(await checkRowSecurity(client)).toEqual([expect.objectContaining({ status: 'ok' })]);
    expect(await checkRoles(client)).toMatchObject({ status: 'ok' });
    expect(await checkMigrations(client)).toMatchObject({ finding: { status: 'ok' }, isUsable: true });
  });

  test('is of a known version', async () => {
    expect(await checkVersion(client, true)).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^PostgreSQL 18.*embedded/),
    });
  });

  test('row security switched off, or not forced, on a table', async () => {
    for (const what of ['disable row level security', 'no force row level security']) {
      await breaking(
        `alter table location ${what}`,
        'alter table location enable row level security, force row level security',
      );
      const [finding] = await checkRowSecurity(client);
      expect(finding).toMatchObject({ status: 'fail', message: expect.stringContaining('location') });
      // The fix mends it.
      await client.query(finding!.fix!);
      expect(await checkRowSecurity(client)).toEqual([expect.objectContaining({ status: 'ok' })]);
    }
  });

  test('a policy that shows everything', async () => {
    await breaking(
      'create policy hole on task for select to public using (true)',
      'drop policy hole on task',
    );
    expect(await checkRowSecurity(client)).toEqual([
      expect.objectContaining({ status: 'fail', message: expect.stringContaining('A policy of task') }),
    ]);
  });

  test('a partition of the event log given to tenants', async () => {
    await breaking(
      'grant select on event_default to tradepost_app',
      'revoke all on event_default from tradepost_app',
    );
    expect(await checkRowSecurity(client)).toEqual([
      expect.objectContaining({ status: 'fail', message: expect.stringContaining('event_default') }),
    ]);
  });

  test('rows seen with no tenant chosen, although every policy looks right', async () => {
    const { rows } = await client.query("select pg_get_functiondef('current_tenant'::regproc) as source");
    const { tenantId } = await database.current.createTenant();
    await breaking(
      `create or replace function current_tenant() returns uuid language sql stable parallel safe return '${tenantId}'::uuid`,
      rows[0].source,
    );
    const [finding] = await checkRowSecurity(client);
    expect(finding).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/no tenant chosen.*location/),
    });
  });

  test('a role that owns a table', async () => {
    await breaking('create table stray (); alter table stray owner to tradepost_system', 'drop table stray');
    expect(await checkRoles(client)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('tradepost_system owns tables'),
    });
  });

  test('migrations that are missing, of a later release, or not what they were', async () => {
    const { rows } = await client.query(
      'select name, checksum from schema_migration order by name desc limit 1',
    );
    const { name, checksum } = rows[0];
    await breaking(
      `delete from schema_migration where name = '${name}'`,
      `insert into schema_migration (name, checksum) values ('${name}', '${checksum}')`,
    );
    expect(await checkMigrations(client)).toMatchObject({
      finding: { status: 'warn', message: `1 to be applied: ${name}.` },
      isUsable: false,
    });
    for (const sql of mend.splice(0)) await client.query(sql);
    await breaking(
      "insert into schema_migration (name, checksum) values ('9999-future.sql', 'x')",
      "delete from schema_migration where name = '9999-future.sql'",
    );
    expect(await checkMigrations(client)).toMatchObject({
      finding: { status: 'fail', message: expect.stringContaining('9999-future.sql') },
    });
    for (const sql of mend.splice(0)) await client.query(sql);
    await breaking(
      `update schema_migration set checksum = 'x' where name = '${name}'`,
      `update schema_migration set checksum = '${checksum}' where name = '${name}'`,
    );
    expect(await checkMigrations(client)).toMatchObject({
      finding: { status: 'fail', message: expect.stringContaining(name) },
    });
  });

  test('an open write that keeps the readers waiting, with its process', async () => {
    expect(await checkEventLog(client)).toMatchObject({ status: 'ok' });
    const other = new pg.Client({ connectionString: database.current.url, application_name: 'somebody' });
    await other.connect();
    const { rows } = await other.query('select pg_backend_pid() as pid');
    await other.query('begin; select pg_current_xact_id()');
    const patient = { warnSeconds: 0, failSeconds: 1000 };
    expect(await checkEventLog(client, patient)).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(
        new RegExp(`process ${rows[0].pid} \\(somebody, idle in transaction\\)`),
      ),
      fix: expect.stringContaining(`pg_terminate_backend(${rows[0].pid})`),
    });
    expect(await checkEventLog(client, { warnSeconds: 0, failSeconds: 0 })).toMatchObject({ status: 'fail' });
    await other.query('rollback');
    await other.end();
    expect(await checkEventLog(client, patient)).toMatchObject({ status: 'ok' });
  });

  test('what the secret is needed for', async () => {
    expect(await needsSecret(client)).toBe(false);
    const { tenantId } = await database.current.createTenant();
    await database.current.db.asSystem('a person', async (tx) => {
      await tx.execute(`insert into auth."user" (id, name, email) values ($1, 'Ana', 'ana@shop.example')`, [
        tenantId,
      ]);
      await tx.execute(
        `insert into auth.session (id, token, "userId", "expiresAt") values ($1, 't', $1, now() + interval '1 day')`,
        [tenantId],
      );
    });
    expect(await needsSecret(client)).toBe(true);
  });
});
