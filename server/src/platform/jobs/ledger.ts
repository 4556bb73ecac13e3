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

const columns = [
  'tenant_id',
  'id',
  'type',
  'status',
  'payload',
  'lane',
  'subject',
  'run_at',
  'attempt',
  'forgiven',
  'max_attempts',
  'progress',
  'result',
  'error',
  'cancel_requested_at',
  'created_at',
  'started_at',
  'finished_at',
];
export const taskColumns = columns.join(', ');
/** The same, of a table named `t`. */
export const taskColumnsOfT = columns.map((c) => `t.${c}`).join(', ');

export function announceTask(tx: Tx, row: TaskRow): void {
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
