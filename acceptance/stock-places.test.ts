/** Stock at several places over HTTP: transfers, counts, alerts and the notices they make, with everything that runs behind. */
import { randomUUID } from 'node:crypto';
import type {
  Count,
  CountLine,
  Notification,
  OrderSummary,
  Problem,
  StockAlert,
  StockLevel,
  Task,
  Transfer,
} from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Api, signIn } from './support/api.ts';
import { findStockFaults } from './support/invariants.ts';
import { connectAccount, Marketplace } from './support/marketplace.ts';
import { addMember, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let marketplace: Marketplace;
let owner: TestOwner;
let api: Api;
const seller = { name: 'Ana MAIN', username: 'main@ana.example', password: 'one' };

beforeAll(async () => {
  marketplace = await Marketplace.start([seller]);
  app = await Tradepost.start({
    env: { EMAG_EXTRA_BASE_URLS: marketplace.baseUrl, EMAG_SYNC_ORDERS_INTERVAL: '86400' },
  });
  owner = await setUpOwner(app);
  ({ api } = owner.tenant);
  await api.post('/inventory/locations', { code: 'shop', name: 'Shop' });
});

async function stock(sku: string, onHand: number): Promise<string> {
  const product = await api.post<{ variants: { id: string }[] }>('/products', {
    ...{ name: sku, variants: [{ sku, priceMinor: 100, onHand }] },
  });
  return product.variants[0]!.id;
}

const levelsOf = async (sku: string) =>
  Object.fromEntries(
    (await api.list<StockLevel>(`/inventory/levels?sku=${sku}`)).map((l) => [
      l.location,
      [l.onHand, l.reserved, l.incoming],
    ]),
  );
const tally = (answers: Answer[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, (a) => a.status)).map(([status, list]) => [status, list!.length]),
  );

// First, as the next notice would be five minutes later.
test('an alert is told to those who keep the stock, in one notice, and each reads it for themselves', async () => {
  const variantId = await stock('POT', 50);
  await stock('PAN', 50);
  for (const role of ['manager', 'agent'] as const)
    await addMember(app, owner, { tenantId: owner.tenant.id, role, email: `${role}@example.com` });
  const manager = (await signIn(app.url, 'manager@example.com', owner.password)).api;
  const agent = (await signIn(app.url, 'agent@example.com', owner.password)).api;
  const read = (as: Api) => as.get<{ items: Notification[]; unread: number }>('/notifications');
  await owner.signedIn.api.post('/notifications/read', { all: true });

  const changed = await api.call<StockLevel>('PATCH', `/inventory/levels/${variantId}/main`, {
    json: { lowStockThreshold: 60, safetyBuffer: 3 },
  });
  expect(changed).toMatchObject({ status: 200, body: { low: true, safetyBuffer: 3 } });
  await api.post('/inventory/adjustments', { sku: 'PAN', operation: 'set', quantity: 0 });
  const [alert] = await api.list<StockAlert>('/inventory/alerts?sku=POT&state=open');
  expect(alert).toMatchObject({ kind: 'low', threshold: 60, available: 50 });

  const skusOf = ({ items }: { items: Notification[] }) =>
    items.filter((n) => n.readAt === null).flatMap((n) => n.data.items.map((item) => item.sku));
  await until('the notice', async () => (await read(owner.signedIn.api)).unread > 0, 60_000);
  const mine = await read(owner.signedIn.api);
  expect(skusOf(mine)).toEqual(['PAN', 'POT']);
  expect((await read(manager)).items.map((n) => n.id)).toContain(mine.items[0]!.id);
  expect(await read(agent)).toMatchObject({ items: [], unread: 0 });
  expect((await api.call('GET', '/notifications')).status).toBe(403);
  const ids = [mine.items[0]!.id];
  // Somebody who has none cannot read those of others.
  expect(await agent.post('/notifications/read', { ids })).toEqual({ unread: 0 });
  expect((await read(owner.signedIn.api)).unread).toBe(1);
  expect(await owner.signedIn.api.post('/notifications/read', { ids })).toEqual({ unread: 0 });
  expect(skusOf(await read(manager))).toContain('POT');
});

test('goods go from place to place, and two receivers never make them more', async () => {
  await stock('MUG', 10);
  const lines = [{ sku: 'MUG', quantity: 6 }];
  const sent = await api.post<Transfer>('/inventory/transfers', { from: 'main', to: 'shop', lines });
  expect(await levelsOf('MUG')).toEqual({ main: [4, 0, 0], shop: [0, 0, 6] });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      api.call<Transfer>('POST', `/inventory/transfers/${sent.id}/receive`, {
        json: { lines: [{ sku: 'MUG', quantity: 4, lost: 1, reason: 'broken' }] },
        headers: { 'idempotency-key': `receive-${i % 2}` },
      }),
    ),
  );
  // One of the two keys received; the other asked for more than was left. Repeats in time are told to wait.
  const received = answers.filter((a) => a.status === 200);
  expect(received.length).toBeGreaterThan(0);
  expect(new Set(received.map((a) => a.body.version))).toEqual(new Set([2]));
  expect(answers.every((a) => a.status === 200 || a.status === 409)).toBe(true);
  expect(await levelsOf('MUG')).toEqual({ main: [4, 0, 0], shop: [4, 0, 1] });
  const cancelled = await api.post<Transfer>(`/inventory/transfers/${sent.id}/cancel`);
  expect(cancelled).toMatchObject({ status: 'cancelled', received: 4, lost: 1, inTransit: 0 });
  expect(await levelsOf('MUG')).toEqual({ main: [5, 0, 0], shop: [4, 0, 0] });
  expect(await findStockFaults(app.databaseUrl)).toEqual([]);
});

test('a scan that is sent again is counted once; many hands lose none', async () => {
  await stock('PEN', 100);
  const { id } = await api.post<Count>('/inventory/counts', { location: 'main', skus: ['PEN'] });
  const scan = (key: string) =>
    api.call<CountLine>('PUT', `/inventory/counts/${id}/lines`, {
      ...{ json: { code: 'PEN', quantity: 1, mode: 'add' }, headers: { 'idempotency-key': key } },
    });
  const keys = Array.from({ length: 30 }, () => randomUUID());
  const first = await Promise.all(keys.map(scan));
  const again = await Promise.all(keys.map(scan));
  expect(tally([...first, ...again])).toEqual({ 200: 60 });
  expect(again.map((a) => a.body)).toEqual(first.map((a) => a.body));
  expect(await api.get<Count>(`/inventory/counts/${id}`)).toMatchObject({ counted: 1, missing: 70 });
  await api.post(`/inventory/counts/${id}/cancel`);
});

test('a count below what is held backorders the order that came last, and says so', async () => {
  await stock('NW-001', 2);
  const account = await connectAccount(api, marketplace, seller);
  await marketplace.addOrders({ account: seller.username, lines: [{ part_number: 'NW-001', quantity: 2 }] });
  await api.post<Task>(`/marketplace-accounts/${account.id}/sync`);
  const order = await until('the order', async () => (await api.list<OrderSummary>('/orders'))[0]);
  expect(await levelsOf('NW-001')).toMatchObject({ main: [2, 2, 0] });

  const { id } = await api.post<Count>('/inventory/counts', { location: 'main', skus: ['NW-001'] });
  await api.call('PUT', `/inventory/counts/${id}/lines`, { json: { code: 'NW-001', quantity: 1 } });
  await api.post(`/inventory/counts/${id}/review`);
  const applied = await api.post<Count>(`/inventory/counts/${id}/apply`);
  expect(applied).toMatchObject({
    ...{ status: 'applied', givenUp: [{ sku: 'NW-001', reference: `order:${order.id}` }] },
  });
  await until(
    'the order to be backordered',
    async () => (await api.get<OrderSummary>(`/orders/${order.id}`)).status === 'backordered',
  );
  // What is found later goes to it again.
  await api.post('/inventory/adjustments', { sku: 'NW-001', operation: 'add', quantity: 5 });
  await until(
    'the order to have its pieces',
    async () => (await api.get<OrderSummary>(`/orders/${order.id}`)).status !== 'backordered',
  );
  expect(await levelsOf('NW-001')).toMatchObject({ main: [6, 2, 0] });
  expect(await findStockFaults(app.databaseUrl)).toEqual([]);
});

describe('bad input is refused by the name of its field', () => {
  const id = '00000000-0000-4000-8000-000000000000';
  const transfers = '/inventory/transfers';
  const line = { sku: 'BOWL', quantity: 1 };
  const many = (n: number) => Array.from({ length: n }, () => line);
  const put = (body: object) => ['PUT', `/inventory/counts/${id}/lines`, body] as const;

  beforeAll(() => stock('BOWL', 5));

  test.for<[string, readonly [string, string, object], string[]]>([
    ['no lines', ['POST', transfers, { from: 'main', to: 'shop', lines: [] }], ['body.lines']],
    ['501 lines', ['POST', transfers, { from: 'main', to: 'shop', lines: many(501) }], ['body.lines']],
    [
      'a fraction',
      ['POST', transfers, { from: 'main', to: 'shop', lines: [{ ...line, quantity: 0.5 }] }],
      ['body.lines.0.quantity'],
    ],
    [
      'less than nothing',
      ['POST', transfers, { from: 'main', to: 'shop', lines: [{ ...line, quantity: -1 }] }],
      ['body.lines.0.quantity'],
    ],
    [
      'an unknown SKU',
      ['POST', transfers, { from: 'main', to: 'shop', lines: [line, { sku: 'NONE', quantity: 1 }] }],
      ['body.lines.1.sku'],
    ],
    ['an unknown place', ['POST', transfers, { from: 'moon', to: 'shop', lines: [line] }], ['body.from']],
    ['the same place', ['POST', transfers, { from: 'shop', to: 'shop', lines: [line] }], ['body.to']],
    [
      'a loss without a reason',
      ['POST', `${transfers}/${id}/receive`, { lines: [{ ...line, lost: 1 }] }],
      ['body.lines.0.reason'],
    ],
    [
      'nothing received',
      ['POST', `${transfers}/${id}/receive`, { lines: [{ ...line, quantity: 0 }] }],
      ['body.lines.0.quantity'],
    ],
    ['no place to count', ['POST', '/inventory/counts', {}], ['body.location']],
    [
      'an unknown SKU to count',
      ['POST', '/inventory/counts', { location: 'main', skus: ['BOWL', 'NONE'] }],
      ['body.skus.1'],
    ],
    ['more than can be counted', put({ code: 'BOWL', quantity: 1_000_001 }), ['body.quantity']],
    ['no number', put({ code: 'BOWL', quantity: null }), ['body.quantity']],
    ['another mode', put({ code: 'BOWL', quantity: 1, mode: 'subtract' }), ['body.mode']],
    ['no code', put({ code: ' ', quantity: 1 }), ['body.code']],
    ['no instant', ['POST', `/inventory/alerts/${id}/snooze`, { until: 'tomorrow' }], ['body.until']],
    [
      'an instant past',
      ['POST', `/inventory/alerts/${id}/snooze`, { until: '2020-01-01T00:00:00Z' }],
      ['body.until'],
    ],
    ['an empty change of limits', ['PATCH', `/inventory/levels/${id}/main`, {}], ['body']],
    [
      'a limit below zero',
      ['PATCH', `/inventory/levels/${id}/main`, { safetyBuffer: -1 }],
      ['body.safetyBuffer'],
    ],
    [
      'a place that is no code',
      ['PATCH', `/inventory/levels/${id}/A%20B`, { safetyBuffer: 1 }],
      ['params.location'],
    ],
  ])('%s', async ([, [method, path, json], fields]) => {
    const { status, body } = await api.call<Problem>(method, path, { json });
    expect({ status, code: body.code, fields: (body.issues ?? []).map((issue) => issue.field) }).toEqual({
      ...{ status: 400, code: 'VALIDATION_FAILED', fields },
    });
  });
});
