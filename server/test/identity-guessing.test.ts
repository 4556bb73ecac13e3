/** Guessing passwords: held per account wherever it comes from, without locking out who has been here before. */
import { afterEach, expect, test } from 'vitest';
import { type IdentityUnderTest, password, startIdentity } from './factories/identity.ts';
import { useDatabase } from './support/database.ts';
import { json } from './support/http.ts';

const database = useDatabase();
let id: IdentityUnderTest | undefined;
afterEach(async () => {
  await id?.stop();
  id = undefined;
});

const addressOf = (n: number) => `203.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

/** One try; behind a trusted proxy `address` is where it comes from. */
async function guess(email: string, options: { address?: string; cookie?: string; word?: string } = {}) {
  const headers: Record<string, string> = {};
  if (options.address !== undefined) headers['x-forwarded-for'] = options.address;
  if (options.cookie !== undefined) headers.cookie = options.cookie;
  const body = { email, password: options.word ?? 'a wrong guess' };
  return (await id!.http.call('/api/v1/session', json(body, headers))).status;
}

test('10,000 guesses from as many true addresses: ten are looked at, and a known device still gets in', {
  timeout: 120_000,
}, async () => {
  id = await startIdentity(database.current, { trustProxy: ['loopback'] });
  const { email } = await id.makePerson();
  const { cookie } = await id.signIn(email);
  const statuses = new Map<number, number>();
  for (let round = 0; round < 100; round++) {
    const some = Array.from({ length: 100 }, (_, i) => guess(email, { address: addressOf(round * 100 + i) }));
    for (const status of await Promise.all(some)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  // It may take more than one of the minutes.
  expect(statuses.get(401)).toBeGreaterThanOrEqual(10);
  expect(statuses.get(401)).toBeLessThanOrEqual(50);
  expect((statuses.get(401) ?? 0) + (statuses.get(429) ?? 0)).toBe(10_000);
  // The right password from a new device is held too, or guessing on would pay.
  for (let i = 0; i < 10; i++) await guess(email, { address: addressOf(20_000 + i) });
  expect(await guess(email, { word: password, address: addressOf(30_000) })).toBe(429);
  expect(await guess(email, { word: password, cookie, address: addressOf(30_001) })).toBe(200);
});

test('X-Forwarded-For from a peer that is no trusted proxy changes nothing', async () => {
  id = await startIdentity(database.current);
  const { email } = await id.makePerson();
  const statuses = [];
  for (let i = 0; i < 12; i++) statuses.push(await guess(email, { address: addressOf(i) }));
  expect(statuses.filter((status) => status === 429)).toHaveLength(2);
});

test('a known device has no more tries than others, and is known to its own account only', async () => {
  id = await startIdentity(database.current);
  const [mine, theirs] = [await id.makePerson(), await id.makePerson()];
  const { cookie } = await id.signIn(mine.email);
  const device = cookie.split('; ').find((pair) => pair.startsWith('tradepost.device='))!;
  for (const [email, forged] of [
    [mine.email, device],
    [theirs.email, device],
    [theirs.email, device.replace(/=[^.]+/, '=somebodyelse')],
  ] as const) {
    const statuses = [];
    for (let i = 0; i < 11; i++) statuses.push(await guess(email, { cookie: forged }));
    expect(statuses.at(-1)).toBe(429);
  }
  // Mine was counted on the device; theirs on the account, by either cookie.
  expect(await guess(mine.email, { word: password })).toBe(200);
  expect(await guess(theirs.email, { word: password })).toBe(429);
});

test('an account that does not exist is held alike', async () => {
  id = await startIdentity(database.current);
  const statuses = [];
  for (let i = 0; i < 11; i++) statuses.push(await guess('nobody@shop.example'));
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
});

test('signing in well costs nothing of it', async () => {
  id = await startIdentity(database.current);
  const { email } = await id.makePerson();
  const statuses = [];
  for (let i = 0; i < 12; i++) statuses.push(await guess(email, { word: password }));
  expect(new Set(statuses)).toEqual(new Set([200]));
});
