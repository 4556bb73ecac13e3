/** The time machine: one level at an instant with what is behind it, and over time. */
import type { PastReservation, StockMoment, StockSeries } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import type { Level } from '../stock-request.ts';
import { aliveAt, newestIdAt, readLevelsAt } from './levels-at.ts';
import { explain } from './links.ts';
import { listMovementsAround } from './movements.ts';

const shownMovements = 20;
const shownReservations = 100;

export async function readMoment(tx: TenantTx, level: Level, at: Date): Promise<StockMoment> {
  const [then] = await readLevelsAt(tx, [level], at);
  const { onHand, reserved, incoming, precision, since } = then!;
  const movements = await listMovementsAround(tx, level, at, shownMovements);
  const next = await tx.maybeOne<{ at: Date }>(
    `select at from stock_history where tenant_id = $1 and variant_id = $2 and location_id = $3 and at > $4
     order by at, version limit 1`,
    [tx.tenantId, level.variantId, level.locationId, at],
  );
  const nextMoved = movements.after[0]?.createdAt;
  // Where the history begins later, the ledger may know of an earlier change.
  const until = [...(next === undefined ? [] : [next.at.toISOString()]), ...(nextMoved ? [nextMoved] : [])];
  return {
    variantId: level.variantId,
    productId: level.productId,
    sku: level.sku,
    name: level.name,
    location: level.location,
    at: at.toISOString(),
    precision,
    onHand,
    reserved,
    incoming,
    available: onHand - reserved,
    since: since?.toISOString() ?? null,
    until: until.sort()[0] ?? null,
    ...movements,
    reservations: await listAlive(tx, level, at),
  };
}

async function listAlive(tx: TenantTx, level: Level, at: Date): Promise<PastReservation[]> {
  const rows = await tx.query<{
    id: string;
    quantity: number;
    status: PastReservation['status'];
    reference: string | null;
    actor: string;
    created_at: Date;
    expires_at: Date | null;
    ended_at: Date | null;
    end_reason: string | null;
  }>(`select * from (${aliveAt('$5')}) a order by id desc limit $6`, [
    tx.tenantId,
    level.variantId,
    level.locationId,
    at,
    newestIdAt(at),
    shownReservations,
  ]);
  const explained = await explain(tx, rows);
  return rows.map((row, i) => ({
    id: row.id,
    quantity: row.quantity,
    status: row.status,
    reference: row.reference,
    actor: row.actor,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    endReason: row.end_reason,
    ...explained[i]!,
  }));
}

/** Changes of a level up to which a chart is made of all of them; of more it is made of the figures at the ends of its parts. */
const changesLookedThrough = 20_000;

/**
 * The level at `from`, then the last figure of each of `points` equal parts of the time in which it changed. Before the
 * history begins there are the ends of days.
 */
export async function readSeries(
  tx: TenantTx,
  level: Level,
  from: Date,
  to: Date,
  points: number,
): Promise<StockSeries> {
  const key = [tx.tenantId, level.variantId, level.locationId];
  const [first] = await readLevelsAt(tx, [level], from);
  const oldest = await tx.maybeOne<{ at: Date }>(
    `select at from stock_history where tenant_id = $1 and variant_id = $2 and location_id = $3 order by at, version limit 1`,
    key,
  );
  const begins = oldest?.at ?? to;
  const isDaily = first!.precision === 'ledger' && from < begins;
  const { few } = await tx.one<{ few: boolean }>(
    `select count(*) <= $6 as few from (select from stock_history
       where tenant_id = $1 and variant_id = $2 and location_id = $3 and at > $4 and at <= $5 limit $6 + 1) h`,
    [...key, from, to, changesLookedThrough],
  );
  const rows = await tx.query<{
    at: Date;
    on_hand: number;
    reserved: number;
    incoming: number;
    lowest: number;
  }>(
    `with step as (
       select at, version, on_hand, reserved, incoming from stock_history
       where tenant_id = $1 and variant_id = $2 and location_id = $3 and at > $4 and at <= $5 and $9
       union all
       select h.* from generate_series(1, $6) part cross join lateral (
         select at, version, on_hand, reserved, incoming from stock_history
         where tenant_id = $1 and variant_id = $2 and location_id = $3
           and at > $4 and at <= $4::timestamptz + ($5::timestamptz - $4::timestamptz) / $6 * part
         order by at desc, version desc limit 1) h
       where not $9
       union all
       select (day + 1)::timestamp at time zone 'UTC', 0, on_hand, reserved, incoming from stock_day
       where $7 and tenant_id = $1 and variant_id = $2 and location_id = $3
         and day >= ($4::timestamptz at time zone 'UTC')::date and (day + 1)::timestamp at time zone 'UTC' <= least($5, $8)
     )
     select max(at) as at, (array_agg(on_hand order by at desc, version desc))[1] as on_hand,
       (array_agg(reserved order by at desc, version desc))[1] as reserved,
       (array_agg(incoming order by at desc, version desc))[1] as incoming, min(on_hand - reserved) as lowest
     from step
     group by width_bucket(extract(epoch from at), extract(epoch from $4::timestamptz), extract(epoch from $5::timestamptz) + 0.001, $6)
     order by 1`,
    [...key, from, to, points - 1, isDaily, begins, few],
  );
  const { onHand, reserved, incoming } = first!;
  return {
    variantId: level.variantId,
    sku: level.sku,
    location: level.location,
    from: from.toISOString(),
    to: to.toISOString(),
    dailyUntil: isDaily ? (begins < to ? begins : to).toISOString() : null,
    points: [
      { at: from.toISOString(), onHand, reserved, incoming, lowestAvailable: onHand - reserved },
      ...rows.map((row) => ({
        at: row.at.toISOString(),
        onHand: row.on_hand,
        reserved: row.reserved,
        incoming: row.incoming,
        lowestAvailable: row.lowest,
      })),
    ],
  };
}
