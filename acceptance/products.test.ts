/** Products as a caller meets them: the older calls, versions, bulk changes, categories, and what is refused. */
import type { BulkResult, Category, Problem, Product, Task } from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Api } from './support/api.ts';
import { expectSeen } from './support/seen.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let api: Api;

beforeAll(async () => {
  app = await Tradepost.start();
  ({ api } = (await setUpOwner(app)).tenant);
});

const variants = (sku: string, more = {}) => [{ sku, priceMinor: 1250, ...more }];
const call = <T = Problem>(
  method: string,
  path: string,
  json?: unknown,
  headers: Record<string, string> = {},
) => api.call<T>(method, path, { json, headers });

test('a product lives: created, read by SKU, replaced, changed, deleted, restored', async () => {
  const made = await api.post<Product>('/products', {
    name: 'Țuică',
    category: 'Drinks',
    variants: variants('A/1'),
  });
  const path = `/products/${encodeURIComponent('A/1')}`;
  const read = await call<Product>('GET', path);
  expect(read.body).toEqual(made);
  expect(read.headers.get('etag')).toBe('"1"');
  const replaced = await call<Product>('PUT', path, { name: 'Tea', variants: variants('A/1'), version: 1 });
  expect(replaced).toMatchObject({ status: 200, body: { name: 'Tea', category: null, version: 2 } });
  const changed = await call<Product>('PATCH', path, { status: 'draft' }, { 'if-match': '"2"' });
  expect(changed).toMatchObject({ status: 200, body: { name: 'Tea', status: 'draft', version: 3 } });
  const stale = await call('PATCH', path, { status: 'active' }, { 'if-match': '"2"' });
  expect(stale).toMatchObject({ status: 409, body: { code: 'VERSION_CONFLICT' } });
  expect(stale.body.conflict).toEqual({ askedVersion: 2, currentVersion: 3, current: changed.body });
  expect((await call('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(409);
  expect((await call('DELETE', path)).status).toBe(204);
  await expectSeen('that it is gone', async () => (await call('GET', path)).status === 404);
  expect((await call('GET', `${path}?deleted=true`)).status).toBe(200);
  const restored = await call<Product>('POST', `${path}/restore`);
  expect(restored).toMatchObject({ status: 200, body: { id: made.id, deletedAt: null, version: 5 } });
});

test('the list takes the filters and pages of the older calls', async () => {
  await api.post('/products', {
    name: 'Cheap',
    category: 'Bar',
    variants: variants('L-1', { priceMinor: 100, onHand: 1 }),
  });
  await api.post('/products', {
    name: 'Dear',
    category: 'Bar',
    variants: variants('L-2', { priceMinor: 9900 }),
  });
  const names = async (query: string) =>
    (await api.get<{ items: Product[] }>(`/products?category=bar&sort=price&${query}`)).items.map(
      (p) => p.name,
    );
  expect(await names('')).toEqual(['Cheap', 'Dear']);
  expect(await names('minPrice=1.01&maxPrice=99')).toEqual(['Dear']);
  expect(await names('inStock=true')).toEqual(['Cheap']);
  expect(await names('page=2&limit=1')).toEqual(['Dear']);
  expect(await names('search=cheep')).toEqual(['Cheap']);
});

test.for<[string, string, string]>([
  ['a page beyond the cursor’s', 'page=300&limit=50', 'query.page'],
  ['page and cursor', 'page=1&cursor=x', 'query.page'],
  ['page 0', 'page=0', 'query.page'],
  ['relevance of nothing', 'sort=relevance', 'query.sort'],
  ['an unknown sort', 'sort=priceMinor;drop', 'query.sort'],
  ['a parameter twice', 'status=draft&status=active', 'query.status'],
  ['an unknown parameter', 'min_price=1', 'query.min_price'],
  ['a price that is none', 'minPrice=NaN', 'query.minPrice'],
])('a list with %s is refused by name', async ([, query, field]) => {
  const { status, body } = await call('GET', `/products?${query}`);
  expect({ status, fields: body.issues?.map((i) => i.field) }).toEqual({ status: 400, fields: [field] });
});

test.for<[string, unknown, string]>([
  [
    'category named twice',
    { name: 'X', category: 'A', categoryId: '0198a000-0000-7000-8000-000000000001', variants: variants('X') },
    'body',
  ],
  [
    'a category of nobody',
    { name: 'X', categoryId: '0198a000-0000-7000-8000-000000000001', variants: variants('X') },
    'body.categoryId',
  ],
  [
    '51 attributes',
    {
      name: 'X',
      attributes: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])),
      variants: variants('X'),
    },
    'body.attributes',
  ],
  [
    'an attribute that is no text',
    { name: 'X', attributes: { a: { b: 1 } }, variants: variants('X') },
    'body.attributes.a',
  ],
  [
    'an unknown field of a variant',
    { name: 'X', variants: variants('X', { price: 1 }) },
    'body.variants.0.price',
  ],
  ['no variant', { name: 'X', variants: [] }, 'body.variants'],
])('a product with %s is refused by name', async ([, json, field]) => {
  const { status, body } = await call('POST', '/products', json);
  expect({ status, fields: body.issues?.map((i) => i.field) }).toEqual({ status: 400, fields: [field] });
});

test('__proto__ among the attributes is refused', async () => {
  const raw = '{"name":"X","attributes":{"__proto__":"x"},"variants":[{"sku":"X","priceMinor":1}]}';
  const answer = await api.call<Problem>('POST', '/products', {
    raw,
    headers: { 'content-type': 'application/json' },
  });
  expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
});

describe('a bulk change', () => {
  test('is done once per key, and undone once', async () => {
    const made = await Promise.all(
      ['B-1', 'B-2'].map((sku) => api.post<Product>('/products', { name: sku, variants: variants(sku) })),
    );
    const change = { ids: made.map((p) => p.id), action: { type: 'change_price_by', percent: 10 } };
    const key = { 'idempotency-key': 'raise' };
    const answers = await Promise.all(
      [1, 2, 3].map(() => call<BulkResult>('POST', '/products/bulk', change, key)),
    );
    const undoIds = answers.filter((a) => a.status === 200).map((a) => a.body.undoId);
    expect(new Set(undoIds).size).toBe(1);
    const costs = async (priceMinor: number) =>
      (await api.get<Product>('/products/B-1')).variants[0]!.priceMinor === priceMinor;
    await expectSeen('the new price', () => costs(1375));
    const undo = () => call<{ restored: number }>('POST', `/products/bulk/${undoIds[0]}/undo`);
    expect(await undo()).toMatchObject({ status: 200, body: { restored: 2, skipped: 0 } });
    expect((await undo()).status).toBe(409);
    await expectSeen('the old price', () => costs(1250));
  });

  test('of more than 500 by filter is a task', async () => {
    const many = Array.from({ length: 510 }, (_, i) => i);
    for (let from = 0; from < many.length; from += 30)
      await Promise.all(
        many
          .slice(from, from + 30)
          .map((i) =>
            api.post('/products', { name: `Mass ${i}`, brand: 'Mass', variants: variants(`M-${i}`) }),
          ),
      );
    const started = await call<Task>('POST', '/products/bulk', {
      filter: { brand: 'mass' },
      action: { type: 'set_status', status: 'archived' },
    });
    expect(started.status).toBe(202);
    await until(
      'the task',
      async () => (await api.get<Task>(`/tasks/${started.body.id}`)).status === 'completed',
    );
    expect(await api.list('/products?brand=mass&status=archived')).toHaveLength(510);
  });
});

test('categories are made, moved and deleted', async () => {
  const drinks = await api.post<Category>('/categories', { name: 'Hot drinks' });
  const tea = await api.post<Category>('/categories', { name: 'Tea', parentId: drinks.id });
  expect(tea).toMatchObject({ slug: 'tea', depth: 2, position: 0, productCount: 0 });
  expect((await call('PATCH', `/categories/${drinks.id}`, { parentId: tea.id })).status).toBe(409);
  const moved = await call<Category>('PATCH', `/categories/${tea.id}`, { parentId: null });
  expect(moved.body).toMatchObject({ parentId: null, depth: 1 });
  expect((await call('DELETE', `/categories/${tea.id}`)).status).toBe(204);
  expect((await call('PATCH', `/categories/${tea.id}`, {})).status).toBe(400);
});
