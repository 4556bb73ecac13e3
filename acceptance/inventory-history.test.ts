/** The past of the stock over HTTP: what it was, who made it so, whether it adds up, what it is worth. */
import type {
  ExplainedMovement,
  InventoryReport,
  LedgerRepaired,
  LedgerReport,
  Problem,
  StockLevel,
  StockMoment,
  StockSeries,
  Task,
} from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { Api } from './support/api.ts';
import { withSql } from './support/embedded.ts';
import { makeKey, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let owner: TestOwner;
let api: Api;
/** Between two changes of TEA: 50 opened, then 3 reserved, then 8 taken out by Ana. */
const instants: string[] = [];

beforeAll(async () => {
  app = await Tradepost.start();
  owner = await setUpOwner(app);
  api = owner.tenant.api;
  const note = async () => {
    // An instant of its own, in milliseconds, on either side of it.
    const before = Date.now();
    await until('another millisecond', async () => Date.now() > before + 1);
    instants.push(new Date().toISOString());
    await until('another millisecond', async () => Date.now() > Date.parse(instants.at(-1)!) + 1);
  };
  await note();
  await api.post('/products', {
    name: 'Tea',
    variants: [{ sku: 'TEA', barcode: '5941234567899', priceMinor: 1000, costMinor: 400, onHand: 50 }],
  });
  await note();
  await api.post('/inventory/reservations', {
    lines: [{ sku: 'TEA', quantity: 3 }],
    reference: 'basket 7',
  });
  await note();
  await owner.signedIn.api.post('/inventory/adjustments', {
    ...{ sku: 'TEA', operation: 'subtract', quantity: 8, reason: 'broken' },
  });
});

const at = (n: number) => encodeURIComponent(instants[n]!);

describe('the time machine', () => {
  test('the level as it was, in the list and with what is behind it', async () => {
    const past = async (n: number) =>
      (await api.get<{ items: StockLevel[] }>(`/inventory/levels?sku=TEA&at=${at(n)}`)).items[0]!;
    expect(await past(0)).toMatchObject({ onHand: 0, reserved: 0 });
    expect(await past(1)).toMatchObject({ onHand: 50, reserved: 0 });
    expect(await past(2)).toMatchObject({ onHand: 50, reserved: 3, available: 47 });
    const moment = await api.get<StockMoment>(`/inventory/history?sku=TEA&at=${at(2)}`);
    expect(moment).toMatchObject({ onHand: 50, reserved: 3, precision: 'exact', location: 'main' });
    expect(moment.before.map((m) => m.kind)).toEqual(['opening']);
    expect(moment.after).toMatchObject([
      {
        ...{ kind: 'adjustment', quantity: -8, reason: 'broken', actorName: 'Ana' },
        links: [{ kind: 'person', label: 'Ana', known: true }],
      },
    ]);
    expect(moment.reservations).toMatchObject([{ quantity: 3, status: 'active', reference: 'basket 7' }]);
    const now = await api.get<StockMoment>('/inventory/history?sku=TEA&location=main');
    expect(now).toMatchObject({ onHand: 42, reserved: 3, until: null });
  });

  test('a chart of it', async () => {
    const series = await api.get<StockSeries>(`/inventory/history/series?sku=TEA&from=${at(0)}&points=1000`);
    expect(series.points.map((p) => [p.onHand, p.reserved]).at(-1)).toEqual([42, 3]);
    expect(series.points[0]).toMatchObject({ at: instants[0], onHand: 0 });
  });

  test('movements by person, time and kind', async () => {
    const me = `user:${owner.signedIn.session.user.id}`;
    const mine = await api.list<ExplainedMovement>(`/inventory/movements?actor=${me}`);
    expect(mine).toMatchObject([{ sku: 'TEA', quantity: -8, actorName: 'Ana' }]);
    const early = await api.list<ExplainedMovement>(`/inventory/movements?to=${at(2)}&kind=opening`);
    expect(early).toMatchObject([{ kind: 'opening', quantity: 50 }]);
  });

  test('what cannot be is refused by the name of the field', async () => {
    const fields = async (path: string) => {
      const { status, body } = await api.call<Problem>('GET', path);
      expect(status).toBe(400);
      return body.issues?.map((issue) => issue.field);
    };
    expect(await fields('/inventory/history?sku=TEA&at=yesterday')).toEqual(['query.at']);
    expect(await fields('/inventory/history')).toEqual(['query.sku']);
    expect(await fields(`/inventory/history/series?sku=TEA&from=${at(2)}&to=${at(1)}`)).toEqual([
      'query.from',
    ]);
    expect(await fields('/inventory/history/series?sku=TEA&points=1')).toEqual(['query.points']);
    expect(await fields(`/inventory/levels?at=${at(1)}&low=true`)).toEqual(['query.low']);
    expect(await fields('/inventory/movements?kind=theft')).toEqual(['query.kind']);
    expect(await fields('/inventory/report?abcA=90&abcB=80')).toEqual(['query.abcB']);
    expect((await api.call('GET', '/inventory/history?sku=COFFEE')).status).toBe(404);
    expect((await api.call('GET', '/inventory/history?sku=TEA&location=moon')).status).toBe(404);
  });

  test('levels are found by SKU, barcode and name', async () => {
    const found = async (text: string) =>
      (await api.list<StockLevel>(`/inventory/levels?search=${encodeURIComponent(text)}`)).map((l) => l.sku);
    await api.post('/products', { name: 'Green leaves', variants: [{ sku: 'TEA-2', priceMinor: 1 }] });
    expect(await found('tea')).toEqual(['TEA']);
    expect(await found('te')).toEqual(['TEA', 'TEA-2']);
    expect(await found('5941234567899')).toEqual(['TEA']);
    expect(await found('leav')).toEqual(['TEA-2']);
    expect(await found('nothing like it')).toEqual([]);
  });
});

describe('the ledger', () => {
  const check = async () => {
    const task = await api.post<Task>('/inventory/ledger/check');
    await until('the check', async () => (await api.get<Task>(`/tasks/${task.id}`)).status === 'completed');
    return api.get<LedgerReport>('/inventory/ledger');
  };

  test('is proved on demand; a level corrupted by hand is found, and repaired by who may', async () => {
    expect(await check()).toMatchObject({ open: 0, items: [] });
    await withSql(app.databaseUrl, (sql) =>
      sql.query(
        `update stock_level set on_hand = on_hand + 5 where variant_id = (select id from variant where sku = 'TEA')`,
      ),
    );
    const { items, open } = await check();
    expect(open).toBe(1);
    expect(items).toMatchObject([{ kind: 'on_hand', sku: 'TEA', actual: 47, expected: 42 }]);
    const ids = [items[0]!.id];
    const clerk = Api.withKey(
      app.url,
      (await makeKey(owner.signedIn.api, ['inventory.read', 'inventory.write'])).key,
    );
    expect((await clerk.call('POST', '/inventory/ledger/repair', { json: { ids } })).status).toBe(403);
    const key = { 'idempotency-key': 'repair-1' };
    const repair = () =>
      api.call<LedgerRepaired>('POST', '/inventory/ledger/repair', { json: { ids }, headers: key });
    const first = await repair();
    expect(first.body.repaired).toMatchObject([{ id: ids[0], repairedAt: expect.any(String) }]);
    expect((await repair()).text).toBe(first.text);
    expect(await check()).toMatchObject({ open: 0 });
    const [repaired] = await api.list<ExplainedMovement>('/inventory/movements?kind=repair');
    expect(repaired).toMatchObject({ sku: 'TEA', quantity: 5, onHandAfter: 47 });
  });
});

describe('the report', () => {
  test('values the stock, and follows it at once', async () => {
    const report = () => api.get<InventoryReport>('/inventory/report');
    const { value, sales, currency } = await report();
    expect(currency).toBe('RON');
    expect(value.byLocation).toHaveLength(1);
    expect(sales.dead.items).toEqual([]);
    await api.post('/inventory/adjustments', { sku: 'TEA', operation: 'add', quantity: 10 });
    expect((await report()).value.pieces).toBe(value.pieces + 10);
  });

  test('is off where the installation says so', async () => {
    const plain = await Tradepost.start({ env: { INVENTORY_ENABLE_ANALYTICS: 'false' } });
    const { tenant } = await setUpOwner(plain);
    const refused = await tenant.api.call<Problem>('GET', '/inventory/report');
    expect([refused.status, refused.body.code]).toEqual([409, 'STATE_CONFLICT']);
  });
});
