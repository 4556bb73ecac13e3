/** Orders that are odd, incomplete, refused by the database, or touched from two sides at once. */
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { createMarketplaceOrdersFlow } from '#flows/marketplace-orders';
import { normaliseOrder, UnreadableOrderError } from '#modules/marketplaces';
import { listToAcknowledge } from '#modules/orders';
import { run as refill } from '../src/modules/orders/refill.handler.ts';
import { connectAccount, contextOf, fbeLogin, ourOrders, shopSkus, startMarket } from './factories/market.ts';
import { bareAccount, buildOrder, importPage, start } from './factories/orders.ts';
import { expectSoundStock, levels, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

const plain = {
  id: 7,
  status: 1,
  type: 3,
  date: '2026-03-02 10:15:07',
  modified: '2026-03-02 10:16:02',
  products: [],
};
const line = { id: 1, ext_part_number: 'A', quantity: 1, sale_price: '10.0000', vat: '0.2100' };

test('a refill and an import of the same order hold its stock once', async () => {
  const { db, createTenant, url } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 0 });
  const accountId = await bareAccount(db, tenant);
  await importPage(db, tenant, accountId, [buildOrder({ lines: { A: 2 } })]);
  expect((await ourOrders(db, tenant))[0]).toMatchObject({ status: 'backordered', held: 0 });
  await db.withTenant(tenant, (tx) => tx.execute('update stock_level set on_hand = 10'));

  // The refill has held the stock and not committed yet when the import comes to wait for the order's row.
  let commit!: () => void;
  let held!: () => void;
  const mayCommit = new Promise<void>((resolve) => {
    commit = resolve;
  });
  const isHeld = new Promise<void>((resolve) => {
    held = resolve;
  });
  const context = contextOf(db, tenant);
  const refilled = refill(
    {
      ...context,
      transaction: (work) =>
        context.transaction(async (tx) => {
          const result = await work(tx);
          held();
          await mayCommit;
          return result;
        }),
    },
    settings,
  );
  await isHeld;
  const newer = buildOrder({ externalStatus: 2, modifiedAt: new Date(start + 60_000), lines: { A: 2 } });
  const imported = importPage(db, tenant, accountId, [newer]);
  const watcher = new pg.Client({ connectionString: url });
  await watcher.connect();
  await vi.waitFor(async () => {
    const { rows } = await watcher.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    expect(rows).toHaveLength(1);
  });
  await watcher.end();
  commit();
  await Promise.all([refilled, imported]);

  expect((await ourOrders(db, tenant))[0]).toMatchObject({ status: 'in_progress', held: 2 });
  const active = await db.withTenant(tenant, (tx) =>
    tx.query("select 1 from reservation where status = 'active'"),
  );
  expect(active).toHaveLength(1);
  expect((await levels(db, tenant)).A).toMatchObject({ reserved: 2 });
});

describe('what eMAG may send', () => {
  test.each([
    ['a quantity beyond counting', { quantity: 3_000_000_000 }],
    ['a price beyond counting', { sale_price: '100000000000000' }],
    ['a VAT rate that is none', { vat: '121' }],
  ])('%s makes the order unreadable, and says where', (_, odd) => {
    const read = () => normaliseOrder({ ...plain, products: [{ ...line, ...odd }] }, 'emag_ro');
    expect(read).toThrow(UnreadableOrderError);
    expect(read).toThrow(`products.0.${Object.keys(odd)[0]}`);
  });

  test('two lines with one id, NUL and half a character in texts, milliseconds, percents: stored', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 10 });
    const accountId = await bareAccount(db, tenant);
    const odd = {
      ...plain,
      date: 1_772_446_507_000,
      observation: 'a\0b\ud800c',
      customer: { name: 'Ana\0 Pop' },
      products: [line, { ...line, quantity: 2, vat: '21' }],
    };
    const order = normaliseOrder(odd, 'emag_ro');
    expect(order.placedAt.toISOString()).toBe('2026-03-02T10:15:07.000Z');
    await importPage(db, tenant, accountId, [order]);
    expect((await ourOrders(db, tenant))[0]).toMatchObject({ status: 'new', held: 3 });
    const rows = await db.withTenant(tenant, (tx) =>
      tx.query('select external_id, vat_rate from order_line order by external_id'),
    );
    expect(rows).toEqual([
      { external_id: '1', vat_rate: '0.2100' },
      { external_id: '1#2', vat_rate: '0.2100' },
    ]);
  });
});

test('an order whose details eMAG still gathers is kept, and held and acknowledged only once it is complete', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 10 });
  const accountId = await bareAccount(db, tenant);
  await importPage(db, tenant, accountId, [buildOrder({ complete: false })]);
  expect((await ourOrders(db, tenant))[0]).toMatchObject({ status: 'new', held: 0 });
  const waiting = () => db.withTenant(tenant, (tx) => listToAcknowledge(tx, accountId, null, 10));
  expect(await waiting()).toHaveLength(0);
  await importPage(db, tenant, accountId, [buildOrder({ complete: true })]);
  expect((await ourOrders(db, tenant))[0]).toMatchObject({ status: 'new', held: 1 });
  expect(await waiting()).toHaveLength(1);
  await expectSoundStock(db, tenant);
});

test('an order acknowledged elsewhere is told as such, in the row and in the event', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 10 });
  const accountId = await bareAccount(db, tenant);
  const modifiedAt = new Date(start + 60_000);
  await importPage(db, tenant, accountId, [buildOrder()]);
  await importPage(db, tenant, accountId, [buildOrder({ externalStatus: 2, modifiedAt })]);
  const [row] = await db.withTenant(tenant, (tx) =>
    tx.query<{ acknowledged_at: Date; told: string }>(
      `select acknowledged_at, (select data ->> 'acknowledgedAt' from event where type = 'order_update') as told from shop_order`,
    ),
  );
  expect(row).toEqual({ acknowledged_at: modifiedAt, told: modifiedAt.toISOString() });
});

test('shipped with more than there is: what was held for it is sold', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 3 });
  const accountId = await bareAccount(db, tenant);
  await importPage(db, tenant, accountId, [buildOrder({ lines: { A: 2 } })]);
  const shipped = { externalStatus: 4, modifiedAt: new Date(start + 60_000), lines: { A: 5 } };
  await importPage(db, tenant, accountId, [buildOrder(shipped)]);
  expect((await levels(db, tenant)).A).toMatchObject({ onHand: 1, reserved: 0 });
  await expectSoundStock(db, tenant);
});

describe('a run', () => {
  async function connected() {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, Object.fromEntries(shopSkus.map((sku) => [sku, 1000])));
    const market = await startMarket();
    return { db, tenant, market, account: await connectAccount(db, tenant, market) };
  }

  test('stores the rows beside one that the database refuses', async () => {
    const { db, tenant, market, account } = await connected();
    const ids = await market.orders(5);
    await db.pool.query(`alter table shop_order add constraint refused check (external_id <> '${ids[2]}')`);
    try {
      expect(await account.sync()).toMatchObject({ created: 4 });
    } finally {
      await db.pool.query('alter table shop_order drop constraint refused');
    }
    const stored = (await ourOrders(db, tenant)).map((o) => Number(o.externalId));
    expect(stored).toEqual(ids.toSorted((a, b) => a - b).filter((id) => id !== ids[2]));
    expect(await account.sync()).toMatchObject({ created: 1, failed: 0 });
  });

  test('goes on when eMAG counts an order more than it lists, after a second look', async () => {
    const { db, tenant, market, account } = await connected();
    await market.orders(3, { status: 2 });
    const count = {
      isError: false,
      messages: [],
      errors: [],
      results: { noOfItems: '4', noOfPages: '1', itemsPerPage: '100' },
    };
    await market.fault({ kind: 'body', json: count }, { route: 'order/count', bodyContains: '"type":3' });
    const cursor = () =>
      db.withTenant(tenant, (tx) =>
        tx.maybeOne<{ modified_after: Date | null }>(
          "select modified_after from sync_cursor where stream = 'orders:3'",
        ),
      );
    await account.sync();
    expect((await cursor())?.modified_after).toBeNull();
    await account.sync();
    expect((await cursor())?.modified_after).toBeInstanceOf(Date);
  });

  test('the round of acknowledgements goes to accounts that have some, and to no other', async () => {
    const { db, tenant, market, account } = await connected();
    const idle = await connectAccount(db, tenant, market, { login: fbeLogin });
    await market.orders(1);
    await account.sync();
    await db.withTenant(tenant, (tx) => tx.execute("update task set status = 'cancelled'"));
    const flow = createMarketplaceOrdersFlow({
      ...account.deps,
      syncIntervalMs: 1000,
      acknowledgeIntervalMs: 1000,
    });
    const round = flow.schedules.find((s) => s.name === 'acknowledge_orders')!;
    await db.asSystem('test', (tx) => round.run(tx));
    const lanes = await db.withTenant(tenant, (tx) =>
      tx.query("select lane from task where status = 'queued'"),
    );
    expect(lanes).toEqual([{ lane: `account:${account.id}` }]);
    expect(idle.id).not.toBe(account.id);
  });
});
