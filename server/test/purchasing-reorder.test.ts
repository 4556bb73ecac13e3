/** When to order again and how much, and that it is ordered once. */
import type { ReorderPlan } from '@tradepost/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { applyStock, type StockRequest } from '#modules/inventory';
import { ManualClock } from '#platform/clock';
import { createDatabase, createPool, type Database, type TenantContext, type TenantTx } from '#platform/db';
import { updatePurchaseOrder } from '../src/modules/purchasing/draft-purchase-order.ts';
import { cancelPurchaseOrder, sendPurchaseOrder } from '../src/modules/purchasing/progress-purchase-order.ts';
import { getPurchaseOrder, listPurchaseOrders } from '../src/modules/purchasing/read-purchase-orders.ts';
import { run as autoReorder } from '../src/modules/purchasing/reorder/auto-reorder.handler.ts';
import { decide, type ReorderFigures } from '../src/modules/purchasing/reorder/decide.ts';
import { getReorderPlan, listReorderPlans } from '../src/modules/purchasing/reorder/reorder-plans.ts';
import {
  backtest,
  normalQuantile,
  quantile,
  reorderPointOf,
  rollingSums,
} from '../src/modules/purchasing/reorder/reorder-point.ts';
import { putReorderRule, updateReplenishmentSettings } from '../src/modules/purchasing/reorder/settings.ts';
import { archiveSupplier } from '../src/modules/purchasing/suppliers.ts';
import { contextOf } from './factories/market.ts';
import { readNorthwind, seedNorthwind, sellDaily } from './factories/northwind.ts';
import { addSupplier, draftOrder, setPrice, variantIdOf } from './factories/purchasing.ts';
import { adjusting, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);
let tenant: TenantContext;
beforeEach(async () => {
  tenant = await database.current.createTenant();
});

const inTenant = <R>(work: (tx: TenantTx) => Promise<R>): Promise<R> =>
  database.current.db.withTenant(tenant, work);
const reorder = (draft = true, db: Database = database.current.db) =>
  autoReorder(contextOf(db, tenant), { draft }) as Promise<{
    variants: number;
    needed: number;
    lines: number;
    purchaseOrderIds: string[];
  }>;
const planOf = (sku: string): Promise<ReorderPlan> =>
  inTenant(async (tx) => getReorderPlan(tx, await variantIdOf(tx, sku)));

/** One SKU that sells evenly, from a supplier of 24s. */
async function sellingEvenly(onHand: number, daily: number): Promise<string> {
  await stock(database.current.db, tenant, { CHAI: onHand });
  const supplierId = await inTenant(async (tx) => {
    const { id } = await addSupplier(tx, { leadTimeDays: 7, reviewPeriodDays: 2 });
    await setPrice(tx, id, 'CHAI', { priceMinor: 900, packSize: 24, minimumOrderQuantity: 30 });
    return id;
  });
  await sellDaily(database.current.db, tenant, clock.now(), { CHAI: new Array<number>(100).fill(daily) });
  return supplierId;
}

/** Lets callers go on when so many have come, again and again. */
function meetingOf(parties: number): () => Promise<void> {
  let gate = Promise.withResolvers<void>();
  let come = 0;
  return () => {
    const { promise, resolve } = gate;
    if (++come % parties === 0) {
      gate = Promise.withResolvers();
      resolve();
    }
    return promise;
  };
}

describe('the mathematics', () => {
  test('sums of all runs of days; a quantile between the two nearest of them', () => {
    expect(rollingSums([1, 2, 3, 4, 5], 3)).toEqual([6, 9, 12]);
    expect(rollingSums([1, 2], 3)).toEqual([]);
    expect(quantile([40, 10, 30, 20], 0.5)).toBe(25);
    expect(quantile([1, 2, 3, 4, 5], 0.95)).toBeCloseTo(4.8, 12);
    expect(quantile([7], 0.95)).toBe(7);
  });

  test('the normal quantile, against the tables', () => {
    for (const [probability, z] of [
      [0.5, 0],
      [0.84134474606854, 1],
      [0.95, 1.6448536269515],
      [0.975, 1.9599639845401],
      [0.999, 3.0902323061678],
      [0.01, -2.3263478740408],
    ] as const)
      expect(normalQuantile(probability)).toBeCloseTo(z, 8);
  });

  test('the normal formula looks 90 days back, the empirical one at every run of a year', () => {
    const history = [...new Array<number>(275).fill(9), ...new Array<number>(90).fill(2)];
    const rule = { serviceLevel: 0.95, cycleDays: 4 };
    expect(reorderPointOf(history, { ...rule, method: 'normal' })).toBe(8);
    expect(reorderPointOf(history, { ...rule, method: 'empirical' })).toBe(36);
    // 0 and 4 in turns: mean 2, deviation 2.0113; 2 × 9 + 1.6449 × 2.0113 × 3 = 27.92
    const turns = Array.from({ length: 90 }, (_, i) => (i % 2) * 4);
    expect(reorderPointOf(turns, { serviceLevel: 0.95, cycleDays: 9, method: 'normal' })).toBe(28);
  });

  test('with too few days for windows it draws days, the same each time', () => {
    const history = [3, 0, 5, 1, 2, 8, 0];
    const rule = { method: 'empirical', serviceLevel: 0.95, cycleDays: 10 } as const;
    const point = reorderPointOf(history, rule);
    expect(point).toBeGreaterThan((19 / 7) * 10);
    expect(point).toBeLessThan(80);
    expect(reorderPointOf(history, rule)).toBe(point);
    expect(reorderPointOf([], rule)).toBe(0);
  });

  test('a back-test sees only what was before: a jump is not foreseen', () => {
    const rule = { method: 'empirical', serviceLevel: 0.95, cycleDays: 7 } as const;
    const even = new Array<number>(200).fill(3);
    expect(backtest(even, rule)).toMatchObject({ achievedPercent: 100, averageReorderPoint: 21 });
    // From day 140 on it sells ten times as much; the cycles that begin before are those up to day 133.
    const jump = [...new Array<number>(140).fill(3), ...new Array<number>(60).fill(30)];
    const { windows, achievedPercent } = backtest(jump, rule)!;
    expect(windows).toBe(20);
    // Days 56, 63 … 133: twelve cycles without the jump. Of the eight after it one point knows only the old pace.
    expect(achievedPercent).toBeLessThan(100);
    expect(achievedPercent).toBeGreaterThanOrEqual(60);
    expect(backtest(even.slice(0, 80), rule)).toBeNull();
  });
});

describe('the decision', () => {
  const figures: ReorderFigures = {
    ...{ variantId: 'v', productId: 'p', sku: 'CHAI', name: 'Chai', supplierId: 's', supplierName: 'S' },
    ...{ method: 'empirical', serviceLevelPercent: 95, historyDays: 365, dailyMean: 4.2, dailyDeviation: 2 },
    ...{ leadTimeDays: 9, reviewPeriodDays: 1, reorderPoint: 52, orderUpTo: 52 + 59 },
    ...{ onHand: 33, reserved: 2, incoming: 0, drafted: 0, position: 31 },
    ...{ packSize: 24, minimumOrderQuantity: 1, unitCostMinor: 900, currency: 'RON' },
    ...{ backtest: null, rule: { serviceLevelPercent: null, method: null, paused: false }, computedAt: '' },
  };

  test('in words and numbers, in whole packs', () => {
    expect(decide(figures)).toEqual({
      decision: 'order',
      orderQuantity: 96,
      packs: 4,
      explanation:
        'Sells 4.2 a day, 9 days to arrive, 1 day between orders, 95 % service: order at 52, you have 31, order 96 = 4 packs of 24.',
    });
  });

  test('at the point it orders, above it does not; what is on its way and in drafts counts', () => {
    expect(decide({ ...figures, position: 52 }).orderQuantity).toBe(72);
    expect(decide({ ...figures, position: 53 })).toMatchObject({ decision: 'enough', orderQuantity: 0 });
    const drafted = decide({ ...figures, incoming: 10, drafted: 96, position: 137 });
    expect(drafted).toMatchObject({ decision: 'drafted', packs: 0 });
    expect(drafted.explanation).toMatch(
      'you have 137 with 10 on their way and 96 in drafts, nothing more to order.',
    );
  });

  test('never fewer than the supplier sells; nothing of what nobody buys, nor of what is paused', () => {
    expect(decide({ ...figures, minimumOrderQuantity: 100, packSize: 30 }).orderQuantity).toBe(120);
    expect(decide({ ...figures, dailyMean: 0, reorderPoint: 0, orderUpTo: 0, position: 0 })).toMatchObject({
      decision: 'no_sales',
      orderQuantity: 0,
    });
    expect(decide({ ...figures, rule: { ...figures.rule, paused: true } }).decision).toBe('paused');
  });
});

describe('a plan', () => {
  test('rests on days that are over and on the ledger of those after; neither today nor returns count', async () => {
    await sellingEvenly(500, 4);
    await database.current.db.asSystem('the last day is not over yet', async (tx) => {
      await tx.execute('update stock_rollup set through_day = through_day - 1 where tenant_id = $1', [
        tenant.tenantId,
      ]);
      // Of a day after that the ledger is asked, so what this says does not count.
      await tx.execute("update stock_day set sold = 1000 where tenant_id = $1 and day = date '2026-03-01'", [
        tenant.tenantId,
      ]);
    });
    expect(await planOf('CHAI')).toMatchObject({ historyDays: 100, dailyMean: 3.96 });
    const at = async (instant: string, quantity: number, movementKind: 'sale' | 'return') => {
      clock.advance(Date.parse(instant) - clock.now().getTime());
      const request = { ...adjusting('CHAI', { delta: quantity }), movementKind } as StockRequest;
      await inTenant((tx) => applyStock(tx, [request], settings));
    };
    await at('2026-03-02T23:59:58Z', -54, 'sale');
    await at('2026-03-02T23:59:59Z', 20, 'return');
    await at('2026-03-03T00:00:00Z', -300, 'sale');
    // 99 days of 4, one of which the ledger knows nothing, and one of 54.
    expect(await planOf('CHAI')).toMatchObject({ historyDays: 101, dailyMean: 4.455, onHand: 166 });
  });

  test('follows the rule of its variant, else the settings of the tenant, and tries itself on the past', async () => {
    await sellingEvenly(10, 4);
    expect(await planOf('CHAI')).toMatchObject({
      ...{ method: 'empirical', serviceLevelPercent: 95, leadTimeDays: 7, reviewPeriodDays: 2 },
      ...{ reorderPoint: 36, orderUpTo: 36 + 56, position: 10, orderQuantity: 96, packs: 4 },
      // (100 − 56 − 9) ÷ 7 + 1 = 6 cycles are too few to say anything.
      backtest: null,
    });
    await inTenant((tx) =>
      updateReplenishmentSettings(tx, { method: 'normal', serviceLevelPercent: 99.5, coverDays: 0 }),
    );
    expect(await planOf('CHAI')).toMatchObject({
      ...{ method: 'normal', serviceLevelPercent: 99.5, orderUpTo: 36, orderQuantity: 48 },
    });
    await inTenant(async (tx) =>
      putReorderRule(tx, await variantIdOf(tx, 'CHAI'), {
        ...{ serviceLevelPercent: 80, method: 'empirical', paused: true },
      }),
    );
    expect(await planOf('CHAI')).toMatchObject({
      ...{ method: 'empirical', serviceLevelPercent: 80, decision: 'paused', orderQuantity: 0 },
    });
  });

  test('of a variant without a supplier says the point, and orders nothing by itself', async () => {
    await stock(database.current.db, tenant, { TOFU: 3 });
    await sellDaily(database.current.db, tenant, clock.now(), { TOFU: new Array<number>(60).fill(2) });
    expect(await planOf('TOFU')).toMatchObject({
      ...{ supplierId: null, leadTimeDays: 7, reviewPeriodDays: 1, reorderPoint: 16, decision: 'order' },
    });
    expect(await reorder()).toMatchObject({ variants: 0, lines: 0 });
  });
});

describe('auto_reorder_stock', () => {
  test('of Northwind it orders what is at or below its reorder level, from whom it comes, in whole packs', async () => {
    const goods = readNorthwind();
    await seedNorthwind(database.current.db, tenant, goods);
    // Who sells so many each day, and gets goods the next day, must have so many.
    const daily = goods.filter((g) => g.reorderLevel > 0);
    await sellDaily(
      database.current.db,
      tenant,
      clock.now(),
      Object.fromEntries(daily.map((g) => [g.sku, new Array<number>(40).fill(g.reorderLevel)])),
    );
    const wanted = daily.filter((g) => !g.discontinued && g.inStock + g.onOrder <= g.reorderLevel);
    expect(wanted.map((g) => g.sku)).toEqual(['NW-030', 'NW-070']);
    expect(await reorder(false)).toEqual({ variants: 69, needed: 2, lines: 0, purchaseOrderIds: [] });
    const needed = await inTenant((tx) => listReorderPlans(tx, { needed: 'true', limit: 50 }));
    expect(needed.items.map((p) => p.sku)).toEqual(wanted.map((g) => g.sku));

    const { purchaseOrderIds } = await reorder();
    const orders = await inTenant((tx) =>
      Promise.all(purchaseOrderIds.map((id) => getPurchaseOrder(tx, id))),
    );
    const lines = orders.flatMap((o) => o.lines.map((line) => ({ ...line, supplier: o.supplierName })));
    expect(new Set(lines.map((l) => `${l.sku} ${l.supplier}`))).toEqual(
      new Set(wanted.map((g) => `${g.sku} ${g.supplier}`)),
    );
    for (const line of lines) {
      const good = goods.find((g) => g.sku === line.sku)!;
      expect(line.quantity % good.packSize).toBe(0);
      const after = good.inStock + good.onOrder + line.quantity;
      expect(after).toBeGreaterThanOrEqual(15 * good.reorderLevel);
      expect(after).toBeLessThan(15 * good.reorderLevel + good.packSize);
      expect(line.explanation).toContain(`order ${line.quantity}`);
    }
    expect(orders.every((o) => o.origin === 'auto' && o.status === 'draft')).toBe(true);
  });

  test('drafts a need once: not while it is drafted, nor sent and awaited; again when that was cancelled', async () => {
    await sellingEvenly(10, 4);
    const first = await reorder();
    expect(first).toMatchObject({ variants: 1, needed: 1, lines: 1 });
    const id = first.purchaseOrderIds[0]!;
    expect(await reorder()).toMatchObject({ needed: 0, lines: 0, purchaseOrderIds: [] });
    await inTenant((tx) => sendPurchaseOrder(tx, id, settings));
    expect(await reorder()).toMatchObject({ needed: 0, lines: 0 });
    await inTenant((tx) => cancelPurchaseOrder(tx, id, settings));
    expect(await reorder()).toMatchObject({ needed: 1, lines: 1 });
  });

  test('counts what people have drafted, and adds other needs to the draft it made', async () => {
    const supplierId = await sellingEvenly(10, 4);
    await inTenant((tx) => draftOrder(tx, supplierId, [{ sku: 'CHAI', quantity: 100 }]));
    expect(await reorder()).toMatchObject({ lines: 0 });
    await stock(database.current.db, tenant, { TOFU: 0, KONBU: 0 });
    await inTenant((tx) => setPrice(tx, supplierId, 'TOFU', { priceMinor: 500 }));
    await sellDaily(database.current.db, tenant, clock.now(), { TOFU: new Array<number>(40).fill(1) });
    const { purchaseOrderIds } = await reorder();
    await inTenant((tx) => setPrice(tx, supplierId, 'KONBU', { priceMinor: 600 }));
    await sellDaily(database.current.db, tenant, clock.now(), { KONBU: new Array<number>(40).fill(1) });
    expect(await reorder()).toMatchObject({ lines: 1, purchaseOrderIds });
    const draft = await inTenant((tx) => getPurchaseOrder(tx, purchaseOrderIds[0]!));
    expect(draft.lines.map((l) => l.sku)).toEqual(['TOFU', 'KONBU']);
  });

  test('a draft that a person made smaller stays as it is, also when another supplier is preferred by now', async () => {
    await sellingEvenly(10, 4);
    const { purchaseOrderIds } = await reorder();
    const drafted = await inTenant(async (tx) => {
      const { id, version } = await getPurchaseOrder(tx, purchaseOrderIds[0]!);
      return updatePurchaseOrder(tx, id, { version, lines: [{ sku: 'CHAI', quantity: 1 }] });
    });
    expect(await reorder()).toMatchObject({ lines: 0, purchaseOrderIds: [] });
    expect((await inTenant((tx) => getPurchaseOrder(tx, drafted.id))).version).toBe(drafted.version);
    await inTenant(async (tx) => {
      const other = await addSupplier(tx, { name: 'Tokyo Traders' });
      await setPrice(tx, other.id, 'CHAI', { priceMinor: 800, preferred: true });
    });
    expect(await reorder()).toMatchObject({ needed: 1, lines: 0, purchaseOrderIds: [] });
    expect((await inTenant((tx) => listPurchaseOrders(tx, { limit: 10 }))).items).toHaveLength(1);
  });

  test('leaves alone what is paused, no longer sold, or whose supplier is archived', async () => {
    const supplierId = await sellingEvenly(10, 4);
    const variantId = await inTenant((tx) => variantIdOf(tx, 'CHAI'));
    const rule = { serviceLevelPercent: null, method: null, paused: true };
    await inTenant((tx) => putReorderRule(tx, variantId, rule));
    expect(await reorder()).toMatchObject({ variants: 1, needed: 0 });
    await inTenant((tx) => putReorderRule(tx, variantId, { ...rule, paused: false }));
    await inTenant((tx) => archiveSupplier(tx, supplierId));
    expect(await reorder()).toMatchObject({ variants: 0, needed: 0 });
    expect((await inTenant((tx) => listReorderPlans(tx, { limit: 50 }))).items).toEqual([]);
  });

  test('in several processes at once: one draft per supplier, each need once', async () => {
    const goods = readNorthwind().map((good) => ({ ...good, inStock: 0, onOrder: 0, discontinued: false }));
    await seedNorthwind(database.current.db, tenant, goods);
    await sellDaily(
      database.current.db,
      tenant,
      clock.now(),
      Object.fromEntries(goods.map((g) => [g.sku, new Array<number>(40).fill(1)])),
    );
    const pools = [1, 2, 3].map(() =>
      createPool({
        url: database.current.url,
        ...{ poolSize: 2, maxOverflow: 2, poolTimeoutMs: 5000, poolRecycleSeconds: 3600 },
      }),
    );
    const processes = pools.map((pool) => createDatabase({ pool, clock, bus: database.current.bus }));
    const meet = meetingOf(processes.length);
    const outcomes = await Promise.all(
      processes.map((db) => {
        const context = contextOf(db, tenant);
        let planned = false;
        return autoReorder(
          {
            ...context,
            progress(done, total) {
              planned = done === total;
            },
            // Once all know what they need, each of their steps begins together.
            transaction: (work) =>
              context.transaction(async (tx) => {
                if (planned) await meet();
                return work(tx);
              }),
          },
          { draft: true },
        ) as ReturnType<typeof reorder>;
      }),
    ).finally(() => Promise.all(processes.map((db) => db.close())));
    expect(outcomes.reduce((sum, o) => sum + o.lines, 0)).toBe(goods.length);
    const orders = await inTenant((tx) => listPurchaseOrders(tx, { status: 'draft', limit: 200 }));
    const suppliers = new Set(goods.map((g) => g.supplier));
    expect(orders.items.map((o) => o.supplierName).sort()).toEqual([...suppliers].sort());
    expect(orders.items.reduce((sum, o) => sum + o.lineCount, 0)).toBe(goods.length);
  });
});
