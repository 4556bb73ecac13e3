/** Rows of the task table: what is read from them, and how a change of one is announced. */
import type { Progress, TaskState } from '@tradepost/contracts';
import type { Tx } from '../db/index.ts';

export interface TaskRow {
  tenant_id: string;
  id: string;
  type: string;
  status: TaskState;
  payload: unknown;
  lane: string | null;
  subject: string | null;
  run_at: Date;
  attempt: number;
  /** Tries that do not count: a server stopped in the middle of them, or a person ran the task again after them. */
  forgiven: number;
  max_attempts: number;
  progress: Progress | null;
  result: unknown;
  error: { code: string; message: string } | null;
  cancel_requested_at: Date | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

const announced = [
  'tenant_id',
  'id',
  'type',
  'status',
  'subject',
  'run_at',
  'attempt',
  'progress',
  'error',
  'cancel_requested_at',
  'created_at',
  'started_at',
  'finished_at',
] as const satisfies (keyof TaskRow)[];
const columns = [...announced, 'payload', 'lane', 'forgiven', 'max_attempts', 'result'] as const;
export const taskColumns = columns.join(', ');

/** What `announceTask` tells: the row without what only its run and its page need. */
export type AnnouncedTask = Pick<TaskRow, (typeof announced)[number]>;
/** Of a table named `t`. */
export const announcedColumnsOfT = announced.map((c) => `t.${c}`).join(', ');

export interface AttemptRow {
  attempt: number;
  started_at: Date;
  finished_at: Date | null;
  outcome: 'running' | 'completed' | 'failed' | 'cancelled' | 'lost';
  error: TaskRow['error'];
}

/**
 * A task's tries, the first one first. Only those that went wrong have an entry of their own: what one that runs or
 * succeeded would say stands in the task, and most tasks succeed at once.
 */
export async function listAttempts(tx: Tx, tenantId: string, taskId: string): Promise<AttemptRow[]> {
  return tx.query<AttemptRow>(
    `select attempt, started_at, finished_at, outcome, error from task_attempt
     where tenant_id = $1 and task_id = $2 and outcome in ('failed', 'cancelled', 'lost')
     union all
     select attempt, started_at, finished_at, status, null from task
     where tenant_id = $1 and id = $2 and status in ('running', 'completed')
     order by attempt`,
    [tenantId, taskId],
  );
}

export function announceTask(tx: Tx, row: AnnouncedTask): void {
  tx.emitFor(row.tenant_id, 'task_updated', {
    taskId: row.id,
    type: row.type,
    status: row.status,
    attempt: row.attempt,
    progress: row.progress,
    error: row.error,
    subject: row.subject,
    cancelRequested: row.cancel_requested_at !== null,
    runAt: row.run_at.toISOString(),
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
  });
}
