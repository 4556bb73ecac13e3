/** Background tasks on several runners: lanes, tenants that share the places, workers judged by one clock. */
import { describe, expect, test } from 'vitest';
import { ManualClock } from '#platform/clock';
import { createDatabase, createPool } from '#platform/db';
import { enqueueTask } from '#platform/jobs';
import { recoverTasks } from '../src/platform/jobs/queries.ts';
import { enqueue, gate, handled, ownType, runnerOn, until } from './factories/jobs.ts';
import { type TestDatabase, useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);
const minute = 60_000;

describe('several runners', () => {
  /** A second process: a pool and a bus of its own. */
  async function anotherProcess(): Promise<TestDatabase> {
    const { url } = database.current;
    const pool = createPool({
      url,
      poolSize: 5,
      maxOverflow: 5,
      poolTimeoutMs: 5000,
      poolRecycleSeconds: 3600,
    });
    const db = createDatabase({ pool, clock, bus: database.current.bus });
    return { ...database.current, db };
  }

  test('tasks of one lane run strictly one at a time, those of different lanes together', async () => {
    const tenant = await database.current.createTenant();
    const type = ownType({ lane: ({ lane }) => lane! });
    const active = new Map<string, number>();
    let [most, mostOfLane, ran] = [0, 0, 0];
    const work = handled(type, async (_, { lane }) => {
      active.set(lane!, (active.get(lane!) ?? 0) + 1);
      mostOfLane = Math.max(mostOfLane, active.get(lane!)!);
      most = Math.max(
        most,
        [...active.values()].reduce((a, b) => a + b),
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
      active.set(lane!, active.get(lane!)! - 1);
      ran++;
    });
    const other = await anotherProcess();
    const ids: string[] = [];
    for (let n = 0; n < 45; n++)
      ids.push((await enqueue(database.current, tenant, type, { n, lane: `lane ${n % 3}` })).id);
    const runners = [await runnerOn(database.current, [work]), await runnerOn(other, [work])];
    for (const id of ids) await until(database.current, tenant, id, 'completed');
    expect({ mostOfLane, ran }).toEqual({ mostOfLane: 1, ran: 45 });
    expect(most).toBeGreaterThan(1);
    await Promise.all(runners.map((r) => r.stop()));
    await other.db.close();
  });

  test('a task of another tenant does not wait behind the hundred that were there first', async () => {
    const [busy, small] = [await database.current.createTenant(), await database.current.createTenant()];
    const type = ownType();
    await database.current.db.withTenant(busy, async (tx) => {
      for (let n = 0; n < 100; n++) await enqueueTask(tx, type, { n });
    });
    clock.advance(1000);
    const { id } = await enqueue(database.current, small, type);
    const order: string[] = [];
    await runnerOn(
      database.current,
      [
        handled(type, async ({ tenantId }) => {
          order.push(tenantId);
        }),
      ],
      { concurrency: 2 },
    );
    await until(database.current, small, id, 'completed');
    expect(order.indexOf(small.tenantId)).toBeLessThan(4);
  });

  test('a tenant whose tasks fill every place leaves the next free one to another', async () => {
    const [busy, small] = [await database.current.createTenant(), await database.current.createTenant()];
    const type = ownType();
    const started: { tenantId: string; end: () => void }[] = [];
    const seen = [gate(), gate(), gate()];
    await runnerOn(
      database.current,
      [
        handled(type, async ({ tenantId }) => {
          const { promise, resolve } = gate();
          started.push({ tenantId, end: resolve });
          seen[started.length - 1]?.resolve();
          await promise;
        }),
      ],
      { concurrency: 2 },
    );
    await database.current.db.withTenant(busy, async (tx) => {
      for (let n = 0; n < 20; n++) await enqueueTask(tx, type, { n });
    });
    await Promise.all([seen[0]!.promise, seen[1]!.promise]);
    clock.advance(1000);
    await enqueue(database.current, small, type);
    started[0]!.end();
    await seen[2]!.promise;
    expect(started[2]!.tenantId).toBe(small.tenantId);
    // What still waits is not this test's business.
    await database.current.db.withTenant(busy, (tx) =>
      tx.execute("update task set status = 'cancelled' where status in ('queued', 'retrying')"),
    );
    for (const { end } of started) end();
  });
});

test('a clock that jumps by an hour takes no running task from its worker: workers are judged by the database’s', async () => {
  const tenant = await database.current.createTenant();
  const type = ownType();
  const [began, goOn] = [gate(), gate()];
  await runnerOn(database.current, [
    handled(type, async () => {
      began.resolve();
      await goOn.promise;
    }),
  ]);
  const { id } = await enqueue(database.current, tenant, type);
  await began.promise;
  for (const hours of [1, -2]) {
    clock.advance(hours * 60 * minute);
    expect(await database.current.db.asSystem('test', (tx) => recoverTasks(tx))).toEqual([]);
  }
  clock.advance(60 * minute);
  goOn.resolve();
  expect(await until(database.current, tenant, id, 'completed')).toMatchObject({ attempt: 1 });
});
