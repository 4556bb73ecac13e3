/** People, their accounts and keys in a real browser: roles, sessions, a second factor, and an invitation for who has an account. */
import { createHmac } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findBarriers, openWindow, startBrowser, type Window } from './support/browser.ts';
import { enter, signInWith, withoutRefusals } from './support/console.ts';
import { addMember, addTenant, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let browser: Browser;
let owner: TestOwner;
let window: Window;
let page: Page;

beforeAll(async () => {
  [app, browser] = await Promise.all([Tradepost.start(), startBrowser()]);
  owner = await setUpOwner(app);
  const tenantId = owner.tenant.id;
  await addMember(app, owner, { tenantId, role: 'agent', email: 'agent@example.com' });
  window = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  ({ page } = window);
  await enter(page, app, owner);
});

afterEach(() => {
  expect(withoutRefusals(window.complaints)).toEqual([]);
});

/** What an authenticator app shows now. Source: RFC 6238, RFC 4226. */
function codeOf(secret: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const code = (mac.readUInt32BE(mac.at(-1)! & 0xf) & 0x7fffffff) % 1_000_000;
  return String(code).padStart(6, '0');
}

/** One visit, told in order. */
describe('people', () => {
  test('have roles that change and change back; the last owner is told why not', async () => {
    await page.goto(`${app.url}/settings/people`);
    const members = page.getByRole('table', { name: 'People' });
    await members.getByRole('button', { name: 'Role of agent: Agent' }).click();
    await page.getByRole('menuitem', { name: /^Viewer/ }).click();
    await members.getByRole('button', { name: 'Role of agent: Viewer' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await members.getByRole('button', { name: 'Role of agent: Agent' }).waitFor();
    await members.getByRole('button', { name: 'Role of Ana: Owner' }).click();
    await page.getByText('A shop needs an owner').waitFor();
    expect(await page.getByRole('menuitem', { name: /^Manager/ }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
  });

  test('are removed by typing the name', async () => {
    const members = page.getByRole('table', { name: 'People' });
    await members.getByRole('button', { name: 'Actions for agent' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('agent');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await members.getByText('agent@example.com').waitFor({ state: 'detached' });
  });

  test('who have an account in another shop join with it', async () => {
    const { id: tenantId } = await addTenant(app, 'Second Shop');
    await addMember(app, owner, { tenantId, role: 'manager', email: 'guest@example.com' });
    await page.getByRole('button', { name: 'Invite someone' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('E-mail').fill('guest@example.com');
    await dialog.getByRole('radio', { name: 'Agent' }).check();
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const link = (await dialog.getByText(/\/join\?token=/).textContent())!;
    await dialog.getByRole('button', { name: 'Done' }).click();
    const guest = await openWindow(browser, {});
    await guest.page.goto(link);
    await guest.page.getByText('You have an account here already').waitFor();
    expect(await findBarriers(guest.page)).toEqual([]);
    await guest.page.getByLabel('Password', { exact: true }).fill(owner.password);
    await guest.page.getByRole('button', { name: 'Join Ana Books' }).click();
    await guest.page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
    // The link works once.
    await guest.page.goto(link);
    await guest.page.getByText('This invitation does not work').waitFor();
    await guest.context.close();
  });
});

describe('one’s own account', () => {
  test('shows where one is signed in, and signs another device out', async () => {
    const other = await openWindow(browser, {});
    await enter(other.page, app, owner);
    await page.goto(`${app.url}/account`);
    const sessions = page.getByRole('table', { name: 'Where you are signed in' });
    await sessions.getByText('This one').waitFor();
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText('You are signed out everywhere else').waitFor();
    await other.page.waitForURL(/\/sign-in/, { timeout: 30_000 });
    await other.context.close();
  });

  test('takes a second factor, asks for it, and lets in by a recovery code', async () => {
    await page.getByRole('button', { name: 'Set up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Present password').fill(owner.password);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByRole('img', { name: /QR code/ }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    const secret = (await dialog.getByRole('button', { name: /^[A-Z2-7]{16,}/ }).textContent())!;
    await dialog.getByLabel('Code from the app').fill(codeOf(secret.replace(/Copy$/, '')));
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByText('Keep your recovery codes').waitFor();
    const recoveryCode = (await dialog.getByRole('listitem').first().textContent())!;
    await dialog.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByRole('button', { name: 'Turn off' }).waitFor();

    const other = await openWindow(browser, {});
    await other.page.goto(`${app.url}/sign-in`);
    await signInWith(other.page, owner.email, owner.password);
    await other.page.getByText('Enter your code').waitFor();
    expect(await findBarriers(other.page)).toEqual([]);
    await other.page.getByRole('button', { name: 'Use a recovery code' }).click();
    await other.page.getByLabel('Recovery code').fill(recoveryCode);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
    await other.context.close();

    await page.getByRole('button', { name: 'Turn off' }).click();
    await dialog.getByLabel('Present password').fill(owner.password);
    await dialog.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('button', { name: 'Set up' }).waitFor();
  });
});

describe('settings', () => {
  test('rename an API key and the shop, and the log says so', async () => {
    await page.goto(`${app.url}/settings/keys`);
    await page.getByRole('button', { name: 'Actions for acceptance' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Shop front');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('table', { name: 'API keys' }).getByText('Shop front').waitFor();
    await page.goto(`${app.url}/settings`);
    await page.getByLabel('Name of the shop').fill('Ana and Ion Books');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The shop is saved').waitFor();
    await page.goto(`${app.url}/settings/audit?entity=tenant`);
    const line = page.getByRole('button', { name: /Ana changed name of shop/ });
    await line.getByText('Ana Books → Ana and Ion Books').waitFor();
    await line.click();
    await page.getByRole('row', { name: 'Name Ana Books Ana and Ion Books' }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.csv$/);
  });

  test('of another shop are not shown', async () => {
    const other = await addTenant(app, 'Other Shop');
    await other.api.post('/categories', { name: 'Theirs' });
    await page.goto(`${app.url}/settings/audit?q=Theirs`);
    await page.getByText('Nothing matches').waitFor();
  });
});

describe.for([
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
])('at $width px', (viewport) => {
  test.for(['light', 'dark'] as const)('%s: no barriers, no overflow', async (colorScheme) => {
    const other = await openWindow(browser, { viewport, colorScheme });
    await enter(other.page, app, owner);
    const found: Record<string, string[]> = {};
    const places = ['/settings', '/settings/people', '/settings/keys', '/settings/audit', '/account'];
    for (const place of [...places, '/join?token=nothing', '/reset?token=nothing-that-is-anything']) {
      await other.page.goto(app.url + place);
      await other.page.getByRole('heading', { level: 1 }).first().waitFor();
      await other.page.waitForLoadState('networkidle');
      const barriers = await findBarriers(other.page);
      const overflow = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) barriers.push(`wider than the screen by ${overflow} px`);
      if (barriers.length > 0) found[place] = barriers;
    }
    expect(found).toEqual({});
    await other.context.close();
  });
});
