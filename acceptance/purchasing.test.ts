/** Buying over HTTP: suppliers, orders from draft to receipt, their files, what they cost, and what is ordered again. */
import type {
  Problem,
  PurchaseOrder,
  ReorderPlan,
  ReplenishmentSettings,
  StockLevel,
  Supplier,
  SupplierPrice,
  Task,
  VariantCost,
} from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Api } from './support/api.ts';
import { addTenant, setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let api: Api;
let other: Api;
let supplier: Supplier;
let variantIds: Record<string, string>;

beforeAll(async () => {
  app = await Tradepost.start();
  ({ api } = (await setUpOwner(app)).tenant);
  other = (await addTenant(app, 'Bea Toys')).api;
  variantIds = Object.fromEntries(
    await Promise.all(
      ['CHAI', 'TOFU'].map(async (sku) => {
        const variants = [{ sku, priceMinor: 2000, onHand: 10 }];
        const product = await api.post<{ variants: { id: string }[] }>('/products', { name: sku, variants });
        return [sku, product.variants[0]!.id];
      }),
    ),
  );
  supplier = await api.post<Supplier>('/suppliers', {
    name: 'Exotic Liquids',
    email: 'order@exotic.example',
  });
});

const level = (sku: string) => api.get<StockLevel>(`/realtime/inventory?productId=${sku}`);
const draft = (lines: unknown[]) =>
  api.post<PurchaseOrder>('/purchase-orders', { supplierId: supplier.id, lines });
const line = { sku: 'CHAI', quantity: 24, unitCostMinor: 905 };

describe('suppliers', () => {
  test('are made, found, changed from their version only, and archived', async () => {
    const { id, version } = await api.post<Supplier>('/suppliers', { name: 'Țărmul Ceaiului' });
    expect((await api.list<Supplier>('/suppliers?search=ceai')).map((s) => s.name)).toEqual([
      'Țărmul Ceaiului',
    ]);
    const change = (json: unknown) => api.call<Supplier & Problem>('PATCH', `/suppliers/${id}`, { json });
    expect((await change({ phone: '0721', version })).body).toMatchObject({ phone: '0721', version: 2 });
    const stale = await change({ phone: '0722', version });
    expect(stale).toMatchObject({
      status: 409,
      body: {
        code: 'VERSION_CONFLICT',
        conflict: { askedVersion: 1, currentVersion: 2, current: { phone: '0721' } },
      },
    });
    await api.post(`/suppliers/${id}/archive`);
    expect(await api.list<Supplier>('/suppliers?search=ceai')).toEqual([]);
    expect(await api.list<Supplier>('/suppliers?search=ceai&archived=true')).toHaveLength(1);
  });

  test('have a price for each variant, of which one is preferred', async () => {
    const { id } = await api.post<Supplier>('/suppliers', { name: 'Tokyo Traders', currency: 'EUR' });
    const put = (supplierId: string, json: unknown) =>
      api.call<SupplierPrice>('PUT', `/suppliers/${supplierId}/prices/${variantIds.TOFU}`, { json });
    expect((await put(supplier.id, { priceMinor: 500 })).body.preferred).toBe(true);
    expect((await put(id, { priceMinor: 90, preferred: true, packSize: 6 })).status).toBe(200);
    const prices = await api.list<SupplierPrice>(`/supplier-prices?variantId=${variantIds.TOFU}`);
    expect(prices.map((p) => [p.supplierName, p.priceMinor, p.currency, p.preferred])).toEqual(
      expect.arrayContaining([
        ['Exotic Liquids', 500, 'RON', false],
        ['Tokyo Traders', 90, 'EUR', true],
      ]),
    );
    const gone = await api.call('DELETE', `/suppliers/${id}/prices/${variantIds.TOFU}`);
    expect(gone.status).toBe(204);
    expect((await put(id, { priceMinor: -1 })).status).toBe(400);
  });
});

describe('a purchase order', () => {
  test('goes from draft to received; the stock and its cost follow', async () => {
    const order = await draft([line]);
    expect(order).toMatchObject({ status: 'draft', number: 'PO-000001', totalMinor: 24 * 905 });
    await api.post(`/purchase-orders/${order.id}/send`);
    expect(await level('CHAI')).toMatchObject({ onHand: 10, incoming: 24 });
    const receive = (quantity: number, more: object = {}) =>
      api.call<PurchaseOrder & Pick<Problem, 'code' | 'issues'>>(
        'POST',
        `/purchase-orders/${order.id}/receive`,
        {
          json: { lines: [{ sku: 'CHAI', quantity }], ...more },
        },
      );
    expect((await receive(20)).body).toMatchObject({ status: 'partly_received' });
    const over = await receive(5);
    expect(over).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect(over.body.issues).toMatchObject([{ field: 'body.lines.0.quantity', value: 5 }]);
    expect((await receive(5, { allowOver: true })).body).toMatchObject({ status: 'received', received: 25 });
    expect(await level('CHAI')).toMatchObject({ onHand: 35, incoming: 0 });
    const cost = await until('the cost of what came', async () => {
      const read = await api.get<VariantCost>(`/inventory/costs/${variantIds.CHAI}`);
      return read.quantity === 35 ? read : undefined;
    });
    expect(cost).toMatchObject({ averageCostMinor: 905, withoutCost: 10, fifoValueMinor: 25 * 905 });
    const found = await api.list<PurchaseOrder>('/purchase-orders?status=received&search=1');
    expect(found.map((o) => o.id)).toEqual([order.id]);
  });

  test('fifty receipts under one key are one; two keys at once take turns', async () => {
    const before = await level('CHAI');
    const order = await draft([line]);
    await api.post(`/purchase-orders/${order.id}/send`);
    const receive = (key: string) =>
      api.call<PurchaseOrder>('POST', `/purchase-orders/${order.id}/receive`, {
        json: { lines: [{ sku: 'CHAI', quantity: 10 }] },
        headers: { 'idempotency-key': key },
      });
    const answers = await Promise.all(Array.from({ length: 50 }, () => receive('a')));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    expect((await level('CHAI')).onHand).toBe(before.onHand + 10);
    const [one, two] = await Promise.all([receive('b'), receive('c')]);
    expect([one.status, two.status].sort()).toEqual([200, 409]);
    expect(await level('CHAI')).toMatchObject({ onHand: before.onHand + 20, incoming: 4 });
    await api.post(`/purchase-orders/${order.id}/cancel`);
    expect(await level('CHAI')).toMatchObject({ onHand: before.onHand + 20, incoming: 0 });
  });

  test('is a PDF and a CSV file; for another tenant it is nothing', async () => {
    const order = await draft([line]);
    const pdf = await api.call('GET', `/purchase-orders/${order.id}/pdf?language=ro`);
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(pdf.headers.get('content-disposition')).toBe(`attachment; filename="${order.number}.pdf"`);
    expect(pdf.text.startsWith('%PDF-')).toBe(true);
    const csv = await api.call('GET', `/purchase-orders/${order.id}/csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.text.split('\r\n')[1]).toBe(`${order.number},Exotic Liquids,,CHAI,CHAI,24,9.05,217.20,RON`);
    for (const file of ['pdf', 'csv'])
      expect((await other.call('GET', `/purchase-orders/${order.id}/${file}`)).status).toBe(404);
  });

  test.each([
    [{ quantity: 0 }, 'body.lines.0.quantity'],
    [{ quantity: -1 }, 'body.lines.0.quantity'],
    [{ quantity: 1.5 }, 'body.lines.0.quantity'],
    [{ quantity: 1_000_001 }, 'body.lines.0.quantity'],
    [{ unitCostMinor: -1 }, 'body.lines.0.unitCostMinor'],
    [{ sku: 'NOBODY HAS IT' }, 'body.lines.0.sku'],
    [{ variantId: '00000000-0000-7000-8000-000000000000' }, 'body.lines.0'],
    [{ received: 5 }, 'body.lines.0.received'],
  ])('with %j is refused naming the field', async (wrong, field) => {
    const answer: Answer<Problem> = await api.call('POST', '/purchase-orders', {
      json: { supplierId: supplier.id, lines: [{ ...line, ...wrong }] },
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body.issues?.map((i) => i.field)).toContain(field);
  });

  test('of 501 lines is refused', async () => {
    const { status } = await api.call('POST', '/purchase-orders', {
      json: { supplierId: supplier.id, lines: new Array(501).fill(line) },
    });
    expect(status).toBe(400);
  });
});

test('what to order: settings, a plan in words, and a task that drafts nothing where nothing was sold', async () => {
  expect(await api.get<ReplenishmentSettings>('/replenishment/settings')).toMatchObject({
    ...{ serviceLevelPercent: 95, method: 'empirical', autoReorder: true },
  });
  const change = (json: unknown) => api.call<Problem>('PATCH', '/replenishment/settings', { json });
  expect(await change({ serviceLevelPercent: 98.5 })).toMatchObject({ body: { serviceLevelPercent: 98.5 } });
  expect((await change({ serviceLevelPercent: 100 })).body.issues).toMatchObject([
    { field: 'body.serviceLevelPercent' },
  ]);
  await api.call('PUT', `/suppliers/${supplier.id}/prices/${variantIds.CHAI}`, { json: { priceMinor: 900 } });
  const plan = await api.get<ReorderPlan>(`/replenishment/variants/${variantIds.CHAI}`);
  expect(plan).toMatchObject({ serviceLevelPercent: 98.5, decision: 'no_sales', orderQuantity: 0 });
  const { id } = await api.post<Task>('/replenishment/run', {});
  const task = await until('the task', async () => {
    const read = await api.get<Task>(`/tasks/${id}`);
    return read.finishedAt === null ? undefined : read;
  });
  expect(task).toMatchObject({ type: 'auto_reorder_stock', status: 'completed', result: { lines: 0 } });
  expect((await api.list<ReorderPlan>('/replenishment')).map((p) => p.sku)).toContain('CHAI');
});
