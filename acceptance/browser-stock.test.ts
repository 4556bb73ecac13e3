/** The stock in a real browser: adjusted, sent, received, counted on a phone, alerted about, and looked back at. */
import type { Location, StockLevel, Transfer } from '@tradepost/contracts';
import type { Browser, Page, Route } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openWindow, startBrowser, type Window } from './support/browser.ts';
import { enter, withoutRefusals } from './support/console.ts';
import { setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let browser: Browser;
let owner: TestOwner;
let window: Window;
let page: Page;

beforeAll(async () => {
  [app, browser] = await Promise.all([Tradepost.start(), startBrowser()]);
  owner = await setUpOwner(app);
  const { api } = owner.tenant;
  await api.post<Location>('/inventory/locations', { code: 'shop', name: 'Shop', priority: 100 });
  for (const [sku, name, barcode] of [
    ['TEA-1', 'Chai', '4006381333931'],
    ['TEA-2', 'Chang', '5901234123457'],
  ] as const) {
    const variants = [{ sku, priceMinor: 1_000, barcode, onHand: 30 }];
    await api.post('/products', { name, variants });
  }
  window = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  ({ page } = window);
  await enter(page, app, owner);
});

afterEach(() => {
  expect(withoutRefusals(window.complaints)).toEqual([]);
});

const dialog = () => page.getByRole('dialog');
const article = () => page.getByRole('article');
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });

async function onHand(sku: string, location: string): Promise<number | undefined> {
  const query = `sku=${sku}&location=${location}`;
  const { items } = await owner.tenant.api.get<{ items: StockLevel[] }>(`/inventory/levels?${query}`);
  return items[0]?.onHand;
}

/** One visit, told in order. */
describe('stock', () => {
  test('is found by barcode, adjusted, and put back by undo', async () => {
    await page.getByRole('link', { name: 'Stock', exact: true }).click();
    await page.getByLabel('SKU, barcode or name').fill('5901234123457');
    await page.getByRole('table', { name: 'Stock' }).getByRole('link', { name: 'TEA-2' }).waitFor();
    await until('one item', async () => (await page.getByText('TEA-1').count()) === 0);
    await page.getByLabel('SKU, barcode or name').fill('');
    await page.getByRole('table', { name: 'Stock' }).getByRole('link', { name: 'TEA-1' }).click();
    await button('Adjust stock').click();
    await dialog().getByText('Take away').click();
    await dialog().getByLabel('Pieces').fill('5');
    await dialog().getByText('On hand 30 → 25').waitFor();
    await dialog().getByRole('button', { name: 'Adjust', exact: true }).click();
    await page.getByText('TEA-1 has 25 on hand now').waitFor();
    await button('Undo').click();
    await page.getByText('TEA-1 is back as it was').waitFor();
    expect(await onHand('TEA-1', 'main')).toBe(30);
  });

  test('that changed between the look and the press of the button is left alone, and said', async () => {
    await button('Adjust stock').click();
    await dialog().getByText('Set to').click();
    await dialog().getByLabel('Pieces').fill('20');
    const addTwo = async (route: Route) => {
      const other = { sku: 'TEA-1', operation: 'add', quantity: 2 };
      await owner.tenant.api.post('/inventory/adjustments', other);
      await route.continue();
    };
    await page.route('**/inventory/adjustments', addTwo, { times: 1 });
    await dialog().getByRole('button', { name: 'Adjust', exact: true }).click();
    await dialog().getByText('It changed meanwhile: 32 are on hand, not 30').waitFor();
    expect(await onHand('TEA-1', 'main')).toBe(32);
    await dialog().getByText('On hand 32 → 20').waitFor();
    await dialog().getByRole('button', { name: 'Adjust', exact: true }).click();
    await page.getByText('TEA-1 has 20 on hand now').waitFor();
    // The refusal is what this is about; the browser notes it.
    expect(withoutRefusals(window.complaints)).toEqual([expect.stringContaining('status of 409')]);
  });

  test('is sent to another location, seen on its way, and received with a loss', async () => {
    await article().getByRole('button', { name: 'Transfer', exact: true }).click();
    await dialog().getByLabel('Pieces TEA-1').fill('6');
    await dialog().getByRole('button', { name: 'Send' }).click();
    await page.getByText('The goods are on the way to Shop').waitFor();
    await article().getByRole('table', { name: 'By location' }).getByText('Shop').waitFor();
    await page.getByRole('link', { name: 'Transfers' }).click();
    await page.getByRole('table', { name: 'Transfers' }).getByRole('link', { name: 'Main → Shop' }).click();
    await button('Receive goods').click();
    await dialog().getByLabel('Came TEA-1').fill('5');
    await dialog().getByText('1 piece stays on the way').waitFor();
    await dialog().getByLabel('Lost TEA-1').fill('1');
    await dialog().getByLabel('Why they are lost').fill('Broken');
    await dialog().getByRole('button', { name: 'Receive 5 pieces' }).click();
    await article().getByText('1 lost · Broken').waitFor();
    const { items } = await owner.tenant.api.get<{ items: Transfer[] }>('/inventory/transfers');
    expect(items).toEqual([expect.objectContaining({ status: 'received', received: 5, lost: 1 })]);
    expect([await onHand('TEA-1', 'main'), await onHand('TEA-1', 'shop')]).toEqual([14, 5]);
  });

  test('is counted on a phone with a scanner, reviewed and applied', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${app.url}/counts`);
    await page.getByRole('button', { name: 'New count' }).first().click();
    await dialog().getByLabel('Location').selectOption('Shop');
    await dialog().getByRole('button', { name: 'Begin' }).click();
    const field = page.getByRole('textbox', { name: 'SKU or barcode' });
    await field.waitFor();
    // As a scanner does it: letters and Enter, into whatever has the focus.
    for (const code of ['TEA-1', '4006381333931', 'TEA-1', 'no such thing']) {
      await page.keyboard.type(code);
      await page.keyboard.press('Enter');
    }
    await page.getByText('Nothing here has the code no such thing').waitFor();
    await page.getByText('Chai, Counted: 3').waitFor();
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await button('One more TEA-1').click();
    await page.getByText('Chai, Counted: 4').waitFor();
    await button('Review the differences').click();
    await page.getByRole('table', { name: 'Sheet' }).getByText('−1').waitFor();
    await button('Apply 1 difference').click();
    await page.getByText('The stock is as counted').waitFor();
    expect(await onHand('TEA-1', 'shop')).toBe(4);
    // A code that nobody has is refused; the browser notes it.
    expect(withoutRefusals(window.complaints)).toEqual([expect.stringContaining('status of 400')]);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('that runs low is told of at once, taken care of, and its limit changed', async () => {
    await page.goto(`${app.url}/alerts?location=main`);
    await page.getByText('No such alert').waitFor();
    const low = { sku: 'TEA-2', operation: 'set', quantity: 3 };
    await owner.tenant.api.post('/inventory/adjustments', low);
    const table = page.getByRole('table', { name: 'Alerts' });
    await table.getByText('Chang').waitFor();
    // One notice gathers what happened within seconds: this one, or also what had just come to the shop.
    await button('Notices, 1 unread').click();
    await dialog()
      .getByText(/^(Chai|Chang): /)
      .first()
      .waitFor();
    await dialog().getByRole('button', { name: 'Mark all as read' }).click();
    await button('Notices').waitFor();
    await page.keyboard.press('Escape');
    await button('Actions for TEA-2').click();
    await page.getByRole('menuitem', { name: 'I take care of it' }).click();
    await page.getByText('1 alert is taken care of').waitFor();
    await page.getByText('No such alert').waitFor();
    await button('Undo').click();
    await table.getByText('Chang').waitFor();
    await button('Actions for TEA-2').click();
    await page.getByRole('menuitem', { name: 'Buffer and alert' }).click();
    await dialog().getByLabel('Low at').fill('2');
    await dialog().getByRole('button', { name: 'Save' }).click();
    // Three are enough now: the alert is over.
    await page.getByText('No such alert').waitFor();
  });

  test('is looked back at: the figure of an instant, what made it so, and who', async () => {
    await page.goto(`${app.url}/time-machine/TEA-1?location=main&days=1`);
    const chart = page.getByRole('slider', { name: 'Instant' });
    await chart.waitFor();
    const made = page.getByRole('table', { name: 'What made it so' });
    await made.getByRole('row').nth(1).getByText('14', { exact: true }).waitFor();
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/: 14 on hand, 0 reserved$/);
    await button('Change before').click();
    await page.waitForURL(/at=/);
    await page.getByRole('definition').getByText('20', { exact: true }).first().waitFor();
    const row = made.getByRole('row').filter({ hasText: '−12' });
    await row.getByText('20', { exact: true }).waitFor();
    await row.getByText('Ana').waitFor();
    await chart.press('Home');
    await page.getByText('Nothing moved before.').waitFor();
    await button('Back to now').click();
    await made.getByRole('link', { name: /^Transfer/ }).click();
    await page.waitForURL(/\/transfers\//);
  });
});
