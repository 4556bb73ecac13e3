/** The catalogue in a real browser: finding, creating, editing against someone else, many at once, and the tree. */
import type { Category, Product } from '@tradepost/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findBarriers, openWindow, startBrowser, type Window } from './support/browser.ts';
import { enter, withoutRefusals } from './support/console.ts';
import { expectSeen } from './support/seen.ts';
import { setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let browser: Browser;
let owner: TestOwner;
let window: Window;
let page: Page;

const names = ['Chai', 'Chang', 'Cafea', 'Sirop de arțar', 'Brânză'];

beforeAll(async () => {
  [app, browser] = await Promise.all([Tradepost.start(), startBrowser()]);
  owner = await setUpOwner(app);
  for (const [index, name] of names.entries()) {
    const variants = [{ sku: `SKU-${index + 1}`, priceMinor: 1_000 * (index + 1), onHand: index * 10 }];
    await owner.tenant.api.post('/products', { name, category: index < 3 ? 'Drinks' : 'Food', variants });
  }
  window = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  ({ page } = window);
  await enter(page, app, owner);
});

afterEach(() => {
  expect(withoutRefusals(window.complaints)).toEqual([]);
});

const table = () => page.getByRole('table', { name: 'Products' });
const rowCount = (count: number) =>
  until(`${count} products`, async () => (await table().getByRole('row').count()) === count + 1);

async function productNamed(name: string): Promise<Product> {
  const { items } = await owner.tenant.api.get<{ items: Product[] }>('/products?limit=200');
  return items.find((product) => product.name === name)!;
}

/** One visit, told in order. */
describe('products', () => {
  test('are found by typing and narrowed by filters, in the address too', async () => {
    await page.getByRole('link', { name: 'Catalogue' }).click();
    await rowCount(5);
    await page.getByLabel('Name, SKU or EAN').fill('artar');
    await page.waitForURL(/q=artar/);
    await table().getByText('Sirop de arțar').waitFor();
    await rowCount(1);
    await page.getByLabel('Name, SKU or EAN').fill('');
    await page.getByRole('button', { name: 'Category', exact: true }).click();
    await page.getByRole('option', { name: 'Drinks' }).click();
    await rowCount(3);
    await page.waitForURL(/category=/);
    await page.getByRole('button', { name: 'Remove filter: Category Drinks' }).click();
    await page.getByRole('button', { name: 'Stock', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Out of stock' }).click();
    await table().getByText('Chai').waitFor();
    await rowCount(1);
    await page.getByRole('button', { name: /^Remove filter: Stock/ }).click();
    await page.getByRole('button', { name: 'Price', exact: true }).first().click();
    await page.getByLabel('From').fill('20');
    await page.getByLabel('To', { exact: true }).fill('40');
    await page.getByRole('button', { name: 'Apply' }).click();
    await rowCount(3);
    await page.waitForURL(/min=2000/);
    await page.getByRole('button', { name: /^Remove filter: Price/ }).click();
    await rowCount(5);
  });

  test('are created with variants typed in row by row', async () => {
    await page.getByRole('link', { name: 'New product' }).click();
    await page.getByLabel('Name', { exact: true }).fill('T-shirt');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('A product needs a variant').waitFor();
    await page.getByLabel(/^SKU/).fill('TS-M');
    await page.getByLabel(/^Price/).fill('49,90');
    await page.getByLabel(/^Opening stock/).fill('3');
    await page.keyboard.press('Enter');
    // The new row has the focus, and the price of the one above.
    await page.keyboard.type('TS-L');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const detail = page.getByRole('article', { name: 'T-shirt' });
    await detail.getByText('TS-L', { exact: true }).waitFor();
    const product = await productNamed('T-shirt');
    expect(product.variants.map(({ sku, priceMinor }) => `${sku} ${priceMinor}`).sort()).toEqual([
      'TS-L 4990',
      'TS-M 4990',
    ]);
    await detail.getByRole('link', { name: 'Stock of TS-M' }).click();
    await page.waitForURL(/\/stock\/TS-M/);
  });

  test('edited by two at once: each field as the person chooses', async () => {
    const before = await productNamed('Chang');
    await page.goto(`${app.url}/products/${before.id}/edit`);
    await page.getByLabel('Name', { exact: true }).fill('Chang, mine');
    await page.getByRole('combobox', { name: 'Brand' }).fill('Mine');
    const path = `/products/${before.id}`;
    const theirs = { name: 'Chang, theirs', brand: 'Theirs', description: 'Saved meanwhile' };
    await owner.tenant.api.call('PATCH', path, { json: { ...theirs, version: before.version } });
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Someone changed this product meanwhile').waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await dialog.getByRole('group', { name: 'Brand' }).getByLabel('Theirs').check();
    await dialog.getByRole('button', { name: 'Save this' }).click();
    await page.getByRole('article', { name: 'Chang, mine' }).waitFor();
    await expectSeen('what both have changed', async () => {
      const { name, brand, description } = await owner.tenant.api.get<Product>(path);
      return name === 'Chang, mine' && brand === 'Theirs' && description === 'Saved meanwhile';
    });
    // The refusal is what this is about; the browser notes it.
    expect(withoutRefusals(window.complaints)).toEqual([expect.stringContaining('status of 409')]);
  });

  test('are not left with changes unsaved without a word', async () => {
    const { id } = await productNamed('Cafea');
    await page.goto(`${app.url}/products/${id}/edit`);
    await page.getByLabel('Name', { exact: true }).fill('Half typed');
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await page.getByRole('dialog').getByText('Leave without saving').waitFor();
    await page.getByRole('button', { name: 'Stay here' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Half typed');
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await page.waitForURL(/\/orders$/);
  });

  test('change many at once, seen beforehand, and taken back', async () => {
    await page.goto(`${app.url}/products?sort=oldest`);
    await rowCount(6);
    await page.getByLabel('Select row 1', { exact: true }).click();
    await page.getByLabel('Select row 3', { exact: true }).click({ modifiers: ['Shift'] });
    const bar = page.getByRole('region', { name: /./ }).filter({ hasText: '3' }).last();
    await bar.getByRole('button', { name: 'Price', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Percent').last().fill('-10');
    await dialog.getByText('RON 10.00 → RON 9.00').waitFor();
    await dialog.getByRole('button', { name: 'Change 3 products' }).click();
    await page.getByText('3 products changed').waitFor();
    await until('the new price', async () => (await productNamed('Chai')).variants[0]!.priceMinor === 900);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('It is back as it was').waitFor();
    expect((await productNamed('Chai')).variants[0]!.priceMinor).toBe(1000);
  });

  test('are deleted with a way back, and wait among the deleted', async () => {
    const { id } = await productNamed('Brânză');
    await page.goto(`${app.url}/products/${id}`);
    const detail = page.getByRole('article', { name: 'Brânză' });
    await detail.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByText('Brânză is deleted').waitFor();
    await detail.getByText('This product is deleted').waitFor();
    await page.goto(`${app.url}/products?status=deleted`);
    await table().getByRole('link', { name: 'Brânză' }).click();
    await page.getByRole('article').getByRole('button', { name: 'Restore' }).click();
    await page.getByText('Brânză is back').waitFor();
    expect(await productNamed('Brânză')).toMatchObject({ deletedAt: null });
  });
});

test('categories are made, moved and deleted by keyboard', async () => {
  const list = async () =>
    (await owner.tenant.api.get<{ items: Category[] }>('/categories')).items.map((c) => c.name);
  await page.goto(`${app.url}/products/categories`);
  const tree = page.getByRole('tree');
  await tree.getByRole('treeitem', { name: 'Drinks 3 products' }).focus();
  await page.keyboard.press('Alt+ArrowDown');
  await until('Food first', async () => (await list())[0] === 'Food');
  await tree.getByRole('treeitem', { name: /^Drinks/ }).focus();
  await page.keyboard.press('F2');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Beverages');
  await page.keyboard.press('Enter');
  await tree.getByRole('treeitem', { name: 'Beverages 3 products' }).waitFor();
  await tree.getByRole('button', { name: 'Actions for Beverages' }).click();
  await page.getByRole('menuitem', { name: 'Add below Beverages' }).click();
  await page.keyboard.type('Tea');
  await page.keyboard.press('Enter');
  await tree.getByRole('treeitem', { name: /^Tea/, level: 2 }).waitFor();
  await tree.getByRole('treeitem', { name: /^Beverages/ }).focus();
  await page.keyboard.press('Delete');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 products and 1 category').waitFor();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await until('it is gone', async () => !(await list()).includes('Beverages'));
  expect(await list()).toEqual(['Food', 'Tea']);
});

describe.for([
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
])('at $width px', (viewport) => {
  test.for(['light', 'dark'] as const)('%s: no barriers, no overflow', async (colorScheme) => {
    const other = await openWindow(browser, { viewport, colorScheme });
    await enter(other.page, app, owner);
    const { id } = await productNamed('Chai');
    const found: Record<string, string[]> = {};
    for (const place of ['', '/new', '/categories', '/unmatched', `/${id}`, `/${id}/edit`]) {
      await other.page.goto(`${app.url}/products${place}`);
      await other.page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
      await other.page.waitForLoadState('networkidle');
      const barriers = await findBarriers(other.page);
      const overflow = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) barriers.push(`wider than the screen by ${overflow} px`);
      if (barriers.length > 0) found[place] = barriers;
    }
    expect(found).toEqual({});
    expect(withoutRefusals(other.complaints)).toEqual([]);
    await other.context.close();
  });
});
