/** Reading the event log. Writing is `tx.emit`. */
import type { Tx } from '../db/index.ts';
import type { Position } from './offset.ts';

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
      events.push({
        xact: BigInt(row.xact),
        id: BigInt(row.id),
        tenantId: row.tenant_id,
        channel: row.channel,
        type: row.type,
        version: row.version,
        data: row.data,
        actor: row.actor,
        createdAt: row.created_at,
      });
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
     from event
     where tenant_id = $1 and (xact, id) > ($2::text::xid8, $3::bigint) and (xact, id) <= ($4::text::xid8, $5::bigint)
       and ($6::text[] is null or channel = any($6))
     order by xact, id limit $7`,
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
  return rows.map((row) => ({
    xact: BigInt(row.xact),
    id: BigInt(row.id),
    tenantId: row.tenant_id,
    channel: row.channel,
    type: row.type,
    version: row.version,
    data: row.data,
    actor: row.actor,
    createdAt: row.created_at,
  }));
}

/** The oldest day still in the log, so that a reader from before is told it missed something. Null: nothing was dropped yet. */
export async function findOldestKept(tx: Tx): Promise<Position | null> {
  const row = await tx.maybeOne<{ xact: string; id: string }>(
    'select xact::text, id::text from event order by xact, id limit 1',
  );
  return row === undefined ? null : { xact: BigInt(row.xact), id: BigInt(row.id) };
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
