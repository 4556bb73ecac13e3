/** The proof in a real browser: the sale of last pieces under fire, and a ledger that was tampered with, found and repaired. */
import type { ExplainedMovement, StockLevel } from '@tradepost/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { findBarriers, openWindow, startBrowser, type Window } from './support/browser.ts';
import { enter, withoutRefusals } from './support/console.ts';
import { withSql } from './support/embedded.ts';
import { addMember, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let browser: Browser;
let owner: TestOwner;
let window: Window;
let page: Page;

beforeAll(async () => {
  [app, browser] = await Promise.all([Tradepost.start(), startBrowser()]);
  owner = await setUpOwner(app);
  for (const sku of ['TEA', 'JAM'])
    await owner.tenant.api.post('/products', {
      name: sku,
      variants: [{ sku, priceMinor: 1_000, onHand: 30 }],
    });
  window = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  ({ page } = window);
  await enter(page, app, owner);
});

afterEach(() => {
  expect(withoutRefusals(window.complaints)).toEqual([]);
});

const part = (name: string) => page.getByRole('region', { name });

test('that nothing is sold twice: run, followed, read, and kept beside the one before', async () => {
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await page.getByRole('link', { name: 'Proof' }).click();
  const sell = part('Nothing is sold twice');
  await sell.getByText('Not proved here yet').waitFor();
  for (const buyers of ['60', '40']) {
    await sell.getByLabel('Buyers').fill(buyers);
    await sell.getByLabel('Pieces').fill('30');
    await sell.getByRole('button', { name: 'Run the proof' }).click();
    await sell.getByText(`${buyers} buyers wanted 30 pieces`).waitFor();
  }
  const checks = sell.getByRole('listitem');
  expect(await checks.count()).toBe(8);
  expect(await checks.filter({ hasText: 'It holds' }).count()).toBe(8);
  await sell.getByText('1 process killed').waitFor();
  // The one before is still there to be read.
  const earlier = sell.getByRole('table', { name: 'Proofs so far' });
  await earlier.getByRole('row').nth(2).getByRole('link').click();
  await sell.getByText('60 buyers wanted 30 pieces').waitFor();
  expect(await findBarriers(page)).toEqual([]);
});

test('that the books add up: what does not is found, said, and repaired by a movement', async () => {
  const books = part('The books add up');
  const check = books.getByRole('button', { name: 'Check now' });
  await check.click();
  await books.getByText('Everything adds up').waitFor();
  const { api } = owner.tenant;
  const { items } = await api.get<{ items: StockLevel[] }>('/inventory/levels');
  await withSql(app.databaseUrl, (sql) =>
    sql.query(
      `update stock_level set on_hand = case variant_id when $1 then 33 else 28 end
       where tenant_id = $2`,
      [items.find(({ sku }) => sku === 'TEA')!.variantId, owner.tenant.id],
    ),
  );
  await check.click();
  await books.getByText('2 figures do not add up').waitFor();
  const found = books.getByRole('table', { name: 'What does not add up' });
  const tea = found.getByRole('row').filter({ hasText: 'TEA' });
  await tea.getByText('33 on hand, but the movements add up to 30').waitFor();
  await tea.getByText('A movement of +3; 33 stay on hand').waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await found.getByRole('button', { name: 'Repair JAM' }).click();
  await books.getByText('1 figure does not add up').waitFor();
  await found.getByRole('button', { name: 'Repair TEA' }).click();
  await books.getByText('Everything adds up').waitFor();
  const repairs = books.getByRole('table', { name: 'Repairs so far' }).getByRole('row');
  await repairs.filter({ hasText: 'TEA' }).getByText('Ana').waitFor();
  const { items: moved } = await api.get<{ items: ExplainedMovement[] }>(
    '/inventory/movements?sku=TEA&limit=1',
  );
  expect(moved).toMatchObject([{ kind: 'repair', quantity: 3, onHandAfter: 33 }]);
  await check.click();
  await books.getByText('Everything adds up').waitFor();
});

test('who only reads sees what was proved, and has nothing to press', async () => {
  const email = 'vera@example.com';
  await addMember(app, owner, { tenantId: owner.tenant.id, role: 'viewer', email });
  const reader = await openWindow(browser, { viewport: { width: 390, height: 844 } });
  await enter(reader.page, app, { email, password: owner.password });
  await reader.page.goto(`${app.url}/proof`);
  await reader.page.getByText('40 buyers wanted 30 pieces').waitFor();
  await reader.page.getByText('An owner can run it').waitFor();
  await reader.page.getByText('Everything adds up').waitFor();
  for (const name of ['Run the proof', 'Check now', 'Repair TEA'])
    expect(await reader.page.getByRole('button', { name }).count(), name).toBe(0);
  await reader.context.close();
});
