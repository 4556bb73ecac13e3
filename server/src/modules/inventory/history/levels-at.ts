/**
 * Levels as they were. The history has each level after every commit that changed it; for an instant before what is kept of
 * it, the ledger has what was on hand, the reservations of then what was reserved, and the day before what was incoming.
 */
import type { StockMoment } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';

export interface LevelKey {
  variantId: string;
  locationId: string;
}

export interface LevelAt {
  onHand: number;
  reserved: number;
  incoming: number;
  /** 1, as when it was made, if nothing is known. */
  version: number;
  precision: StockMoment['precision'];
  since: Date | null;
}

interface HistoryRow {
  on_hand: number | null;
  reserved: number;
  incoming: number;
  version: number;
  at: Date;
  /** Of the oldest row kept; null: there is none. */
  oldest_version: number | null;
  level_version: number;
}

/** Before its first change a level has version 1, and nothing on it. */
const firstChange = 2;

/** Lines of reservations that are looked through for those alive at an instant, newest first. */
export const linesLookedThrough = 5000;

/** In the order of the keys. Levels that were not there yet have nothing on them. */
export async function readLevelsAt(tx: TenantTx, keys: LevelKey[], at: Date): Promise<LevelAt[]> {
  const rows = await tx.query<HistoryRow>(
    `select h.*, o.oldest_version, s.version as level_version
     from unnest($2::uuid[], $3::uuid[]) with ordinality as k (variant_id, location_id, n)
     join stock_level s on s.tenant_id = $1 and s.variant_id = k.variant_id and s.location_id = k.location_id
     left join lateral (select h.on_hand, h.reserved, h.incoming, h.version, h.at from stock_history h
       where h.tenant_id = $1 and h.variant_id = k.variant_id and h.location_id = k.location_id and h.at <= $4
       order by h.at desc, h.version desc limit 1) h on true
     left join lateral (select h.version as oldest_version from stock_history h
       where h.tenant_id = $1 and h.variant_id = k.variant_id and h.location_id = k.location_id
       order by h.at, h.version limit 1) o on h.on_hand is null
     order by k.n`,
    [tx.tenantId, keys.map((k) => k.variantId), keys.map((k) => k.locationId), at],
  );
  const levels: LevelAt[] = [];
  for (const [i, row] of rows.entries()) {
    if (row.on_hand !== null) {
      const { on_hand: onHand, reserved, incoming, version, at: since } = row;
      levels.push({ onHand, reserved, incoming, version, precision: 'exact', since });
    } else if ((row.oldest_version ?? row.level_version) <= firstChange) {
      levels.push({ onHand: 0, reserved: 0, incoming: 0, version: 1, precision: 'exact', since: null });
    } else {
      levels.push(await readFromLedger(tx, keys[i]!, at));
    }
  }
  return levels;
}

async function readFromLedger(tx: TenantTx, key: LevelKey, at: Date): Promise<LevelAt> {
  const newest = `where tenant_id = $1 and variant_id = $2 and location_id = $3 and created_at <= $4
    order by created_at desc, level_version desc, id desc limit 1`;
  const row = await tx.one<{
    on_hand: number | null;
    at: Date | null;
    version: number | null;
    reserved: number;
    incoming: number | null;
  }>(
    `select m.on_hand_after as on_hand, m.created_at as at, m.level_version as version, r.reserved, d.incoming
     from (select) as one
     left join lateral (select on_hand_after, created_at, level_version from (
         (select on_hand_after, created_at, level_version, id from movement ${newest})
         union all (select on_hand_after, created_at, level_version, id from movement_archive ${newest})) m
       order by created_at desc, level_version desc, id desc limit 1) m on true
     cross join lateral (select coalesce(sum(a.quantity), 0)::int as reserved from (${aliveAt('$5')}) a) r
     left join lateral (select incoming from stock_day where tenant_id = $1 and variant_id = $2 and location_id = $3
       and day < ($4::timestamptz at time zone 'UTC')::date order by day desc limit 1) d on true`,
    [tx.tenantId, key.variantId, key.locationId, at, newestIdAt(at)],
  );
  const { on_hand: onHand, reserved, incoming, at: since, version } = row;
  return {
    onHand: onHand ?? 0,
    reserved,
    incoming: incoming ?? 0,
    version: version ?? 1,
    precision: 'ledger',
    since,
  };
}

/**
 * The lines of a level ($1 tenant, $2 variant, $3 location) whose reservations were alive at $4, newest first. `newestId` is
 * the parameter with `newestIdAt($4)`.
 */
export function aliveAt(newestId: string): string {
  return `select r.id, l.quantity, r.status, r.reference, r.actor, r.created_at, r.expires_at, r.ended_at, r.end_reason
    from (select reservation_id, quantity, location_id from reservation_line
      where tenant_id = $1 and variant_id = $2 and reservation_id <= ${newestId} order by reservation_id desc limit ${linesLookedThrough}) l
    join reservation r on r.tenant_id = $1 and r.id = l.reservation_id
    where l.location_id = $3 and r.created_at <= $4 and (r.ended_at is null or r.ended_at > $4)`;
}

const dayMs = 86_400_000;

/** Above every id that was made up to an instant, a day of clocks that disagree allowed for. Ids begin with their time. */
export function newestIdAt(at: Date): string {
  const hex = (at.getTime() + dayMs).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7fff-bfff-ffffffffffff`;
}
