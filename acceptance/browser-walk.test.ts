/** The whole way in a real browser: first owner, invitation, role, product, order, a cancelled task, and what the log says of it. */
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openWindow, startBrowser, type Window } from './support/browser.ts';
import { withoutRefusals } from './support/console.ts';
import { Marketplace } from './support/marketplace.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

const seller = { name: 'eMAG main', username: 'walk@shop.example', password: 'sandbox-walk' };

let app: Tradepost;
let marketplace: Marketplace;
let browser: Browser;
let owner: Window;

beforeAll(async () => {
  [marketplace, browser] = await Promise.all([Marketplace.start([seller]), startBrowser()]);
  app = await Tradepost.start({ env: { EMAG_EXTRA_BASE_URLS: marketplace.baseUrl } });
  owner = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
});

async function open(page: Page, ...names: string[]): Promise<void> {
  for (const name of names) await page.getByRole('link', { name, exact: true }).first().click();
}

test('from the first owner to the audit log', { timeout: 240_000 }, async () => {
  const { page } = owner;

  // First owner.
  const [, link] = await app.program.waitForLine(/^setup (\S+)$/);
  await page.goto(link!);
  await page.getByLabel('Name of the shop').fill('Ana Books');
  await page.getByLabel('Your name').fill('Ana');
  await page.getByLabel('E-mail').fill('ana@example.com');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Create the shop' }).click();
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();

  // Invite.
  await open(page, 'Settings', 'People');
  await page.getByRole('button', { name: 'Invite someone' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill('ion@example.com');
  await dialog.getByRole('radio', { name: 'Viewer' }).check();
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const invitation = (await dialog.getByText(/\/join\?token=/).textContent())!;
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('table', { name: 'Open invitations' }).getByText('ion@example.com').waitFor();

  // The other person joins.
  const guest = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  await guest.page.goto(invitation);
  await guest.page.getByRole('heading', { name: 'Join Ana Books' }).waitFor();
  await guest.page.getByLabel('Your name').fill('Ion');
  await guest.page.getByLabel('Choose a password').fill('kettle anchor violet moth');
  await guest.page.getByRole('button', { name: 'Join Ana Books' }).click();
  await guest.page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  await guest.page.goto(`${app.url}/products`);
  await guest.page.getByText('No products yet').waitFor();
  expect(await guest.page.getByRole('link', { name: 'New product' }).count()).toBe(0);

  // Role.
  await page.reload();
  const members = page.getByRole('table', { name: 'People' });
  await members.getByRole('button', { name: 'Role of Ion: Viewer' }).click();
  await page.getByRole('menuitem', { name: /^Manager/ }).click();
  await page.getByText('Ion is Manager now').waitFor();
  // It holds within five seconds; what is on the other's screen is asked for anew until then.
  await until('the role to hold', async () => {
    await guest.page.goto(`${app.url}/products`);
    await guest.page.getByText('No products yet').waitFor();
    return (await guest.page.getByRole('link', { name: 'New product' }).count()) > 0;
  });

  // Product, by the new manager.
  await guest.page.getByRole('link', { name: 'New product' }).first().click();
  await guest.page.getByLabel('Name', { exact: true }).fill('Chai');
  await guest.page.getByRole('combobox', { name: 'Category' }).fill('Tea');
  await guest.page.getByLabel(/^SKU/).fill('NW-001');
  await guest.page.getByLabel(/^Price/).fill('10');
  await guest.page.getByLabel(/^Opening stock/).fill('50');
  await guest.page.getByRole('button', { name: 'Create', exact: true }).click();
  const detail = guest.page.getByRole('article', { name: 'Chai' });
  await detail.getByText('Available 50').waitFor();
  await detail
    .getByRole('button', { name: 'Edit' })
    .or(detail.getByRole('link', { name: 'Edit' }))
    .click();
  await guest.page.getByLabel(/^Price/).fill('12.50');
  await guest.page.getByRole('button', { name: 'Save' }).click();
  await detail.getByText('RON 12.50').waitFor();

  // Order, from a marketplace that the owner connects.
  await open(page, 'Marketplaces');
  await page.getByRole('button', { name: 'Connect an account' }).first().click();
  await dialog.getByLabel('Name', { exact: true }).fill(seller.name);
  await dialog.getByLabel('Username').fill(seller.username);
  await dialog.getByLabel('Password', { exact: true }).fill(seller.password);
  await dialog.getByLabel('Address').fill(marketplace.baseUrl);
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  const account = page.getByRole('article');
  await account.getByRole('button', { name: 'Read orders now' }).waitFor();
  const [number] = await marketplace.addOrders({
    account: seller.username,
    count: 1,
    lines: [{ part_number: 'NW-001', quantity: 2 }],
  });
  await account.getByText('Works').waitFor({ timeout: 60_000 });
  await account.getByRole('button', { name: 'Read orders now' }).click();
  await open(page, 'Orders');
  await page.getByRole('table', { name: 'Orders' }).getByText(String(number)).click({ timeout: 60_000 });
  await page.getByRole('article').getByText('NW-001').waitFor();

  // A task that hangs at the marketplace is cancelled.
  await marketplace.addFaults([{ match: { route: 'order/read' }, action: { kind: 'timeout' } }]);
  await open(page, 'Marketplaces');
  await page.getByRole('table', { name: 'Marketplaces' }).getByRole('link').first().click();
  await account.getByRole('button', { name: 'Read orders now' }).click();
  await open(page, 'Tasks');
  await page.getByRole('table', { name: 'Tasks' }).getByText('Running').first().waitFor({ timeout: 30_000 });
  await page
    .getByRole('row')
    .filter({ hasText: 'Running' })
    .filter({ hasText: 'Read new orders' })
    .first()
    .getByRole('link')
    .click();
  await page.getByRole('article').getByRole('button', { name: 'Cancel task' }).click();
  await page.getByRole('article').getByText('Cancelled').first().waitFor({ timeout: 30_000 });

  // The log tells who did what.
  await open(page, 'Settings', 'Audit log');
  for (const sentence of [
    'Ana created marketplace account eMAG main',
    'Ion changed price of variant NW-001 RON 10.00 → RON 12.50',
    'Ion created product Chai',
    'Ana changed role of member Ion Viewer → Manager',
    'Ana created invitation ion@example.com',
  ]) {
    await page.getByRole('button', { name: sentence }).waitFor();
  }
  await page.getByRole('button', { name: 'Ion changed price' }).click();
  await page.getByRole('link', { name: 'Open', exact: true }).click();
  await page.getByRole('article', { name: 'Chai' }).waitFor();

  expect(withoutRefusals(owner.complaints)).toEqual([]);
  expect(withoutRefusals(guest.complaints)).toEqual([]);
});
