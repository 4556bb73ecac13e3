/** Stock counts: the sheet, counting while things move, and what applying changes. */
import type { CreateCount, PutCountLine } from '@tradepost/contracts';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import { runConsumerOnce } from '#platform/events';
import { run as applyByTask } from '../src/modules/inventory/counts/apply-count.handler.ts';
import { clearCountLine, putCountLine } from '../src/modules/inventory/counts/count-lines.ts';
import { applyCount, moveCount } from '../src/modules/inventory/counts/count-steps.ts';
import { openCount } from '../src/modules/inventory/counts/open-count.ts';
import { getCount, listCountLines, listCounts } from '../src/modules/inventory/counts/read-counts.ts';
import { giveUpConsumer } from '../src/modules/orders/give-up.definition.ts';
import { run as backorder } from '../src/modules/orders/give-up.handler.ts';
import { contextOf, ourOrders } from './factories/market.ts';
import { bareAccount, buildOrder, importPage } from './factories/orders.ts';
import { adjusting, expectSoundStock, reserving, settings, stock } from './factories/stock.ts';
import { applyAll, placeFigures } from './factories/stock-places.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
let tenant: TenantContext;

beforeEach(async () => {
  tenant = await database.current.createTenant();
});

const inTenant: typeof database.current.db.withTenant = (...args) => database.current.db.withTenant(...args);
const open = (more: Partial<CreateCount> = {}) =>
  inTenant(tenant, (tx) => openCount(tx, { location: 'main', ...more }));
const count = (id: string, code: string, quantity: number, mode: PutCountLine['mode'] = 'set') =>
  inTenant(tenant, (tx) => putCountLine(tx, id, { code, quantity, mode }));
const move = (id: string, to: 'open' | 'reviewing' | 'cancelled') =>
  inTenant(tenant, (tx) => moveCount(tx, id, to));
const apply = (id: string) => inTenant(tenant, (tx) => applyCount(tx, id, settings));
const read = (id: string) => inTenant(tenant, (tx) => getCount(tx, id));
const sheet = async (id: string, filter: Partial<Parameters<typeof listCountLines>[2]> = {}) =>
  (await inTenant(tenant, (tx) => listCountLines(tx, id, { limit: 100, ...filter }))).items;
const stocked = (figures: Record<string, number>) => stock(database.current.db, tenant, figures);
const change = (...requests: Parameters<typeof applyAll>[2]) =>
  applyAll(database.current.db, tenant, requests);
const figures = () => placeFigures(database.current.db, tenant);
async function applied(id: string) {
  await move(id, 'reviewing');
  await apply(id);
  return read(id);
}

describe('the sheet', () => {
  test('has all of a location by SKU, or what was asked for', async () => {
    await stocked({ 'T-2': 1, 'T-1': 0, 'C-1': 5, C_2: 5 });
    const skus = async (more: Partial<CreateCount>) => (await sheet((await open(more)).id)).map((l) => l.sku);
    expect(await skus({})).toEqual(['C-1', 'C_2', 'T-1', 'T-2']);
    expect(await skus({ search: 'T' })).toEqual(['T-1', 'T-2']);
    // A pattern's own characters mean themselves.
    expect(await skus({ search: 'C_' })).toEqual(['C_2']);
    expect(await skus({ skus: ['T-2', 'C-1', 'T-2'] })).toEqual(['C-1', 'T-2']);
  });

  test('of a category has its subcategories, of a location only what is kept there', async () => {
    await stocked({ A: 1, B: 1, C: 1 });
    const [parent, child, shop] = [newId(), newId(), newId()];
    await inTenant(tenant, async (tx) => {
      await tx.execute(
        `insert into category (tenant_id, id, parent_id, name, position, created_at)
         values ($1, $2, null, 'Teas', 0, now()), ($1, $3, $2, 'Green', 0, now())`,
        [tx.tenantId, parent, child],
      );
      await tx.execute("update product set category_id = $1 where name = 'A'", [parent]);
      await tx.execute("update product set category_id = $1 where name = 'B'", [child]);
      await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
        tx.tenantId,
        shop,
      ]);
    });
    const { id, lineCount } = await open({ categoryId: parent });
    expect((await sheet(id)).map((l) => l.sku)).toEqual(['A', 'B']);
    expect(lineCount).toBe(2);
    await expect(open({ location: 'shop' })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    expect((await sheet((await open({ location: 'shop', skus: ['C'] })).id)).map((l) => l.sku)).toEqual([
      'C',
    ]);
  });

  test('is read page by page, by what is counted and what differs', async () => {
    await stocked(Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`A${i}`, 5])));
    const { id } = await open();
    await count(id, 'A2', 5);
    await count(id, 'A4', 3);
    const pages: string[][] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await inTenant(tenant, (tx) => listCountLines(tx, id, { limit: 3, cursor }));
      pages.push(page.items.map((l) => l.sku));
      more = page.nextCursor !== null;
      cursor = page.nextCursor ?? undefined;
    }
    expect(pages).toEqual([['A0', 'A1', 'A2'], ['A3', 'A4', 'A5'], ['A6']]);
    expect((await sheet(id, { state: 'counted' })).map((l) => l.sku)).toEqual(['A2', 'A4']);
    expect((await sheet(id, { state: 'uncounted', search: 'A' })).map((l) => l.sku)).toHaveLength(5);
    expect(await sheet(id, { state: 'different' })).toMatchObject([
      { sku: 'A4', expected: 5, counted: 3, difference: -2, onHand: 5, applied: null },
    ]);
  });

  test.for<[string, Partial<CreateCount>, object]>([
    ['an unknown location', { location: 'moon' }, { issues: [{ field: 'body.location', value: 'moon' }] }],
    ['an unknown SKU', { skus: ['A', 'NONE'] }, { issues: [{ field: 'body.skus.1', value: 'NONE' }] }],
  ])('%s is refused by name', async ([, more, extras]) => {
    await stocked({ A: 1 });
    await expect(open(more)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', extras });
  });
});

describe('counting', () => {
  test('sets or adds, by SKU or barcode; what is not on the sheet is put on it, and can be taken back', async () => {
    await stocked({ A: 5, B: 5, C: 5 });
    await inTenant(tenant, (tx) => tx.execute("update variant set barcode = '594' where sku = 'B'"));
    const { id } = await open({ skus: ['A'] });
    expect(await count(id, 'A', 2)).toMatchObject({ counted: 2, expected: 5 });
    expect(await count(id, 'A', 2, 'add')).toMatchObject({ counted: 4, difference: -1 });
    expect(await count(id, 'A', 3)).toMatchObject({ counted: 3 });
    expect(await count(id, '594', 1, 'add')).toMatchObject({ sku: 'B', counted: 1, expected: 5 });
    expect((await sheet(id, { search: '594' })).map((l) => l.sku)).toEqual(['B']);
    expect(await read(id)).toMatchObject({ lineCount: 2, counted: 2, different: 2, missing: 6, surplus: 0 });
    const [a, b] = await sheet(id);
    await inTenant(tenant, (tx) => clearCountLine(tx, id, a!.variantId));
    await inTenant(tenant, (tx) => clearCountLine(tx, id, b!.variantId));
    expect(await sheet(id)).toMatchObject([{ sku: 'A', counted: null, expected: null, difference: null }]);
    await expect(inTenant(tenant, (tx) => clearCountLine(tx, id, b!.variantId))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('of one item from twenty hands at once loses none', async () => {
    await stocked({ A: 50 });
    const { id } = await open();
    await Promise.all(Array.from({ length: 20 }, () => count(id, 'A', 2, 'add')));
    expect(await sheet(id)).toMatchObject([{ counted: 40, expected: 50, difference: -10 }]);
  });

  test('a code that is none, or a barcode of several, is refused by name', async () => {
    await stocked({ A: 5, B: 5 });
    await inTenant(tenant, (tx) => tx.execute("update variant set barcode = '594'"));
    const { id } = await open();
    await expect(count(id, 'NONE', 1)).rejects.toMatchObject({
      extras: { issues: [{ field: 'body.code', value: 'NONE' }] },
    });
    await expect(count(id, '594', 1)).rejects.toMatchObject({
      extras: { issues: [{ field: 'body.code', message: expect.stringContaining('A, B') }] },
    });
    await count(id, 'A', 1_000_000);
    await expect(count(id, 'A', 1, 'add')).rejects.toMatchObject({
      extras: { issues: [{ field: 'body.quantity' }] },
    });
  });

  test('that is under way when the review begins is waited for', async () => {
    await stocked({ A: 5 });
    const { id } = await open();
    const counted = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const putting = inTenant(tenant, async (tx) => {
      await putCountLine(tx, id, { code: 'A', quantity: 3, mode: 'set' });
      counted.resolve();
      await mayCommit.promise;
    });
    await counted.promise;
    const applying = applied(id);
    const blocked = () =>
      database.current.db.asSystem('locks', (tx) => tx.query('select pid from pg_locks where not granted'));
    await Promise.race([applying, vi.waitFor(async () => expect(await blocked()).not.toEqual([]))]);
    mayCommit.resolve();
    await Promise.all([putting, applying]);
    expect(await sheet(id)).toMatchObject([{ counted: 3, applied: -2, onHand: 3 }]);
  });

  test('ends with the review, and goes on when it is reopened', async () => {
    await stocked({ A: 5 });
    const { id } = await open();
    await move(id, 'reviewing');
    await move(id, 'reviewing');
    await expect(count(id, 'A', 1)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await move(id, 'open');
    await count(id, 'A', 1);
    await expect(apply(id)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await move(id, 'cancelled');
    await expect(move(id, 'open')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    expect(await figures()).toMatchObject({ 'A main': { onHand: 5 } });
    expect(
      (await inTenant(tenant, (tx) => listCounts(tx, { status: 'cancelled', limit: 5 }))).items,
    ).toMatchObject([{ id, counted: 1, lineCount: 1, endedAt: expect.any(String) }]);
  });
});

describe('applying', () => {
  test('changes what differs, by the difference: what moved since it was counted stays moved', async () => {
    await stocked({ A: 10, B: 10, C: 10, D: 10 });
    const { id } = await open();
    // Sold before it is counted: the shelf has 8, and so says the stock by then.
    await change(adjusting('A', { delta: -2 }));
    await count(id, 'A', 8);
    await count(id, 'B', 9);
    await count(id, 'C', 10);
    await change(adjusting('B', { delta: 5 }), adjusting('C', { delta: -4 }), adjusting('D', { delta: 1 }));
    const before = await read(id);
    expect(before).toMatchObject({ different: 1, missing: 1, surplus: 0, counted: 3 });
    const done = await applied(id);
    expect(done).toMatchObject({ status: 'applied', applied: 1, givenUp: [] });
    expect(await figures()).toMatchObject({
      'A main': { onHand: 8 },
      'B main': { onHand: 14 },
      'C main': { onHand: 6 },
      'D main': { onHand: 11 },
    });
    expect(await apply(id)).toBeNull();
    const movements = await inTenant(tenant, (tx) =>
      tx.query("select quantity, reason, reference from movement where kind = 'count'"),
    );
    expect(movements).toEqual([{ quantity: -1, reason: done.name, reference: `count:${id}` }]);
    await expectSoundStock(database.current.db, tenant);
  });

  test('ten times at once changes the stock once', async () => {
    await stocked({ A: 10 });
    const { id } = await open();
    await count(id, 'A', 4);
    await move(id, 'reviewing');
    await Promise.all(Array.from({ length: 10 }, () => apply(id)));
    expect(await figures()).toMatchObject({ 'A main': { onHand: 4 } });
    await expectSoundStock(database.current.db, tenant);
  });

  test('takes no more away than there is left, and says so', async () => {
    await stocked({ A: 10 });
    const { id } = await open();
    await count(id, 'A', 2);
    await change(adjusting('A', { delta: -5 }), reserving({ A: 3 }));
    expect(await applied(id)).toMatchObject({ givenUp: [{ sku: 'A' }] });
    expect(await sheet(id)).toMatchObject([{ difference: -8, applied: -5, onHand: 0, reserved: 0 }]);
    await expectSoundStock(database.current.db, tenant);
  });

  test('puts what was found elsewhere than it ever was into the stock there', async () => {
    await stocked({ A: 10 });
    await inTenant(tenant, (tx) =>
      tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
        tx.tenantId,
        newId(),
      ]),
    );
    const { id } = await open({ location: 'shop', skus: ['A'] });
    expect(await count(id, 'A', 3)).toMatchObject({ expected: 0, difference: 3 });
    await applied(id);
    expect(await figures()).toMatchObject({ 'A main': { onHand: 10 }, 'A shop': { onHand: 3 } });
  });

  test('values the differences at what was paid, or else at what the variant says', async () => {
    await stocked({ A: 10, B: 10, C: 10 });
    await inTenant(tenant, (tx) => tx.execute("update variant set cost_minor = 200 where sku in ('A', 'B')"));
    await database.current.db.asSystem('costs', (tx) =>
      tx.execute(
        `insert into variant_cost (tenant_id, variant_id, quantity, average_minor, updated_at)
         select tenant_id, id, 10, 150.5, now() from variant where tenant_id = $1 and sku = 'A'`,
        [tenant.tenantId],
      ),
    );
    const { id } = await open();
    await count(id, 'A', 7);
    await count(id, 'B', 12);
    await count(id, 'C', 9);
    expect((await read(id)).values).toEqual([
      { currency: 'RON', surplusMinor: 400, missingMinor: 452, withoutCost: 1 },
    ]);
    expect((await sheet(id)).map((l) => l.differenceMinor)).toEqual([-452, 400, null]);
  });

  test('of more than 500 differences is left to a task, which goes on where a killed one was', {
    timeout: 60_000,
  }, async () => {
    await stocked(Object.fromEntries(Array.from({ length: 510 }, (_, i) => [`A${i}`, 5])));
    const { id } = await open();
    await inTenant(tenant, (tx) =>
      tx.execute('update stock_count_line set counted = 4, expected = 5 where count_id = $1', [id]),
    );
    await move(id, 'reviewing');
    const task = await apply(id);
    expect(task).toMatchObject({ type: 'apply_stock_count', status: 'queued' });
    expect(await read(id)).toMatchObject({ status: 'applying', taskId: task!.id, applied: 0 });
    const stop = new AbortController();
    const context = contextOf(database.current.db, tenant, stop.signal);
    const killed = applyByTask({ ...context, progress: () => stop.abort() }, { countId: id }, settings);
    await expect(killed).rejects.toThrow('aborted');
    expect(await read(id)).toMatchObject({ status: 'applying', applied: 200 });
    // Asked again while its task waits it is the same task.
    expect(await apply(id)).toMatchObject({ id: task!.id });
    expect(await applyByTask(contextOf(database.current.db, tenant), { countId: id }, settings)).toEqual({
      applied: 310,
    });
    expect(await read(id)).toMatchObject({ status: 'applied', applied: 510 });
    const sum = await inTenant(tenant, (tx) =>
      tx.one("select count(*)::int as n, sum(quantity)::int as sum from movement where kind = 'count'"),
    );
    expect(sum).toEqual({ n: 510, sum: -510 });
    await expectSoundStock(database.current.db, tenant);
  });
});

describe('a count below what is reserved', () => {
  test('gives up the newest holds; their orders are backordered unless others can be held, and it says so', async () => {
    const { db } = database.current;
    await stocked({ A: 10 });
    const accountId = await bareAccount(db, tenant);
    // Makes the consumer begin at the present end of the log.
    await runConsumerOnce(db, giveUpConsumer);
    for (const [externalId, quantity] of [
      ['first', 4],
      ['second', 1],
      ['third', 4],
    ] as const)
      await importPage(db, tenant, accountId, [buildOrder({ externalId, lines: { A: quantity } })]);
    const { id } = await open();
    await count(id, 'A', 6);
    const { givenUp } = await applied(id);
    const orders = new Map((await ourOrders(db, tenant)).map((o) => [o.externalId, o]));
    expect(givenUp).toEqual([
      { reservationId: expect.any(String), reference: `order:${orders.get('third')!.id}`, sku: 'A' },
    ]);
    await runConsumerOnce(db, giveUpConsumer);
    const task = await inTenant(tenant, (tx) =>
      tx.one<{ payload: { orderIds: string[] } }>("select payload from task where type = 'backorder_orders'"),
    );
    expect(await backorder(contextOf(db, tenant), task.payload, settings)).toEqual({ backordered: 1 });
    const after = (await ourOrders(db, tenant)).map((o) => [o.externalId, o.status, o.held]);
    expect(after.sort()).toEqual([
      ['first', 'new', 4],
      ['second', 'new', 1],
      ['third', 'backordered', 0],
    ]);
    const told = await inTenant(tenant, (tx) =>
      tx.query<{ status: string }>("select data->>'status' as status from event where type = 'order_update'"),
    );
    expect(told).toEqual([{ status: 'backordered' }]);
    // Told twice, it is as it was.
    expect(await backorder(contextOf(db, tenant), task.payload, settings)).toEqual({ backordered: 0 });
    await expectSoundStock(db, tenant);
  });

  test('holds pieces of another place for the order, where there are some', async () => {
    const { db } = database.current;
    await stocked({ A: 5 });
    const accountId = await bareAccount(db, tenant);
    await importPage(db, tenant, accountId, [buildOrder({ lines: { A: 4 } })]);
    const shop = newId();
    await inTenant(tenant, async (tx) => {
      await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
        tx.tenantId,
        shop,
      ]);
    });
    const elsewhere = await open({ location: 'shop', skus: ['A'] });
    await count(elsewhere.id, 'A', 9);
    await applied(elsewhere.id);
    const here = await open();
    await count(here.id, 'A', 0);
    await applied(here.id);
    const [order] = await ourOrders(db, tenant);
    await backorder(contextOf(db, tenant), { orderIds: [order!.id, newId()] }, settings);
    expect(await ourOrders(db, tenant)).toEqual([{ ...order!, held: 4 }]);
    expect(await figures()).toMatchObject({ 'A main': { reserved: 0 }, 'A shop': { reserved: 4 } });
    await expectSoundStock(db, tenant);
  });
});
