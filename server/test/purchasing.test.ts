/** Suppliers and purchase orders: what is kept, and what the stock says of it at every step. */
import type { ErrorCode, PurchaseOrder, Supplier } from '@tradepost/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TenantContext, TenantTx } from '#platform/db';
import { HttpProblem } from '#platform/http';
import { deletePurchaseOrder, updatePurchaseOrder } from '../src/modules/purchasing/draft-purchase-order.ts';
import { cancelPurchaseOrder, sendPurchaseOrder } from '../src/modules/purchasing/progress-purchase-order.ts';
import { getPurchaseOrder, listPurchaseOrders } from '../src/modules/purchasing/read-purchase-orders.ts';
import { listSupplierPrices } from '../src/modules/purchasing/supplier-prices.ts';
import {
  archiveSupplier,
  listSuppliers,
  restoreSupplier,
  updateSupplier,
} from '../src/modules/purchasing/suppliers.ts';
import { addSupplier, draftOrder, receiving, sentOrder, setPrice } from './factories/purchasing.ts';
import { expectSoundStock, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
let tenant: TenantContext;
let supplier: Supplier;
beforeEach(async () => {
  tenant = await database.current.createTenant();
  await stock(database.current.db, tenant, { CHAI: 5, TOFU: 0 });
  supplier = await inTenant((tx) => addSupplier(tx));
});

const inTenant = <R>(work: (tx: TenantTx) => Promise<R>): Promise<R> =>
  database.current.db.withTenant(tenant, work);

async function refusal(work: Promise<unknown>): Promise<HttpProblem> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HttpProblem);
  return error as HttpProblem;
}

async function expectRefused(work: Promise<unknown>, code: ErrorCode): Promise<HttpProblem> {
  const failure = await refusal(work);
  expect(failure.code).toBe(code);
  return failure;
}

interface Figures {
  onHand: number;
  incoming: number;
}

const figures = async (location = 'main'): Promise<Record<string, Figures>> => {
  const rows = await inTenant((tx) =>
    tx.query<Figures & { sku: string }>(
      `select v.sku, s.on_hand as "onHand", s.incoming from stock_level s join variant v on v.id = s.variant_id
       join location l on l.id = s.location_id where l.code = $1 and s.tenant_id = $2`,
      [location, tenant.tenantId],
    ),
  );
  return Object.fromEntries(rows.map(({ sku, ...row }) => [sku, row]));
};

const sent = (lines: Record<string, { quantity: number; unitCostMinor: number }>): Promise<PurchaseOrder> =>
  inTenant((tx) => sentOrder(tx, supplier.id, lines));

describe('suppliers', () => {
  test('are found by the start of any word of their name, without accents', async () => {
    await inTenant((tx) => addSupplier(tx, { name: 'Ceaiuri și Mirodenii Țara' }));
    await inTenant((tx) => addSupplier(tx, { name: 'New Orleans Cajun Delights' }));
    const found = async (search: string) =>
      (await inTenant((tx) => listSuppliers(tx, { search, archived: 'false', limit: 50 }))).items.map(
        (s) => s.name,
      );
    expect(await found('tara mir')).toEqual(['Ceaiuri și Mirodenii Țara']);
    expect(await found('caj')).toEqual(['New Orleans Cajun Delights']);
    expect(await found('ajun')).toEqual([]);
  });

  test('come by name, page by page, each once', async () => {
    for (const name of ['Zaanse', 'ărdeal', 'Bigfoot']) await inTenant((tx) => addSupplier(tx, { name }));
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await inTenant((tx) => listSuppliers(tx, { archived: 'false', limit: 1, cursor }));
      names.push(...page.items.map((s) => s.name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(names).toEqual(['ărdeal', 'Bigfoot', 'Exotic Liquids', 'Zaanse']);
  });

  test('a change from another version is refused and shows both', async () => {
    await inTenant((tx) => updateSupplier(tx, supplier.id, { leadTimeDays: 9, version: 1 }));
    const failure = await expectRefused(
      inTenant((tx) => updateSupplier(tx, supplier.id, { leadTimeDays: 5, version: 1 })),
      'VERSION_CONFLICT',
    );
    expect(failure.extras.conflict).toMatchObject({
      askedVersion: 1,
      currentVersion: 2,
      current: { leadTimeDays: 9 },
    });
  });

  test('two of one name are refused, whatever its letters; an archived one gives its name free', async () => {
    await expectRefused(
      inTenant((tx) => addSupplier(tx, { name: 'EXOTIC liquids' })),
      'ALREADY_EXISTS',
    );
    await inTenant((tx) => archiveSupplier(tx, supplier.id));
    await inTenant((tx) => addSupplier(tx, { name: 'Exotic Liquids' }));
    await expectRefused(
      inTenant((tx) => restoreSupplier(tx, supplier.id)),
      'ALREADY_EXISTS',
    );
  });

  test('one with a draft is not archived, and from an archived one nothing is ordered', async () => {
    const draft = await inTenant((tx) => draftOrder(tx, supplier.id, []));
    await expectRefused(
      inTenant((tx) => archiveSupplier(tx, supplier.id)),
      'STATE_CONFLICT',
    );
    await inTenant((tx) => deletePurchaseOrder(tx, draft.id));
    await inTenant((tx) => archiveSupplier(tx, supplier.id));
    await expectRefused(
      inTenant((tx) => draftOrder(tx, supplier.id, [])),
      'STATE_CONFLICT',
    );
  });

  test('the first price of a variant is preferred, a later one when it is said; archiving gives that up', async () => {
    const other = await inTenant((tx) => addSupplier(tx, { name: 'Tokyo Traders', currency: 'EUR' }));
    await inTenant((tx) => setPrice(tx, supplier.id, 'CHAI', { priceMinor: 900, packSize: 24 }));
    await inTenant((tx) => setPrice(tx, other.id, 'CHAI', { priceMinor: 180 }));
    const preferred = async () =>
      (await inTenant((tx) => listSupplierPrices(tx, { search: 'cha', limit: 50 }))).items
        .filter((p) => p.preferred)
        .map((p) => [p.supplierName, p.currency]);
    expect(await preferred()).toEqual([['Exotic Liquids', 'RON']]);
    await inTenant((tx) => setPrice(tx, other.id, 'CHAI', { priceMinor: 170, preferred: true }));
    expect(await preferred()).toEqual([['Tokyo Traders', 'EUR']]);
    await inTenant((tx) => archiveSupplier(tx, other.id));
    expect(await preferred()).toEqual([]);
  });

  test('its currency stays while it has prices in it', async () => {
    await inTenant((tx) => setPrice(tx, supplier.id, 'CHAI', { priceMinor: 900 }));
    await expectRefused(
      inTenant((tx) => updateSupplier(tx, supplier.id, { currency: 'EUR' })),
      'STATE_CONFLICT',
    );
  });
});

describe('a purchase order', () => {
  test('is numbered in the tenant, one after another, also when many are made at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, () => inTenant((tx) => draftOrder(tx, supplier.id, []))),
    );
    expect(made.map((o) => o.number).sort()).toEqual(Array.from({ length: 8 }, (_, i) => `PO-00000${i + 1}`));
    const [found] = (await inTenant((tx) => listPurchaseOrders(tx, { search: 'po-3', limit: 5 }))).items;
    expect(found?.number).toBe('PO-000003');
  });

  test("takes the supplier's price where a line says none, and asks for it where there is none", async () => {
    await inTenant((tx) => setPrice(tx, supplier.id, 'CHAI', { priceMinor: 900, supplierSku: 'EX-1' }));
    const order = await inTenant((tx) => draftOrder(tx, supplier.id, [{ sku: 'CHAI', quantity: 24 }]));
    expect(order.lines).toMatchObject([{ unitCostMinor: 900, supplierSku: 'EX-1', totalMinor: 21_600 }]);
    const failure = await expectRefused(
      inTenant((tx) =>
        draftOrder(tx, supplier.id, [
          { sku: 'CHAI', quantity: 1 },
          { sku: 'TOFU', quantity: 1 },
        ]),
      ),
      'VALIDATION_FAILED',
    );
    expect(failure.extras.issues?.map((i) => i.field)).toEqual(['body.lines.1.unitCostMinor']);
  });

  test('names what it cannot order: unknown SKUs, a variant twice', async () => {
    const unknown = await expectRefused(
      inTenant((tx) => draftOrder(tx, supplier.id, [{ sku: 'NONE', quantity: 1, unitCostMinor: 1 }])),
      'VALIDATION_FAILED',
    );
    expect(unknown.extras.issues).toMatchObject([{ field: 'body.lines.0.sku', value: 'NONE' }]);
    const line = { sku: 'CHAI', quantity: 1, unitCostMinor: 1 };
    const twice = await expectRefused(
      inTenant((tx) => draftOrder(tx, supplier.id, [line, line])),
      'VALIDATION_FAILED',
    );
    expect(twice.extras.issues).toMatchObject([{ field: 'body.lines.1' }]);
  });

  test('awaits its pieces once sent, has them when received, and no longer awaits them', async () => {
    const order = await sent({
      CHAI: { quantity: 24, unitCostMinor: 900 },
      TOFU: { quantity: 10, unitCostMinor: 500 },
    });
    expect(order.status).toBe('sent');
    expect(order.expectedOn).toBe(new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10));
    expect(await figures()).toEqual({
      CHAI: { onHand: 5, incoming: 24 },
      TOFU: { onHand: 0, incoming: 10 },
    });
    const partly = await inTenant((tx) => receiving(tx, order.id, { CHAI: 20 }, { note: 'four broken' }));
    expect(partly.status).toBe('partly_received');
    expect(partly.receipts).toMatchObject([{ note: 'four broken', lines: [{ sku: 'CHAI', quantity: 20 }] }]);
    expect(await figures()).toEqual({
      CHAI: { onHand: 25, incoming: 4 },
      TOFU: { onHand: 0, incoming: 10 },
    });
    const whole = await inTenant((tx) => receiving(tx, order.id, { CHAI: 4, TOFU: 10 }));
    expect(whole).toMatchObject({ status: 'received', received: 34 });
    expect(await figures()).toEqual({
      CHAI: { onHand: 29, incoming: 0 },
      TOFU: { onHand: 10, incoming: 0 },
    });
    const movements = await inTenant((tx) =>
      tx.query(
        'select kind, quantity, reference from movement where tenant_id = $1 and kind = $2 order by id',
        [tenant.tenantId, 'receipt'],
      ),
    );
    const reference = `purchase_order:${order.id}`;
    expect(movements).toEqual([
      { kind: 'receipt', quantity: 20, reference },
      { kind: 'receipt', quantity: 4, reference },
      { kind: 'receipt', quantity: 10, reference },
    ]);
    await expectSoundStock(database.current.db, tenant);
  });

  test('comes to its own location, where the variant had no level yet', async () => {
    await inTenant((tx) =>
      tx.execute(
        "insert into location (tenant_id, id, code, name) values ($1, gen_random_uuid(), 'shop', 'Shop')",
        [tenant.tenantId],
      ),
    );
    const order = await inTenant((tx) =>
      sentOrder(tx, supplier.id, { TOFU: { quantity: 3, unitCostMinor: 1 } }, { location: 'shop' }),
    );
    await inTenant((tx) => receiving(tx, order.id, { TOFU: 3 }));
    expect(await figures('shop')).toEqual({ TOFU: { onHand: 3, incoming: 0 } });
    expect((await figures()).TOFU).toEqual({ onHand: 0, incoming: 0 });
    await inTenant((tx) =>
      tx.execute("update location set archived_at = now() where tenant_id = $1 and code = 'shop'", [
        tx.tenantId,
      ]),
    );
    for (const location of ['shop', 'nowhere']) {
      const failure = await expectRefused(
        inTenant((tx) => draftOrder(tx, supplier.id, [], { location })),
        'VALIDATION_FAILED',
      );
      expect(failure.extras.issues).toMatchObject([{ field: 'body.location', value: location }]);
    }
  });

  test('more than was ordered is refused unless it is allowed; lines of one variant are summed first', async () => {
    const order = await sent({ CHAI: { quantity: 10, unitCostMinor: 900 } });
    const failure = await expectRefused(
      inTenant((tx) =>
        receiving(
          tx,
          order.id,
          {},
          {
            lines: [
              { sku: 'CHAI', quantity: 6 },
              { sku: 'CHAI', quantity: 6 },
            ],
          },
        ),
      ),
      'STATE_CONFLICT',
    );
    expect(failure.extras.issues?.map((i) => i.field)).toEqual(['body.lines.1.quantity']);
    expect((await figures()).CHAI).toEqual({ onHand: 5, incoming: 10 });
    const over = await inTenant((tx) => receiving(tx, order.id, { CHAI: 12 }, { allowOver: true }));
    expect(over.lines).toMatchObject([{ quantity: 10, received: 12, open: 0 }]);
    expect((await figures()).CHAI).toEqual({ onHand: 17, incoming: 0 });
    await inTenant((tx) => receiving(tx, order.id, { CHAI: 1 }, { allowOver: true }));
    expect((await figures()).CHAI).toEqual({ onHand: 18, incoming: 0 });
    await expectRefused(
      inTenant((tx) => receiving(tx, order.id, { CHAI: 1 })),
      'STATE_CONFLICT',
    );
    await expectRefused(
      inTenant((tx) => receiving(tx, order.id, { TOFU: 1 }, { allowOver: true })),
      'VALIDATION_FAILED',
    );
  });

  test('cancelled, it awaits nothing more and keeps what came; a draft just ends', async () => {
    const order = await sent({ CHAI: { quantity: 10, unitCostMinor: 900 } });
    await inTenant((tx) => receiving(tx, order.id, { CHAI: 3 }));
    const cancelled = await inTenant((tx) => cancelPurchaseOrder(tx, order.id, settings));
    expect(cancelled).toMatchObject({ status: 'cancelled', received: 3, lines: [{ open: 0 }] });
    expect((await figures()).CHAI).toEqual({ onHand: 8, incoming: 0 });
    const again = await inTenant((tx) => cancelPurchaseOrder(tx, order.id, settings));
    expect(again.version).toBe(cancelled.version);
    expect((await figures()).CHAI).toEqual({ onHand: 8, incoming: 0 });
    await expectRefused(
      inTenant((tx) => receiving(tx, order.id, { CHAI: 1 }, { allowOver: true })),
      'STATE_CONFLICT',
    );
    const draft = await inTenant((tx) =>
      draftOrder(tx, supplier.id, [{ sku: 'CHAI', quantity: 4, unitCostMinor: 1 }]),
    );
    await inTenant((tx) => cancelPurchaseOrder(tx, draft.id, settings));
    expect((await figures()).CHAI).toEqual({ onHand: 8, incoming: 0 });
  });

  test('sent, it keeps its lines and location, and can be given a date and a reference; sending again is the same', async () => {
    const order = await sent({ CHAI: { quantity: 10, unitCostMinor: 900 } });
    await expectRefused(
      inTenant((tx) => updatePurchaseOrder(tx, order.id, { lines: [] })),
      'STATE_CONFLICT',
    );
    const dated = await inTenant((tx) =>
      updatePurchaseOrder(tx, order.id, {
        expectedOn: '2027-01-05',
        supplierReference: 'EL-77',
        version: order.version,
      }),
    );
    expect(dated).toMatchObject({ expectedOn: '2027-01-05', supplierReference: 'EL-77', status: 'sent' });
    const again = await inTenant((tx) => sendPurchaseOrder(tx, order.id, settings));
    expect(again.version).toBe(dated.version);
    expect((await figures()).CHAI?.incoming).toBe(10);
    await expectRefused(
      inTenant((tx) => deletePurchaseOrder(tx, order.id)),
      'STATE_CONFLICT',
    );
    await expectRefused(
      inTenant((tx) => updatePurchaseOrder(tx, order.id, { notes: 'x', version: order.version })),
      'VERSION_CONFLICT',
    );
  });

  test('in another currency it asks for the exchange rate before goods are received, and keeps it after', async () => {
    const abroad = await inTenant((tx) => addSupplier(tx, { name: 'Tokyo Traders', currency: 'EUR' }));
    const order = await inTenant((tx) =>
      sentOrder(tx, abroad.id, { CHAI: { quantity: 10, unitCostMinor: 100 } }),
    );
    const failure = await expectRefused(
      inTenant((tx) => receiving(tx, order.id, { CHAI: 1 })),
      'VALIDATION_FAILED',
    );
    expect(failure.extras.issues?.map((i) => i.field)).toEqual(['body.exchangeRate']);
    const received = await inTenant((tx) =>
      receiving(tx, order.id, { CHAI: 1 }, { exchangeRate: 4.976_543 }),
    );
    expect(received.exchangeRate).toBe(4.976_543);
    await expectRefused(
      inTenant((tx) => receiving(tx, order.id, { CHAI: 1 }, { exchangeRate: 5 })),
      'STATE_CONFLICT',
    );
    await expectRefused(
      inTenant((tx) => updatePurchaseOrder(tx, order.id, { exchangeRate: 5 })),
      'STATE_CONFLICT',
    );
  });
});

describe('at once', () => {
  test('twenty receipts of the last pieces: as many succeed as there are pieces', async () => {
    const order = await sent({ CHAI: { quantity: 10, unitCostMinor: 900 } });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => inTenant((tx) => receiving(tx, order.id, { CHAI: 1 }))),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(10);
    for (const o of outcomes)
      if (o.status === 'rejected') expect((o.reason as HttpProblem).code).toBe('STATE_CONFLICT');
    expect((await figures()).CHAI).toEqual({ onHand: 15, incoming: 0 });
    const after = await inTenant((tx) => getPurchaseOrder(tx, order.id));
    expect(after).toMatchObject({ status: 'received', received: 10 });
    expect(after.receipts).toHaveLength(10);
    await expectSoundStock(database.current.db, tenant);
  });

  test('receiving against cancelling: what came is on hand, nothing stays awaited, whoever was first', async () => {
    for (let round = 0; round < 10; round++) {
      const before = (await figures()).CHAI!.onHand;
      const order = await sent({ CHAI: { quantity: 7, unitCostMinor: 900 } });
      await Promise.allSettled([
        inTenant((tx) => receiving(tx, order.id, { CHAI: 3 })),
        inTenant((tx) => cancelPurchaseOrder(tx, order.id, settings)),
        inTenant((tx) => receiving(tx, order.id, { CHAI: 4 })),
      ]);
      const after = await inTenant((tx) => getPurchaseOrder(tx, order.id));
      expect(['cancelled', 'received']).toContain(after.status);
      expect((await figures()).CHAI).toEqual({ onHand: before + after.received, incoming: 0 });
    }
    await expectSoundStock(database.current.db, tenant);
  });

  test('orders over crossing lines, sent and received together, meet without a deadlock', async () => {
    const lines = (skus: string[]) =>
      Object.fromEntries(skus.map((sku) => [sku, { quantity: 2, unitCostMinor: 1 }]));
    const orders = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        inTenant((tx) => sentOrder(tx, supplier.id, lines(i % 2 ? ['CHAI', 'TOFU'] : ['TOFU', 'CHAI']))),
      ),
    );
    await Promise.all(
      orders.map((o, i) =>
        inTenant((tx) => receiving(tx, o.id, i % 2 ? { TOFU: 2, CHAI: 2 } : { CHAI: 2, TOFU: 2 })),
      ),
    );
    expect(await figures()).toEqual({
      CHAI: { onHand: 25, incoming: 0 },
      TOFU: { onHand: 20, incoming: 0 },
    });
  });
});
