/** Background tasks: asked for, run, tried again, stopped. */
import { describe, expect, test, vi } from 'vitest';
import { cancelTask, retryTask } from '#modules/tasks';
import { ManualClock } from '#platform/clock';
import { createDatabase, createPool } from '#platform/db';
import { enqueueTask, TaskFailure } from '#platform/jobs';
import { recoverTasks } from '../src/platform/jobs/queries.ts';
import {
  aborted,
  enqueue,
  gate,
  handled,
  readTask,
  runnerOn,
  type TestTask,
  taskType,
  until,
} from './factories/jobs.ts';
import { type TestDatabase, useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);
const minute = 60_000;

let types = 0;
/** A type of its own, so that no other test's runner takes it. */
const ownType = (more: Parameters<typeof taskType>[1] = {}): TestTask => taskType(`test_${++types}`, more);

/** Runs a task of another type to its end: whatever was due before it has been seen by the runner. */
async function runnerHasLooked(test: TestDatabase, sentinel: TestTask): Promise<void> {
  const tenant = await test.createTenant();
  const { id } = await enqueue(test, tenant, sentinel);
  await until(test, tenant, id, 'completed');
}

describe('asking', () => {
  test('a task asked for in a transaction that was rolled back does not exist, nor its event', async () => {
    const tenant = await database.current.createTenant();
    const { db } = database.current;
    await expect(
      db.withTenant(tenant, async (tx) => {
        await enqueueTask(tx, ownType(), { n: 1 });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const rows = await db.withTenant(tenant, (tx) =>
      tx.query("select id from task union all select null from event where type = 'task_updated'"),
    );
    expect(rows).toEqual([]);
  });

  test('requests under one dedupe key are one task while it waits, from 20 callers at once too', async () => {
    const tenant = await database.current.createTenant();
    const { db } = database.current;
    const type = ownType({ dedupeKey: ({ n }) => `${n}` });
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        db.withTenant(tenant, (tx) => enqueueTask(tx, type, { n: i % 2 })),
      ),
    );
    expect(asked.filter((a) => a.created)).toHaveLength(2);
    expect(new Set(asked.map((a) => a.task.id)).size).toBe(2);
  });

  test('what is asked for while the task runs is another task', async () => {
    const tenant = await database.current.createTenant();
    const type = ownType({ dedupeKey: () => 'all' });
    const [began, goOn] = [gate(), gate()];
    await runnerOn(database.current, [
      handled(type, async () => {
        began.resolve();
        await goOn.promise;
      }),
    ]);
    const first = await enqueue(database.current, tenant, type);
    await began.promise;
    const second = await enqueue(database.current, tenant, type);
    expect(second.id).not.toBe(first.id);
    goOn.resolve();
    await until(database.current, tenant, second.id, 'completed');
  });
});

describe('trying again', () => {
  test('after 5, 10 and 20 minutes to the millisecond, then the task is dead and its failures are all kept', async () => {
    const tenant = await database.current.createTenant();
    const [type, sentinel] = [ownType(), ownType()];
    await runnerOn(database.current, [
      handled(type, async ({ attempt }) => {
        throw new TaskFailure('SHOP_CLOSED', `The shop was closed ${attempt} times.`);
      }),
      handled(sentinel, async () => {}),
    ]);
    const { id } = await enqueue(database.current, tenant, type);
    let attempt = 1;
    for (const delayMs of [5 * minute, 10 * minute, 20 * minute]) {
      const waiting = await until(database.current, tenant, id, 'retrying');
      expect(waiting.run_at).toEqual(new Date(clock.now().getTime() + delayMs));
      clock.advance(delayMs - 1);
      await runnerHasLooked(database.current, sentinel);
      expect(await readTask(database.current, tenant, id)).toMatchObject({ status: 'retrying', attempt });
      clock.advance(1);
      database.current.bus.publish('tasks', undefined);
      attempt++;
      await until(database.current, tenant, id, attempt === 4 ? 'failed' : 'retrying', attempt);
    }
    const dead = await readTask(database.current, tenant, id);
    expect(dead.error).toEqual({ code: 'SHOP_CLOSED', message: 'The shop was closed 4 times.' });
    expect(dead.attempts.map((a) => [a.outcome, a.error?.message])).toEqual(
      [1, 2, 3, 4].map((n) => ['failed', `The shop was closed ${n} times.`]),
    );
  });

  test('a dead task that a person runs again has all its tries again', async () => {
    const tenant = await database.current.createTenant();
    const type = ownType({ retryDelaysMs: [0, 0, 0] });
    let tries = 0;
    await runnerOn(database.current, [
      handled(type, async () => {
        tries++;
        throw new Error('not yet');
      }),
    ]);
    const { id } = await enqueue(database.current, tenant, type);
    await until(database.current, tenant, id, 'failed');
    expect(tries).toBe(4);
    await database.current.db.withTenant(tenant, (tx) => retryTask(tx, id));
    expect(await until(database.current, tenant, id, 'failed', 5)).toMatchObject({ attempt: 8 });
    expect(tries).toBe(8);
  });

  test('a failure that another try could not mend ends the task at once; an unknown error keeps its words', async () => {
    const tenant = await database.current.createTenant();
    const [hopeless, unknown] = [ownType(), ownType()];
    await runnerOn(database.current, [
      handled(hopeless, async () => {
        throw new TaskFailure('NO_SUCH_ADDRESS', 'The address does not exist.', { retry: false });
      }),
      handled(unknown, async () => {
        throw new TypeError('boom');
      }),
    ]);
    const [one, two] = [
      await enqueue(database.current, tenant, hopeless),
      await enqueue(database.current, tenant, unknown),
    ];
    expect((await until(database.current, tenant, one.id, 'failed')).error).toEqual({
      code: 'NO_SUCH_ADDRESS',
      message: 'The address does not exist.',
    });
    expect((await until(database.current, tenant, two.id, 'retrying')).error).toEqual({
      code: 'UNEXPECTED',
      message: 'boom',
    });
  });

  test('a handler that cannot be loaded fails its task and no other', async () => {
    const tenant = await database.current.createTenant();
    const [broken, fine] = [ownType(), ownType()];
    await runnerOn(database.current, [
      {
        type: broken.type,
        load: async () => {
          throw new Error('its file is gone');
        },
      },
      handled(fine, async () => 'fine'),
    ]);
    const [one, two] = [
      await enqueue(database.current, tenant, broken),
      await enqueue(database.current, tenant, fine),
    ];
    expect((await until(database.current, tenant, one.id, 'retrying')).error?.message).toBe(
      'its file is gone',
    );
    await until(database.current, tenant, two.id, 'completed');
  });

  test('a task that failed while the same work waits again leaves it to that one', async () => {
    const tenant = await database.current.createTenant();
    const type = ownType({ dedupeKey: () => 'all' });
    const [began, goOn] = [gate(), gate()];
    let runs = 0;
    await runnerOn(
      database.current,
      [
        handled(type, async () => {
          if (++runs > 1) return;
          began.resolve();
          await goOn.promise;
          throw new Error('broke');
        }),
      ],
      { concurrency: 1 },
    );
    const first = await enqueue(database.current, tenant, type);
    await began.promise;
    const second = await enqueue(database.current, tenant, type);
    goOn.resolve();
    await until(database.current, tenant, first.id, 'failed');
    await until(database.current, tenant, second.id, 'completed');
  });
});

describe('stopping a task', () => {
  const cancel = (tenant: { tenantId: string; actor: 'system' }, id: string) =>
    database.current.db.withTenant(tenant, (tx) => cancelTask(tx, id));

  test('one that waits never runs', async () => {
    const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
    const [type, sentinel] = [ownType(), ownType()];
    const { id } = await enqueue(database.current, tenant, type);
    expect((await cancel(tenant, id)).status).toBe('cancelled');
    let ran = false;
    await runnerOn(database.current, [
      handled(type, async () => {
        ran = true;
      }),
      handled(sentinel, async () => {}),
    ]);
    await runnerHasLooked(database.current, sentinel);
    expect(ran).toBe(false);
  });

  test.each(['at once by the bus', 'by looking, when the signal was lost'])(
    'one that runs has its signal aborted within a second, %s',
    async (how) => {
      const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
      const type = ownType();
      const began = gate();
      await runnerOn(database.current, [
        handled(type, async ({ signal }) => {
          began.resolve();
          await aborted(signal);
        }),
      ]);
      const { id } = await enqueue(database.current, tenant, type);
      await began.promise;
      const asked = performance.now();
      await cancel(tenant, id);
      if (how.startsWith('at once'))
        database.current.bus.publish('task_cancel', { tenantId: tenant.tenantId, taskId: id });
      const task = await until(database.current, tenant, id, 'cancelled');
      expect(performance.now() - asked).toBeLessThan(1000);
      expect(task.attempts).toMatchObject([{ outcome: 'cancelled', error: null }]);
    },
  );

  test('one that does not heed its signal is left to itself: its lane is free, its writes are refused', async () => {
    const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
    const type = taskType('deaf', { lane: () => 'one' });
    const [began, goOn] = [gate(), gate()];
    const said: Promise<string>[] = [];
    const runner = await runnerOn(
      database.current,
      [
        handled(type, async ({ attempt, transaction }, { n }) => {
          if (n > 0) return;
          began.resolve();
          await goOn.promise;
          said.push(transaction(async () => `attempt ${attempt} wrote`).catch((e: Error) => e.name));
        }),
      ],
      { abandonAfterMs: 50 },
    );
    const { id } = await enqueue(database.current, tenant, type);
    await began.promise;
    const next = await enqueue(database.current, tenant, type, { n: 1 });
    await cancel(tenant, id);
    await until(database.current, tenant, id, 'cancelled');
    await until(database.current, tenant, next.id, 'completed');
    await runner.stop();
    goOn.resolve();
    await vi.waitFor(() => expect(said).toHaveLength(1));
    expect(await said[0]).toBe('TaskFencedError');
  });

  test('one that fails by itself after it was asked to stop is not tried again', async () => {
    const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
    const type = ownType();
    const [began, goOn] = [gate(), gate()];
    await runnerOn(database.current, [
      handled(type, async () => {
        began.resolve();
        await goOn.promise;
        throw new Error('broke');
      }),
    ]);
    const { id } = await enqueue(database.current, tenant, type);
    await began.promise;
    await cancel(tenant, id);
    goOn.resolve();
    await until(database.current, tenant, id, 'cancelled');
  });

  test('one that is done before it heeds the wish is completed', async () => {
    const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
    const type = ownType();
    const [began, goOn] = [gate(), gate()];
    await runnerOn(database.current, [
      handled(type, async () => {
        began.resolve();
        await goOn.promise;
        return 'done';
      }),
    ]);
    const { id } = await enqueue(database.current, tenant, type);
    await began.promise;
    await cancel(tenant, id);
    database.current.bus.publish('task_cancel', { tenantId: tenant.tenantId, taskId: id });
    goOn.resolve();
    expect(await until(database.current, tenant, id, 'completed')).toMatchObject({ result: 'done' });
  });

  test('one that takes too long is aborted and says so', async () => {
    const tenant = await database.current.createTenant();
    const type = ownType({ timeoutMs: 1000 });
    await runnerOn(database.current, [handled(type, ({ signal }) => aborted(signal))]);
    const { id } = await enqueue(database.current, tenant, type);
    expect((await until(database.current, tenant, id, 'retrying')).error).toEqual({
      code: 'TIMEOUT',
      message: 'It took longer than 1 s.',
    });
  });
});

test('progress is written four times a second at most, and its last word always', async () => {
  const tenant = await database.current.createTenant();
  const type = ownType();
  const steps = 120;
  let tookMs = 0;
  await runnerOn(database.current, [
    handled(type, async ({ progress }) => {
      const begun = performance.now();
      for (let done = 1; done <= steps; done++) {
        progress(done, steps, `step ${done}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      tookMs = performance.now() - begun;
    }),
  ]);
  const { id } = await enqueue(database.current, tenant, type);
  const task = await until(database.current, tenant, id, 'completed');
  expect(task.progress).toEqual({ done: steps, total: steps, message: `step ${steps}` });
  const shown = await database.current.db.withTenant(tenant, (tx) =>
    tx.query(
      "select 1 from event where type = 'task_updated' and data->>'status' = 'running' and data->'progress' <> 'null'",
    ),
  );
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.length).toBeLessThanOrEqual(Math.ceil(tookMs / 250));
});

describe('what is told of a task', () => {
  const told = (tenant: { tenantId: string; actor: 'system' }, id: string) =>
    database.current.db.withTenant(tenant, async (tx) => {
      const rows = await tx.query<{ status: string }>(
        "select data->>'status' as status from event where type = 'task_updated' and data->>'taskId' = $1 order by xact, id",
        [id],
      );
      return rows.map((r) => r.status);
    });

  test('one that is over at once is told as queued and completed, and leaves one attempt to read but no row for it', async () => {
    const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
    const type = ownType();
    await runnerOn(database.current, [handled(type, async () => 'done')]);
    const { id } = await enqueue(database.current, tenant, type);
    const task = await until(database.current, tenant, id, 'completed');
    expect(task.attempts).toEqual([
      {
        attempt: 1,
        started_at: task.started_at,
        finished_at: task.finished_at,
        outcome: 'completed',
        error: null,
      },
    ]);
    const rows = await database.current.db.withTenant(tenant, (tx) =>
      tx.query('select 1 from task_attempt where task_id = $1', [id]),
    );
    expect(rows).toEqual([]);
    expect(await told(tenant, id)).toEqual(['queued', 'completed']);
  });

  test('one that lasts is told as running, though it has no progress, and its attempt is to be seen', async () => {
    const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
    const type = ownType();
    const goOn = gate();
    await runnerOn(database.current, [handled(type, () => goOn.promise)]);
    const { id } = await enqueue(database.current, tenant, type);
    await vi.waitFor(async () => expect(await told(tenant, id)).toEqual(['queued', 'running']));
    expect((await readTask(database.current, tenant, id)).attempts).toMatchObject([
      { attempt: 1, outcome: 'running', finished_at: null },
    ]);
    goOn.resolve();
    await until(database.current, tenant, id, 'completed');
    expect(await told(tenant, id)).toEqual(['queued', 'running', 'completed']);
  });

  test('the entry that the release before wrote at the beginning of an attempt is ended, not doubled', async () => {
    const tenant = { ...(await database.current.createTenant()), actor: 'system' as const };
    const type = ownType({ retryDelaysMs: [0] });
    await runnerOn(database.current, [
      handled(type, async ({ attempt }) => {
        await database.current.db.asSystem('test', (tx) =>
          tx.execute(
            `insert into task_attempt (tenant_id, task_id, attempt, started_at, outcome)
             select tenant_id, id, attempt, started_at, 'running' from task where id = $1`,
            [id],
          ),
        );
        if (attempt === 1) throw new Error('broke');
      }),
    ]);
    const { id } = await enqueue(database.current, tenant, type);
    const task = await until(database.current, tenant, id, 'completed');
    expect(task.attempts.map((a) => a.outcome)).toEqual(['failed', 'completed']);
  });
});

test('the next tasks begin while the endings of the last are still being written', async () => {
  const tenant = await database.current.createTenant();
  const type = ownType();
  const [held, second] = [gate(), gate()];
  const { db } = database.current;
  // The row of the first task is locked, so its ending waits.
  const runner = await runnerOn(
    database.current,
    [
      handled(type, async ({ taskId }, { n }) => {
        if (n === 1) return second.resolve();
        const locked = gate();
        void db.asSystem('test', async (tx) => {
          await tx.query('select 1 from task where id = $1 for update', [taskId]);
          locked.resolve();
          await held.promise;
        });
        await locked.promise;
      }),
    ],
    { concurrency: 1 },
  );
  const first = await enqueue(database.current, tenant, type, { n: 0 });
  const next = await enqueue(database.current, tenant, type, { n: 1 });
  await second.promise;
  expect(runner.running).toBe(2);
  held.resolve();
  await until(database.current, tenant, first.id, 'completed');
  await until(database.current, tenant, next.id, 'completed');
});

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

describe('stopping the process', () => {
  test('a handler that heeds its signal is handed back and goes on in the next, its tries all left', async () => {
    const tenant = await database.current.createTenant();
    const type = ownType({ retryDelaysMs: [5 * minute] });
    const began = gate();
    const first = await runnerOn(database.current, [
      handled(type, ({ signal }) => {
        began.resolve();
        return aborted(signal);
      }),
    ]);
    const { id } = await enqueue(database.current, tenant, type);
    await began.promise;
    await first.stop();
    expect(await readTask(database.current, tenant, id)).toMatchObject({
      status: 'retrying',
      run_at: clock.now(),
      attempts: [{ outcome: 'lost', error: { code: 'WORKER_STOPPED' } }],
    });
    await runnerOn(database.current, [
      handled(type, async () => {
        throw new Error('broke');
      }),
    ]);
    // The first failure of its own: it waits the first delay, as if nothing had been stopped.
    expect(await until(database.current, tenant, id, 'retrying', 2)).toMatchObject({
      attempt: 2,
      run_at: new Date(clock.now().getTime() + 5 * minute),
    });
  });

  test('a handler that is done within the grace is completed; nothing new is begun', async () => {
    const tenant = await database.current.createTenant();
    const type = ownType();
    const [began, goOn] = [gate(), gate()];
    let runs = 0;
    const runner = await runnerOn(
      database.current,
      [
        handled(type, async () => {
          runs++;
          began.resolve();
          await goOn.promise;
        }),
      ],
      { stopGraceMs: 20_000 },
    );
    const { id } = await enqueue(database.current, tenant, type);
    await began.promise;
    const stopped = runner.stop();
    const late = await enqueue(database.current, tenant, type);
    goOn.resolve();
    await stopped;
    expect((await readTask(database.current, tenant, id)).status).toBe('completed');
    expect((await readTask(database.current, tenant, late.id)).status).toBe('queued');
    expect(runs).toBe(1);
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
