/** The statements of the queue. Each is whole, and each guards itself. */
import type { Tx } from '../db/index.ts';
import { type TaskRow, taskColumns, taskColumnsOfT } from './ledger.ts';

/** Namespace of the advisory locks that live workers hold. */
export const workerLockClass = 0x7a5c;

/**
 * Takes up to `limit` due tasks of the given types for a worker. Tenants take turns within what is looked at. A lane
 * that is busy is passed over; the unique index task_lane refuses the rare double, and the caller tries again.
 */
export async function claimTasks(
  tx: Tx,
  workerId: string,
  types: string[],
  limit: number,
): Promise<TaskRow[]> {
  return tx.query<TaskRow>(
    `with due as (
       select tenant_id, id, lane, priority, run_at from task t
       where status in ('queued', 'retrying') and run_at <= $1 and type = any($2)
         and (lane is null or not exists (
           select from task r where r.tenant_id = t.tenant_id and r.lane = t.lane and r.status = 'running'))
       order by priority, run_at limit $3 * 5 for update skip locked
     ), first_of_lane as (
       select distinct on (tenant_id, coalesce(lane, id::text)) tenant_id, id, priority, run_at
       from due order by tenant_id, coalesce(lane, id::text), priority, run_at
     ), turn as (
       select tenant_id, id, row_number() over (partition by tenant_id order by priority, run_at) as n, priority, run_at from first_of_lane
     ), taken as (
       select tenant_id, id from turn order by priority, n, run_at limit $3
     ), started as (
       update task t set status = 'running', worker_id = $4, attempt = t.attempt + 1, started_at = $1, heartbeat_at = now(),
         finished_at = null, error = null, progress = null
       from taken where t.tenant_id = taken.tenant_id and t.id = taken.id
       returning ${taskColumnsOfT}
     ), logged as (
       insert into task_attempt (tenant_id, task_id, attempt, worker_id, started_at, outcome)
       select tenant_id, id, attempt, $4, $1, 'running' from started
     )
     select * from started`,
    [tx.clock.now(), types, limit, workerId],
  );
}

/** The condition every write of an attempt carries: still this attempt, still this worker. */
const own = "t.tenant_id = $1 and t.id = $2 and t.attempt = $3 and t.worker_id = $4 and t.status = 'running'";

export interface AttemptKey {
  tenantId: string;
  taskId: string;
  attempt: number;
  workerId: string;
}
const keyOf = (k: AttemptKey): unknown[] => [k.tenantId, k.taskId, k.attempt, k.workerId];

/** Locks the attempt's row against being given up until the transaction ends. False: it already was. */
export async function holdAttempt(tx: Tx, key: AttemptKey): Promise<boolean> {
  const rows = await tx.query(`select 1 from task t where ${own} for share`, keyOf(key));
  return rows.length === 1;
}

export async function saveProgress(tx: Tx, key: AttemptKey, progress: unknown): Promise<TaskRow | undefined> {
  return tx.maybeOne<TaskRow>(
    `update task t set progress = $5, heartbeat_at = now() where ${own} returning ${taskColumnsOfT}`,
    [...keyOf(key), JSON.stringify(progress)],
  );
}

export type Ending =
  | { status: 'completed'; result: unknown; progress: unknown }
  | { status: 'failed' | 'cancelled'; error: { code: string; message: string } | null }
  | { status: 'retrying'; error: { code: string; message: string }; runAt: Date; lost?: boolean };

/** Ends an attempt. Undefined when it is no longer the task's own: fenced. */
export async function endAttempt(tx: Tx, key: AttemptKey, ending: Ending): Promise<TaskRow | undefined> {
  const now = tx.clock.now();
  const retry = ending.status === 'retrying';
  const error = ending.status === 'completed' || ending.error === null ? null : JSON.stringify(ending.error);
  const outcome = retry ? (ending.lost ? 'lost' : 'failed') : ending.status;
  const values = [
    ...keyOf(key),
    ending.status,
    ending.status === 'completed' ? JSON.stringify(ending.result ?? null) : null,
    error,
    retry ? ending.runAt : now,
    retry ? null : now,
    outcome,
    now,
    ending.status === 'completed' && ending.progress !== null ? JSON.stringify(ending.progress) : null,
  ];
  return tx.maybeOne<TaskRow>(
    `with ended as (
       update task t set status = $5, result = $6, error = $7, finished_at = $9, worker_id = null,
         progress = coalesce($12::jsonb, t.progress),
         run_at = case when $5 = 'retrying' then $8 else t.run_at end,
         -- Stopping the server is no fault of the task's: it does not cost it a try.
         max_attempts = t.max_attempts + case when $10 = 'lost' then 1 else 0 end
       where ${own} returning ${taskColumnsOfT}
     ), logged as (
       update task_attempt a set finished_at = $11, outcome = $10, error = $7
       from ended where a.tenant_id = ended.tenant_id and a.task_id = ended.id and a.attempt = ended.attempt
     )
     select * from ended`,
    values,
  );
}

/** Is there a task that waits under the same dedupe key? Then an attempt that failed leaves the work to it. */
export async function hasWaitingTwin(tx: Tx, key: AttemptKey): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from task t join task w on w.tenant_id = t.tenant_id and w.dedupe_key = t.dedupe_key and w.status in ('queued', 'retrying')
     where t.tenant_id = $1 and t.id = $2`,
    [key.tenantId, key.taskId],
  );
  return rows.length > 0;
}

/** Tasks of this worker that somebody asked to stop. */
export async function listCancelRequests(tx: Tx, workerId: string): Promise<{ id: string }[]> {
  return tx.query(
    "select id from task where worker_id = $1 and status = 'running' and cancel_requested_at is not null",
    [workerId],
  );
}

/**
 * Gives back the tasks of dead workers: those whose session lock is free, or whose heartbeat is 30 s old. A task out of
 * tries is dead, so one that kills its worker does not go on doing so.
 */
export async function recoverTasks(tx: Tx): Promise<TaskRow[]> {
  return tx.query<TaskRow>(
    `with dead as (
       delete from worker w
       where w.heartbeat_at < now() - interval '30 seconds'
          or (w.heartbeat_at < now() - interval '2 seconds' and not exists (
            select from pg_locks l where l.locktype = 'advisory' and l.classid = $1::bigint::oid and l.objid = w.lock_key::bigint::oid
              and l.objsubid = 2 and l.database = (select oid from pg_database where datname = current_database())))
       returning w.id
     ), orphan as (
       select t.tenant_id, t.id,
         exists (select from task w where w.tenant_id = t.tenant_id and w.dedupe_key = t.dedupe_key and w.status in ('queued', 'retrying')) as twin
       from task t
       where t.status = 'running'
         and (t.worker_id in (select id from dead) or not exists (select from worker w where w.id = t.worker_id))
       for update of t skip locked
     ), given_back as (
       update task t set
         status = case when t.cancel_requested_at is not null then 'cancelled'
                       when o.twin or t.attempt >= t.max_attempts then 'failed' else 'retrying' end,
         worker_id = null, run_at = $2::timestamptz,
         finished_at = case when t.cancel_requested_at is not null or o.twin or t.attempt >= t.max_attempts then $2::timestamptz end,
         error = case when o.twin then '{"code":"WORKER_LOST","message":"The process that ran this ended in the middle; a later task does its work."}'
                      else '{"code":"WORKER_LOST","message":"The process that ran this ended in the middle."}' end::jsonb
       from orphan o where t.tenant_id = o.tenant_id and t.id = o.id
       returning ${taskColumnsOfT}
     ), logged as (
       update task_attempt a set finished_at = $2::timestamptz, outcome = 'lost', error = g.error
       from given_back g where a.tenant_id = g.tenant_id and a.task_id = g.id and a.attempt = g.attempt
     )
     select * from given_back`,
    [workerLockClass, tx.clock.now()],
  );
}

/** Removes ended tasks older than `before`; dead ones stay until somebody looked. */
export async function deleteEndedTasks(tx: Tx, before: Date): Promise<number> {
  return tx.execute("delete from task where status in ('completed', 'cancelled') and finished_at < $1", [
    before,
  ]);
}

export { taskColumns };
