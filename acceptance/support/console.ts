/** The console as its users meet it: the demo's shops, and the way in. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { send } from './api.ts';
import type { Tradepost } from './tradepost.ts';

export interface Shop {
  email: string;
  password: string;
  apiKey: string;
  slug: string;
  name: string;
}

interface Demo {
  tenants: Shop[];
  simulator: { url: string; accounts: { tenant: string; name: string; username: string }[] };
}

export async function readDemo(app: Tradepost): Promise<Demo> {
  return JSON.parse(await readFile(join(app.dataDir, 'demo.json'), 'utf8'));
}

/** A new order at the first shop's own account; returns its number. */
export async function placeOrder(app: Tradepost): Promise<string> {
  const { simulator, tenants } = await readDemo(app);
  const account = simulator.accounts.find((a) => a.tenant === tenants[0]!.slug && a.name === 'MAIN')!;
  const { body } = await send<{ ids: number[] }>('POST', `${simulator.url}/__sandbox/orders`, {
    json: { account: account.username },
  });
  return String(body.ids[0]);
}

/** Fills the form of the sign-in page, in English. */
export async function signInWith(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Opens the console and waits for Today. */
export async function enter(
  page: Page,
  app: Tradepost,
  shop: Pick<Shop, 'email' | 'password'>,
): Promise<void> {
  await page.goto(`${app.url}/sign-in`);
  await signInWith(page, shop.email, shop.password);
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
}

/** From the page of imports to the import of a file: where its columns are named. */
export async function uploadFile(
  page: Page,
  kind: string,
  { name, text }: { name: string; text: string },
): Promise<void> {
  await page.getByRole('button', { name: 'Import a file' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: kind }).check();
  await dialog
    .locator('input[type="file"]')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await dialog.getByRole('button', { name: 'Read the file' }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Asking for a session before there is one is answered 401, which the browser itself notes. */
export function withoutRefusals(complaints: string[]): string[] {
  return complaints.splice(0).filter((text) => !/status of 401/.test(text));
}
