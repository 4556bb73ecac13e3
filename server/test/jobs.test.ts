/** Background tasks: asked for, run, tried again, stopped. */
import { describe, expect, test, vi } from 'vitest';
import { retryTask } from '#modules/tasks';
import { ManualClock } from '#platform/clock';
import { enqueueTask, TaskFailure } from '#platform/jobs';
import {
  enqueue,
  gate,
  handled,
  ownType,
  readTask,
  runnerHasLooked,
  runnerOn,
  until,
} from './factories/jobs.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);
const minute = 60_000;

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
