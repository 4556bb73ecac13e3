/**
 * Background tasks, seen from those who ask for them. A definition is data, apart from the handler that does the work, so
 * enqueueing loads no worker code.
 *
 * Glossary: a *task* is one background run a person may see; an *attempt* is one try of it; a *lane* is a row of tasks of
 * which one at most runs (a marketplace account); a *dedupe key* joins requests for the same work while it waits.
 */
import type { z } from 'zod';
import { newId } from '../crypto/index.ts';
import type { Actor, TenantTx, Tx } from '../db/index.ts';
import { announceTask, type TaskRow, taskColumns } from './ledger.ts';

/** Waits before tries 2, 3 and 4; then the task is dead. Source: required-interface.md, "Retry". */
export const defaultRetryDelaysMs: readonly number[] = [5 * 60_000, 10 * 60_000, 20 * 60_000];

export interface TaskDefinition<P = unknown> {
  /** Imperative: `sync_orders`. */
  type: string;
  payload: z.ZodType<P>;
  /** Default: `defaultRetryDelaysMs`, or what TASK_RETRY_DELAYS says. A task has one try more than delays. */
  retryDelaysMs?: readonly number[];
  /** An attempt is aborted after it. Default 15 min. */
  timeoutMs?: number;
  lane?: (payload: P) => string;
  /** While a task with the same key waits, another request for it is the same task. */
  dedupeKey?: (payload: P) => string;
}

export function defineTask<P>(definition: TaskDefinition<P>): TaskDefinition<P> {
  return definition;
}

export interface EnqueueOptions {
  /** What it works on, for people. */
  subject?: string;
  /** Earliest start; default now. */
  runAt?: Date;
  priority?: number;
}

/**
 * Enqueues a task in the caller's transaction: it exists exactly when the change that asks for it does.
 *
 * @returns its row, and whether it is new; with a dedupe key the row may be one that waited already
 */
export async function enqueueTaskFor<P>(
  tx: Tx,
  tenantId: string,
  definition: TaskDefinition<P>,
  payload: P,
  options: EnqueueOptions = {},
): Promise<{ task: TaskRow; created: boolean }> {
  const now = tx.clock.now();
  const key = definition.dedupeKey?.(payload) ?? null;
  const dedupeKey = key === null ? null : `${definition.type}:${key}`;
  const inserted = await tx.maybeOne<TaskRow>(
    `insert into task (tenant_id, id, type, status, payload, lane, dedupe_key, subject, priority, run_at, max_attempts, actor, created_at)
     values ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (tenant_id, dedupe_key) where status in ('queued', 'retrying') do nothing
     returning ${taskColumns}`,
    [
      tenantId,
      newId(),
      definition.type,
      JSON.stringify(definition.payload.parse(payload)),
      definition.lane?.(payload) ?? null,
      dedupeKey,
      options.subject ?? null,
      options.priority ?? 0,
      options.runAt ?? now,
      (definition.retryDelaysMs ?? defaultRetryDelaysMs).length + 1,
      tx.actor satisfies Actor,
      now,
    ],
  );
  if (inserted !== undefined) {
    announceTask(tx, inserted);
    tx.pokeWorkers();
    return { task: inserted, created: true };
  }
  const waiting = await tx.maybeOne<TaskRow>(
    `select ${taskColumns} from task where tenant_id = $1 and dedupe_key = $2 and status in ('queued', 'retrying')`,
    [tenantId, dedupeKey],
  );
  // It began between the two statements: then the work it was asked for may be past, so ask again.
  if (waiting === undefined) return enqueueTaskFor(tx, tenantId, definition, payload, options);
  return { task: waiting, created: false };
}

export async function enqueueTask<P>(
  tx: TenantTx,
  definition: TaskDefinition<P>,
  payload: P,
  options: EnqueueOptions = {},
): Promise<{ task: TaskRow; created: boolean }> {
  return enqueueTaskFor(tx, tx.tenantId, definition, payload, options);
}
