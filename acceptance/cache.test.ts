/** The cache as callers see it: what they wrote is in what they read, nothing is another tenant's, and an outage is bridged. */
import type { CacheStats, Category, MonitoringMetrics, Product } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import type { Api } from './support/api.ts';
import { endPostmaster } from './support/embedded.ts';
import { expectSeen } from './support/seen.ts';
import { addTenant, setUpOwner, type TestTenant } from './support/tenants.ts';
import { processes, Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let a: TestTenant;
let b: TestTenant;
let made = 0;

beforeAll(async () => {
  app = await Tradepost.start();
  a = (await setUpOwner(app)).tenant;
  b = await addTenant(app, 'Bea Toys');
});

interface List {
  items: Product[];
}

const list = (api: Api, headers: Record<string, string> = {}) =>
  api.call<List>('GET', '/products?limit=50', { headers });
const create = (api: Api, name: string) =>
  api.post<Product>('/products', { name, variants: [{ sku: `C-${++made}`, priceMinor: 100 }] });
const namesOf = ({ body }: { body: List }) => body.items.map((p) => p.name);

test('a list is read once, and again after every write, which is in it at once', async () => {
  await create(a.api, 'Before');
  const first = await list(a.api);
  const second = await list(a.api);
  expect([first, second].map((r) => r.headers.get('x-cache'))).toEqual(['miss', 'hit']);
  expect(second.text).toBe(first.text);
  for (let i = 0; i < 20; i++) {
    const name = `Product ${i}`;
    await create(a.api, name);
    await expectSeen(name, async () => namesOf(await list(a.api)).includes(name));
  }
  const { id, version } = await create(a.api, 'To be renamed');
  await list(a.api);
  await a.api.call('PATCH', `/products/${id}`, { json: { name: 'Renamed', version } });
  const isListed = async () => namesOf(await list(a.api)).includes('Renamed');
  await expectSeen('the new name', isListed);
  await a.api.call('DELETE', `/products/${id}`);
  await expectSeen('that it is gone', async () => !(await isListed()));
});

test('a caller that has the list is told so, and only of its own tenant', async () => {
  const etag = (await list(a.api)).headers.get('etag')!;
  expect(await list(a.api, { 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
  const theirs = await list(b.api, { 'if-none-match': etag });
  expect(theirs).toMatchObject({ status: 200, body: { items: [] } });
  expect(theirs.headers.get('etag')).not.toBe(etag);
  await create(a.api, 'One more');
  const ask = () => list(a.api, { 'if-none-match': etag });
  await expectSeen('another list', async () => (await ask()).status === 200);
});

test('a product is read once, and again after every write to it and to its category', async () => {
  const category = await a.api.post<Category>('/categories', { name: 'Lamps' });
  const { id, variants } = await a.api.post<Product>('/products', {
    name: 'Lamp',
    categoryId: category.id,
    variants: [{ sku: `C-${++made}`, priceMinor: 100 }],
  });
  const read = (headers = {}) => a.api.call<Product>('GET', `/products/${variants[0]!.sku}`, { headers });
  const first = await read();
  expect(first.headers.get('x-cache')).toBe('miss');
  // Another process may read of the creation after its first answer, which is dropped then.
  await expectSeen('it from the cache', async () => {
    const { headers, text } = await read();
    return headers.get('x-cache') === 'hit' && text === first.text;
  });
  expect((await b.api.call('GET', `/products/${id}`)).status).toBe(404);
  await a.api.call('PATCH', `/categories/${category.id}`, { json: { name: 'Lights' } });
  await expectSeen('the new name of the category', async () => (await read()).body.category === 'Lights');
  // The ETag is the version, which a category's name is no part of.
  const again = await read({ 'if-none-match': '"1"' });
  expect([again.status, again.headers.get('etag'), again.body.category]).toEqual([200, '"1"', 'Lights']);
  await a.api.call('PATCH', `/products/${id}`, { json: { name: 'Big lamp' } });
  await expectSeen('the new name', async () => (await read()).headers.get('etag') === '"2"');
  await a.api.call('DELETE', `/products/${id}`);
  await expectSeen('that it is gone', async () => (await read()).status === 404);
  await a.api.post(`/products/${id}/restore`);
  await expectSeen('that it is back', async () => (await read()).status === 200);
});

test('it can be dropped by pattern and by tag, and told to anybody who may manage', async () => {
  const state = async (api: Api) => (await list(api)).headers.get('x-cache');
  for (const drop of [
    () => a.api.call('DELETE', '/cache?pattern=products:*'),
    () => a.api.call('POST', '/cache/invalidate', { json: { tag: 'products' } }),
    () => a.api.call('POST', '/cache/invalidate', { json: { pattern: '*' } }),
  ]) {
    for (const { api } of [a, b]) await list(api);
    expect((await drop()).status).toBe(204);
    await expectSeen('that it is dropped', async () => (await state(a.api)) === 'miss');
    expect(await state(b.api)).toBe('hit');
  }
  for (const pattern of ['products*', '*:list', '', 'products:list:limit:*', 'products::*']) {
    const path = `/cache?pattern=${encodeURIComponent(pattern)}`;
    expect((await a.api.call('DELETE', path)).status).toBe(400);
  }
  const stats = await a.api.get<CacheStats>('/cache/stats');
  expect(stats).toMatchObject({ connected: true, store: processes > 1 ? 'memory+redis' : 'memory' });
  expect(stats.hits).toBeGreaterThan(0);
  expect(stats.totalKeys).toBeGreaterThan(0);
  const figures = await a.api.get<MonitoringMetrics>('/monitoring/metrics');
  expect(figures.requests.total).toBeGreaterThan(20);
  expect(figures.cache.totalKeys).toBeGreaterThanOrEqual(stats.totalKeys);
});

test('while the database is away the last list is told as stale; what was never read is 503', async () => {
  const before = await list(a.api);
  await a.api.call('POST', '/cache/invalidate', { json: { pattern: '*' } });
  await endPostmaster(app.dataDir, 'SIGKILL');
  const stale = await list(a.api);
  expect([stale.status, stale.headers.get('x-cache'), stale.text]).toEqual([200, 'stale', before.text]);
  const unread = await a.api.call('GET', '/products?limit=49');
  expect(unread).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
});
