/** Reading the event log. Writing is `tx.emit`. */
import type { Tx } from '../db/index.ts';
import { comparePositions, type Position } from './offset.ts';

/** An event as it was committed. `data` stays the JSON text it is stored as: most readers only pass it on. */
export interface LogEvent extends Position {
  /** null: for the server itself. */
  tenantId: string | null;
  channel: string;
  type: string;
  version: number;
  data: string;
  actor: string;
  createdAt: Date;
}

/** How the log stood when it was read. */
export interface LogState {
  /** Everything below this transaction id is decided. */
  horizon: bigint;
  /** Process id of the database session that holds the horizon back; null when none does. */
  blockerPid: number | null;
  /** Committed events lie above the horizon. */
  waiting: boolean;
}

export interface LogRow {
  xact: string;
  id: string | null;
  tenant_id: string | null;
  channel: string;
  type: string;
  version: number;
  data: string;
  actor: string;
  created_at: Date;
}

/** Parameters: after (xact, id), at most so many rows. */
export const readSql = 'select * from event_read($1::text::xid8, $2::bigint, $3)';

function toEvent(row: LogRow & { id: string }): LogEvent {
  return {
    xact: BigInt(row.xact),
    id: BigInt(row.id),
    tenantId: row.tenant_id,
    channel: row.channel,
    type: row.type,
    version: row.version,
    data: row.data,
    actor: row.actor,
    createdAt: row.created_at,
  };
}

export function parseLogRows(rows: LogRow[]): { events: LogEvent[]; state: LogState } {
  const events: LogEvent[] = [];
  let state: LogState | undefined;
  for (const row of rows) {
    if (row.id === null) {
      const { horizon, blocker, waiting } = JSON.parse(row.data) as {
        horizon: string;
        blocker: number | null;
        waiting: boolean;
      };
      state = { horizon: BigInt(horizon), blockerPid: blocker, waiting };
    } else {
      events.push(toEvent(row as LogRow & { id: string }));
    }
  }
  if (state === undefined) throw new Error('event_read gave no state row');
  return { events, state };
}

/**
 * One tenant's events after `after`, up to and including `upTo`, oldest first.
 *
 * @param channels only these; null for every channel
 */
export async function listTenantEvents(
  tx: Tx,
  tenantId: string,
  after: Position,
  upTo: Position,
  channels: readonly string[] | null,
  limit: number,
): Promise<LogEvent[]> {
  const rows = await tx.query<LogRow & { id: string }>(
    `select xact::text, id::text, tenant_id, channel, type, version, data::text, actor, created_at
     from event e
     where tenant_id = $1 and (xact, id) > ($2::text::xid8, $3::bigint) and (xact, id) <= ($4::text::xid8, $5::bigint)
       and ($6::text[] is null or channel = any($6))
     order by e.xact, e.id -- the bare names would be the text columns of the answer
     limit $7`,
    [
      tenantId,
      after.xact.toString(),
      after.id.toString(),
      upTo.xact.toString(),
      upTo.id.toString(),
      channels,
      limit,
    ],
  );
  return rows.map(toEvent);
}

/** Whether more than `count` events lie in the same range. Counts no further than that. */
export async function hasMoreTenantEvents(
  tx: Tx,
  tenantId: string,
  after: Position,
  upTo: Position,
  channels: readonly string[] | null,
  count: number,
): Promise<boolean> {
  const { n } = await tx.one<{ n: number }>(
    `select count(*)::int as n from (
       select from event
       where tenant_id = $1 and (xact, id) > ($2::text::xid8, $3::bigint) and (xact, id) <= ($4::text::xid8, $5::bigint)
         and ($6::text[] is null or channel = any($6))
       limit $7) e`,
    [
      tenantId,
      after.xact.toString(),
      after.id.toString(),
      upTo.xact.toString(),
      upTo.id.toString(),
      channels,
      count + 1,
    ],
  );
  return n > count;
}

/**
 * Whether the log can still tell everything after `position`: false when retention has dropped later events, or when the
 * position lies in a future that no reader can have seen. Ask it after reading, in the same transaction: the read holds
 * the partitions, so what is answered here held for the rows too.
 */
export async function isStillKept(tx: Tx, position: Position): Promise<boolean> {
  const row = await tx.one<{ xact: string; id: string; next: string }>(
    `select dropped_xact::text as xact, dropped_id::text as id, pg_snapshot_xmax(pg_current_snapshot())::text as next
     from event_epoch`,
  );
  const dropped = { xact: BigInt(row.xact), id: BigInt(row.id) };
  return comparePositions(position, dropped) >= 0 && position.xact <= BigInt(row.next);
}

/**
 * The epoch of the log. It changes when the server finds itself on another timeline or cluster than before, which is what a
 * restore to an earlier moment, or of a dump, looks like from inside.
 */
export async function loadEpoch(tx: Tx): Promise<string> {
  const { timeline } = await tx.one<{ timeline: string }>(
    `select s.system_identifier || ':' || c.timeline_id || ':' || d.oid as timeline
     from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database()`,
  );
  const row = await tx.one<{ epoch: string; timeline: string; ahead: boolean }>(
    `select epoch, timeline, coalesce((select max(xact) from event) >= pg_snapshot_xmax(pg_current_snapshot()), false) as ahead
     from event_epoch for update`,
  );
  if (row.timeline === timeline && !row.ahead) return row.epoch;
  if (row.timeline === '' && !row.ahead) {
    await tx.execute('update event_epoch set timeline = $1', [timeline]);
    return row.epoch;
  }
  // Cursors of the lost future would skip what comes now.
  await tx.execute('delete from event_consumer');
  const { epoch } = await tx.one<{ epoch: string }>(
    'update event_epoch set epoch = gen_random_uuid(), timeline = $1 returning epoch',
    [timeline],
  );
  return epoch;
}

const partitionDaysAhead = 3;

/**
 * Makes the partitions of the days to come and drops what is older than the retention. Several processes may do so at once.
 *
 * @returns the durable consumers that were so far behind that events they had not read were dropped now; to be told to people
 */
export async function maintainEventLog(
  tx: Tx,
  retentionDays: number,
): Promise<{ consumer: string; lostEvents: number }[]> {
  await tx.query('select event_maintain($1, $2)', [partitionDaysAhead, retentionDays]);
  return tx.query(
    'select name as consumer, lost_events as "lostEvents" from event_consumer where lost_at = now()',
  );
}
