/**
 * The database dies, stands still, loses its connections, has none to spare, while requests, tasks, schedules and sockets
 * are at work. Each request is answered in bounded time, by its answer or the documented 503; what was acknowledged is
 * there; a socket that resumes misses nothing; and everything goes on without a hand.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { Problem } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import type { Answer } from './support/api.ts';
import { findPostmaster, withSql } from './support/embedded.ts';
import { ResumingFeed } from './support/feed.ts';
import { setUpOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

/** No request may take longer, whatever the database does: 3 s for a connection, 5 s to begin, 15 s for a lock. */
const boundMs = 25_000;

let app: Tradepost;
let tenant: TestTenant;
let feed: ResumingFeed;

beforeAll(async () => {
  app = await Tradepost.start({
    env: {
      // A task of each tenant every ten seconds: as long as they come to their end, schedules and runner are at work.
      EMAG_HEALTH_CHECK_INTERVAL: '10',
      DB_POOL_SIZE: '4',
      DB_MAX_OVERFLOW: '4',
      DB_POOL_TIMEOUT: '3',
    },
  });
  tenant = (await setUpOwner(app)).tenant;
  feed = new ResumingFeed(`${app.ws}/ws/notifications?channel=products`, {
    authorization: `Bearer ${tenant.apiKey}`,
  });
  await until('the socket', () => feed.connections > 0);
});

let products = 0;
/** SKUs of the products whose creation was acknowledged. */
const acknowledged: string[] = [];

/** Creates a product, or is refused as the documentation says; in time in either case. */
async function create(): Promise<Answer<Problem>> {
  const sku = `FAULT-${++products}`;
  const startedAtMs = performance.now();
  const answer = await tenant.api.call<Problem>('POST', '/products', {
    json: { name: sku, variants: [{ sku, priceMinor: 1000, onHand: 1 }] },
    headers: { 'idempotency-key': sku },
  });
  expect(performance.now() - startedAtMs).toBeLessThan(boundMs);
  if (answer.status === 201) acknowledged.push(sku);
  else {
    expect(answer).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  return answer;
}

async function createMany(count: number): Promise<Answer<Problem>[]> {
  return Promise.all(Array.from({ length: count }, create));
}

/** Process ids of the database: the postmaster and its children. */
async function databaseProcesses(): Promise<number[]> {
  const postmaster = (await findPostmaster(app.dataDir))!;
  const pids = [postmaster];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === postmaster) pids.push(Number(name));
  }
  return pids;
}

function signal(pids: number[], name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // A backend whose client left, or was given up, has ended.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function healthOf(): Promise<{ answered: number; parts: Record<string, { status: string }> }> {
  const response = await fetch(`${app.url}/health`);
  const { parts } = (await response.json()) as { parts: Record<string, { status: string }> };
  return { answered: response.status, parts };
}

/** Everything is at work again: requests, schedules and tasks, the tail and the sockets behind it. */
async function expectHealed(withinMs = 40_000): Promise<void> {
  const sinceMs = Date.now();
  await until('a product to be created', async () => (await create()).status === 201, withinMs);
  await until(
    'a check-up begun after the fault to be completed',
    async () => {
      const { items } = await tenant.api.get<{ items: { status: string; createdAt: string }[] }>(
        '/tasks?type=health_check&status=completed&limit=1',
      );
      return items.some((t) => Date.parse(t.createdAt) > sinceMs);
    },
    withinMs,
  );
  await until(
    'the socket to have heard of every product',
    () => heard().length >= acknowledged.length,
    withinMs,
  );
  await until('the parts to be well', async () => (await healthOf()).answered === 200, withinMs);
  expect(app.program.exit).toBeNull();
}

function heard(): string[] {
  const known = new Set(acknowledged);
  return feed.events
    .filter((e) => e.type === 'product_updated')
    .map((e) => (e.data as { name: string }).name)
    .filter((name) => known.has(name));
}

/** Nothing acknowledged is missing, and the socket heard of each product once, in the order of the log. */
async function expectNothingLost(): Promise<void> {
  const { names, logged } = await withSql(app.databaseUrl, async (sql) => ({
    names: (await sql.query<{ name: string }>('select name from product')).rows.map((r) => r.name),
    logged: (
      await sql.query<{ name: string }>(
        "select data->>'name' as name from event where type = 'product_updated' order by xact, id",
      )
    ).rows.map((r) => r.name),
  }));
  expect(names).toEqual(expect.arrayContaining(acknowledged));
  const all = feed.events
    .filter((e) => e.type === 'product_updated')
    .map((e) => (e.data as { name: string }).name);
  expect(all).toEqual(logged.slice(0, all.length));
  expect(new Set(all).size).toBe(all.length);
  expect(feed.subscriptions.filter((s) => !s.recovered)).toEqual([]);
}

test('PostgreSQL killed under load: what was acknowledged is there, and it is started again by itself', async () => {
  await createMany(5);
  const before = (await findPostmaster(app.dataDir))!;
  const writing = createMany(40);
  process.kill(before, 'SIGKILL');
  await writing;
  await createMany(10);
  await expectHealed();
  expect(await findPostmaster(app.dataDir)).not.toBe(before);
  await expectNothingLost();
});

test('PostgreSQL stands still: 503 in bounded time, /health says so, and everything goes on when it does', async () => {
  const processes = await databaseProcesses();
  try {
    signal(processes, 'SIGSTOP');
    const answers = await createMany(20);
    expect(answers.map((a) => a.status)).toEqual(answers.map(() => 503));
    const { answered, parts } = await healthOf();
    expect(answered).toBe(503);
    expect(parts.database!.status).toBe('down');
    const metrics = await fetch(`${app.url}/metrics`);
    expect(await metrics.text()).toContain('tradepost_event_lag_seconds');
  } finally {
    signal(processes, 'SIGCONT');
  }
  await expectHealed();
  await expectNothingLost();
});

test('every connection reset at once: the next request does not notice', async () => {
  await createMany(8);
  await withSql(app.databaseUrl, (sql) =>
    sql.query(
      'select pg_terminate_backend(pid, 2000) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
    ),
  );
  expect((await create()).status).toBe(201);
  await expectHealed();
  await expectNothingLost();
});

test('no connection to spare: those that wait are told 503 in bounded time, and others get through when it is over', async () => {
  await withSql(app.databaseUrl, async (sql) => {
    await sql.query('begin');
    await sql.query('lock table variant in exclusive mode');
    const answers = createMany(30);
    await until('the pool to be exhausted', async () => {
      const text = await (await fetch(`${app.url}/metrics`)).text();
      return Number(/^tradepost_db_waiting_callers (\d+)$/m.exec(text)?.[1]) > 5;
    });
    // Longer than a caller may wait for a connection, shorter than a statement for its lock.
    await until('callers to be refused', async () => (await create()).status === 503, 15_000);
    await sql.query('rollback');
    const statuses = (await answers).map((a) => a.status);
    expect(statuses).toContain(201);
    expect(statuses).toContain(503);
  });
  await expectHealed();
  await expectNothingLost();
});
