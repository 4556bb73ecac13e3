/** What moved, on whole days. Days that are folded are read from stock_day, the rest, if any, from the ledger. */
import type { InventoryReportQuery, StockSales } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { classify } from './classify.ts';
import { ownCurrency, unitCosts } from './unit-costs.ts';

const dayMs = 86_400_000;
const shownItems = 50;

const dayBefore = (at: Date, days: number): string =>
  new Date(at.getTime() - days * dayMs).toISOString().slice(0, 10);

/**
 * Flows per level and day, of the days $2 to $3, of which those up to $4 are folded. All three come as values, not as
 * subqueries: the planner must know that they are many.
 */
const flows = `
  select d.variant_id, d.day, d.sold, d.returned, d.received, d.other from stock_day d
  where d.tenant_id = $1 and d.day >= $2::date and d.day <= $4::date
  union all
  select m.variant_id, (m.created_at at time zone 'UTC')::date, case when m.kind = 'sale' then -m.quantity else 0 end,
    case when m.kind = 'return' then m.quantity else 0 end, case when m.kind = 'receipt' then m.quantity else 0 end,
    case when m.kind in ('sale', 'return', 'receipt') then 0 else m.quantity end
  from movement m
  where m.tenant_id = $1 and m.created_at < ($3::date + 1)::timestamp at time zone 'UTC'
    and m.created_at >= greatest($2::date, $4::date + 1)::timestamp at time zone 'UTC'`;

export async function readSales(tx: TenantTx, query: InventoryReportQuery): Promise<StockSales> {
  const now = tx.clock.now();
  const to = dayBefore(now, 1);
  const from = dayBefore(now, query.days);
  // Sums over all items: of 100,000 they do not fit into the memory that a short statement gets, and what is joined is
  // always much, though the planner may take a sum of sums for little.
  await tx.query("select set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true)");
  const { folded } = await tx.one<{ folded: string }>(
    `select least($2::date, coalesce((select through_day from stock_rollup where tenant_id = $1), $3::date - 1))::text as folded`,
    [tx.tenantId, to, from],
  );
  const period = [tx.tenantId, from, to, folded];
  const totals = await readTotals(tx, period, query.days);
  const movementRates = await tx.query<StockSales['movementRates'][number]>(
    `select day::text, sum(sold)::float8 as sold, sum(returned)::float8 as returned, sum(received)::float8 as received, sum(other)::float8 as other
     from (${flows}) f group by day order by day`,
    period,
  );
  const costPerDay = totals.sold.costMinor / query.days;
  const { averageStock, nowCostMinor, ...sums } = totals;
  return {
    computedAt: now.toISOString(),
    from,
    to,
    ...sums,
    averageStock,
    turnover: averageStock.costMinor > 0 ? (costPerDay * 365) / averageStock.costMinor : null,
    daysOfStock: costPerDay > 0 ? nowCostMinor / costPerDay : null,
    movementRates,
    ...(await readClasses(tx, period, query)),
    dead: await readDead(tx, query.deadDays),
  };
}

interface Totals
  extends Pick<StockSales, 'sold' | 'returnedPieces' | 'receivedPieces' | 'otherPieces' | 'averageStock'> {
  nowCostMinor: number;
}

/**
 * The average of a level's ends of days is its end, less what each later day changed, as often as it was not there yet: so
 * it needs no row for a day without a change.
 */
async function readTotals(tx: TenantTx, period: unknown[], days: number): Promise<Totals> {
  const row = await tx.one<Record<string, number | null>>(
    `with item as (
       select f.variant_id, sum(sold) as sold, sum(returned) as returned, sum(received) as received, sum(other) as other,
         sum((returned + received + other - sold) * (day - $2::date))::float8 / $5 as later
       from (${flows}) f group by 1
     ), since as (
       select variant_id, sum(quantity) as quantity from movement
       where tenant_id = $1 and created_at >= ($3::date + 1)::timestamp at time zone 'UTC' group by 1
     ), stock as (
       select variant_id, sum(on_hand) as on_hand from stock_level where tenant_id = $1 group by 1
     ), unit as (${unitCosts})
     select sum(i.sold)::float8 as sold, sum(i.sold * u.cost)::float8 as sold_cost, sum(i.sold * u.price_minor)::float8 as sold_price,
       sum(i.returned)::float8 as returned, sum(i.received)::float8 as received, sum(i.other)::float8 as other,
       sum(s.on_hand - coalesce(t.quantity, 0) - coalesce(i.later, 0))::float8 as average,
       sum((s.on_hand - coalesce(t.quantity, 0) - coalesce(i.later, 0)) * u.cost)::float8 as average_cost,
       sum(s.on_hand * u.cost)::float8 as now_cost
     from stock s join unit u using (variant_id) left join item i using (variant_id) left join since t using (variant_id)`,
    [...period, days],
  );
  const value = (name: string): number => row[name] ?? 0;
  return {
    sold: {
      pieces: value('sold'),
      costMinor: Math.round(value('sold_cost')),
      priceMinor: value('sold_price'),
    },
    returnedPieces: value('returned'),
    receivedPieces: value('received'),
    otherPieces: value('other'),
    averageStock: { pieces: value('average'), costMinor: Math.round(value('average_cost')) },
    nowCostMinor: value('now_cost'),
  };
}

async function readClasses(
  tx: TenantTx,
  period: unknown[],
  { abcA, abcB, xyzX, xyzY }: InventoryReportQuery,
): Promise<Pick<StockSales, 'classes' | 'weeks' | 'best'>> {
  // Weeks begin on Mondays, as 2000-01-03 was.
  const sold = `select f.variant_id, (f.day - date '2000-01-03') / 7 as week, f.sold as pieces, f.sold * v.price_minor as minor
    from (${flows}) f join variant v on v.tenant_id = $1 and v.id = f.variant_id and v.currency = (${ownCurrency}) where f.sold > 0`;
  const row = await tx.one<Pick<StockSales, 'classes' | 'best'> & { weeks: number }>(
    `with item as materialized (${classify(sold, { abcA: '$5', abcB: '$6', xyzX: '$7', xyzY: '$8' })})
     select coalesce((select max(weeks) from item), 0) as weeks,
       (select coalesce(jsonb_agg(jsonb_build_object('abc', abc, 'xyz', xyz, 'skus', skus, 'soldMinor', minor, 'share', share) order by abc, xyz), '[]')
        from (select abc, xyz, count(*)::int as skus, sum(minor) as minor, coalesce(sum(minor) / nullif(sum(sum(minor)) over (), 0), 0)::float8 as share
          from item group by abc, xyz) c) as classes,
       (select coalesce(jsonb_agg(jsonb_build_object('variantId', v.id, 'sku', v.sku, 'name', v.name, 'soldPieces', b.pieces, 'soldMinor', b.minor,
          'abc', b.abc, 'xyz', b.xyz, 'weeklyMean', b.mean, 'variation', b.variation) order by b.minor desc, b.variant_id), '[]')
        from (select * from item order by minor desc, variant_id limit ${shownItems}) b join variant v on v.tenant_id = $1 and v.id = b.variant_id) as best`,
    [...period, abcA, abcB, xyzX, xyzY],
  );
  return row;
}

/** On hand, and neither sold nor brought in since so many days. */
async function readDead(tx: TenantTx, deadDays: number): Promise<StockSales['dead']> {
  const row = await tx.one<StockSales['dead'] & { costMinor: number | null; pieces: number | null }>(
    `with live as (
       select variant_id from stock_day where tenant_id = $1 and day >= $2::date and (sold > 0 or received > 0 or other > 0)
       union
       select variant_id from movement where tenant_id = $1 and created_at >= (
         select coalesce(max(through_day) + 1, $2::date)::timestamp at time zone 'UTC' from stock_rollup where tenant_id = $1)
     ), stock as (
       select variant_id, sum(on_hand) as pieces from stock_level
       where tenant_id = $1 and on_hand > 0 and not exists (select from live where live.variant_id = stock_level.variant_id) group by 1
     ), unit as (${unitCosts}), dead as materialized (
       select variant_id, s.pieces, s.pieces * u.cost as cost from stock s join unit u using (variant_id)
     )
     select count(*)::int as skus, sum(pieces)::float8 as pieces, round(sum(cost))::float8 as "costMinor",
       (select coalesce(jsonb_agg(jsonb_build_object('variantId', v.id, 'sku', v.sku, 'name', v.name, 'pieces', d.pieces, 'costMinor', round(d.cost),
          'lastSoldOn', (select max(day) from stock_day s where s.tenant_id = $1 and s.variant_id = v.id and s.sold > 0))
          order by d.cost desc, d.pieces desc, v.id), '[]')
        from (select * from dead order by cost desc, pieces desc, variant_id limit ${shownItems}) d join variant v on v.tenant_id = $1 and v.id = d.variant_id) as items
     from dead`,
    [tx.tenantId, dayBefore(tx.clock.now(), deadDays)],
  );
  return { ...row, pieces: row.pieces ?? 0, costMinor: row.costMinor ?? 0 };
}
