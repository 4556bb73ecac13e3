/** What becomes of a task whose ending, claim or worker's session meets trouble in the database. */
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { retryTask } from '#modules/tasks';
import { createDatabase, type Database, DatabaseUnavailableError } from '#platform/db';
import { type EnqueueOptions, enqueueTask } from '#platform/jobs';
import { createEndings } from '../src/platform/jobs/endings.ts';
import { recoverTasks, workerLockClass } from '../src/platform/jobs/queries.ts';
import { enqueue, gate, handled, readTask, runnerOn, taskType, until } from './factories/jobs.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

async function openClient(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.current.url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Once a statement that writes tasks waits for another transaction. */
async function someoneWaits(): Promise<void> {
  const client = await openClient();
  await vi.waitFor(async () => {
    const { rows } = await client.query(
      `select 1 from pg_locks l join pg_stat_activity a using (pid)
       where a.datname = current_database() and not l.granted and l.locktype = 'transactionid'`,
    );
    expect(rows).toHaveLength(1);
  });
}

/** Enqueues in a transaction that stays open until `commit` is called. */
function enqueueSlowly(
  tenant: Parameters<typeof enqueue>[1],
  type: ReturnType<typeof taskType>,
  options: EnqueueOptions = {},
): { inserted: Promise<string>; commit: () => void; over: Promise<unknown> } {
  const [inserted, commit] = [gate<string>(), gate()];
  const over = database.current.db.withTenant(tenant, async (tx) => {
    const { task } = await enqueueTask(tx, type, { n: 0 }, options);
    inserted.resolve(task.id);
    await commit.promise;
  });
  return { inserted: inserted.promise, commit: commit.resolve, over };
}

describe('an ending', () => {
  test('waits for a database that is away, for as long as it takes; told to give up, it fails', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate'] });
    onTestFinished(() => void vi.useRealTimers());
    let isAway = true;
    let tries = 0;
    const db = {
      asSystem: async () => {
        tries++;
        if (isAway) throw new DatabaseUnavailableError('away');
        return new Set(['task']);
      },
    } as unknown as Database;
    const givenUp = new AbortController();
    const endings = createEndings(db, 'worker', givenUp.signal);
    const key = { tenantId: 'tenant', taskId: 'task', attempt: 1, workerId: 'worker' };
    const ending = { status: 'cancelled', error: null } as const;

    const written = endings.write(key, ending);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(tries).toBeGreaterThan(100);
    isAway = false;
    await vi.advanceTimersByTimeAsync(2000);
    expect(await written).toBe(true);

    isAway = true;
    const refused = expect(endings.write(key, ending)).rejects.toThrow('away');
    await vi.advanceTimersByTimeAsync(2000);
    givenUp.abort();
    await vi.advanceTimersByTimeAsync(2000);
    await refused;
  });

  test('collides with a twin that was not committed when it looked: it leaves the work to the twin', async () => {
    const tenant = await database.current.createTenant();
    const type = taskType('twin', { dedupeKey: () => 'all', retryDelaysMs: [0] });
    const [began, fail] = [gate(), gate()];
    await runnerOn(
      database.current,
      [
        handled(type, async () => {
          began.resolve();
          await fail.promise;
          throw new Error('broke');
        }),
      ],
      { concurrency: 1 },
    );
    const { id } = await enqueue(database.current, tenant, type);
    await began.promise;
    // Not to be claimed before the ending is written again: it must still wait then.
    const twin = enqueueSlowly(tenant, type, { runAt: new Date(Date.now() + 3_600_000) });
    await twin.inserted;
    fail.resolve();
    await someoneWaits();
    twin.commit();
    await twin.over;
    const failed = await until(database.current, tenant, id, 'failed');
    expect(failed.error?.message).toBe('broke');
    expect(failed.attempts).toMatchObject([{ outcome: 'failed' }]);
  });

  test('that can never be written gives the task back: it does not run for ever', async () => {
    const tenant = await database.current.createTenant();
    const type = taskType('unwritable', { retryDelaysMs: [0] });
    await runnerOn(database.current, [
      // jsonb holds no NUL.
      handled(type, async ({ attempt }) => (attempt === 1 ? 'a\0b' : 'fine')),
    ]);
    const { id } = await enqueue(database.current, tenant, type);
    const task = await until(database.current, tenant, id, 'completed');
    expect(task.attempts).toMatchObject([
      { outcome: 'lost', error: { message: 'How this ended could not be written.' } },
      { outcome: 'completed' },
    ]);
  });
});

test('tasks whose claim was committed but never answered are given back, those that do run are not', async () => {
  const tenant = await database.current.createTenant();
  const [type, long] = [taskType('unanswered', { retryDelaysMs: [0] }), taskType('long')];
  const { pool, clock, bus } = database.current.db;
  const db = createDatabase({ pool, clock, bus });
  let isLost = false;
  const flaky: Database = {
    ...db,
    async asSystem(reason, work) {
      const result = await db.asSystem(reason, work);
      if (reason === 'claim tasks' && isLost && Array.isArray(result) && result.length > 0) {
        isLost = false;
        throw new DatabaseUnavailableError('the answer was lost');
      }
      return result;
    },
  };
  const [began, goOn] = [gate(), gate()];
  await runnerOn({ ...database.current, db: flaky }, [
    handled(type, async () => 'done'),
    handled(long, async () => {
      began.resolve();
      await goOn.promise;
    }),
  ]);
  const running = await enqueue(database.current, tenant, long);
  await began.promise;
  isLost = true;
  const { id } = await enqueue(database.current, tenant, type);
  expect(await until(database.current, tenant, id, 'completed')).toMatchObject({
    attempt: 2,
    result: 'done',
  });
  expect(await readTask(database.current, tenant, running.id)).toMatchObject({
    status: 'running',
    attempt: 1,
  });
  goOn.resolve();
  await until(database.current, tenant, running.id, 'completed');
});

test('two tasks for the same work that a worker left behind: one waits again, the other leaves it to that one', async () => {
  const tenant = await database.current.createTenant();
  const type = taskType('left_behind', { dedupeKey: () => 'all' });
  const began = [gate(), gate()];
  let runs = 0;
  const goOn = gate();
  await runnerOn(database.current, [
    handled(type, async () => {
      began[runs++]?.resolve();
      await goOn.promise;
    }),
  ]);
  const ids: string[] = [];
  for (const one of began) {
    ids.push((await enqueue(database.current, tenant, type)).id);
    await one.promise;
  }
  const rows = await database.current.db.asSystem('test', async (tx) => {
    await tx.execute('delete from worker');
    const recovered = await recoverTasks(tx);
    // Not this test's business what becomes of it.
    await tx.execute("update task set status = 'cancelled' where status = 'retrying'");
    return recovered;
  });
  expect(new Map(rows.map((r) => [r.id, r.status]))).toEqual(
    new Map([
      [ids[0], 'failed'],
      [ids[1], 'retrying'],
    ]),
  );
  goOn.resolve();
});

test('running a task again while a twin is about to be committed is a conflict', async () => {
  const tenant = await database.current.createTenant();
  const type = taskType('again', { dedupeKey: () => 'all' });
  const { id } = await enqueue(database.current, tenant, type);
  await database.current.db.withTenant(tenant, (tx) =>
    tx.execute("update task set status = 'failed' where id = $1", [id]),
  );
  const twin = enqueueSlowly(tenant, type);
  await twin.inserted;
  const again = database.current.db
    .withTenant(tenant, (tx) => retryTask(tx, id))
    .catch((error: unknown) => error);
  await someoneWaits();
  twin.commit();
  await twin.over;
  expect(await again).toMatchObject({ code: 'STATE_CONFLICT' });
});

test('a handler whose loading failed is loaded again for the next try', async () => {
  const tenant = await database.current.createTenant();
  const type = taskType('flaky_import', { retryDelaysMs: [0] });
  let loads = 0;
  await runnerOn(database.current, [
    {
      type: type.type,
      retryDelaysMs: type.retryDelaysMs,
      load: async () => {
        if (++loads === 1) throw new Error('not readable just now');
        return async () => 'loaded';
      },
    },
  ]);
  const { id } = await enqueue(database.current, tenant, type);
  expect(await until(database.current, tenant, id, 'completed')).toMatchObject({
    attempt: 2,
    result: 'loaded',
  });
});

test('a worker whose session broke lives on while PostgreSQL still holds its lock, and leaks no session', async () => {
  const runner = await runnerOn(database.current, []);
  const [holder, observer] = [await openClient(), await openClient()];
  const worker = async () =>
    (await observer.query('select lock_key, heartbeat_at from worker where id = $1', [runner.workerId]))
      .rows[0];
  const { lock_key } = await worker();
  // In the queue for the lock, so that it has it before the worker's next session asks.
  const held = holder.query('select pg_advisory_lock($1, $2)', [workerLockClass, lock_key]);
  await vi.waitFor(async () =>
    expect(
      (await observer.query("select 1 from pg_locks where locktype = 'advisory' and not granted")).rowCount,
    ).toBe(1),
  );
  await observer.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and application_name = 'tradepost: worker'",
  );
  await held;
  const { heartbeat_at } = (await observer.query('select now() as heartbeat_at')).rows[0];
  await vi.waitFor(async () => expect((await worker()).heartbeat_at > heartbeat_at).toBe(true), {
    timeout: 5000,
  });
  // It asks again, and has the lock as soon as it is free.
  await holder.query('select pg_advisory_unlock_all()');
  await vi.waitFor(
    async () =>
      expect(
        (
          await observer.query(
            `select a.application_name from pg_locks l join pg_stat_activity a using (pid)
             where l.locktype = 'advisory' and l.classid = $1::bigint::oid and l.objid = $2::bigint::oid and l.granted`,
            [workerLockClass, lock_key],
          )
        ).rows,
      ).toEqual([{ application_name: 'tradepost: worker' }]),
    { timeout: 5000 },
  );
});

test('the setting for delays decides how many tries a task has, and a person’s wish to run it again grants as many', async () => {
  const tenant = await database.current.createTenant();
  const type = taskType('by_setting');
  await runnerOn(
    database.current,
    [
      handled(type, async () => {
        throw new Error('broke');
      }),
    ],
    { retryDelaysMs: [0] },
  );
  const { id } = await enqueue(database.current, tenant, type);
  expect(await until(database.current, tenant, id, 'failed')).toMatchObject({ attempt: 2, max_attempts: 2 });
  await database.current.db.withTenant(tenant, (tx) => retryTask(tx, id));
  expect(await until(database.current, tenant, id, 'failed', 3)).toMatchObject({
    attempt: 4,
    max_attempts: 4,
  });
});
