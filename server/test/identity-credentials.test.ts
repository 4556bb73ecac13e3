/** Credentials: which cookie counts, what is read while one ends, and what holds while the database is away. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createApiKey } from '#modules/identity';
import { DatabaseUnavailableError } from '#platform/db';
import {
  cookieHeader,
  type IdentityUnderTest,
  password,
  startIdentity,
  totpCode,
} from './factories/identity.ts';
import { useDatabase } from './support/database.ts';
import { json } from './support/http.ts';

const database = useDatabase();
let id: IdentityUnderTest | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await id?.stop();
  id = undefined;
});

async function start(publicUrl?: string): Promise<IdentityUnderTest> {
  id = await startIdentity(database.current, publicUrl === undefined ? {} : { publicUrl });
  return id;
}

const plain = 'tradepost.session_token';
const secure = '__Secure-tradepost.session_token';

describe('a cookie that somebody planted beside the real one', () => {
  test.each([
    ['over HTTP, of the other name', undefined, secure, plain],
    ['over HTTPS, of the other name', 'https://shop.example', plain, secure],
    ['over HTTP, of the same name', undefined, plain, plain],
    ['over HTTPS, of the same name', 'https://shop.example', secure, secure],
  ])('%s opens nobody’s session', async (_, publicUrl, planted, real) => {
    const { signIn, makePerson, http } = await start(publicUrl);
    const { cookie } = await signIn((await makePerson()).email);
    const own = cookie.split('; ').find((pair) => pair.startsWith(`${real}=`))!;
    const ask = async (sent: string) =>
      (await http.call('/api/v1/session', { headers: { cookie: sent } })).status;
    const evil = `${planted}=evil`;
    expect(await ask(evil)).toBe(401);
    // The real one counts, unless the planted one has its very name and comes first.
    expect(await ask(`${evil}; ${own}`)).toBe(planted === real ? 401 : 200);
    expect(await ask(evil)).toBe(401);
    expect(await ask(own)).toBe(200);
  });

  test('of a second factor answers for nobody else', async () => {
    const { signIn, makePerson, http, signedInBy } = await start();
    const { email } = await makePerson();
    const first = await signIn(email);
    const started = await first.send('POST', '/account/two-factor', { password });
    const { secret, recoveryCodes } = (await started.json()) as { secret: string; recoveryCodes: string[] };
    await signedInBy(await first.send('POST', '/account/two-factor/confirm', { code: totpCode(secret) }));
    const challenged = await http.call('/api/v1/session', json({ email, password }));
    const real = cookieHeader(challenged.headers.getSetCookie());
    const answer = async (cookie: string) =>
      (await http.call('/api/v1/session/two-factor', json({ recoveryCode: recoveryCodes[0] }, { cookie })))
        .status;
    expect(await answer(real.replace('tradepost.two_factor', '__Secure-tradepost.two_factor'))).toBe(401);
    expect(await answer(`__Secure-tradepost.two_factor=2fa-evil.x; ${real}`)).toBe(200);
  });
});

async function makeKey({ makePerson, signIn }: IdentityUnderTest) {
  const { tenantId, email } = await makePerson();
  const { apiKey, key } = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
    createApiKey(tx, { name: 'k', scopes: ['keys.read', 'keys.write'] }),
  );
  return { id: apiKey.id, headers: { authorization: `Bearer ${key}` }, owner: await signIn(email) };
}

test('a request that comes after a key ended does not join a read that began before', async () => {
  const { http } = await start();
  const key = await makeKey(id!);
  const ask = async () => (await http.call('/api/v1/api-keys', { headers: key.headers })).status;
  const { asSystem } = database.current.db;
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let wasRead = () => {};
  const read = new Promise<void>((resolve) => {
    wasRead = resolve;
  });
  let first = true;
  vi.spyOn(database.current.db, 'asSystem').mockImplementation(async (reason, work, acting) => {
    const result = await asSystem(reason, work, acting);
    if (reason === 'find an API key' && first) {
      first = false;
      wasRead();
      await held;
    }
    return result;
  });
  const before = ask();
  await read;
  expect((await key.owner.send('DELETE', `/admin/api-keys/${key.id}`)).status).toBe(204);
  const after = ask();
  const early = await Promise.race([after, new Promise((resolve) => setTimeout(resolve, 2000, 'joined'))]);
  goOn();
  expect(early).toBe(401);
  expect(await before).toBe(401);
});

test('while the database is away, one that lived lately is believed by what reads, and by nothing that changes', async () => {
  const { http, identity } = await start();
  const key = await makeKey(id!);
  const get = async () => (await http.call('/api/v1/api-keys', { headers: key.headers })).status;
  const post = async () =>
    (await http.call('/api/v1/api-keys', json({ name: 'x', scopes: ['keys.read'] }, key.headers))).status;
  expect([await get(), await post()]).toEqual([200, 201]);
  const { asSystem } = database.current.db;
  vi.spyOn(database.current.db, 'asSystem').mockImplementation(async (reason, work, acting) => {
    if (reason === 'find an API key') throw new DatabaseUnavailableError('away');
    return asSystem(reason, work, acting);
  });
  let laterMs = 3000;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + laterMs);
  expect([await get(), await post()]).toEqual([200, 503]);
  await expect(identity.authenticate(key.headers)).rejects.toThrow(DatabaseUnavailableError);
  laterMs = 70_000;
  expect(await get()).toBe(503);
});
