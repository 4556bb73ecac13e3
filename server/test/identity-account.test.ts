/** One's own account: name, password, sessions; and the resets that an owner makes for a member. */
import { Account, AccountSession, listOf } from '@tradepost/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMember, createApiKey, passwordFault } from '#modules/identity';
import { newId } from '#platform/crypto';
import { type IdentityUnderTest, password, startIdentity } from './factories/identity.ts';
import { useDatabase } from './support/database.ts';
import { bodyOf, json } from './support/http.ts';

const database = useDatabase();
let id: IdentityUnderTest;
beforeAll(async () => {
  id = await startIdentity(database.current);
});
afterAll(() => id?.stop());

const next = 'a quiet green lamp';
async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}
const signInWith = async (email: string, word: string) =>
  (await id.http.call('/api/v1/session', json({ email, password: word }))).status;

describe('sessions', () => {
  test('are listed with device, address and when they were last seen; the present one is marked', async () => {
    const { email } = await id.makePerson();
    const [old, now] = [await id.signIn(email), await id.signIn(email)];
    const list = async () => (await bodyOf(listOf(AccountSession), await now.get('/account/sessions'))).items;
    const [first, second] = await list();
    expect([first?.current, second?.current]).toEqual([true, false]);
    expect(first).toMatchObject({ address: '127.0.0.1', device: 'node' });
    await database.current.db.asSystem('test', (tx) =>
      tx.execute(
        `update auth.session set "lastSeenAt" = null, "createdAt" = "createdAt" - interval '1 day'
        where "userId" = (select id from auth."user" where email = $1)`,
        [email],
      ),
    );
    const third = await id.signIn(email);
    expect((await third.get('/session')).status).toBe(200);
    const seen = async () => {
      const own = (await list()).find((s) => !s.current && s.id !== second?.id);
      return own !== undefined && own.lastSeenAt !== own.createdAt;
    };
    await expect.poll(seen, { timeout: 5000 }).toBe(true);
    expect((await old.get('/session')).status).toBe(200);
  });

  test('one is ended, or all others; another person’s is not found', async () => {
    const { email } = await id.makePerson();
    const [one, two, three] = [await id.signIn(email), await id.signIn(email), await id.signIn(email)];
    const stranger = await id.signIn((await id.makePerson()).email);
    const { items } = await bodyOf(listOf(AccountSession), await three.get('/account/sessions'));
    const ofOne = items.at(-1)!.id;
    expect(await codeOf(await stranger.send('DELETE', `/account/sessions/${ofOne}`))).toBe('NOT_FOUND');
    expect((await three.send('DELETE', `/account/sessions/${ofOne}`)).status).toBe(204);
    expect((await one.get('/session')).status).toBe(401);
    expect((await two.get('/session')).status).toBe(200);
    const ended = await three.send('DELETE', '/account/sessions');
    expect(await ended.json()).toEqual({ ended: 1 });
    expect((await two.get('/session')).status).toBe(401);
    expect((await three.get('/session')).status).toBe(200);
    expect((await stranger.get('/session')).status).toBe(200);
  });

  test('a key has no account', async () => {
    const { tenantId } = await id.makePerson();
    const { key } = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
      createApiKey(tx, { name: 'k', scopes: ['orders.read'] }),
    );
    const headers = { authorization: `Bearer ${key}` };
    for (const path of ['/api/v1/account', '/api/v1/account/sessions']) {
      expect((await id.http.refused(path, { headers })).code).toBe('FORBIDDEN');
    }
  });
});

describe('the password', () => {
  test('is changed by who knows it; all other sessions end, this one goes on', async () => {
    const { email } = await id.makePerson();
    const [other, own] = [await id.signIn(email), await id.signIn(email)];
    const change = (body: object) => own.send('PUT', '/account/password', body);
    const wrong = await change({ currentPassword: 'wrong horse', newPassword: next });
    expect([wrong.status, await codeOf(wrong)]).toEqual([403, 'PASSWORD_REFUSED']);
    for (const newPassword of ['password123', '1234567890', 'short', email]) {
      const refused = await change({ currentPassword: password, newPassword });
      expect(await codeOf(refused), newPassword).toBe('VALIDATION_FAILED');
    }
    expect((await change({ currentPassword: password, newPassword: next })).status).toBe(204);
    expect((await other.get('/session')).status).toBe(401);
    expect((await own.get('/session')).status).toBe(200);
    expect(await signInWith(email, password)).toBe(401);
    expect(await signInWith(email, next)).toBe(200);
  });

  test('is not guessed through a stolen session', async () => {
    const own = await id.signIn((await id.makePerson()).email);
    const guess = { currentPassword: 'wrong horse', newPassword: next };
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await own.send('PUT', '/account/password', guess)).status);
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });

  test.each([
    'password123',
    'Passw0rd2024',
    'P@ssw0rd!!!',
    'qwertyuiop',
    '1234567890',
    '0987654321',
    'aaaaaaaaaaaa',
    'abababababab',
    'iloveyou!!',
    'adminadmin',
    '1q2w3e4r5t',
    'letmein-letmein',
    'tradepost2026',
    'Summer2026!',
    'abcdefghij',
  ])('%s is one of the commonest', (word) => {
    expect(passwordFault(word, 'ann@shop.example')).not.toBeNull();
  });

  test.each(['correct horse battery', next, 'Blue-Otter-71-Rain', 'mn8$kQ2!vLp0', 'salut bunicule drag'])(
    '%s is none of them',
    (word) => {
      expect(passwordFault(word, 'ann@shop.example')).toBeNull();
    },
  );
});

test('a person changes their own name', async () => {
  const own = await id.signIn((await id.makePerson()).email);
  const renamed = await own.send('PATCH', '/account', { name: '  Anna Șerban ' });
  expect(await bodyOf(Account, renamed)).toMatchObject({ name: 'Anna Șerban', twoFactor: false });
  expect(await codeOf(await own.send('PATCH', '/account', { name: ' ' }))).toBe('VALIDATION_FAILED');
});

describe('a reset by an owner', () => {
  async function makeReset(role: 'owner' | 'agent' = 'agent', body: object = {}) {
    const owner = await id.makePerson();
    const member = await id.makePerson({ tenantId: owner.tenantId, role });
    const as = await id.signIn(owner.email);
    const path = `/admin/members/${member.userId}/password-reset`;
    const make = async () => {
      const { url } = (await (await as.send('POST', path, body)).json()) as { url: string };
      return new URL(url).searchParams.get('token')!;
    };
    return { owner, member, as, path, make, token: await make() };
  }
  const reset = (token: string, word = next) =>
    id.http.call('/api/v1/password-reset', json({ token, password: word }));

  test('gives a link that sets a new password once, and ends the sessions', async () => {
    const { member, token } = await makeReset();
    const signedIn = await id.signIn(member.email);
    expect(await codeOf(await reset(token, 'password123'))).toBe('VALIDATION_FAILED');
    const answers = await Promise.all([reset(token), reset(token)]);
    expect(answers.map((a) => a.status).sort()).toEqual([204, 404]);
    expect((await signedIn.get('/session')).status).toBe(401);
    expect(await signInWith(member.email, next)).toBe(200);
    expect((await reset(token)).status).toBe(404);
  });

  test('a second link ends the first, a day ends both, leaving the tenant too', async () => {
    const { token, make, as, member } = await makeReset();
    const second = await make();
    expect((await reset(token)).status).toBe(404);
    await database.current.db.asSystem('test', (tx) =>
      tx.execute(`update password_reset set expires_at = now() - interval '1 second' where user_id = $1`, [
        member.userId,
      ]),
    );
    expect((await reset(second)).status).toBe(404);
    const third = await make();
    await as.send('DELETE', `/admin/members/${member.userId}`);
    expect((await reset(third)).status).toBe(404);
  });

  test('is not for who is a member elsewhere too, also when that comes later; nor for a stranger', async () => {
    const { token, as, path, member } = await makeReset();
    const { tenantId } = await id.makePerson();
    await database.current.db.asSystem('test', (tx) =>
      addMember(tx, { tenantId, userId: member.userId, role: 'viewer' }),
    );
    expect(await codeOf(await as.send('POST', path, {}))).toBe('STATE_CONFLICT');
    expect(await codeOf(await reset(token))).toBe('STATE_CONFLICT');
    expect(await signInWith(member.email, password)).toBe(200);
    // Whether a stranger exists, and where, is not told.
    const stranger = await id.makePerson();
    for (const userId of [stranger.userId, newId()]) {
      const refused = await as.send('POST', `/admin/members/${userId}/password-reset`, {});
      expect(await codeOf(refused)).toBe('NOT_FOUND');
    }
  });

  test('turns two-factor off when the owner says so', async () => {
    const { member, token } = await makeReset('agent', { removeTwoFactor: true });
    await database.current.db.asSystem('test', async (tx) => {
      await tx.execute('update auth."user" set "twoFactorEnabled" = true where id = $1', [member.userId]);
      await tx.execute(
        `insert into auth."twoFactor" (id, "userId", secret, "backupCodes", verified) values ($1, $2, 'x', 'x', true)`,
        [newId(), member.userId],
      );
    });
    expect(await signInWith(member.email, password)).toBe(401);
    expect((await reset(token)).status).toBe(204);
    expect(await signInWith(member.email, next)).toBe(200);
  });
});
