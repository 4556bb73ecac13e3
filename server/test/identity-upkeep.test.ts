/** What identity keeps in order: forged cursors, strangers at the door of the first owner, peers, and what has run out. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { newId, sha256 } from '#platform/crypto';
import { InstantText, peerOf } from '#platform/http';
import { trackCredentialUse } from '../src/modules/identity/credential-use.ts';
import { type IdentityUnderTest, password, startIdentity } from './factories/identity.ts';
import { useDatabase } from './support/database.ts';
import { json } from './support/http.ts';

const database = useDatabase();
let id: IdentityUnderTest | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  vi.doUnmock('better-auth/crypto');
  await id?.stop();
  id = undefined;
});

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

describe('a cursor', () => {
  const now = '2026-11-22 10:00:00.123456+00';
  test.each([now, '2026-11-22 10:00:00+05:30', '2026-11-22T10:00:00.123Z', '2024-02-29 00:00:00-08'])(
    'has the instant %s',
    (text) => expect(InstantText.safeParse(text).success).toBe(true),
  );

  const forged = [
    '----------',
    '0000-01-01T00:00:00Z',
    '2026-02-30 10:00:00+00',
    '2026-11-22 24:00:01+00',
    '2026-11-22 10:00:00+23',
    '2026-11-22 10:00:00',
    '2026-11-22',
    'infinity',
  ];
  test.each(forged)('never has %s', (text) => expect(InstantText.safeParse(text).success).toBe(false));

  test('that was forged is refused as that by every list', async () => {
    id = await startIdentity(database.current);
    const as = await id.signIn((await id.makePerson()).email);
    const lists = ['members', 'invitations', 'audit', 'api-keys'].map((name) => `/admin/${name}`);
    for (const path of [...lists, '/account/sessions']) {
      for (const instant of forged) {
        const key = [instant, path.endsWith('audit') ? '1' : newId()];
        const cursor = Buffer.from(JSON.stringify(key)).toString('base64url');
        const refused = await as.get(`${path}?cursor=${cursor}`);
        expect([path, instant, refused.status, await codeOf(refused)]).toEqual([
          path,
          instant,
          400,
          'CURSOR_INVALID',
        ]);
      }
    }
  });
});

describe('a peer', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['::ffff:cb00:7107', '::ffff:cb00:7107'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s', (address, peer) => expect(peerOf(address)).toBe(peer));

  test('of IPv6 does not buy itself tries by another address of its own; the log has the whole address', async () => {
    id = await startIdentity(database.current, { trustProxy: ['loopback'] });
    const { email } = await id.makePerson();
    const from = (address: string) =>
      id!.http.call('/api/v1/setup', json(setup, { 'x-forwarded-for': address }));
    const setup = { token: 'x'.repeat(43), tenantName: 'T', name: 'A', email: 'a@shop.example', password };
    const statuses = [];
    for (let i = 0; i < 21; i++) statuses.push((await from(`2001:db8:1:2::${i.toString(16)}`)).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 404), 429]);
    expect((await from('2001:db8:1:3::1')).status).toBe(404);
    const address = '2001:db8:1:2:3:4:5:6';
    const signedIn = await id.signedInBy(
      await id.http.call('/api/v1/session', json({ email, password }, { 'x-forwarded-for': address })),
    );
    const log = (await (await signedIn.get('/admin/audit?entity=sign_in')).json()) as {
      items: { after: { address: string } }[];
    };
    expect(log.items[0]?.after.address).toBe(address);
  });
});

test('no password is hashed for who has not the link of the first owner', async () => {
  id = await startIdentity(database.current);
  const hashed: string[] = [];
  vi.doMock('better-auth/crypto', async (original) => {
    const real = await original<{ hashPassword(password: string): Promise<string> }>();
    return {
      ...real,
      hashPassword: (word: string) => {
        hashed.push(word);
        return real.hashPassword(word);
      },
    };
  });
  const body = {
    tenantName: 'T',
    name: 'A',
    email: `${newId()}@shop.example`,
    password: 'a quiet green lamp',
  };
  const setup = (token: string) => id!.http.call('/api/v1/setup', json({ ...body, token }));
  expect((await setup('x'.repeat(43))).status).toBe(404);
  expect(hashed).toEqual([]);
  // With the link it is: what is watched above is what hashes.
  const token = 'y'.repeat(43);
  await database.current.db.asSystem('test', (tx) =>
    tx.execute('insert into setup_token (hash, created_at) values ($1, now())', [sha256(token)]),
  );
  await setup(token);
  expect(hashed).toEqual([body.password]);
});

test('what has run out is deleted, and only that', async () => {
  id = await startIdentity(database.current);
  const { db } = database.current;
  const owner = await id.makePerson();
  const [member, other] = [
    await id.makePerson({ tenantId: owner.tenantId, role: 'agent' }),
    await id.makePerson({ tenantId: owner.tenantId, role: 'agent' }),
  ];
  const as = await id.signIn(owner.email);
  const old = await id.signIn(member.email);
  for (const { userId } of [member, other])
    await as.send('POST', `/admin/members/${userId}/password-reset`, {});
  const codes = `insert into auth."usedCode" ("userId", code, "usedAt") values ($1, '111111', now() - $2::interval)`;
  await db.asSystem('test', async (tx) => {
    await tx.execute(
      `update auth.session set "expiresAt" = now() - interval '1 second' where "userId" = $1`,
      [member.userId],
    );
    await tx.execute(
      `update password_reset set expires_at = now() - interval '1 second' where user_id = $1`,
      [member.userId],
    );
    await tx.execute(codes, [member.userId, '6 minutes']);
    await tx.execute(codes, [other.userId, '4 minutes']);
  });
  const schedule = id.identity.schedules?.find((s) => s.name === 'delete_expired_sign_ins');
  await db.asSystem('test', (tx) => schedule!.run(tx));
  const left = await db.asSystem('test', (tx) =>
    tx.one(
      `select (select count(*)::int from auth.session where "userId" = any($1)) as sessions,
         (select array_agg(user_id) from password_reset where user_id = any($1)) as resets,
         (select array_agg("userId") from auth."usedCode" where "userId" = any($1)) as codes`,
      [[owner.userId, member.userId, other.userId]],
    ),
  );
  expect(left).toEqual({ sessions: 1, resets: [other.userId], codes: [other.userId] });
  expect((await as.get('/session')).status).toBe(200);
  await expect.poll(async () => (await old.get('/session')).status, { timeout: 5000 }).toBe(401);
});

test('a changed password makes every device unknown', async () => {
  id = await startIdentity(database.current);
  const { email } = await id.makePerson();
  const own = await id.signIn(email);
  const device = own.cookie.split('; ').find((pair) => pair.startsWith('tradepost.device='))!;
  const guess = async (cookie: string, word = 'a wrong guess') =>
    (await id!.http.call('/api/v1/session', json({ email, password: word }, { cookie }))).status;
  const hold = async () => {
    for (let i = 0; i < 10; i++) await guess('');
  };
  const next = 'a quiet green lamp';
  await own.send('PUT', '/account/password', { currentPassword: password, newPassword: next });
  const fresh = await id.signedInBy(await id.http.call('/api/v1/session', json({ email, password: next })));
  await hold();
  expect(await guess(device, next)).toBe(429);
  expect(await guess(fresh.cookie, next)).toBe(200);
});

test('the last use of a credential is written once at a time', async () => {
  const { db } = database.current;
  let running = 0;
  let most = 0;
  let done = 0;
  const { asSystem } = db;
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'] });
  let letGo = () => {};
  vi.spyOn(db, 'asSystem').mockImplementation(async (reason, work, acting) => {
    if (reason !== 'credentials used') return asSystem(reason, work, acting);
    running++;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    running--;
    done++;
    return undefined as never;
  });
  const use = trackCredentialUse(db, () => {});
  for (let i = 0; i < 3; i++) {
    use.note(`key:${newId()}`);
    await vi.advanceTimersByTimeAsync(1100);
  }
  expect(most).toBe(1);
  letGo();
  await vi.advanceTimersByTimeAsync(1100);
  letGo();
  vi.useRealTimers();
  await use.stop();
  expect([most, done]).toEqual([1, 2]);
});
