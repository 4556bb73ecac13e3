/** Buying and importing in a real browser: what to order and why, and a file applied and taken back. */
import type { Product, PurchaseOrder, StockLevel, Supplier } from '@tradepost/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { findBarriers, openWindow, startBrowser, type Window } from './support/browser.ts';
import { enter, uploadFile, withoutRefusals } from './support/console.ts';
import { withSql } from './support/embedded.ts';
import { setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let browser: Browser;
let owner: TestOwner;
let window: Window;
let page: Page;

const levelOf = async (sku: string) =>
  (await owner.tenant.api.get<{ items: StockLevel[] }>(`/inventory/levels?sku=${sku}`)).items[0]!;
const priceOf = async (sku: string) => {
  const { items } = await owner.tenant.api.get<{ items: Product[] }>('/products');
  return items.flatMap(({ variants }) => variants).find((variant) => variant.sku === sku)!.priceMinor;
};

beforeAll(async () => {
  [app, browser] = await Promise.all([Tradepost.start(), startBrowser()]);
  owner = await setUpOwner(app);
  for (const [sku, name] of [
    ['TEA', 'Tea'],
    ['JAM', 'Jam'],
  ])
    await owner.tenant.api.post('/products', {
      name,
      variants: [{ sku, priceMinor: 2_000, onHand: 31 }],
    });
  const supplier = await owner.tenant.api.post<Supplier>('/suppliers', {
    name: 'Leaf and Bean',
    leadTimeDays: 9,
  });
  // Five months in which four were sold a day; the days are over and summed up.
  const { variantId } = await levelOf('TEA');
  await owner.tenant.api.call('PUT', `/suppliers/${supplier.id}/prices/${variantId}`, {
    json: { priceMinor: 1_250, packSize: 24 },
  });
  await withSql(app.databaseUrl, async (sql) => {
    await sql.query(
      `insert into stock_day (tenant_id, variant_id, location_id, day, on_hand, reserved, incoming, sold, returned, received, other)
       select $1, $2, (select id from location where tenant_id = $1), current_date - n, 31, 0, 0, 4, 0, 4, 0 from generate_series(1, 150) n`,
      [owner.tenant.id, variantId],
    );
    await sql.query(
      `insert into stock_rollup (tenant_id, through_day) values ($1, current_date - 1)
       on conflict (tenant_id) do update set through_day = excluded.through_day`,
      [owner.tenant.id],
    );
  });
  window = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  ({ page } = window);
  await enter(page, app, owner);
});

afterEach(() => {
  expect(withoutRefusals(window.complaints)).toEqual([]);
});

test('what to order says why, in a sentence and by a back-test, and drafts it in packs', {
  timeout: 60_000,
}, async () => {
  await page.getByRole('link', { name: 'Purchasing' }).click();
  await page.getByRole('button', { name: 'More actions' }).first().click();
  await page.getByRole('menuitem', { name: 'Work out now' }).click();
  await page.getByRole('table', { name: 'To order' }).getByRole('link', { name: 'Tea' }).click();
  const plan = page.getByRole('article', { name: 'Tea' });
  const sentence = await plan.getByText(/^Sells 4 a day/).textContent();
  expect(sentence).toMatch(
    /^Sells 4 a day, 9 days to arrive, 7 days to the next order, 95% service: order at 64, you have 31, order \d+ = \d+ packs of 24\.$/,
  );
  await plan.getByText('The rule would have lasted in 100% of').waitFor();
  expect(await findBarriers(page)).toEqual([]);

  await plan.getByRole('button', { name: 'Draft orders for 1 item' }).click();
  const order = page.getByRole('article', { name: /^PO-/ });
  await order.getByText('Draft', { exact: true }).waitFor();
  const { items } = await owner.tenant.api.get<{ items: PurchaseOrder[] }>('/purchase-orders');
  expect(items).toEqual([expect.objectContaining({ status: 'draft', supplierName: 'Leaf and Bean' })]);
  expect(items[0]!.quantity % 24).toBe(0);
});

test('a file with a wrong row: seen beforehand, applied without it, taken back as a whole', {
  timeout: 120_000,
}, async () => {
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await page.getByRole('link', { name: 'Imports' }).click();
  const text = 'Cod SKU;Preț\nTEA;21,50\nJAM;cheap\n';
  await uploadFile(page, 'Prices', { name: 'prices.csv', text });
  expect(await page.getByLabel('Separator').inputValue()).toBe(';');
  // The guess is corrected, and corrected back.
  const meaning = page.getByLabel('What Preț means');
  await meaning.selectOption('Not read');
  await until('the correction', async () => (await meaning.inputValue()) === '');
  await meaning.selectOption('Price');
  await until('the correction', async () => (await meaning.inputValue()) === 'price');
  await page.getByRole('button', { name: 'Check the rows' }).click();

  await page.getByRole('button', { name: 'Wrong 1' }).click();
  await page.getByRole('cell', { name: 'cheap' }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await page.getByRole('button', { name: 'Changed 1' }).click();
  await page.getByRole('cell', { name: /20.*21\.5/ }).waitFor();
  expect(await priceOf('TEA')).toBe(2_000);
  await page.getByRole('button', { name: 'Apply 1 row' }).click();
  await page.getByText('1 row is applied').waitFor();
  expect(await priceOf('TEA')).toBe(2_150);
  await page.getByRole('button', { name: 'Undo the import' }).click();
  await page.getByText('1 row is back as it was').waitFor();
  expect(await priceOf('TEA')).toBe(2_000);
});
