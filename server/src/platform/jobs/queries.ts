/** The statements of the queue. Each is whole, and each guards itself. */
import type { Tx } from '../db/index.ts';
import { type AnnouncedTask, announcedColumnsOfT, type TaskRow } from './ledger.ts';

/** Namespace of the advisory locks that live workers hold. */
export const workerLockClass = 0x7a5c;

/** What running a task takes. */
export type ClaimedTask = Pick<TaskRow, 'tenant_id' | 'id' | 'type' | 'payload' | 'attempt' | 'forgiven'>;

/**
 * Takes up to `limit` due tasks of the given types for a worker. Tenants take turns: whoever has fewest running goes
 * first, so a tenant's one task does not wait behind another's thousand. A lane that is busy is passed over; the unique
 * index task_lane refuses the rare double, and the caller tries again. `tries`: of a task that begins anew, all told.
 */
export async function claimTasks(
  tx: Tx,
  workerId: string,
  types: readonly { type: string; tries: number }[],
  limit: number,
): Promise<ClaimedTask[]> {
  // Prepared, because planning it takes as long as running it.
  return tx.prepared<ClaimedTask>(
    'claim_tasks',
    // From one waiting tenant to the next by the index: their number counts, not that of their tasks.
    `with recursive waiting as (
       (select tenant_id from task where status in ('queued', 'retrying') order by tenant_id limit 1)
       union all
       select (select t.tenant_id from task t where t.status in ('queued', 'retrying') and t.tenant_id > w.tenant_id
         order by t.tenant_id limit 1)
       from waiting w where w.tenant_id is not null
     ), tenant as materialized (
       -- Materialized, or it is counted again for each of the tenant's tasks: most of a claim's time with 50 at once.
       select w.tenant_id, (select count(*) from task r where r.tenant_id = w.tenant_id and r.status = 'running') as running
       from waiting w where w.tenant_id is not null
     ), due as (
       select d.*, w.running
       from tenant w cross join lateral (
         select tenant_id, id, lane, priority, run_at from task t
         where t.tenant_id = w.tenant_id and status in ('queued', 'retrying') and run_at <= $1 and type = any($2)
           and (lane is null or not exists (
             select from task r where r.tenant_id = t.tenant_id and r.lane = t.lane and r.status = 'running'))
         -- Some more than wanted: for those of a busy lane, and those that another worker is just taking.
         order by priority, run_at limit $3 * 2 + 16) d
     ), first_of_lane as (
       select distinct on (tenant_id, coalesce(lane, id::text)) tenant_id, id, priority, run_at, running
       from due order by tenant_id, coalesce(lane, id::text), priority, run_at
     ), turn as (
       select tenant_id, id, running + row_number() over (partition by tenant_id order by priority, run_at) as n, priority, run_at
       from first_of_lane
       -- Sorted here and not after the join, so that only rows taken are looked up: 50 of 250 candidates.
       order by priority, n, run_at
     ), taken as (
       select t.tenant_id, t.id from turn join task t on t.tenant_id = turn.tenant_id and t.id = turn.id
       -- Checked again once the row is locked; written so that the row is found by its key, not through all that wait.
       where (t.status || '') in ('queued', 'retrying')
       order by turn.priority, turn.n, turn.run_at limit $3 for update of t skip locked
     ), started as (
       update task t set status = 'running', worker_id = $4, attempt = t.attempt + 1, started_at = $1,
         max_attempts = t.forgiven + ($5::int[])[array_position($2::text[], t.type)], finished_at = null, error = null, progress = null
       from taken where t.tenant_id = taken.tenant_id and t.id = taken.id
       returning t.tenant_id, t.id, t.type, t.payload, t.attempt, t.forgiven
     )
     select * from started`,
    [tx.clock.now(), types.map((t) => t.type), limit, workerId, types.map((t) => t.tries)],
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

/**
 * Keeps the attempt from being given up until the transaction ends; recovery takes the row for update, which waits for this.
 * Progress and the wish to cancel change no key and pass. False: it was given up already.
 */
export async function holdAttempt(tx: Tx, key: AttemptKey): Promise<boolean> {
  const rows = await tx.query(`select 1 from task t where ${own} for key share`, keyOf(key));
  return rows.length === 1;
}

export async function saveProgress(
  tx: Tx,
  key: AttemptKey,
  progress: unknown,
): Promise<AnnouncedTask | undefined> {
  return tx.maybeOne<AnnouncedTask>(
    `update task t set progress = $5 where ${own} returning ${announcedColumnsOfT}`,
    [...keyOf(key), progress === null ? null : JSON.stringify(progress)],
  );
}

/** The release before wrote an attempt's entry when it began; while both run, one may be there. */
const overEarlierEntry = `on conflict (tenant_id, task_id, attempt)
       do update set finished_at = excluded.finished_at, outcome = excluded.outcome, error = excluded.error`;

export type Ending =
  | { status: 'completed'; result: unknown; progress: unknown }
  | { status: 'failed' | 'cancelled'; error: { code: string; message: string } | null }
  | { status: 'retrying'; error: { code: string; message: string }; runAt: Date; lost?: boolean };

/**
 * Ends attempts of one worker, many at once, and gives the rows of those that were still its own; the others were fenced. A
 * failed attempt whose work another task already waits to do leaves it to that one.
 *
 * @throws SQLSTATE 23505 when that other task became visible only while this wrote; writing again sees it
 */
export async function endAttempts(
  tx: Tx,
  workerId: string,
  endings: { key: AttemptKey; ending: Ending }[],
): Promise<AnnouncedTask[]> {
  const now = tx.clock.now();
  const rows = endings.map(({ key, ending }) => ({
    tenant_id: key.tenantId,
    id: key.taskId,
    attempt: key.attempt,
    status: ending.status,
    result: ending.status === 'completed' ? (ending.result ?? null) : null,
    error: ending.status === 'completed' ? null : ending.error,
    run_at: ending.status === 'retrying' ? ending.runAt : null,
    progress: ending.status === 'completed' ? ending.progress : null,
    outcome: ending.status !== 'retrying' ? ending.status : ending.lost ? 'lost' : 'failed',
  }));
  // Whoever asked for it to stop while it failed by itself does not want it tried again.
  const next =
    "case when e.next = 'retrying' and t.cancel_requested_at is not null then 'cancelled' else e.next end";
  return tx.prepared<AnnouncedTask>(
    'end_attempts',
    `with ending as (
       select e.*, case when e.status = 'retrying' and exists (
           select from task t join task w on w.tenant_id = t.tenant_id and w.dedupe_key = t.dedupe_key and w.status in ('queued', 'retrying')
           where t.tenant_id = e.tenant_id and t.id = e.id) then 'failed' else e.status end as next
       from jsonb_to_recordset($1) as e (tenant_id uuid, id uuid, attempt int, status text, result jsonb, error jsonb, run_at timestamptz,
         progress jsonb, outcome text)
     ), ended as (
       update task t set status = ${next}, result = e.result, error = e.error, worker_id = null,
         progress = coalesce(e.progress, t.progress),
         run_at = case when ${next} = 'retrying' then e.run_at else t.run_at end,
         finished_at = case when ${next} = 'retrying' then null else $3::timestamptz end,
         -- Stopping the server is no fault of the task's: it does not cost it a try.
         forgiven = t.forgiven + case when e.outcome = 'lost' then 1 else 0 end,
         max_attempts = t.max_attempts + case when e.outcome = 'lost' then 1 else 0 end
       from ending e
       where t.tenant_id = e.tenant_id and t.id = e.id and t.attempt = e.attempt and t.worker_id = $2 and t.status = 'running'
       returning ${announcedColumnsOfT}
     ), logged as (
       insert into task_attempt (tenant_id, task_id, attempt, worker_id, started_at, finished_at, outcome, error)
       select t.tenant_id, t.id, t.attempt, $2, t.started_at, $3, e.outcome, e.error
       from ended t join ending e on e.tenant_id = t.tenant_id and e.id = t.id where e.outcome <> 'completed'
       ${overEarlierEntry}
     )
     select * from ended`,
    [JSON.stringify(rows), workerId, now],
  );
}

/** Tasks of this worker that somebody asked to stop. */
export async function listCancelRequests(tx: Tx, workerId: string): Promise<{ id: string }[]> {
  return tx.query(
    "select id from task where worker_id = $1 and status = 'running' and cancel_requested_at is not null",
    [workerId],
  );
}

/**
 * Gives back the tasks of dead workers: those whose session lock is free, or whose heartbeat is 30 s old; and what the
 * asking worker has by the table but does not run: its claim's answer was lost, or the ending could not be written. A task
 * out of tries is dead, so one that kills its worker does not go on doing so. Of several with one dedupe key one waits.
 *
 * @param own the caller must not claim meanwhile
 */
export async function recoverTasks(
  tx: Tx,
  own?: { workerId: string; running: readonly { taskId: string; attempt: number }[] },
): Promise<AnnouncedTask[]> {
  return tx.query<AnnouncedTask>(
    `with dead as (
       delete from worker w
       where w.heartbeat_at < now() - interval '30 seconds'
          or (w.heartbeat_at < now() - interval '2 seconds' and not exists (
            select from pg_locks l where l.locktype = 'advisory' and l.classid = $1::bigint::oid and l.objid = w.lock_key::bigint::oid
              and l.objsubid = 2 and l.database = (select oid from pg_database where datname = current_database())))
       returning w.id
     ), orphan as (
       select t.tenant_id, t.id, t.dedupe_key, t.worker_id, t.worker_id is not distinct from $3::uuid as is_own,
         case when t.cancel_requested_at is not null then 'cancelled' when t.attempt >= t.max_attempts then 'failed' else 'retrying' end as next,
         exists (select from task w where w.tenant_id = t.tenant_id and w.dedupe_key = t.dedupe_key and w.status in ('queued', 'retrying')) as twin
       from task t
       where t.status = 'running'
         and (t.worker_id in (select id from dead) or not exists (select from worker w where w.id = t.worker_id)
           or (t.worker_id = $3::uuid and not exists (
             select from unnest($4::uuid[], $5::int[]) r (id, attempt) where r.id = t.id and r.attempt = t.attempt)))
       for update of t skip locked
     ), judged as (
       select o.tenant_id, o.id, o.worker_id, o.is_own, o.next,
         o.next = 'retrying' and (o.twin or (o.dedupe_key is not null
           and row_number() over (partition by o.tenant_id, o.dedupe_key, o.next order by o.id desc) > 1)) as left_to_twin
       from orphan o
     ), given_back as (
       update task t set
         status = case when j.left_to_twin then 'failed' else j.next end,
         worker_id = null, run_at = $2::timestamptz,
         finished_at = case when j.left_to_twin or j.next <> 'retrying' then $2::timestamptz end,
         error = jsonb_build_object('code', 'WORKER_LOST', 'message',
           case when j.is_own then 'How this ended could not be written' else 'The process that ran this ended in the middle' end
           || case when j.left_to_twin then '; a later task does its work.' else '.' end)
       from judged j where t.tenant_id = j.tenant_id and t.id = j.id
       returning ${announcedColumnsOfT}
     ), logged as (
       insert into task_attempt (tenant_id, task_id, attempt, worker_id, started_at, finished_at, outcome, error)
       select g.tenant_id, g.id, g.attempt, j.worker_id, g.started_at, $2::timestamptz, 'lost', g.error
       from given_back g join judged j on j.tenant_id = g.tenant_id and j.id = g.id
       ${overEarlierEntry}
     )
     select * from given_back`,
    [
      workerLockClass,
      tx.clock.now(),
      own?.workerId ?? null,
      own?.running.map((r) => r.taskId) ?? [],
      own?.running.map((r) => r.attempt) ?? [],
    ],
  );
}

/** Removes ended tasks older than `before`; dead ones stay until somebody looked. */
export async function deleteEndedTasks(tx: Tx, before: Date): Promise<number> {
  return tx.execute("delete from task where status in ('completed', 'cancelled') and finished_at < $1", [
    before,
  ]);
}
