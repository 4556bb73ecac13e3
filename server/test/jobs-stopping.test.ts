/** Background tasks that are stopped: by a person, by their time limit, with the process that runs them. */
import { describe, expect, test, vi } from 'vitest';
import { cancelTask } from '#modules/tasks';
import { ManualClock } from '#platform/clock';
import {
  aborted,
  enqueue,
  gate,
  handled,
  ownType,
  readTask,
  runnerHasLooked,
  runnerOn,
  taskType,
  until,
} from './factories/jobs.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);
const minute = 60_000;

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
