/** Every page and dialog of the console, wide and narrow, light and dark: no barriers, no overflow, little to load. */
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { Api } from './support/api.ts';
import { findBarriers, openWindow, startBrowser } from './support/browser.ts';
import { enter, readDemo, type Shop, withoutRefusals } from './support/console.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let browser: Browser;
let shop: Shop;
let api: Api;

beforeAll(async () => {
  [app, browser] = await Promise.all([
    Tradepost.start({ env: { DEMO: 'on', DEMO_ORDERS_PER_MINUTE: '1', EMAG_SYNC_ORDERS_INTERVAL: '1' } }),
    startBrowser(),
  ]);
  shop = (await readDemo(app)).tenants[0]!;
  api = Api.withKey(app.url, shop.apiKey);
  await Promise.all([fillStock(), fillPurchasing()]);
});

/** A second location with goods on their way to it, and a count that has begun: what their pages have to show. */
async function fillStock(): Promise<void> {
  await api.post('/inventory/locations', { code: 'shop', name: 'Shop' });
  const lines = [{ sku: 'NW-001', quantity: 2 }];
  await api.post('/inventory/transfers', { from: 'main', to: 'shop', lines });
  const { id } = await api.post<{ id: string }>('/inventory/counts', { location: 'main', search: 'NW-00' });
  await api.call('PUT', `/inventory/counts/${id}/lines`, { json: { code: 'NW-001', quantity: 1 } });
}

/** A supplier with a price, an order on its way and a draft, and a file that waits to be mapped. */
async function fillPurchasing(): Promise<void> {
  const { items } = await api.get<{ items: { variantId: string }[] }>(
    '/inventory/levels?limit=2&location=main',
  );
  const supplier = await api.post<{ id: string }>('/suppliers', { name: 'Leaf and Bean', leadTimeDays: 9 });
  for (const { variantId } of items)
    await api.call('PUT', `/suppliers/${supplier.id}/prices/${variantId}`, { json: { priceMinor: 990 } });
  const lines = items.map(({ variantId }) => ({ variantId, quantity: 24 }));
  const order = { supplierId: supplier.id, lines };
  const sent = await api.post<{ id: string }>('/purchase-orders', order);
  await api.post(`/purchase-orders/${sent.id}/send`, {});
  await api.post('/purchase-orders', order);
  await api.call('POST', '/imports?kind=prices&fileName=prices.csv', {
    raw: 'SKU;Price\nNW-001;19,90\n',
    headers: { 'content-type': 'text/csv' },
  });
}

const pages = [
  '/',
  '/orders',
  '/stock',
  '/transfers',
  '/counts',
  '/alerts?state=all',
  '/time-machine/NW-001?location=main&days=1',
  '/report',
  '/proof',
  '/imports',
  '/purchasing?all=true',
  '/purchasing/orders',
  '/purchasing/suppliers',
  '/marketplaces',
  '/tasks',
  '/settings',
  '/settings/keys',
  '/settings/locations',
  '/preferences',
];

async function detailPages(): Promise<string[]> {
  const first = async (path: string) => (await api.get<{ items: { id: string }[] }>(path)).items[0]!.id;
  return [
    `/orders/${await first('/orders?limit=1')}`,
    '/stock/NW-001',
    `/transfers/${await first('/inventory/transfers')}`,
    `/counts/${await first('/inventory/counts')}`,
    `/imports/${await first('/imports')}`,
    `/purchasing/orders/${await first('/purchase-orders?status=draft')}`,
    `/purchasing/orders/${await first('/purchase-orders?status=sent')}`,
    `/purchasing/suppliers/${await first('/suppliers')}`,
    `/marketplaces/${await first('/marketplace-accounts')}`,
    `/tasks/${await first('/tasks?status=completed&limit=1')}`,
  ];
}

/** What opens over a page: where, and how to get there. */
function dialogs(account: string): Record<string, { at: string; open: (page: Page) => Promise<void> }> {
  const click = (name: string | RegExp) => (page: Page) =>
    page.getByRole('button', { name, exact: true }).first().click();
  return {
    search: { at: '/', open: click('Search') },
    'search with results': {
      at: '/',
      open: async (page) => {
        await click('Search')(page);
        await page.getByRole('combobox', { name: 'Search and actions' }).fill('chai');
        await page
          .getByRole('option', { name: /NW-001/ })
          .first()
          .waitFor();
      },
    },
    keys: { at: '/', open: (page) => page.keyboard.press('?') },
    person: { at: '/', open: click(/^You:/) },
    'checked rows': {
      at: '/tasks',
      open: (page) => page.getByLabel('Select row 1', { exact: true }).click(),
    },
    'save view': { at: '/orders?status=new', open: click('Save view') },
    connect: { at: '/marketplaces', open: click('Connect an account') },
    'change login': { at: account, open: click('Change login') },
    adjust: { at: '/stock/NW-001', open: click('Adjust stock') },
    send: { at: '/stock/NW-001', open: click('Transfer') },
    limits: { at: '/stock/NW-001', open: click('Buffer and alert') },
    receive: {
      at: '/transfers?status=in_transit',
      open: async (page) => {
        await page.getByRole('link', { name: 'Main → Shop' }).click();
        await click('Receive goods')(page);
      },
    },
    'receive goods': {
      at: '/purchasing/orders?status=sent',
      open: async (page) => {
        await page.getByRole('link', { name: /^PO-/ }).first().click();
        await click('Receive')(page);
      },
    },
    'new supplier': { at: '/purchasing/suppliers', open: click('New supplier') },
    'import a file': { at: '/imports', open: click('Import a file') },
    'new count': { at: '/counts', open: click('New count') },
    'new location': { at: '/settings/locations', open: click('New location') },
    notices: { at: '/', open: click(/^Notices/) },
    'demo removal': { at: '/', open: click('Remove demo data') },
    'new key': { at: '/settings/keys', open: click('New API key') },
  };
}

// Contrast hangs on the colours, overflow on the width: between them the two see both of each.
test.for([
  { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const)(
  'at $viewport.width px, $colorScheme: pages and dialogs are free of serious barriers and do not overflow',
  { timeout: 300_000 },
  async ({ viewport, colorScheme }) => {
    const { page, context, complaints } = await openWindow(browser, { viewport, colorScheme });
    const found: Record<string, string[]> = {};
    const look = async (place: string) => {
      await page.locator('[data-loading]').first().waitFor({ state: 'detached' });
      found[place] = await findBarriers(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) found[place].push(`wider than the screen by ${overflow} px`);
    };
    await page.goto(`${app.url}/sign-in`);
    await page.getByLabel('E-mail').waitFor();
    await look('/sign-in');
    await enter(page, app, shop);
    const details = await detailPages();
    for (const place of [...pages, ...details]) {
      await page.goto(app.url + place);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await look(place);
    }
    const account = details.find((place) => place.startsWith('/marketplaces/'))!;
    for (const [name, { at, open }] of Object.entries(dialogs(account))) {
      await page.goto(app.url + at);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await open(page);
      await page
        .getByRole('dialog')
        .or(page.getByRole('menu'))
        .or(page.getByRole('region', { name: 'Selected rows' }))
        .first()
        .waitFor();
      await look(name);
    }
    expect(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0))).toEqual({});
    expect(withoutRefusals(complaints)).toEqual([]);
    await context.close();
  },
);

test('the script of the first page is at most 250 KB compressed, and comes compressed', async () => {
  const html = await (await fetch(app.url, { headers: { accept: 'text/html' } })).text();
  const paths = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(0);
  let bytes = 0;
  for (const path of paths) {
    const response = await fetch(app.url + path, { headers: { 'accept-encoding': 'br' } });
    const code = Buffer.from(await response.arrayBuffer());
    if (code.length > 1_024) expect([path, response.headers.get('content-encoding')]).toEqual([path, 'br']);
    bytes += gzipSync(code, { level: 9 }).length;
  }
  console.log(`initial script: ${Math.round(bytes / 1_000)} KB gzipped in ${paths.length} files`);
  expect(bytes).toBeLessThanOrEqual(250_000);
});
