/** The inventory report, against figures that others worked out and figures that a reader can work out. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type InventoryReportQuery, inventoryReportRoutes } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { applyStock, type StockRequest } from '#modules/inventory';
import { ManualClock } from '#platform/clock';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import { keepHistory } from '../src/modules/inventory/ledger/keep-history.ts';
import { classify } from '../src/modules/inventory/report/classify.ts';
import { readSales } from '../src/modules/inventory/report/sales.ts';
import { readValue } from '../src/modules/inventory/report/value.ts';
import { adjusting, settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

// A Monday at noon.
const clock = new ManualClock('2026-12-07T12:00:00Z');
const database = useDatabase(clock);
const day = 86_400_000;

describe('classes of a year of a shop', () => {
  interface Week {
    code: string;
    week: number;
    pieces: number;
    pence: string;
  }
  function readWeeks(): Week[] {
    const file = new URL('./samples/online-retail-weeks.csv.gz', import.meta.url);
    let code = '';
    return gunzipSync(readFileSync(file))
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const [named, week, pieces, pence] = line.split(',');
        code = named || code;
        return { code, week: Number(week), pieces: Number(pieces), pence: pence! };
      });
  }

  // Source of the figures: reference_results.json of the data set, worked out with another program.
  test('ABC and XYZ of Online Retail are those of the reference', async () => {
    const weeks = readWeeks();
    const tenant = await database.current.createTenant();
    const sold =
      'select * from unnest($5::text[], $6::int[], $7::int[], $8::numeric[]) s (variant_id, week, pieces, minor)';
    const classes = classify(sold, { abcA: '$1', abcB: '$2', xyzX: '$3', xyzY: '$4' });
    const rows = await database.current.db.withTenant(tenant, (tx) =>
      tx.query<{ class: string; skus: number; share: number; weeks: number }>(
        `with item as (${classes})
         select abc as class, count(*)::int as skus, (sum(minor) / (select sum(minor) from item))::float8 as share, max(weeks) as weeks from item group by 1
         union all select xyz, count(*)::int, null, max(weeks) from item group by 1 order by 1`,
        [
          80,
          95,
          0.5,
          1,
          ...(['code', 'week', 'pieces', 'pence'] as const).map((key) => weeks.map((w) => w[key])),
        ],
      ),
    );
    expect(rows.map((r) => [r.class, r.skus])).toEqual([
      ['A', 785],
      ['B', 920],
      ['C', 1954],
      ['X', 6],
      ['Y', 337],
      ['Z', 3316],
    ]);
    expect(rows[0]!.share).toBeCloseTo(0.8002, 4);
    expect(rows[0]!.weeks).toBe(53);
  });
});

const query = (more: Partial<InventoryReportQuery> = {}): InventoryReportQuery => ({
  ...inventoryReportRoutes.getInventoryReport.query.parse({}),
  ...more,
});

async function apply(tenant: TenantContext, ...requests: StockRequest[]): Promise<void> {
  const outcomes = await database.current.db.withTenant(tenant, (tx) => applyStock(tx, requests, settings));
  for (const outcome of outcomes) if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
}

const selling = (sku: string, quantity: number): StockRequest => ({
  kind: 'sell',
  actor: 'system',
  saleId: newId(),
  lines: [{ sku, quantity }],
  reference: 'order:x',
});

/**
 * STEADY sells 2 a day for 14 days, BURST 14 on one of them, SHELF nothing; then a day passes. Prices 10.00, costs 4.00;
 * BARE has no cost, DEAR another currency.
 */
async function shop(): Promise<TenantContext> {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  const variant = (sku: string, onHand: number, more: object = {}) => ({
    name: sku,
    variants: [{ sku, priceMinor: 1000, currency: 'RON', costMinor: 400, onHand, ...more }],
  });
  await db.withTenant(tenant, (tx) =>
    createProducts(
      tx,
      [
        variant('STEADY', 100),
        variant('BURST', 100),
        variant('SHELF', 50),
        variant('BARE', 5, { costMinor: null }),
        variant('DEAR', 7, { currency: 'EUR' }),
      ],
      settings,
    ),
  );
  for (let i = 1; i <= 14; i++) {
    clock.advance(day);
    await apply(tenant, selling('STEADY', 2));
    if (i === 7) await apply(tenant, selling('BURST', 14));
  }
  clock.advance(day);
  return tenant;
}

describe('the report', () => {
  test.each([
    ['from the ledger alone', false],
    ['from folded days', true],
  ])('what moved: sums, averages and classes as by hand, %s', async (_, folded) => {
    const { db } = database.current;
    const tenant = await shop();
    if (folded) await keepHistory(db, tenant.tenantId, 30);
    // Today’s do not count yet.
    await apply(tenant, selling('STEADY', 3));
    const sales = await db.withTenant(tenant, (tx) => readSales(tx, query({ days: 14 })));
    expect(sales.sold).toEqual({ pieces: 42, costMinor: 42 * 400, priceMinor: 42 * 1000 });
    // Ends of the 14 days: STEADY 98, 96, … 72; BURST 100 six times, then 86 eight times; SHELF 50; BARE 5. DEAR is of another currency.
    const average = (98 + 72) / 2 + (6 * 100 + 8 * 86) / 14 + 50 + 5;
    expect(sales.averageStock.pieces).toBeCloseTo(average, 6);
    expect(sales.averageStock.costMinor).toBe(Math.round((average - 5) * 400));
    expect(sales.turnover).toBeCloseTo(((42 / 14) * 365) / (average - 5), 4);
    expect(sales.daysOfStock).toBeCloseTo((69 + 86 + 50) / 3, 6);
    expect(sales.movementRates).toHaveLength(14);
    expect(sales.movementRates.map((r) => r.sold)).toEqual([2, 2, 2, 2, 2, 2, 16, 2, 2, 2, 2, 2, 2, 2]);
    expect(sales.best.map((b) => [b.sku, b.soldPieces, b.abc])).toEqual([
      ['STEADY', 28, 'A'],
      ['BURST', 14, 'A'],
    ]);
    expect(sales.best[0]!.variation).toBeLessThan(sales.best[1]!.variation!);
    expect(sales.classes.reduce((sum, c) => sum + c.share, 0)).toBeCloseTo(1, 9);
  });

  test('thresholds make the classes', async () => {
    const tenant = await shop();
    const classes = async (more: Partial<InventoryReportQuery>) =>
      (
        await database.current.db.withTenant(tenant, (tx) => readSales(tx, query({ days: 14, ...more })))
      ).best.map((b) => b.abc + b.xyz);
    // STEADY has sold two thirds before BURST comes.
    expect(await classes({ abcA: 66, abcB: 67, xyzX: 10, xyzY: 10 })).toEqual(['AX', 'BX']);
    expect(await classes({ abcA: 60, abcB: 66, xyzX: 0, xyzY: 10 })).toEqual(['AY', 'CY']);
  });

  test('dead stock: on hand, neither sold nor brought in for so many days', async () => {
    const { db } = database.current;
    const tenant = await shop();
    await keepHistory(db, tenant.tenantId, 30);
    const dead = async (deadDays: number) =>
      (await db.withTenant(tenant, (tx) => readSales(tx, query({ deadDays })))).dead;
    // Everything came 15 days ago.
    expect(await dead(20)).toMatchObject({ skus: 0, items: [] });
    expect(await dead(10)).toMatchObject({
      skus: 2,
      costMinor: 50 * 400,
      items: [
        { sku: 'SHELF', pieces: 50, costMinor: 20_000, lastSoldOn: null },
        { sku: 'BARE', costMinor: 0 },
      ],
    });
    const burst = (await dead(5)).items.find((item) => item.sku === 'BURST');
    expect(burst?.lastSoldOn).toBe(new Date(clock.now().getTime() - 8 * day).toISOString().slice(0, 10));
    await apply(tenant, adjusting('SHELF', { delta: 1 }));
    expect((await dead(10)).items.map((item) => item.sku)).toEqual(['BARE']);
  });

  test('what lies there: value at cost by layers first in first out, by location, by age; currencies apart', async () => {
    const { db } = database.current;
    const tenant = await shop();
    const ago = (days: number) => new Date(clock.now().getTime() - days * day);
    await db.asSystem('layers', (tx) =>
      tx.execute(
        `insert into cost_layer (tenant_id, id, variant_id, source, received_at, quantity, remaining, unit_cost_minor)
         select $1, gen_random_uuid(), v.id, 'receipt', l.at, 100, l.remaining, l.cost from variant v,
           (values ($2::timestamptz, 30, 500), ($3::timestamptz, 30, 700), ($4::timestamptz, 12, null)) l (at, remaining, cost) where v.tenant_id = $1 and v.sku = 'STEADY'`,
        [tenant.tenantId, ago(100), ago(10), ago(200)],
      ),
    );
    const value = await db.withTenant(tenant, (tx) => readValue(tx, 30));
    const steady = 72 * 600;
    expect(value).toMatchObject({
      pieces: 72 + 86 + 50 + 5,
      costMinor: steady + 86 * 400 + 50 * 400,
      priceMinor: (72 + 86 + 50 + 5) * 1000,
      skus: 4,
      withoutCost: { skus: 1, pieces: 5 },
      otherCurrency: { skus: 1, pieces: 7 },
      ageUnknown: { pieces: 86 + 50 + 5, costMinor: (86 + 50) * 400 },
    });
    expect(value.byLocation).toMatchObject([{ location: 'main', skus: 4, costMinor: value.costMinor }]);
    expect(value.ageing.filter((age) => age.pieces > 0)).toEqual([
      { fromDays: 0, toDays: 29, pieces: 30, costMinor: 30 * 700 },
      { fromDays: 90, toDays: 179, pieces: 30, costMinor: 30 * 500 },
      // Nobody said what these cost: they count as the others do.
      { fromDays: 180, toDays: 364, pieces: 12, costMinor: 12 * 600 },
    ]);
    expect(value.alerts).toMatchObject({ low: 1, out: 0 });
  });
});
