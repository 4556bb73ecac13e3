/** Worker processes that are killed, stand still, or are killed by what they work on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { TenantContext } from '#platform/db';
import { enqueueTask, registerTask, type TaskDefinition } from '#platform/jobs';
import { handled, runnerOn, taskType, until } from './factories/jobs.ts';
import { hang, kill, write } from './factories/worker-tasks.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const program = fileURLToPath(new URL('./factories/worker-process.ts', import.meta.url));

interface WorkerProcess {
  process: ChildProcess;
  /** The next line it says. */
  line(): Promise<string>;
}

function startProcess(): WorkerProcess {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, DATABASE_URL: database.current.url },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { process: child, line: async () => (await lines.next()).value ?? 'ended' };
}

async function ask(
  tenant: TenantContext,
  definition: TaskDefinition<Record<string, never>>,
): Promise<string> {
  const { task } = await database.current.db.withTenant(tenant, (tx) => enqueueTask(tx, definition, {}));
  return task.id;
}

test('a worker killed with -9 in the middle: its task runs again within seconds, the attempt is logged as lost', async () => {
  const tenant = await database.current.createTenant();
  const worker = startProcess();
  const id = await ask(tenant, hang);
  expect(await worker.line()).toBe('began');
  await runnerOn(database.current, [registerTask(hang, async () => async () => 'by another')]);
  const killed = performance.now();
  worker.process.kill('SIGKILL');
  const task = await until(database.current, tenant, id, 'completed');
  expect(performance.now() - killed).toBeLessThan(8000);
  expect(task).toMatchObject({ attempt: 2, result: 'by another' });
  expect(task.attempts).toMatchObject([
    { outcome: 'lost', error: { code: 'WORKER_LOST' } },
    { outcome: 'completed', error: null },
  ]);
});

test('a worker that stood still past its lease can neither write nor end the task when it goes on', async () => {
  const tenant = await database.current.createTenant();
  const worker = startProcess();
  const id = await ask(tenant, write);
  expect(await worker.line()).toBe('began');
  worker.process.kill('SIGSTOP');
  // Thirty seconds without a sign of life.
  await database.current.db.asSystem('test', (tx) =>
    tx.execute("update worker set heartbeat_at = now() - interval '31 seconds'"),
  );
  await runnerOn(database.current, [registerTask(write, async () => async () => 'by another')]);
  await until(database.current, tenant, id, 'completed');
  worker.process.kill('SIGCONT');
  worker.process.stdin!.write('go on\n');
  expect(await worker.line()).toBe('fenced');
  // It lives, and is taken for a worker again.
  const next = await ask(tenant, hang);
  expect(await worker.line()).toBe('began');
  await until(database.current, tenant, next, 'running');
  const task = await until(database.current, tenant, id, 'completed');
  expect(task.result).toBe('by another');
  expect(task.attempts).toMatchObject([{ outcome: 'lost' }, { outcome: 'completed' }]);
  const written = await database.current.db.withTenant(tenant, (tx) =>
    tx.query("select 1 from location where code <> 'main'"),
  );
  expect(written).toEqual([]);
});

test('a task that kills whoever runs it is dead after its tries, and the queue flows', async () => {
  const tenant = await database.current.createTenant();
  const fine = taskType('fine');
  await runnerOn(database.current, [handled(fine, async () => 'fine')]);
  const id = await ask(tenant, kill);
  for (let attempt = 1; attempt <= 2; attempt++) {
    const worker = startProcess();
    const [, signal] = await once(worker.process, 'exit');
    expect(signal).toBe('SIGKILL');
    await until(database.current, tenant, id, attempt === 1 ? 'retrying' : 'failed', attempt);
  }
  const dead = await until(database.current, tenant, id, 'failed');
  expect(dead.error?.code).toBe('WORKER_LOST');
  expect(dead.attempts.map((a) => a.outcome)).toEqual(['lost', 'lost']);
  const { task } = await database.current.db.withTenant(tenant, (tx) => enqueueTask(tx, fine, { n: 0 }));
  await until(database.current, tenant, task.id, 'completed');
});
