/** The whole way of goods in a real browser: a file, reviewed and applied; sold until an alert; ordered, received, looked back at. */
import type { Reservation, StockLevel } from '@tradepost/contracts';
import { expect, test } from 'vitest';
import { findBarriers, openWindow, startBrowser } from './support/browser.ts';
import { enter, uploadFile, withoutRefusals } from './support/console.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

const file = `SKU;Product name;Price;Currency;Opening stock
TEA;Green tea;21,50;RON;31
JAM;Plum jam;12,00;RON;40
`;

test('import → review → apply → sell → alert → purchase order → receive → time machine', {
  timeout: 120_000,
}, async () => {
  const [app, browser] = await Promise.all([Tradepost.start(), startBrowser()]);
  const owner = await setUpOwner(app);
  const { api } = owner.tenant;
  const { page, complaints } = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  const dialog = page.getByRole('dialog');
  const teaNow = async () => (await api.get<{ items: StockLevel[] }>('/inventory/levels?sku=TEA')).items[0];
  await enter(page, app, owner);

  // Import, review, apply.
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await page.getByRole('link', { name: 'Imports' }).click();
  await uploadFile(page, 'Products', { name: 'products.csv', text: file });
  await page.getByRole('button', { name: 'Check the rows' }).click();
  await page.getByRole('cell', { name: 'Green tea' }).waitFor();
  expect(await teaNow()).toBeUndefined();
  await page.getByRole('button', { name: 'Apply 2 rows' }).click();
  await page.getByText('2 rows are applied').waitFor();
  expect(await teaNow()).toMatchObject({ onHand: 31 });

  // A shop front sells while somebody looks at the alerts.
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await page.getByRole('link', { name: 'Alerts' }).click();
  await page.getByText('No such alert').or(page.getByText('Nothing is low')).first().waitFor();
  const lines = [{ sku: 'TEA', quantity: 23 }];
  const { id } = await api.post<Reservation>('/inventory/reservations', { lines, reference: 'web-1001' });
  await api.post(`/inventory/reservations/${id}/confirm`, {});
  await page.getByRole('table', { name: 'Alerts' }).getByText('Green tea').waitFor();

  // A supplier, what they ask, and an order.
  await page.getByRole('link', { name: 'Purchasing' }).click();
  await page.getByRole('link', { name: 'Suppliers' }).click();
  await page.getByRole('button', { name: 'New supplier' }).first().click();
  await dialog.getByLabel('Name').fill('Leaf and Bean');
  await dialog.getByLabel('E-mail').fill('orders@leaf.example');
  await dialog.getByLabel('Lead time').fill('9');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const supplier = page.getByRole('article', { name: 'Leaf and Bean' });
  // A barcode reader types and presses Enter at once.
  await supplier.getByRole('button', { name: 'Add price' }).click();
  await dialog.getByRole('searchbox').fill('TEA');
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Price').fill('12.50');
  await dialog.getByLabel('Pieces in a pack').fill('24');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await supplier.getByRole('table', { name: 'Prices' }).getByText('RON 12.50').waitFor();
  await supplier.getByRole('button', { name: 'New purchase order' }).click();
  await dialog.getByRole('button', { name: 'Create draft' }).click();
  const order = page.getByRole('article', { name: /^PO-/ });
  await order.getByRole('searchbox', { name: 'Add item' }).fill('TEA');
  await page.keyboard.press('Enter');
  await order.getByText('RON 300.00').first().waitFor();
  await order.getByRole('button', { name: 'Save lines' }).click();
  await page.getByText('The order is saved').waitFor();
  await order.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByRole('link', { name: 'Write to orders@leaf.example' }).waitFor();
  await dialog.getByRole('button', { name: 'Mark as sent' }).click();
  await order.getByText('Sent', { exact: true }).waitFor();
  expect(await teaNow()).toMatchObject({ onHand: 8, incoming: 24 });

  // At the ramp one is missing.
  await order.getByRole('button', { name: 'Receive', exact: true }).click();
  await dialog.getByRole('button', { name: 'One fewer of TEA' }).click();
  await dialog.getByRole('button', { name: 'Receive 23 pieces' }).click();
  await order.getByText('Partly received', { exact: true }).waitFor();
  await order.getByText('Received 23 pieces').waitFor();
  expect(await teaNow()).toMatchObject({ onHand: 31, incoming: 1, low: false });

  // All of it is told by the time machine, each step with what was behind it.
  await page.getByRole('link', { name: 'Stock', exact: true }).click();
  await page.getByRole('link', { name: 'TEA', exact: true }).click();
  await page
    .getByRole('link', { name: /time machine/i })
    .first()
    .click();
  const made = page.getByRole('table', { name: 'What made it so' }).getByRole('row');
  await made
    .nth(1)
    .getByRole('link', { name: /^Purchase order PO-/ })
    .waitFor();
  expect(await made.filter({ hasText: '+23' }).count()).toBe(1);
  expect(await made.filter({ hasText: '−23' }).count()).toBe(1);
  await made.nth(3).getByRole('link', { name: 'Import products.csv' }).waitFor();
  await page.getByRole('button', { name: 'Change before' }).click();
  await page.getByRole('definition').getByText('8', { exact: true }).first().waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(withoutRefusals(complaints)).toEqual([]);
});
