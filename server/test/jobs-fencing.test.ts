/** An attempt that was given up while it still runs, in the very process that runs the next one. */
import { expect, test } from 'vitest';
import { cancelTask } from '#modules/tasks';
import type { TenantContext, TenantTx } from '#platform/db';
import { TaskFencedError } from '#platform/jobs';
import { recoverTasks } from '../src/platform/jobs/queries.ts';
import { aborted, enqueue, gate, handled, runnerOn, taskType, until } from './factories/jobs.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

/** As when the worker showed no life for too long: its tasks are given back. */
async function giveUp(workerId: string): Promise<void> {
  await database.current.db.asSystem('test', async (tx) => {
    await tx.execute('delete from worker where id = $1', [workerId]);
    expect(await recoverTasks(tx)).toHaveLength(1);
    tx.pokeWorkers();
  });
}

/** Some write of a handler. */
async function leaveMark(tx: TenantTx): Promise<void> {
  await tx.execute(
    "insert into location (tenant_id, id, code, name) values ($1, gen_random_uuid(), 'mark', 'Mark')",
    [tx.tenantId],
  );
}

async function marks(tenant: TenantContext): Promise<number> {
  const rows = await database.current.db.withTenant(tenant, (tx) =>
    tx.query("select 1 from location where code = 'mark'"),
  );
  return rows.length;
}

test('its transactions are refused and its ending is not written; the next attempt is the one that counts', async () => {
  const tenant = await database.current.createTenant();
  const type = taskType('fenced');
  const [began, goOn, over] = [gate(), gate(), gate<unknown>()];
  const runner = await runnerOn(database.current, [
    handled(type, async ({ attempt, transaction, signal }) => {
      if (attempt === 2) return 'second';
      began.resolve();
      await goOn.promise;
      const refusal = await transaction((tx) =>
        tx.execute("update location set name = 'by the first'"),
      ).catch((error: unknown) => error);
      over.resolve({ refusal, aborted: signal.aborted });
      return 'first';
    }),
  ]);
  const { id } = await enqueue(database.current, tenant, type);
  await began.promise;
  await giveUp(runner.workerId);
  await until(database.current, tenant, id, 'completed', 2);
  goOn.resolve();
  expect(await over.promise).toEqual({ refusal: expect.any(TaskFencedError), aborted: true });
  await runner.stop();
  const task = await until(database.current, tenant, id, 'completed');
  expect(task.result).toBe('second');
  expect(task.attempts.map((a) => a.outcome)).toEqual(['lost', 'completed']);
  expect(await marks(tenant)).toBe(0);
});

test('the next attempt can be cancelled although the first has ended meanwhile, and stopping waits for it', async () => {
  const tenant = await database.current.createTenant();
  const type = taskType('fenced_cancel');
  const [began, again, goOn, firstOver] = [gate(), gate(), gate(), gate()];
  const runner = await runnerOn(database.current, [
    handled(type, async ({ attempt, signal }) => {
      if (attempt === 1) {
        began.resolve();
        await goOn.promise;
        firstOver.resolve();
        return;
      }
      again.resolve();
      await aborted(signal);
    }),
  ]);
  const { id } = await enqueue(database.current, tenant, type);
  await began.promise;
  await giveUp(runner.workerId);
  await again.promise;
  goOn.resolve();
  await firstOver.promise;
  await expect.poll(() => runner.running, { timeout: 15_000 }).toBe(1);
  await database.current.db.withTenant(tenant, (tx) => cancelTask(tx, id));
  database.current.bus.publish('task_cancel', { tenantId: tenant.tenantId, taskId: id });
  await until(database.current, tenant, id, 'cancelled');
});

test('a transaction open at the moment of giving up is waited for: it is either the attempt’s own, or refused', async () => {
  const tenant = await database.current.createTenant();
  const type = taskType('fenced_open');
  const [inside, commit, over] = [gate(), gate(), gate()];
  const runner = await runnerOn(database.current, [
    handled(type, async ({ attempt, transaction }) => {
      if (attempt > 1) return;
      await transaction(async (tx) => {
        inside.resolve();
        await commit.promise;
        await leaveMark(tx);
      });
      over.resolve();
    }),
  ]);
  const { id } = await enqueue(database.current, tenant, type);
  await inside.promise;
  const recovered = await database.current.db.asSystem('test', async (tx) => {
    await tx.execute('delete from worker where id = $1', [runner.workerId]);
    return recoverTasks(tx);
  });
  // The row is held by the open transaction, so nobody gives it up.
  expect(recovered).toEqual([]);
  commit.resolve();
  await over.promise;
  const task = await until(database.current, tenant, id, 'completed');
  expect(task.attempts.map((a) => a.outcome)).toEqual(['completed']);
  expect(await marks(tenant)).toBe(1);
});
