/** Tasks as people see and steer them. The runner itself is platform/jobs. */
import { taskRoutes as contracts, type Task, type TaskDetail, type TaskState } from '@tradepost/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Bus } from '#platform/bus';
import { type Database, sqlState, type TenantTx } from '#platform/db';
import { decodeCursor, InstantText, pageOf, problem, route, withIdempotency } from '#platform/http';
import {
  announceTask,
  deleteEndedTasks,
  listAttempts,
  type Schedule,
  type TaskRow,
  taskColumns,
} from '#platform/jobs';

/** Ended ones; dead ones stay until somebody puts them aside. */
const keptDays = 7;

export function presentTask(row: TaskRow): Task {
  return {
    id: row.id,
    type: row.type,
    status: row.status,
    progress: row.progress,
    result: row.result,
    error: row.error,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    subject: row.subject,
    runAt: row.run_at.toISOString(),
    cancelRequested: row.cancel_requested_at !== null,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

const TaskKey = z.tuple([InstantText, z.uuid()]);

export async function listTasks(
  tx: TenantTx,
  filter: { status?: TaskState; type?: string; limit: number; cursor?: string },
) {
  const before = decodeCursor(TaskKey, filter.cursor);
  let query = tx.kysely
    .selectFrom('task')
    .where('tenant_id', '=', tx.tenantId)
    .select(sql.raw<TaskRow>(taskColumns) as never)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (before !== undefined)
    query = query.where(sql<boolean>`(created_at, id) < (${before[0]}, ${before[1]})`);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  if (filter.type !== undefined) query = query.where('type', '=', filter.type);
  const rows = (await query.execute()) as unknown as TaskRow[];
  return pageOf(rows, filter.limit, presentTask, (row) => [row.created_at.toISOString(), row.id]);
}

export async function findTask(tx: TenantTx, id: string): Promise<TaskDetail | null> {
  const row = await tx.maybeOne<TaskRow>(`select ${taskColumns} from task where tenant_id = $1 and id = $2`, [
    tx.tenantId,
    id,
  ]);
  if (row === undefined) return null;
  const attempts = await listAttempts(tx, tx.tenantId, id);
  return {
    ...presentTask(row),
    payload: row.payload,
    attempts: attempts.map((a) => ({
      attempt: a.attempt,
      startedAt: a.started_at.toISOString(),
      finishedAt: a.finished_at?.toISOString() ?? null,
      outcome: a.outcome,
      error: a.error,
    })),
  };
}

/** Ends a waiting task, puts a dead one aside, or asks a running one to stop. Repeating it changes nothing. */
export async function cancelTask(tx: TenantTx, id: string): Promise<Task> {
  const now = tx.clock.now();
  const row = await tx.maybeOne<TaskRow>(
    `update task set
       status = case when status = 'running' then status else 'cancelled' end,
       finished_at = case when status = 'running' then null else $3::timestamptz end,
       cancel_requested_at = coalesce(cancel_requested_at, $3)
     where tenant_id = $1 and id = $2 and status in ('queued', 'retrying', 'running', 'failed') returning ${taskColumns}`,
    [tx.tenantId, id, now],
  );
  if (row !== undefined) {
    announceTask(tx, row);
    return presentTask(row);
  }
  const ended = await tx.maybeOne<TaskRow>(
    `select ${taskColumns} from task where tenant_id = $1 and id = $2`,
    [tx.tenantId, id],
  );
  if (ended === undefined) throw problem('NOT_FOUND', 'There is no such task.');
  if (ended.status !== 'cancelled')
    throw problem('STATE_CONFLICT', `The task is ${ended.status} already; there is nothing to cancel.`);
  return presentTask(ended);
}

/** Puts an ended task back in the queue with all its tries, or lets a waiting one run now. */
export async function retryTask(tx: TenantTx, id: string): Promise<Task> {
  const now = tx.clock.now();
  const found = await tx.maybeOne<TaskRow & { dedupe_key: string | null }>(
    `select ${taskColumns}, dedupe_key from task where tenant_id = $1 and id = $2 for update`,
    [tx.tenantId, id],
  );
  if (found === undefined) throw problem('NOT_FOUND', 'There is no such task.');
  if (found.status === 'running' || found.status === 'completed') {
    throw problem(
      'STATE_CONFLICT',
      `The task is ${found.status}; only one that failed, was cancelled or waits can be run again.`,
    );
  }
  const twin = await tx.maybeOne<{ id: string }>(
    "select id from task where tenant_id = $1 and dedupe_key = $2 and id <> $3 and status in ('queued', 'retrying')",
    [tx.tenantId, found.dedupe_key, id],
  );
  if (twin !== undefined)
    throw problem('STATE_CONFLICT', `Task ${twin.id} already waits to do the same work.`, { id: twin.id });
  const row = await tx
    .one<TaskRow>(
      `update task set status = 'queued', run_at = $3, finished_at = null, cancel_requested_at = null, error = null,
         forgiven = attempt, max_attempts = attempt + max_attempts - forgiven
       where tenant_id = $1 and id = $2 returning ${taskColumns}`,
      [tx.tenantId, id, now],
    )
    .catch((error: unknown) => {
      // Its twin was not committed when we looked.
      if (sqlState(error) === '23505')
        throw problem('STATE_CONFLICT', 'Another task already waits to do the same work.');
      throw error;
    });
  announceTask(tx, row);
  tx.pokeWorkers();
  return presentTask(row);
}

async function listWorkers(db: Database, tenantId: string) {
  const rows = await db.asSystem('list workers', (tx) =>
    tx.query<{
      id: string;
      host: string;
      pid: number;
      started_at: Date;
      heartbeat_at: Date;
      running: number;
    }>(
      `select w.id, w.host, w.pid, w.started_at, w.heartbeat_at,
         (select count(*) from task t where t.worker_id = w.id and t.status = 'running' and t.tenant_id = $1)::int as running
       from worker w where w.heartbeat_at > now() - interval '30 seconds' order by w.started_at`,
      [tenantId],
    ),
  );
  return rows.map((w) => ({
    id: w.id,
    host: w.host,
    pid: w.pid,
    startedAt: w.started_at.toISOString(),
    heartbeatAt: w.heartbeat_at.toISOString(),
    running: w.running,
  }));
}

const cleanup: Schedule = {
  name: 'delete_ended_tasks',
  intervalMs: 3_600_000,
  async run(tx) {
    await deleteEndedTasks(tx, new Date(tx.clock.now().getTime() - keptDays * 86_400_000));
  },
};

export function createTasksModule(deps: { db: Database; bus: Bus }) {
  const { db, bus } = deps;
  return {
    name: 'tasks',
    schedules: [cleanup],
    routes: [
      route(contracts.listTasks, async ({ query, ctx }) => ({
        status: 200,
        body: await db.withTenant(ctx, (tx) => listTasks(tx, query)),
      })),
      route(contracts.getTask, async ({ params, ctx }) => {
        const task = await db.withTenant(ctx, (tx) => findTask(tx, params.id));
        if (task === null) throw problem('NOT_FOUND', 'There is no such task.');
        return { status: 200, body: task };
      }),
      route(contracts.cancelTask, async ({ params, ctx }) => {
        const task = await db.withTenant(ctx, (tx) => cancelTask(tx, params.id));
        if (task.status === 'running')
          bus.publish('task_cancel', { tenantId: ctx.tenantId, taskId: task.id });
        return { status: 200, body: task };
      }),
      route(contracts.retryTask, ({ params, ctx, request }) =>
        withIdempotency(db, ctx, request, 'retryTask', async (tx) => ({
          status: 202 as const,
          body: await retryTask(tx, params.id),
        })),
      ),
      route(contracts.listWorkers, async ({ ctx }) => ({
        status: 200,
        body: { items: await listWorkers(db, ctx.tenantId) },
      })),
    ],
  };
}
