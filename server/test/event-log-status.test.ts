/** How the log stands, as /health and /metrics tell it: who is in the way, who is behind, and what was lost. */
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventLogHealth, maintainEventLog, measureEventLog, runConsumerOnce, Tail } from '#platform/events';
import { createMetrics } from '#platform/telemetry';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

async function openClient(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.current.url, application_name: name });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function openTail(): Promise<Tail> {
  const tail = new Tail({ url: database.current.url, bus: database.current.bus });
  await tail.start();
  onTestFinished(() => tail.stop());
  return tail;
}

async function figures(tail: Tail): Promise<Record<string, number>> {
  const metrics = createMetrics();
  measureEventLog(metrics, database.current.db, tail);
  const text = await metrics.registry.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith('tradepost_event_'));
  return Object.fromEntries(
    lines.map((line) => {
      const [name, value] = line.split(' ');
      return [name!.replace('tradepost_event_', ''), Number(value)];
    }),
  );
}

const insert = (createdAt = 'now()') =>
  `insert into event (tenant_id, channel, type, version, data, actor, created_at)
   values (null, 'products', 'product_updated', 1, '{}', 'system', ${createdAt})`;

test('names the session that holds committed events back, since when, in which state, and what to do', async () => {
  const { db, bus } = database.current;
  const idle = await openClient('forgotten import');
  const { pid } = (await idle.query('select pg_backend_pid() as pid')).rows[0];
  await idle.query('begin');
  await idle.query(insert());
  const tail = await openTail();
  const check = eventLogHealth(db, tail);
  // An open write that nobody waits for blocks nothing.
  expect(await check()).toMatchObject({ status: 'ok', blocker: null });
  const { horizon_age_seconds, blocker_age_seconds } = await figures(tail);
  expect(horizon_age_seconds).toBeGreaterThan(0);
  expect(blocker_age_seconds).toBe(0);

  const writer = await openClient('writer');
  await writer.query(insert());
  bus.publish('events', undefined);
  await vi.waitFor(async () =>
    expect(await check()).toMatchObject({
      status: 'ok',
      blocker: { pid, name: 'forgotten import', state: 'idle in transaction', since: expect.any(String) },
    }),
  );
  expect((await figures(tail)).blocker_age_seconds).toBeGreaterThan(0);
  vi.spyOn(tail, 'lag', 'get').mockReturnValue({ seconds: 6, waiting: true, blockerPid: pid, horizon: 0n });
  const late = await check();
  expect(late).toMatchObject({ status: 'degraded', lagSeconds: 6 });
  expect(late.detail).toMatch(
    new RegExp(
      `^Process ${pid} of PostgreSQL \\(forgotten import, idle in transaction\\).*pg_terminate_backend\\(${pid}\\)$`,
    ),
  );
  vi.restoreAllMocks();
  await idle.query('rollback');
  await vi.waitFor(async () => expect(await check()).toMatchObject({ status: 'ok', blocker: null }));
});

test('shows how far each durable consumer is behind, and what retention took from it', async () => {
  const { db } = database.current;
  const tail = await openTail();
  const check = eventLogHealth(db, tail);
  const seen: number[] = [];
  const consumer = {
    name: 'parked',
    handle: async (_: unknown, events: readonly unknown[]) => void seen.push(events.length),
  };
  await runConsumerOnce(db, consumer);
  const writer = await openClient('writer');
  await writer.query(
    "create table event_20200101 partition of event for values from ('2020-01-01') to ('2020-01-02')",
  );
  await writer.query(insert("now() - interval '90 seconds'"));
  expect(await check()).toMatchObject({
    status: 'degraded',
    detail: expect.stringContaining('parked'),
    consumers: { parked: { lagSeconds: expect.closeTo(90, -1), lostEvents: 0 } },
  });
  expect(await figures(tail)).toMatchObject({
    'consumer_lag_seconds{consumer="parked"}': expect.closeTo(90, -1),
    'consumer_lost_events{consumer="parked"}': 0,
  });
  await runConsumerOnce(db, consumer);
  expect(await check()).toMatchObject({
    status: 'ok',
    consumers: { parked: { lagSeconds: 0, lostEvents: 0 } },
  });

  // Beyond the hard limit of twice the retention: a partition of its own, and rows of the default one.
  for (let n = 0; n < 3; n++) await writer.query(insert("'2020-01-01T12:00Z'"));
  for (let n = 0; n < 2; n++) await writer.query(insert("'2020-02-01T12:00Z'"));
  await writer.query(insert());
  const losses = await db.asSystem('test', (tx) => maintainEventLog(tx, 14));
  expect(losses).toEqual([{ consumer: 'parked', lostEvents: 5 }]);
  expect(await db.asSystem('test', (tx) => maintainEventLog(tx, 14))).toEqual([]);
  expect(await check()).toMatchObject({
    status: 'degraded',
    detail: 'Events were dropped by retention before these had read them: parked (5).',
    consumers: { parked: { lostEvents: 5 } },
  });
  expect(await figures(tail)).toMatchObject({ 'consumer_lost_events{consumer="parked"}': 5 });
  // It goes on with what is left.
  seen.length = 0;
  await runConsumerOnce(db, consumer);
  expect(seen).toEqual([1]);
});

test('a database that is away leaves /metrics readable', async () => {
  const tail = await openTail();
  const metrics = createMetrics();
  const away = { asSystem: () => Promise.reject(new Error('away')) } as never;
  measureEventLog(metrics, away, tail);
  const text = await metrics.registry.metrics();
  expect(text).toContain('tradepost_event_horizon_age_seconds Nan');
  expect(text).toMatch(/^tradepost_event_lag_seconds 0$/m);
});
