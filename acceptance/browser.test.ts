/** The console in a real browser: from signing in to what it shows while its server is away. */
import type { OrderSummary, StockLevel } from '@tradepost/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Api } from './support/api.ts';
import { openWindow, startBrowser, type Window } from './support/browser.ts';
import { placeOrder, readDemo, signInWith, withoutRefusals } from './support/console.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let browser: Browser;
let window: Window;
let page: Page;
let api: Api;

const liveStatus = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).first();

beforeAll(async () => {
  [app, browser] = await Promise.all([
    Tradepost.start({
      env: {
        DEMO: 'on',
        DEMO_ORDERS_PER_MINUTE: '1',
        EMAG_SYNC_ORDERS_INTERVAL: '1',
        EMAG_AUTO_ACK_INTERVAL: '2',
      },
    }),
    startBrowser(),
  ]);
  const [shop] = (await readDemo(app)).tenants;
  api = Api.withKey(app.url, shop!.apiKey);
  window = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  ({ page } = window);
});

afterEach(() => {
  expect(window.complaints.splice(0)).toEqual([]);
});

/** One visit, told in order. */
describe('the console', () => {
  test('asks for a sign-in, says when it is refused, and goes on where one wanted to go', async () => {
    const [shop] = (await readDemo(app)).tenants;
    await page.goto(`${app.url}/orders`);
    await page.waitForURL(/\/sign-in/);
    // A browser notes each refused call; these two are what the page is about.
    await signInWith(page, shop!.email, 'not the password');
    await page.getByText('E-mail or password is wrong').waitFor();
    await signInWith(page, shop!.email, shop!.password);
    await page.waitForURL(/\/orders/);
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor();
    expect(withoutRefusals(window.complaints)).toEqual([]);
  });

  test('shows a new order on Today by itself', async () => {
    await page.getByRole('link', { name: 'Today' }).click();
    await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
    await liveStatus('Live').waitFor();
    await page.evaluate(() => Object.assign(globalThis, { samePage: true }));
    const number = await placeOrder(app);
    await page.getByRole('table', { name: 'Latest orders' }).getByText(number).waitFor();
    expect(await page.evaluate(() => 'samePage' in globalThis)).toBe(true);
  });

  test('lists orders and shows one with its lines', async () => {
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    const [order] = (await api.get<{ items: OrderSummary[] }>('/orders?limit=1')).items;
    await page.getByRole('table', { name: 'Orders' }).getByRole('link', { name: order!.externalId }).click();
    await page.waitForURL(new RegExp(`/orders/${order!.id}`));
    const detail = page.getByRole('article');
    await detail.getByText(order!.externalId).first().waitFor();
    await detail.getByText(order!.customerName!).first().waitFor();
    await detail.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(/\/orders$/);
  });

  test('narrows the list by number, in the address too', async () => {
    const orders = await api.list<OrderSummary>('/orders');
    const { externalId } = orders.at(-1)!;
    await page.getByRole('searchbox').or(page.getByPlaceholder(/./)).first().fill(externalId);
    await page.waitForURL(new RegExp(`q=.*${externalId}`));
    const rows = page.getByRole('table', { name: 'Orders' }).getByRole('row');
    await until('one order', async () => (await rows.count()) === 2);
  });

  test('adjusts stock, and shows the new figure', async () => {
    await page.getByRole('link', { name: 'Stock', exact: true }).click();
    const table = page.getByRole('table', { name: 'Stock' });
    const { items } = await api.get<{ items: StockLevel[] }>('/inventory/levels');
    // At one place only: one row, and one figure to change.
    const { sku } = items.find((level) => items.filter((other) => other.sku === level.sku).length === 1)!;
    await table.getByRole('link', { name: sku, exact: true }).click();
    await page.getByRole('button', { name: 'Adjust stock' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Pieces').fill('7000');
    await dialog.getByLabel('Reason (optional)').fill('Counted in a test');
    await dialog.getByRole('button', { name: 'Adjust', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('article').getByText('Counted in a test').waitFor();
    const level = await api.get<StockLevel>(`/realtime/inventory?productId=${encodeURIComponent(sku)}`);
    expect(level.onHand).toBeGreaterThanOrEqual(7000);
  });

  test('shows what runs, and one task with its tries', async () => {
    await page.getByRole('link', { name: 'Tasks', exact: true }).click();
    const first = page.getByRole('table', { name: 'Tasks' }).getByRole('link').first();
    await first.click();
    await page.waitForURL(/\/tasks\/[0-9a-f-]{36}/);
    await page.getByRole('article').waitFor();
  });

  test('shows the accounts with their last runs', async () => {
    await page.getByRole('link', { name: 'Marketplaces', exact: true }).click();
    const table = page.getByRole('table', { name: 'Marketplaces' });
    await until('both accounts', async () => (await table.getByRole('link').count()) === 2);
    await table.getByRole('link').first().click();
    await page.waitForURL(/\/marketplaces\/[0-9a-f-]{36}/);
    await page.getByRole('article').waitFor();
  });

  test('says that the server is away, and catches up by itself when it is back', async () => {
    await page.getByRole('link', { name: 'Today' }).click();
    await liveStatus('Live').waitFor();
    await page.evaluate(() => Object.assign(globalThis, { samePage: true }));
    await app.kill();
    await liveStatus(/Away since/).waitFor();
    await liveStatus(/No live connection since/).waitFor();
    await app.restart();
    const number = await placeOrder(app);
    await liveStatus('Live').waitFor({ timeout: 60_000 });
    await page.getByRole('table', { name: 'Latest orders' }).getByText(number).waitFor({ timeout: 30_000 });
    expect(await page.evaluate(() => 'samePage' in globalThis)).toBe(true);
    // The browser itself notes every connection that fails while there is nobody to connect to.
    const own = window.complaints.splice(0).filter((text) => !/ERR_CONNECTION|ERR_EMPTY_RESPONSE/.test(text));
    expect(own).toEqual([]);
  });

  test('signs out, and shows nothing any more', async () => {
    await page.getByRole('button', { name: /You|Nora/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in/);
    await page.goto(`${app.url}/stock`);
    await page.waitForURL(/\/sign-in/);
    window.complaints.splice(0);
  });
});

test('the printed link leads to the first shop', async () => {
  const fresh = await Tradepost.start();
  const [, link] = await fresh.program.waitForLine(/^setup (\S+)$/);
  const guest = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  await guest.page.goto(link!);
  await guest.page.getByLabel('Name of the shop').fill('Ana Books');
  await guest.page.getByLabel('Your name').fill('Ana');
  await guest.page.getByLabel('E-mail').fill('ana@example.com');
  await guest.page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await guest.page.getByRole('button', { name: 'Create the shop' }).click();
  await guest.page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  await guest.page.getByText('Ana Books').first().waitFor();
  expect(withoutRefusals(guest.complaints)).toEqual([]);
  await guest.context.close();
});
