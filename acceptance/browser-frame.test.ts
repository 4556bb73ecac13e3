/** What stands around the pages: search and actions, keys, saved views, columns, checked rows, undo, time zones. */
import type { OrderSummary, StockLevel } from '@tradepost/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { Api } from './support/api.ts';
import { openWindow, startBrowser, type Window } from './support/browser.ts';
import { enter, placeOrder, readDemo, withoutRefusals } from './support/console.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let browser: Browser;
let window: Window;
let page: Page;
let api: Api;

beforeAll(async () => {
  [app, browser] = await Promise.all([
    Tradepost.start({ env: { DEMO: 'on', DEMO_ORDERS_PER_MINUTE: '1', EMAG_SYNC_ORDERS_INTERVAL: '1' } }),
    startBrowser(),
  ]);
  const shop = (await readDemo(app)).tenants[0]!;
  api = Api.withKey(app.url, shop.apiKey);
  window = await openWindow(browser, { viewport: { width: 1440, height: 600 }, timezoneId: 'UTC' });
  ({ page } = window);
  await enter(page, app, shop);
  expect(withoutRefusals(window.complaints)).toEqual([]);
});

afterEach(() => {
  expect(window.complaints.splice(0)).toEqual([]);
});

const field = () => page.getByRole('combobox', { name: 'Search and actions' });
const heading = (name: string) => page.getByRole('heading', { level: 1, name });
const stockOf = (sku: string) => api.get<StockLevel>(`/realtime/inventory?productId=${sku}`);

async function search(text: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await field().fill(text);
}

test('Ctrl-K goes to a page by a few letters, and to an order by its number; both are recent then', async () => {
  await search('mark');
  await page.getByRole('option', { name: /Marketplaces/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await heading('Marketplaces').waitFor();

  const [order] = (await api.get<{ items: OrderSummary[] }>('/orders?limit=1')).items;
  await search(order!.externalId);
  await page.getByRole('option', { name: new RegExp(order!.externalId), selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/orders/${order!.id}`));
  await page.getByRole('article').getByText(order!.externalId).first().waitFor();

  await page.keyboard.press('Control+k');
  await page
    .getByRole('group', { name: 'Recent' })
    .getByRole('option', { name: order!.externalId })
    .waitFor();
  await page.keyboard.press('Escape');
  await field().waitFor({ state: 'hidden' });
});

test('stock is adjusted from anywhere, and Ctrl-Z takes it back', async () => {
  const before = await stockOf('NW-003');
  await search('adjust');
  await page.getByRole('option', { name: /Adjust stock of/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Which item?' }).fill('NW-003');
  await page.getByRole('option', { name: /NW-003/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByLabel('Pieces').fill('5000');
  await page.keyboard.press('Enter');
  await page.getByText(/NW-003 has .* on hand now/).waitFor();
  expect((await stockOf('NW-003')).onHand).toBeGreaterThan(before.onHand + 4000);
  await page.keyboard.press('Control+z');
  await page.getByText('NW-003 is back as it was').waitFor();
  // A sale may have come between, never five thousand of them.
  expect((await stockOf('NW-003')).onHand).toBeLessThan(before.onHand + 1000);
});

test('keys walk and check the rows; Shift takes the range, Esc lets go', async () => {
  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await heading('Tasks').waitFor();
  await page.getByRole('table', { name: 'Tasks' }).getByRole('row').nth(5).waitFor();
  const bar = page.getByRole('region', { name: 'Selected rows' });
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await bar.getByText('1 selected').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+X');
  // New tasks may have come between the two; they are in the range as well.
  await bar.getByText(/[3-9] selected/).waitFor();
  await page.keyboard.press('Escape');
  await bar.waitFor({ state: 'hidden' });
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard keys' }).getByText('Check the row').waitFor();
  await page.keyboard.press('Escape');
});

test('a view keeps its filters, opens first when asked to, and comes back after it was deleted', async () => {
  await page.goto(`${app.url}/orders?status=in_progress`);
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('At work');
  await page.keyboard.press('Enter');
  const tab = page.getByRole('button', { name: 'At work', exact: true });
  await tab.waitFor();
  const menu = (item: string) =>
    page
      .getByRole('button', { name: 'What to do with “At work”' })
      .click()
      .then(() => page.getByRole('menuitem', { name: item }).click());
  await menu('Open this view first');
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await heading('Stock').waitFor();
  await page.getByRole('link', { name: 'Orders', exact: true }).click();
  await page.waitForURL(/status=in_progress/);
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.waitForURL(/\/orders$/);
  await tab.click();
  await page.waitForURL(/status=in_progress/);
  await menu('Delete');
  await tab.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await tab.waitFor();
});

test('columns stay as chosen', async () => {
  await page.goto(`${app.url}/orders`);
  const headers = page.getByRole('table', { name: 'Orders' }).getByRole('columnheader');
  const shown = async () => (await headers.allTextContents()).filter(Boolean);
  await headers.first().waitFor();
  expect(await shown()).toContain('Account');
  await page.getByRole('button', { name: 'Table layout' }).click();
  await page.getByRole('checkbox', { name: 'Account' }).uncheck();
  await page.getByRole('button', { name: 'Move Total left' }).click();
  await page.keyboard.press('Escape');
  const chosen = ['Order', 'Status', 'Customer', 'Total', 'Lines', 'Placed'];
  await until('the chosen columns', async () => (await shown()).join() === chosen.join());
  await page.reload();
  await until('the same after a reload', async () => (await shown()).join() === chosen.join());
});

test('times follow the zone chosen, and say UTC on hover', async () => {
  await page.goto(`${app.url}/preferences`);
  await page.getByRole('combobox', { name: 'Time zone' }).or(page.getByLabel('Time zone')).first().click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Bucharest');
  await page
    .getByRole('option', { name: /Bucharest/ })
    .first()
    .click();
  await page.getByText(/^Now: .*(EES?T|GMT\+[23])/).waitFor();
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  const time = page.getByRole('table', { name: 'Stock' }).locator('time').first();
  expect(await time.getAttribute('title')).toMatch(/(EES?T|GMT\+[23])\n.*UTC$/);
});

test('new orders wait above while someone reads further down', async () => {
  for (let placed = 0; placed < 20; placed += 1) await placeOrder(app);
  await page.goto(`${app.url}/orders`);
  const table = page.getByRole('table', { name: 'Orders' });
  await until('enough rows to scroll', async () => (await table.getByRole('row').count()) > 20);
  await table.hover();
  await page.mouse.wheel(0, 200);
  const number = await placeOrder(app);
  const pill = page.getByRole('button', { name: /^\d+ new$/ });
  await pill.waitFor();
  expect(await table.getByText(number).count()).toBe(0);
  await pill.click();
  await table.getByText(number).waitFor();
});
