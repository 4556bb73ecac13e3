/** What lies there now: its value, its age, its alerts. */
import type { StockValue } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { ownCurrency, unitCosts } from './unit-costs.ts';

/** Where the classes of age begin, in days. */
const ageBounds = [0, 30, 60, 90, 180, 365];

export async function readValue(tx: TenantTx, days: number): Promise<StockValue> {
  const now = tx.clock.now();
  const byLocation = await tx.query<{
    location: string;
    name: string;
    skus: number;
    pieces: number;
    costMinor: number;
    priceMinor: number;
    reserved: number;
    incoming: number;
    bareSkus: number;
    barePieces: number;
    otherSkus: number;
    otherPieces: number;
  }>(
    `with unit as materialized (${unitCosts})
     select l.code as location, l.name, sum(s.on_hand) filter (where u.variant_id is not null)::float8 as pieces,
       count(*) filter (where s.on_hand > 0 and u.variant_id is not null)::int as skus,
       sum(s.on_hand * u.cost)::float8 as "costMinor", sum(s.on_hand * u.price_minor)::float8 as "priceMinor",
       sum(s.reserved)::float8 as reserved, sum(s.incoming)::float8 as incoming,
       count(*) filter (where s.on_hand > 0 and u.without_cost)::int as "bareSkus", sum(s.on_hand) filter (where u.without_cost)::float8 as "barePieces",
       count(*) filter (where s.on_hand > 0 and u.variant_id is null)::int as "otherSkus", sum(s.on_hand) filter (where u.variant_id is null)::float8 as "otherPieces"
     from stock_level s join location l on l.tenant_id = $1 and l.id = s.location_id left join unit u on u.variant_id = s.variant_id
     where s.tenant_id = $1 group by l.id, l.code, l.name, l.priority order by l.priority, l.code`,
    [tx.tenantId],
  );
  const skus = await tx.one<{ skus: number }>(
    `select count(distinct s.variant_id)::int as skus from stock_level s
     join variant v on v.tenant_id = $1 and v.id = s.variant_id and v.currency = (${ownCurrency})
     where s.tenant_id = $1 and s.on_hand > 0`,
    [tx.tenantId],
  );
  const sum = (of: (row: (typeof byLocation)[number]) => number | null): number =>
    byLocation.reduce((total, row) => total + (of(row) ?? 0), 0);
  const ageing = await readAges(tx, now);
  const total = { pieces: sum((l) => l.pieces), costMinor: Math.round(sum((l) => l.costMinor)) };
  const known = ageing.reduce((pieces, age) => pieces + age.pieces, 0);
  const knownCost = ageing.reduce((cost, age) => cost + age.costMinor, 0);
  return {
    computedAt: now.toISOString(),
    ...total,
    ...skus,
    priceMinor: sum((l) => l.priceMinor),
    reservedPieces: sum((l) => l.reserved),
    incomingPieces: sum((l) => l.incoming),
    withoutCost: { skus: sum((l) => l.bareSkus), pieces: sum((l) => l.barePieces) },
    otherCurrency: { skus: sum((l) => l.otherSkus), pieces: sum((l) => l.otherPieces) },
    byLocation: byLocation.map(({ location, name, skus, pieces, costMinor }) => ({
      ...{ location, name, skus },
      pieces: pieces ?? 0,
      costMinor: Math.round(costMinor ?? 0),
    })),
    ageing,
    ageUnknown: {
      pieces: Math.max(0, total.pieces - known),
      costMinor: Math.max(0, total.costMinor - knownCost),
    },
    alerts: await readAlerts(tx, now, days),
  };
}

/**
 * Of the FIFO layers still there, those of goods on their way between two locations too. A layer whose cost nobody said counts
 * as its item's other pieces do, so that the classes add up to the value.
 */
async function readAges(tx: TenantTx, now: Date): Promise<StockValue['ageing']> {
  const rows = await tx.query<{ bound: number; pieces: number; costMinor: number }>(
    `with unit as materialized (${unitCosts})
     select width_bucket(extract(epoch from $2::timestamptz - c.received_at) / 86400, $3::numeric[]) as bound, sum(c.remaining)::float8 as pieces,
       round(sum(c.remaining * coalesce(c.unit_cost_minor, u.cost)))::float8 as "costMinor"
     from cost_layer c join unit u on u.variant_id = c.variant_id
     where c.tenant_id = $1 and c.remaining > 0 group by 1`,
    [tx.tenantId, now, ageBounds],
  );
  return ageBounds.map((fromDays, i) => {
    // What came a moment ahead of our clock is as young as can be.
    const found = rows.filter((row) => Math.max(1, row.bound) === i + 1);
    const next = ageBounds[i + 1];
    return {
      fromDays,
      toDays: next === undefined ? null : next - 1,
      pieces: found.reduce((pieces, row) => pieces + row.pieces, 0),
      costMinor: found.reduce((cost, row) => cost + row.costMinor, 0),
    };
  });
}

async function readAlerts(tx: TenantTx, now: Date, days: number): Promise<StockValue['alerts']> {
  return tx.one(
    `select count(*) filter (where resolved_at is null and kind = 'low')::int as low, count(*) filter (where resolved_at is null and kind = 'out')::int as out,
       count(*) filter (where opened_at >= $2)::int as opened, count(*) filter (where resolved_at >= $2)::int as resolved
     from stock_alert where tenant_id = $1`,
    [tx.tenantId, new Date(now.getTime() - days * 86_400_000)],
  );
}
