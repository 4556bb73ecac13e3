/** Tasks to run, runners to run them, and what became of them. */
import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { TenantContext } from '#platform/db';
import {
  defaultRetryDelaysMs,
  defineTask,
  type EnqueueOptions,
  enqueueTask,
  listAttempts,
  type Runner,
  registerTask,
  startRunner,
  type TaskContext,
  type TaskDefinition,
  type TaskRegistration,
  type TaskRow,
} from '#platform/jobs';
import type { AttemptRow } from '../../src/platform/jobs/ledger.ts';
import type { TestDatabase } from '../support/database.ts';

export const silent = pino({ level: 'silent' });

const Payload = z.object({ n: z.int().default(0), lane: z.string().optional() });
export type Payload = z.input<typeof Payload>;

/** A task whose lane, if any, is in its payload. */
export function taskType(
  type: string,
  more: Partial<Omit<TaskDefinition<z.output<typeof Payload>>, 'type' | 'payload'>> = {},
) {
  return defineTask({ type, payload: Payload, ...more });
}
export type TestTask = ReturnType<typeof taskType>;

let types = 0;
/** A type of its own, so that no other test's runner takes it. */
export const ownType = (more: Parameters<typeof taskType>[1] = {}): TestTask =>
  taskType(`test_${++types}`, more);

export function handled(
  definition: TestTask,
  handler: (context: TaskContext, payload: z.output<typeof Payload>) => Promise<unknown>,
): TaskRegistration {
  return registerTask(definition, async () => handler);
}

/** Ended with the test. */
export async function runnerOn(
  { db, url, bus }: TestDatabase,
  tasks: TaskRegistration[],
  more: {
    concurrency?: number;
    stopGraceMs?: number;
    retryDelaysMs?: readonly number[];
    abandonAfterMs?: number;
  } = {},
): Promise<Runner> {
  const runner = await startRunner({
    db,
    url,
    bus,
    log: silent,
    tasks,
    concurrency: more.concurrency ?? 4,
    retryDelaysMs: more.retryDelaysMs ?? defaultRetryDelaysMs,
    stopGraceMs: more.stopGraceMs ?? 0,
    abandonAfterMs: more.abandonAfterMs,
  });
  onTestFinished(() => runner.stop());
  return runner;
}

export async function enqueue(
  { db }: TestDatabase,
  tenant: TenantContext,
  definition: TestTask,
  payload: Payload = {},
  options: EnqueueOptions = {},
): Promise<TaskRow> {
  const { task } = await db.withTenant(tenant, (tx) =>
    enqueueTask(tx, definition, { n: 0, ...payload }, options),
  );
  return task;
}

export async function readTask(
  { db }: TestDatabase,
  tenant: TenantContext,
  id: string,
): Promise<TaskRow & { attempts: AttemptRow[] }> {
  return db.withTenant(tenant, async (tx) => ({
    ...(await tx.one<TaskRow>('select * from task where id = $1', [id])),
    attempts: await listAttempts(tx, tenant.tenantId, id),
  }));
}

/** The task once it has the status, after so many attempts at least; fails after fifteen seconds. */
export async function until(
  database: TestDatabase,
  tenant: TenantContext,
  id: string,
  status: TaskRow['status'],
  attempts = 0,
): Promise<TaskRow & { attempts: AttemptRow[] }> {
  return vi.waitFor(
    async () => {
      const task = await readTask(database, tenant, id);
      if (task.status !== status || task.attempt < attempts)
        throw new Error(`the task is ${task.status} in attempt ${task.attempt}, not ${status}`);
      return task;
    },
    { timeout: 15_000, interval: 15 },
  );
}

/** A promise and what settles it. */
export function gate<T = void>() {
  return Promise.withResolvers<T>();
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

/** Runs a task of another type to its end: whatever was due before it has been seen by the runner. */
export async function runnerHasLooked(test: TestDatabase, sentinel: TestTask): Promise<void> {
  const tenant = await test.createTenant();
  const { id } = await enqueue(test, tenant, sentinel);
  await until(test, tenant, id, 'completed');
}
