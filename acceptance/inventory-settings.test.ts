/** What INVENTORY_ENABLE_… turns off is off, and the rest goes on. */
import type { StockAlert, StockLevel } from '@tradepost/contracts';
import { expect, test } from 'vitest';
import { Feed } from './support/feed.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

async function start(env: Record<string, string>) {
  const app = await Tradepost.start({ env });
  const { tenant } = await setUpOwner(app);
  const { api } = tenant;
  const feed = await Feed.open(`${app.ws}/ws/notifications?channel=all`, {
    authorization: `Bearer ${tenant.apiKey}`,
  });
  await feed.subscribed('all');
  return { api, feed };
}

/** A product comes, its stock goes low and out, and another product comes: what the socket has heard by then is all there is. */
async function sellOut({ api, feed }: Awaited<ReturnType<typeof start>>): Promise<string[]> {
  await api.post('/products', { name: 'Tea', variants: [{ sku: 'TEA', priceMinor: 100, onHand: 100 }] });
  for (const quantity of [5, 0]) {
    const json = { sku: 'TEA', operation: 'set', quantity };
    expect((await api.call('POST', '/inventory/adjustments', { json })).status).toBe(201);
  }
  await api.post('/products', { name: 'The end', variants: [{ sku: 'END', priceMinor: 100 }] });
  await feed.waitFor(
    'the last product',
    (m) => m.type === 'product_updated' && (m.data as { name: string }).name === 'The end',
  );
  return feed.messages.map((m) => m.type).filter((type) => type.startsWith('stock_'));
}

test('on: sockets are told, alerts are listed, the report is made, the threshold is 10', async () => {
  const shop = await start({});
  expect(await sellOut(shop)).toEqual([
    'stock_changed',
    'stock_changed',
    'stock_low',
    'stock_changed',
    'stock_out',
  ]);
  const alerts = await shop.api.list<StockAlert>('/inventory/alerts?state=open&sku=TEA');
  expect(alerts.map((alert) => alert.kind)).toEqual(['out']);
  expect((await shop.api.call('GET', '/inventory/report')).status).toBe(200);
  expect(await shop.api.get<StockLevel>('/realtime/inventory?productId=TEA')).toMatchObject({
    lowStockThreshold: 10,
  });
});

test('off: sockets hear nothing of stock, no alert opens, the report says why it is not there', async () => {
  const shop = await start({
    INVENTORY_ENABLE_REALTIME: 'false',
    INVENTORY_ENABLE_ALERTS: 'false',
    INVENTORY_ENABLE_ANALYTICS: 'false',
    INVENTORY_LOW_STOCK_THRESHOLD: '3',
    INVENTORY_CHECK_INTERVAL: '1000',
  });
  expect(await sellOut(shop)).toEqual([]);
  expect(await shop.api.list('/inventory/alerts')).toEqual([]);
  const report = await shop.api.call('GET', '/inventory/report');
  expect(report).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('INVENTORY_ENABLE_ANALYTICS') },
  });
  // Still true, whoever is told.
  expect(await shop.api.get<StockLevel>('/realtime/inventory?productId=TEA')).toMatchObject({
    onHand: 0,
    low: true,
    lowStockThreshold: 3,
  });
});
