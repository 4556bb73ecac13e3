/** What stock has cost: against figures worked out by hand, and against whatever interrupts the working off. */
import { MAX_PRICE_MINOR, type VariantCost } from '@tradepost/contracts';
import fc from 'fast-check';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { applyStock, ensureLevels, findLocation, type StockRequest } from '#modules/inventory';
import type { TenantContext, TenantTx } from '#platform/db';
import { runConsumerOnce } from '#platform/events';
import { applyMovement, type CostState } from '../src/modules/purchasing/costs/cost-state.ts';
import { createCostConsumer } from '../src/modules/purchasing/costs/cost-stock.ts';
import { getVariantCost } from '../src/modules/purchasing/costs/read-cost.ts';
import { addSupplier, receiving, sentOrder, variantIdOf } from './factories/purchasing.ts';
import { adjusting, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const costConsumer = createCostConsumer(pino({ level: 'silent' }));
const database = useDatabase();
let tenant: TenantContext;
let supplierId: string;
beforeEach(async () => {
  // A new consumer begins at the present end of the log.
  await runConsumerOnce(database.current.db, costConsumer);
  tenant = await database.current.createTenant();
  supplierId = (await inTenant((tx) => addSupplier(tx))).id;
});

const inTenant = <R>(work: (tx: TenantTx) => Promise<R>): Promise<R> =>
  database.current.db.withTenant(tenant, work);

/** Until nothing is left to work off. */
async function workOff(): Promise<void> {
  while ((await runConsumerOnce(database.current.db, costConsumer)) > 0);
}

const costOf = (sku: string): Promise<VariantCost> =>
  inTenant(async (tx) => getVariantCost(tx, await variantIdOf(tx, sku)));

/** Orders so many pieces at so much, and receives them. */
async function buy(sku: string, quantity: number, unitCostMinor: number): Promise<void> {
  await inTenant(async (tx) => {
    const order = await sentOrder(tx, supplierId, { [sku]: { quantity, unitCostMinor } });
    await receiving(tx, order.id, { [sku]: quantity });
  });
}

let sales = 0;
const sell = (sku: string, quantity: number) =>
  inTenant((tx) =>
    applyStock(
      tx,
      [
        {
          kind: 'sell',
          actor: 'system',
          saleId: `00000000-0000-7000-8000-${String(++sales).padStart(12, '0')}`,
          lines: [{ sku, quantity }],
          reference: `order:${sales}`,
        },
      ],
      settings,
    ),
  );

const costDays = (sku: string) =>
  inTenant(async (tx) =>
    tx.query(
      `select quantity, fifo_minor::float8 as fifo, average_minor::float8 as average, without_cost as "withoutCost"
       from cost_day where tenant_id = $1 and variant_id = $2`,
      [tx.tenantId, await variantIdOf(tx, sku)],
    ),
  );

/** What must hold of each variant that was worked off. */
async function expectSoundCosts(): Promise<void> {
  const wrong = await inTenant((tx) =>
    tx.query(
      `select v.sku, s.on_hand, c.quantity, l.remaining
       from variant v
       cross join lateral (select sum(on_hand)::int as on_hand from stock_level where tenant_id = v.tenant_id and variant_id = v.id) s
       left join variant_cost c on c.tenant_id = v.tenant_id and c.variant_id = v.id
       cross join lateral (select coalesce(sum(remaining), 0)::int as remaining from cost_layer where tenant_id = v.tenant_id and variant_id = v.id) l
       where v.tenant_id = $1 and (s.on_hand <> coalesce(c.quantity, 0) or s.on_hand <> l.remaining)`,
      [tenant.tenantId],
    ),
  );
  expect(wrong).toEqual([]);
}

describe('by hand', () => {
  test('FIFO takes the oldest pieces first, the moving average mixes them', async () => {
    await stock(database.current.db, tenant, { CHAI: 0 });
    await buy('CHAI', 10, 100);
    await buy('CHAI', 10, 200); // average (10 × 100 + 10 × 200) / 20 = 150
    await workOff();
    expect(await costOf('CHAI')).toMatchObject({
      quantity: 20,
      averageCostMinor: 150,
      averageValueMinor: 3000,
      fifoValueMinor: 3000,
      layers: [
        { remaining: 10, unitCostMinor: 100, source: 'receipt' },
        { remaining: 10, unitCostMinor: 200 },
      ],
    });
    await sell('CHAI', 12); // FIFO 10 × 100 + 2 × 200 = 1400; average 12 × 150 = 1800
    await workOff();
    expect(await costDays('CHAI')).toEqual([{ quantity: 12, fifo: 1400, average: 1800, withoutCost: 0 }]);
    expect(await costOf('CHAI')).toMatchObject({
      quantity: 8,
      averageCostMinor: 150,
      averageValueMinor: 1200,
      fifoValueMinor: 1600,
      layers: [{ quantity: 10, remaining: 8, unitCostMinor: 200 }],
    });
    await buy('CHAI', 4, 300); // average (8 × 150 + 4 × 300) / 12 = 200
    await sell('CHAI', 9); // FIFO 8 × 200 + 1 × 300 = 1900; average 9 × 200 = 1800
    await workOff();
    expect(await costOf('CHAI')).toMatchObject({ quantity: 3, averageCostMinor: 200, fifoValueMinor: 900 });
    expect(await costDays('CHAI')).toEqual([{ quantity: 21, fifo: 3300, average: 3600, withoutCost: 0 }]);
    await expectSoundCosts();
  });

  test('what comes without a document costs the average, before that what the variant says, else nobody knows', async () => {
    await stock(database.current.db, tenant, { CHAI: 4, TOFU: 2 });
    await inTenant((tx) =>
      tx.execute("update variant set cost_minor = 120 where tenant_id = $1 and sku = 'CHAI'", [tx.tenantId]),
    );
    await workOff();
    expect(await costOf('CHAI')).toMatchObject({ averageCostMinor: 120, fifoValueMinor: 480 });
    expect(await costOf('TOFU')).toMatchObject({
      averageCostMinor: null,
      averageValueMinor: null,
      fifoValueMinor: 0,
      withoutCost: 2,
    });
    await buy('CHAI', 4, 200); // average 160
    const giveBack = { ...adjusting('CHAI', { delta: 2 }), movementKind: 'return' } as StockRequest;
    await inTenant((tx) => applyStock(tx, [giveBack], settings));
    await sell('TOFU', 1);
    await workOff();
    expect((await costOf('CHAI')).layers.map((l) => [l.source, l.remaining, l.unitCostMinor])).toEqual([
      ['opening', 4, 120],
      ['receipt', 4, 200],
      ['return', 2, 160],
    ]);
    expect(await costDays('CHAI')).toEqual([{ quantity: -2, fifo: -320, average: -320, withoutCost: 0 }]);
    expect(await costDays('TOFU')).toEqual([{ quantity: 1, fifo: 0, average: 0, withoutCost: 1 }]);
    await expectSoundCosts();
  });

  test('an order in another currency is costed by its exchange rate, to four decimals', async () => {
    await stock(database.current.db, tenant, { CHAI: 0 });
    await inTenant(async (tx) => {
      const supplier = await addSupplier(tx, { name: 'Tokyo Traders', currency: 'EUR' });
      const order = await sentOrder(
        tx,
        supplier.id,
        { CHAI: { quantity: 3, unitCostMinor: 333 } },
        { exchangeRate: 4.976_543 },
      );
      await receiving(tx, order.id, { CHAI: 3 });
    });
    await workOff();
    // 333 × 4.976543 = 1657.188819
    expect(await costOf('CHAI')).toMatchObject({
      averageCostMinor: 1657.1888,
      layers: [{ unitCostMinor: 1657.1888 }],
    });
  });

  test('an order in a currency without decimals is costed in the decimals of the variants', async () => {
    await stock(database.current.db, tenant, { CHAI: 0 });
    await inTenant(async (tx) => {
      const supplier = await addSupplier(tx, { name: 'Tokyo Traders', currency: 'JPY' });
      const lines = { CHAI: { quantity: 3, unitCostMinor: 1000 } };
      const order = await sentOrder(tx, supplier.id, lines, { exchangeRate: 0.0302 });
      await receiving(tx, order.id, { CHAI: 3 });
    });
    await workOff();
    // 1000 JPY × 0.0302 = 30.20 RON
    expect(await costOf('CHAI')).toMatchObject({ averageCostMinor: 3020, layers: [{ unitCostMinor: 3020 }] });
  });

  test('a rate that makes a piece dearer than anything is refused', async () => {
    await stock(database.current.db, tenant, { CHAI: 0 });
    const order = await inTenant(async (tx) => {
      const supplier = await addSupplier(tx, { name: 'Tokyo Traders', currency: 'EUR' });
      return sentOrder(tx, supplier.id, { CHAI: { quantity: 3, unitCostMinor: MAX_PRICE_MINOR } });
    });
    const receipt = inTenant((tx) => receiving(tx, order.id, { CHAI: 3 }, { exchangeRate: 1_000_000 }));
    await expect(receipt).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  test('a tenant whose figures are too large for any column does not keep the others from theirs', async () => {
    const { db } = database.current;
    const other = await database.current.createTenant();
    for (const each of [tenant, other]) await stock(db, each, { CHAI: 0 });
    await workOff();
    await inTenant(async (tx) => {
      const variantId = await variantIdOf(tx, 'CHAI');
      for (const location of ['a', 'b']) {
        await tx.execute(
          'insert into location (tenant_id, id, code, name) values ($1, gen_random_uuid(), $2, $2)',
          [tx.tenantId, location],
        );
        const place = await findLocation(tx, location);
        await ensureLevels(tx, [{ variantId, locationId: place!.id }]);
      }
      const full = adjusting('CHAI', { setTo: 1_000_000_000 });
      const everywhere = ['main', 'a', 'b'].map((location) => ({ ...full, line: { sku: 'CHAI', location } }));
      await applyStock(tx, everywhere as StockRequest[], settings);
    });
    await db.withTenant(other, (tx) => applyStock(tx, [adjusting('CHAI', { setTo: 3 })], settings));
    await workOff();
    const costs = await db.withTenant(other, async (tx) => getVariantCost(tx, await variantIdOf(tx, 'CHAI')));
    expect(costs.quantity).toBe(3);
    // Once they fit, nothing is missing.
    await inTenant((tx) => applyStock(tx, [adjusting('CHAI', { setTo: 7 })], settings));
    await workOff();
    expect((await costOf('CHAI')).quantity).toBe(2_000_000_007);
    await expectSoundCosts();
  });

  test('goods on their way between locations stay the pieces they are', () => {
    const state: CostState = { quantity: 0, averageMinor: null, layers: [] };
    const options = { fallbackMinor: null, newId: () => 'x' };
    const at = new Date();
    const step = (kind: string, quantity: number, unitCostMinor: number | null = null) =>
      applyMovement(state, { kind, quantity, unitCostMinor, reference: null, at }, options);
    step('receipt', 10, 100);
    step('transfer_out', -4);
    step('transfer_in', 4);
    expect(state).toMatchObject({ quantity: 10, averageMinor: 100, layers: [{ remaining: 10 }] });
  });
});

describe('once, whatever happens', () => {
  test('working off in pieces, failing in between, and seeing an event again count each movement once', async () => {
    await stock(database.current.db, tenant, { CHAI: 0 });
    await buy('CHAI', 10, 100);
    const failing = {
      ...costConsumer,
      async handle(...[tx, events]: Parameters<typeof costConsumer.handle>) {
        await costConsumer.handle(tx, events);
        throw new Error('killed before the commit');
      },
    };
    await expect(runConsumerOnce(database.current.db, failing)).rejects.toThrow('killed');
    await workOff();
    await sell('CHAI', 3);
    await workOff();
    // The whole log once more, as after its cursor was set back.
    await database.current.db.asSystem('set back', (tx) =>
      tx.execute("update event_consumer set xact = '0', id = 0 where name = $1", [costConsumer.name]),
    );
    await workOff();
    expect(await costOf('CHAI')).toMatchObject({ quantity: 7, fifoValueMinor: 700 });
    expect(await costDays('CHAI')).toEqual([{ quantity: 3, fifo: 300, average: 300, withoutCost: 0 }]);
    await expectSoundCosts();
  });

  test('what the ledger no longer holds comes in without a document, and the rest as it was', async () => {
    await stock(database.current.db, tenant, { CHAI: 6 });
    await database.current.db.asSystem('archive', (tx) =>
      tx.execute('delete from movement where tenant_id = $1', [tenant.tenantId]),
    );
    await buy('CHAI', 4, 250);
    await workOff();
    expect((await costOf('CHAI')).layers.map((l) => [l.source, l.remaining, l.unitCostMinor])).toEqual([
      ['opening', 6, null],
      ['receipt', 4, 250],
    ]);
    await expectSoundCosts();
  });

  test('a movement whose id is much older than its event is found all the same', async () => {
    await stock(database.current.db, tenant, { CHAI: 6 });
    await workOff();
    await sell('CHAI', 2);
    await database.current.db.asSystem('clock', (tx) =>
      tx.execute(
        `update movement set id = '00000000-0000-7000-8000-000000000001' where tenant_id = $1 and kind = 'sale'`,
        [tenant.tenantId],
      ),
    );
    await workOff();
    expect((await costDays('CHAI')).length).toBe(1);
    await expectSoundCosts();
  });

  test('many sales and receipts at once, worked off by two processes meanwhile', async () => {
    await stock(database.current.db, tenant, { CHAI: 40, TOFU: 40 });
    let busy = true;
    const working = [1, 2].map(async () => {
      while (busy) await runConsumerOnce(database.current.db, costConsumer);
    });
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const sku = i % 2 ? 'CHAI' : 'TOFU';
        return i % 6 === 0 ? buy(sku, 3, 100 + i) : sell(sku, 1);
      }),
    ).finally(() => {
      busy = false;
    });
    await Promise.all(working);
    await workOff();
    await expectSoundCosts();
  });
});

test('any history: the layers add up to the pieces, nothing is costed twice, and value in is value out plus value left', () => {
  const movement = fc.record({
    kind: fc.constantFrom('receipt', 'sale', 'return', 'count', 'transfer_out', 'transfer_in'),
    pieces: fc.integer({ min: 1, max: 50 }),
    unitCostMinor: fc.integer({ min: 0, max: 10_000 }),
  });
  fc.assert(
    fc.property(fc.array(movement, { maxLength: 60 }), (history) => {
      const state: CostState = { quantity: 0, averageMinor: null, layers: [] };
      let onHand = 0;
      let valueIn = 0;
      let valueOut = 0;
      history.forEach(({ kind, pieces, unitCostMinor }, i) => {
        const isOut = kind === 'sale' || kind === 'transfer_out';
        const quantity = isOut ? -Math.min(pieces, onHand) : pieces;
        const known = state.layers.length;
        const cost = applyMovement(
          state,
          {
            kind,
            quantity,
            reference: null,
            at: new Date(i),
            unitCostMinor: kind === 'receipt' ? unitCostMinor : null,
          },
          { fallbackMinor: 7, newId: () => String(i) },
        );
        if (!kind.startsWith('transfer')) onHand += quantity;
        const layer = state.layers.length > known ? state.layers.at(-1)! : null;
        if (layer !== null) valueIn += layer.quantity * layer.unitCostMinor!;
        if (kind === 'sale' && cost !== null) valueOut += cost.fifoMinor;
      });
      const left = state.layers.reduce((sum, l) => sum + l.remaining * l.unitCostMinor!, 0);
      expect(state.quantity).toBe(onHand);
      expect(state.layers.reduce((sum, l) => sum + l.remaining, 0)).toBe(onHand);
      expect(valueIn).toBeCloseTo(valueOut + left, 4);
    }),
    { numRuns: 300 },
  );
});
