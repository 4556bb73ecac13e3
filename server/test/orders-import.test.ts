/** Orders as they are stored: once, in their newest state, with their stock. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyStock } from '#modules/inventory';
import { createOrdersModule } from '#modules/orders';
import type { TenantContext } from '#platform/db';
import { runConsumerOnce } from '#platform/events';
import { runnerOn } from './factories/jobs.ts';
import { ourOrders } from './factories/market.ts';
import { bareAccount, buildOrder, importPage, runRefill, start } from './factories/orders.ts';
import { adjusting, expectSoundStock, levels, settings, stock } from './factories/stock.ts';
import { buildCache } from './support/cache.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const second = (n: number): Date => new Date(start + n * 1000);

async function shop(onHandBySku: Record<string, number> = { A: 10, B: 10 }) {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, onHandBySku);
  const accountId = await bareAccount(db, tenant);
  return {
    tenant,
    accountId,
    import: (...page: Parameters<typeof importPage>[3]) => importPage(db, tenant, accountId, page),
    orders: () => ourOrders(db, tenant),
    levels: () => levels(db, tenant),
    sound: () => expectSoundStock(db, tenant),
    refill: () => runRefill(db, tenant),
  };
}

const adjust = (tenant: TenantContext, sku: string, setTo: number) =>
  database.current.db.withTenant(tenant, (tx) => applyStock(tx, [adjusting(sku, { setTo })], settings));

describe('copies of one order', () => {
  test('an older copy that comes later changes nothing', async () => {
    const s = await shop();
    await s.import(buildOrder({ externalStatus: 3, modifiedAt: second(10) }));
    expect(await s.import(buildOrder({ externalStatus: 1, modifiedAt: second(9), lines: { A: 5 } }))).toEqual(
      {
        created: 0,
        changed: 0,
      },
    );
    expect(await s.orders()).toMatchObject([{ status: 'prepared', held: 1, version: 1 }]);
  });

  test('of two of the same second the one further on wins, whichever comes first', async () => {
    for (const statuses of [
      [2, 3],
      [3, 2],
    ]) {
      const s = await shop();
      for (const externalStatus of statuses) await s.import(buildOrder({ externalStatus }));
      expect(await s.orders()).toMatchObject([{ status: 'prepared' }]);
    }
  });

  test('twice on one page, or a page twice: one order, one event', async () => {
    const s = await shop();
    const page = [buildOrder(), buildOrder({ externalId: '2' }), buildOrder()];
    expect(await s.import(...page)).toEqual({ created: 2, changed: 0 });
    expect(await s.import(...page)).toEqual({ created: 0, changed: 0 });
    expect(await s.levels()).toMatchObject({ A: { reserved: 2 } });
    await s.sound();
  });

  test('the same page from two processes at once: one of each', async () => {
    const s = await shop();
    const page = [buildOrder(), buildOrder({ externalId: '2' })];
    const counts = await Promise.all(Array.from({ length: 6 }, () => s.import(...page)));
    expect(counts.map((c) => c.created).reduce((a, b) => a + b)).toBe(2);
    expect(await s.levels()).toMatchObject({ A: { reserved: 2 } });
    await s.sound();
  });

  test('the same number on two accounts is two orders', async () => {
    const s = await shop();
    await s.import(buildOrder());
    await importPage(database.current.db, s.tenant, await bareAccount(database.current.db, s.tenant), [
      buildOrder(),
    ]);
    expect(await s.orders()).toHaveLength(2);
  });

  test('whatever is repeated, reordered and cut into pages, the end is the newest of each', {
    timeout: 60_000,
  }, async () => {
    /** One life of an order: its n-th copy is of second n. Statuses are those that eMAG's own matrix allows. */
    const life = fc.constantFrom([1, 2, 3, 4], [1, 0], [1, 2, 0, 2, 4], [2, 3, 0], [1, 1, 2, 2, 3], [4, 5]);
    const copies = fc
      .array(
        fc.tuple(
          life,
          fc.array(fc.record({ A: fc.nat({ max: 3 }), B: fc.integer({ min: 1, max: 3 }) }), {
            minLength: 5,
            maxLength: 5,
          }),
        ),
        {
          minLength: 1,
          maxLength: 5,
        },
      )
      .map((lives) =>
        lives.flatMap(([statuses, lines], order) =>
          statuses.map((externalStatus, n) =>
            buildOrder({ externalId: `${order}`, externalStatus, modifiedAt: second(n), lines: lines[n]! }),
          ),
        ),
      );
    const arrivals = copies.chain((all) =>
      fc.record({
        all: fc.constant(all),
        // Each copy at least once, some again, in any order.
        seen: fc
          .tuple(
            fc.shuffledSubarray(all, { minLength: all.length }),
            fc.array(fc.constantFrom(...all), { maxLength: 6 }),
          )
          .chain(([once, again]) =>
            fc.shuffledSubarray([...once, ...again], { minLength: once.length + again.length }),
          ),
        pageSize: fc.integer({ min: 1, max: 6 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ all, seen, pageSize }) => {
        const s = await shop({ A: 100, B: 100 });
        for (let i = 0; i < seen.length; i += pageSize) await s.import(...seen.slice(i, i + pageSize));
        const newest = new Map(all.map((copy) => [copy.externalId, copy]));
        expect((await s.orders()).map((o) => [o.externalId, o.externalStatus])).toEqual(
          [...newest.values()].map((o) => [o.externalId, o.externalStatus]),
        );
        for (const order of await s.orders()) {
          const copy = newest.get(order.externalId)!;
          const wanted = copy.lines.reduce((sum, l) => sum + (l.cancelled ? 0 : l.quantity), 0);
          // What was sold before an older copy could tell stays sold.
          if (copy.externalStatus >= 1 && copy.externalStatus <= 3) expect(order.held).toBe(wanted);
          else expect(order.held).toBe(0);
        }
        const events = await database.current.db.withTenant(s.tenant, (tx) =>
          tx.query("select 1 from event where type = 'order_new'"),
        );
        expect(events).toHaveLength(newest.size);
        await s.sound();
      }),
      { numRuns: 100 },
    );
  });
});

describe('stock that is short', () => {
  test('the older order has the last piece; the other is backordered, holds nothing, and is filled when stock comes', async () => {
    const s = await shop({ A: 1 });
    await s.import(
      buildOrder({ externalId: 'late', placedAt: second(2) }),
      buildOrder({ externalId: 'early', placedAt: second(1) }),
    );
    expect(await s.orders()).toMatchObject([
      { externalId: 'early', status: 'new', held: 1 },
      { externalId: 'late', status: 'backordered', held: 0 },
    ]);
    expect(await s.refill()).toEqual({ checked: 1, filled: 0 });
    await adjust(s.tenant, 'A', 2);
    expect(await s.refill()).toEqual({ checked: 1, filled: 1 });
    expect(await s.orders()).toMatchObject([{ status: 'new' }, { status: 'new', held: 1, version: 2 }]);
    expect(await s.refill()).toEqual({ checked: 0, filled: 0 });
    await s.sound();
  });

  test('an order that lacks one line keeps none of the others', async () => {
    const s = await shop({ A: 5, B: 0 });
    await s.import(buildOrder({ lines: { A: 2, B: 1 } }));
    expect(await s.orders()).toMatchObject([{ status: 'backordered', held: 0 }]);
    expect(await s.levels()).toMatchObject({ A: { reserved: 0 } });
  });

  test('a SKU that nobody knows: backordered, and filled once the product is made', async () => {
    const s = await shop({ A: 5 });
    await s.import(buildOrder({ lines: { A: 1, NEW: 2 } }));
    expect(await s.orders()).toMatchObject([{ status: 'backordered', held: 0 }]);
    await stock(database.current.db, s.tenant, { NEW: 2 });
    expect(await s.refill()).toEqual({ checked: 1, filled: 1 });
    expect(await s.orders()).toMatchObject([{ status: 'new', held: 3 }]);
    await s.sound();
  });

  test('the oldest that fit are filled, the others wait on, over more than a batch', async () => {
    const s = await shop({ A: 0 });
    await s.import(
      ...Array.from({ length: 230 }, (_, i) =>
        buildOrder({ externalId: `${1000 + i}`, placedAt: second(i), lines: { A: 2 } }),
      ),
    );
    await adjust(s.tenant, 'A', 211);
    expect(await s.refill()).toEqual({ checked: 230, filled: 105 });
    const filled = (await s.orders()).map((o) => o.held > 0);
    expect(filled.indexOf(false)).toBe(105);
    expect(filled.lastIndexOf(true)).toBe(104);
    await s.sound();
  });

  test('without a hand: the event of the stock that came starts the task that fills', async () => {
    const s = await shop({ A: 0 });
    const { db } = database.current;
    const module = createOrdersModule({ db, settings, cache: buildCache(db) });
    const [consumer] = module.consumers;
    while ((await runConsumerOnce(db, consumer!)) > 0);
    await s.import(buildOrder());
    await runnerOn(database.current, module.tasks);
    await adjust(s.tenant, 'A', 1);
    while ((await runConsumerOnce(db, consumer!)) > 0);
    await expect.poll(async () => (await s.orders())[0]!.status, { timeout: 15_000 }).toBe('new');
    await s.sound();
  });

  test('stock that leaves asks for nothing', async () => {
    const s = await shop({ A: 0, B: 5 });
    const { db } = database.current;
    const [consumer] = createOrdersModule({ db, settings, cache: buildCache(db) }).consumers;
    // The stock it opened with came before any order waited.
    while ((await runConsumerOnce(db, consumer!)) > 0);
    await s.import(buildOrder());
    await s.import(buildOrder({ externalId: '2', lines: { B: 1 } }));
    while ((await runConsumerOnce(db, consumer!)) > 0);
    const tasks = await db.withTenant(s.tenant, (tx) => tx.query('select 1 from task'));
    expect(tasks).toEqual([]);
  });
});

describe('the stock of an order', () => {
  test('brought back after it was cancelled: held again', async () => {
    const s = await shop();
    for (const [n, externalStatus] of [1, 0, 2].entries())
      await s.import(buildOrder({ externalStatus, modifiedAt: second(n) }));
    expect(await s.orders()).toMatchObject([{ status: 'in_progress', held: 1 }]);
    await s.sound();
  });

  test('edited and finalized between two readings: what it became is sold', async () => {
    const s = await shop();
    await s.import(buildOrder({ lines: { A: 3 } }));
    await s.import(buildOrder({ lines: { A: 2, B: 1 }, externalStatus: 4, modifiedAt: second(1) }));
    expect(await s.levels()).toMatchObject({ A: { onHand: 8, reserved: 0 }, B: { onHand: 9, reserved: 0 } });
    await s.sound();
  });

  test('a copy with other lines after it was sold moves nothing more', async () => {
    const s = await shop();
    await s.import(buildOrder({ lines: { A: 3 } }));
    await s.import(buildOrder({ lines: { A: 3 }, externalStatus: 4, modifiedAt: second(1) }));
    await s.import(buildOrder({ lines: { A: 2, B: 1 }, externalStatus: 4, modifiedAt: second(2) }));
    expect(await s.levels()).toMatchObject({ A: { onHand: 7, reserved: 0 }, B: { onHand: 10, reserved: 0 } });
    await s.sound();
  });

  test('returned after it was sold: the sale stands, the goods come back by a booking of their own', async () => {
    const s = await shop();
    for (const [n, externalStatus] of [1, 4, 5].entries())
      await s.import(buildOrder({ externalStatus, modifiedAt: second(n) }));
    expect(await s.levels()).toMatchObject({ A: { onHand: 9, reserved: 0 } });
    expect(await s.orders()).toMatchObject([{ status: 'returned' }]);
    await s.sound();
  });

  test('each change of status is kept with who made it', async () => {
    const s = await shop();
    for (const [n, externalStatus] of [1, 2, 2, 4].entries())
      await s.import(buildOrder({ externalStatus, modifiedAt: second(n) }));
    const changes = await database.current.db.withTenant(s.tenant, (tx) =>
      tx.query('select from_status as "from", to_status as "to", actor from order_status_change order by id'),
    );
    expect(changes).toEqual([
      { from: null, to: 'new', actor: 'system' },
      { from: 'new', to: 'in_progress', actor: 'system' },
      { from: 'in_progress', to: 'finalized', actor: 'system' },
    ]);
  });
});
