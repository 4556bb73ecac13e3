/** What can be done to stock over HTTP, as a shop's programs do it: adjust, reserve in part and elsewhere, extend, sell. */
import type {
  AdjustmentDone,
  CreatedReservation,
  Location,
  Movement,
  Problem,
  ProcessedOrder,
  StockLevel,
} from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Api } from './support/api.ts';
import { findStockFaults } from './support/invariants.ts';
import { addTenant, setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let api: Api;
let other: Api;

beforeAll(async () => {
  app = await Tradepost.start();
  ({ api } = (await setUpOwner(app)).tenant);
  other = (await addTenant(app, 'Bea Toys')).api;
});

type Refused = Answer<Problem>;
const stock = (sku: string, onHand: number, as = api) =>
  as.post('/products', { name: sku, variants: [{ sku, priceMinor: 100, onHand }] });
const level = (sku: string) => api.get<StockLevel>(`/realtime/inventory?productId=${sku}`);
const adjust = (json: unknown) =>
  api.call<AdjustmentDone & Problem>('POST', '/inventory/adjustments', { json });
const reserve = (json: unknown) =>
  api.call<CreatedReservation & Pick<Problem, 'code'>>('POST', '/inventory/reservations', { json });

describe('adjusting', () => {
  test('adds, subtracts, sets, and each is in the ledger with its reason', async () => {
    await stock('ADJ', 10);
    for (const [operation, quantity, onHand] of [
      ['add', 5, 15],
      ['subtract', 3, 12],
      ['set', 40, 40],
      ['set', 40, 40],
    ] as const) {
      const { status, body } = await adjust({ sku: 'ADJ', operation, quantity, reason: operation });
      expect({ status, onHand: body.level.onHand }).toEqual({ status: 201, onHand });
    }
    const { items } = await api.get<{ items: Movement[] }>('/inventory/movements?sku=ADJ');
    expect(items.map((m) => [m.kind, m.quantity, m.onHandAfter, m.reason])).toEqual([
      ['adjustment', 28, 40, 'set'],
      ['adjustment', -3, 12, 'subtract'],
      ['adjustment', 5, 15, 'add'],
      ['opening', 10, 10, null],
    ]);
  });

  test('from a figure that is no longer true is refused, with the present one', async () => {
    await stock('CAS', 10);
    const answers: Refused[] = await Promise.all(
      Array.from({ length: 20 }, () =>
        adjust({ sku: 'CAS', operation: 'add', quantity: 1, expectedOnHand: 10 }),
      ),
    );
    expect(answers.filter((a) => a.status === 201)).toHaveLength(1);
    for (const { status, body } of answers.filter((a) => a.status !== 201)) {
      expect({ status, code: body.code, stock: body.stock }).toEqual({
        status: 409,
        code: 'STOCK_CHANGED',
        stock: { sku: 'CAS', location: 'main', expectedOnHand: 10, onHand: 11 },
      });
    }
  });

  test('below what is reserved is refused, or gives up the newest reservations when asked to', async () => {
    await stock('HELD', 10);
    const first = (await reserve({ lines: [{ sku: 'HELD', quantity: 4 }] })).body;
    const second = (await reserve({ lines: [{ sku: 'HELD', quantity: 4 }], reference: 'cart:2' })).body;
    const refused = await adjust({ sku: 'HELD', operation: 'set', quantity: 5 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'STOCK_SHORT' } });
    const done = await adjust({ sku: 'HELD', operation: 'set', quantity: 5, whenHeld: 'release' });
    expect(done.body).toMatchObject({
      level: { onHand: 5, reserved: 4 },
      givenUp: [{ reservationId: second.id, reference: 'cart:2' }],
    });
    const states = await Promise.all(
      [first, second].map(({ id }) => api.get<CreatedReservation>(`/inventory/reservations/${id}`)),
    );
    expect(states.map((r) => r.status)).toEqual(['active', 'released']);
  });

  test.for([
    [{ quantity: -1 }, 'body.quantity'],
    [{ quantity: 1.5 }, 'body.quantity'],
    [{ quantity: 1_000_001 }, 'body.quantity'],
    [{ quantity: '1' }, 'body.quantity'],
    [{ operation: 'double' }, 'body.operation'],
    [{ sku: 'NOWHERE' }, 'body.sku'],
    [{ location: 'nowhere' }, 'body.sku'],
    [{ location: 'No where' }, 'body.location'],
    [{ expectedOnHand: -1 }, 'body.expectedOnHand'],
  ] as const)('%o names %s', async ([wrong, field]) => {
    await stock('BAD', 1).catch(() => {});
    const { status, body } = await adjust({ sku: 'BAD', operation: 'add', quantity: 1, ...wrong });
    expect({ status, fields: body.issues?.map((i) => i.field) }).toEqual({ status: 400, fields: [field] });
  });
});

describe('reserving', () => {
  test('in part says what is missing; nothing at all is still short', async () => {
    await stock('PART', 3);
    const got = await reserve({ lines: [{ sku: 'PART', quantity: 5 }], partial: true });
    expect(got).toMatchObject({
      status: 201,
      body: { lines: [{ quantity: 3 }], short: [{ sku: 'PART', asked: 5, available: 3 }] },
    });
    expect(await reserve({ lines: [{ sku: 'PART', quantity: 1 }], partial: true })).toMatchObject({
      status: 409,
      body: { code: 'STOCK_SHORT' },
    });
  });

  test('a hold that is extended outlives its first deadline', async () => {
    await stock('LATER', 2);
    const [short, long] = await Promise.all(
      [1, 1].map((quantity) => reserve({ lines: [{ sku: 'LATER', quantity }], ttlSeconds: 1 })),
    );
    const path = `/inventory/reservations/${long!.body.id}/extend`;
    const { body } = await api.call<CreatedReservation>('POST', path, { json: { ttlSeconds: 600 } });
    expect(Date.parse(body.expiresAt!) - Date.now()).toBeGreaterThan(500_000);
    await expect
      .poll(async () => (await level('LATER')).reserved, { timeout: 10_000, interval: 100 })
      .toBe(1);
    const gone = await api.call('POST', `/inventory/reservations/${short!.body.id}/extend`, {
      json: { ttlSeconds: 600 },
    });
    expect(gone).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
  });
});

describe('an order taken from stock', () => {
  const sell = (orderId: string, items: { productId: string; quantity: number }[], as = api) =>
    as.call<ProcessedOrder & Problem>('PUT', '/realtime/inventory', { json: { orderId, items } });

  test('leaves once, whole or not at all, however often and by however many it is asked for', async () => {
    await stock('SALE-A', 10);
    await stock('SALE-B', 1);
    const items = [
      { productId: 'SALE-A', quantity: 2 },
      { productId: 'SALE-B', quantity: 1 },
      { productId: 'SALE-A', quantity: 1 },
    ];
    const answers = await Promise.all(Array.from({ length: 20 }, () => sell('1001', items)));
    expect(new Set(answers.map((a) => `${a.status} ${a.body.reservationId}`)).size).toBe(1);
    expect(await level('SALE-A')).toMatchObject({ onHand: 7, reserved: 0 });
    expect(await level('SALE-B')).toMatchObject({ onHand: 0 });
    expect(await sell('1001', items.slice(1))).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT' },
    });
    const short = await sell('1002', items);
    expect(short).toMatchObject({
      status: 409,
      body: { code: 'STOCK_SHORT', lines: [{ sku: 'SALE-B', asked: 1, available: 0 }] },
    });
    expect(await level('SALE-A')).toMatchObject({ onHand: 7 });
    expect(await sell('1003', [{ productId: 'NO-SUCH', quantity: 1 }])).toMatchObject({ status: 404 });
    await stock('SALE-A', 5, other);
    expect(await sell('1001', [{ productId: 'SALE-A', quantity: 1 }], other)).toMatchObject({ status: 200 });
  });
});

describe('locations', () => {
  test('are made, put in order, archived and brought back; main stays', async () => {
    const made = await api.post<Location>('/inventory/locations', { code: 'shop', name: 'Shop' });
    expect(made).toMatchObject({ code: 'shop', priority: 100, archivedAt: null, skus: 0, version: 1 });
    const again = await api.call('POST', '/inventory/locations', { json: { code: 'shop', name: 'Other' } });
    expect(again).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
    const change = (id: string, json: unknown) =>
      api.call<Location & Problem>('PATCH', `/inventory/locations/${id}`, { json });
    expect((await change(made.id, { priority: 5, version: 1 })).body).toMatchObject({
      priority: 5,
      version: 2,
    });
    expect(await change(made.id, { priority: 6, version: 1 })).toMatchObject({
      status: 409,
      body: { code: 'VERSION_CONFLICT', conflict: { askedVersion: 1, currentVersion: 2 } },
    });
    expect((await change(made.id, { archived: true, version: 2 })).body.archivedAt).not.toBeNull();
    expect((await change(made.id, { archived: false, version: 3 })).body.archivedAt).toBeNull();
    const { items } = await api.get<{ items: Location[] }>('/inventory/locations');
    expect(items.map((l) => l.code)).toEqual(['main', 'shop']);
    expect(await change(items[0]!.id, { archived: true, version: items[0]!.version })).toMatchObject({
      status: 409,
      body: { code: 'STATE_CONFLICT' },
    });
    expect((await other.get<{ items: Location[] }>('/inventory/locations')).items).toHaveLength(1);
    await stock('ELSEWHERE', 0);
    const first = { sku: 'ELSEWHERE', location: 'shop', operation: 'add', quantity: 3 };
    expect(await adjust(first)).toMatchObject({
      status: 201,
      body: { level: { location: 'shop', onHand: 3 } },
    });
  });
});

test('after all of it the ledger, the levels and the holds agree', async () => {
  expect(await findStockFaults(app.databaseUrl)).toEqual([]);
});
