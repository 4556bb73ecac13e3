/**
 * The disk is full, first for the database's tables, then for its log too, while reservations come in. Each is answered by
 * its answer or the documented refusal; what was acknowledged is there, what was refused is not; nothing but space is
 * needed to heal; and a start on it
 * leaves no file half-written.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from './support/api.ts';
import { makeSmallDisk, type SmallDisk } from './support/disk.ts';
import { findPostmaster, withSql } from './support/embedded.ts';
import { ResumingFeed } from './support/feed.ts';
import { findStockFaults } from './support/invariants.ts';
import { findFreePort } from './support/ports.ts';
import { Program } from './support/program.ts';
import { setUpOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

const sku = 'DISK-1';
const healedWithinMs = 60_000;

let disk: SmallDisk;
let app: Tradepost;
let tenant: TestTenant;
let feed: ResumingFeed;

beforeAll(async () => {
  disk = await makeSmallDisk(192);
  app = await Tradepost.start({ disk, env: { EMAG_HEALTH_CHECK_INTERVAL: '10' } });
  tenant = (await setUpOwner(app)).tenant;
  await tenant.api.post('/products', { name: sku, variants: [{ sku, priceMinor: 1000, onHand: 1_000_000 }] });
  feed = new ResumingFeed(`${app.ws}/ws/notifications?channel=inventory`, {
    authorization: `Bearer ${tenant.apiKey}`,
  });
  await until('the socket', () => feed.connections > 0);
});

let reservations = 0;
/** Long, so that the room in pages already there is soon used. */
const padding = 'x'.repeat(150);
/** References by what the caller was told last; with 503 it is not known what became of it. */
const told = new Map<string, number>();

async function reserve(reference = `basket-${++reservations}-${padding}`): Promise<Answer<Problem>> {
  const answer = await tenant.api.call<Problem>('POST', '/inventory/reservations', {
    json: { reference, lines: [{ sku, quantity: 1 }] },
    headers: { 'idempotency-key': reference },
  });
  told.set(reference, answer.status);
  const { status, body } = answer;
  if (status === 507) expect(body.code).toBe('STORAGE_FULL');
  else if (status === 503) expect(body.code).toBe('DATABASE_UNAVAILABLE');
  else expect(status, answer.text).toBe(201);
  if (status !== 201) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  return answer;
}

async function reserveMany(count: number): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => reserve()));
  return answers.map((a) => a.status);
}

const toldAs = (status: number) => [...told].filter(([, s]) => s === status).map(([reference]) => reference);

async function referencesStored(): Promise<string[]> {
  const { rows } = await withSql(app.databaseUrl, (sql) =>
    sql.query<{ reference: string }>('select reference from reservation order by 1'),
  );
  return rows.map((r) => r.reference);
}

/** Once there is space: writes, tasks and the socket go on; all that was acknowledged is there once, and nothing refused is. */
async function expectHealed(): Promise<void> {
  const sinceMs = Date.now();
  await until(
    'a reservation to be made',
    async () => (await reserve().catch(() => null))?.status === 201,
    healedWithinMs,
  );
  const stored = await referencesStored();
  expect(new Set(stored).size).toBe(stored.length);
  expect(stored).toEqual(expect.arrayContaining(toldAs(201)));
  const refused = new Set(toldAs(507));
  expect(stored.filter((reference) => refused.has(reference))).toEqual([]);

  // Repeated with its key, each is done once, whatever had become of it.
  for (const reference of [...toldAs(503), ...refused]) expect((await reserve(reference)).status).toBe(201);
  expect((await referencesStored()).toSorted()).toEqual([...told.keys()].toSorted());
  expect(await findStockFaults(app.databaseUrl)).toEqual([]);

  await until(
    'a check-up begun after the fault to be completed',
    async () => {
      const { items } = await tenant.api.get<{ items: { createdAt: string }[] }>(
        '/tasks?type=health_check&status=completed&limit=1',
      );
      return items.some((t) => Date.parse(t.createdAt) > sinceMs);
    },
    healedWithinMs,
  );
  const logged = await withSql(app.databaseUrl, async (sql) => {
    const { rows } = await sql.query<{ version: number }>(
      `select (data->>'version')::int as version from event where type = 'stock_changed' order by xact, id`,
    );
    return rows.map((r) => r.version);
  });
  const heard = () =>
    feed.events
      .filter((e) => e.type === 'stock_changed')
      .map((e) => (e.data as { version: number }).version)
      .filter((version) => logged.includes(version));
  await until('the socket to have heard of every change', () => heard().at(-1) === logged.at(-1));
  expect(heard()).toEqual(logged.slice(logged.indexOf(heard()[0]!)));
  expect(feed.subscriptions.filter((s) => !s.recovered)).toEqual([]);
  await until('the parts to be well', async () => (await fetch(`${app.url}/health`)).status === 200);
  expect(app.program.exit).toBeNull();
}

test('no space for rows: 507, reading goes on, and writing again when there is space', async () => {
  expect(await reserveMany(20)).not.toContain(507);
  const postmaster = await findPostmaster(app.dataDir);
  await until(
    'a write to be refused',
    async () => {
      // What PostgreSQL has given back in the meantime is taken too.
      await disk.fill();
      return (await reserveMany(20)).includes(507);
    },
    healedWithinMs,
  );
  for (const path of ['/products', '/inventory/levels', '/orders', '/tasks'])
    expect(await tenant.api.call('GET', path)).toMatchObject({ status: 200 });
  expect((await fetch(`${app.url}/health/live`)).status).toBe(200);
  // Whoever can go on does: it is no outage.
  expect(await findPostmaster(app.dataDir)).toBe(postmaster);
  await disk.free();
  await expectHealed();
});

test('no space for the log of the database, which goes down with it: it is up again when there is space', async () => {
  const before = (await findPostmaster(app.dataDir))!;
  const written = reserveMany(20);
  // Each switch begins a new file of the log, until there is no room for one.
  await until(
    'PostgreSQL to end',
    async () => {
      await disk.fill();
      await withSql(app.databaseUrl, (sql) =>
        sql.query('select pg_logical_emit_message(true, $1, $2), pg_switch_wal()', [
          'test',
          'x'.repeat(8192),
        ]),
      ).catch(() => {});
      await reserveMany(2);
      return (await findPostmaster(app.dataDir)) !== before;
    },
    healedWithinMs,
  );
  await written;
  const refused = await reserveMany(5);
  expect(refused).toEqual(refused.map(() => 503));
  // Its report is kept for a second.
  await until('/health to say so', async () => (await fetch(`${app.url}/health`)).status === 503);
  await disk.free();
  await expectHealed();
  expect(await findPostmaster(app.dataDir)).not.toBe(before);
});

describe('a first start on a full disk', () => {
  test.each([0, 4096, 8192])(
    'with %i bytes left ends in a sentence and leaves no half file',
    async (leftBytes) => {
      const dataDir = `start-${leftBytes}`;
      const reach = join(disk.reach, dataDir);
      await mkdir(reach, { mode: 0o700 });
      await disk.fill(leftBytes);
      const program = Program.run('server/src/main.ts', {
        env: {
          HOST: '127.0.0.1',
          PORT: String(await findFreePort()),
          DEMO: 'off',
          DATA_DIR: join(disk.dir, dataDir),
          TRADEPOST_PARENT_PID: String(process.pid),
        },
        cwd: reach,
        through: disk.through,
      });
      const { code } = await program.exited;
      expect(code, program.stderr).toBe(1);
      expect(program.stderr).toMatch(/disk|space/i);
      for (const name of await readdir(reach)) {
        expect(name).not.toMatch(/^(secret|demo\.json)|\.new$/);
      }
      await disk.free();
    },
  );
});
