import { ApiKey, listOf, Member, Session } from '@tradepost/contracts';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  addMember,
  createApiKey,
  createIdentity,
  createTenant,
  createUser,
  hashPassword,
  type Identity,
} from '#modules/identity';
import { ManualClock } from '#platform/clock';
import { deriveKey, newId } from '#platform/crypto';
import { Tail } from '#platform/events';
import { type Credential, problem } from '#platform/http';
import { useDatabase } from '#test/database';
import { bodyOf, json, startHttp, type TestHttp, testSecret } from '#test/http';

const clock = new ManualClock('2026-03-01T10:00:00Z');
// better-auth keeps time by itself, so its sessions must not lie in the past of the manual clock, nor far ahead.
clock.advance(Date.now() - clock.now().getTime());
const database = useDatabase(clock);
const password = 'correct horse battery';

let http: TestHttp;
let identity: Identity;
let tail: Tail;
const ended: string[] = [];

beforeAll(async () => {
  const { db, bus, url } = database.current;
  tail = new Tail({ url, bus });
  await tail.start();
  identity = createIdentity({
    db,
    databaseUrl: url,
    secret: testSecret,
    publicUrl: null,
    auditRetentionDays: 365,
    log: pino({ level: 'silent' }),
    tail,
  });
  identity.onCredentialEnded((credential) => ended.push(credential));
  http = await startHttp({
    routes: identity.routes ?? [],
    authenticate: identity.authenticate,
    csrf: identity.csrf,
  });
});
afterAll(async () => {
  await http?.close();
  await identity?.stop();
  await tail?.stop();
});
afterEach(() => vi.restoreAllMocks());

/** Made once: it is slow on purpose. */
let passwordHash: string | undefined;

async function makeOwner(role: 'owner' | 'viewer' = 'owner') {
  const email = `${newId()}@shop.example`;
  passwordHash ??= await hashPassword(password);
  const hash = passwordHash;
  return database.current.db.asSystem('test', async (tx) => {
    const { tenantId, slug } = await createTenant(tx, { name: `Shop ${newId()}`, demo: false });
    const { userId } = await createUser(tx, { name: 'Ann', email, passwordHash: hash });
    await addMember(tx, { tenantId, userId, role });
    return { email, tenantId, userId, slug };
  });
}

/** Somebody else, so that the first may go. */
async function addOwner(tenantId: string) {
  const { userId } = await makeOwner();
  await database.current.db.asSystem('test', (tx) => addMember(tx, { tenantId, userId, role: 'owner' }));
}

async function signIn(email: string) {
  const response = await http.call('/api/v1/session', json({ email, password }));
  expect(response.status).toBe(200);
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!;
  const session = await bodyOf(Session, response);
  const headers = { cookie, 'x-csrf-token': session.csrfToken };
  return { cookie, session, headers, post: (body: unknown) => json(body, headers) };
}

async function makeKey(tenantId: string, options: Partial<Parameters<typeof createApiKey>[1]> = {}) {
  const { apiKey, key } = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
    createApiKey(tx, {
      name: 'shop front',
      scopes: ['keys.read', 'keys.write', 'realtime.read'],
      ...options,
    }),
  );
  return { id: apiKey.id, key, init: { headers: { authorization: `Bearer ${key}` } } };
}

async function statusOf(path: string, init: RequestInit): Promise<number> {
  return (await http.call(path, init)).status;
}

describe('the first owner', () => {
  test('the link works once, also when clicked twice at once, and none is made while somebody is there', async () => {
    const replaced = await identity.makeSetupUrl('http://x');
    const url = new URL((await identity.makeSetupUrl('http://x'))!);
    const body = { tenantName: 'Ünïted Shop!', name: 'Ann', email: 'Ann@Shop.Example', password };
    const setup = (token: string | null) => http.call('/api/v1/setup', json({ ...body, token }));
    expect((await setup(new URL(replaced!).searchParams.get('token'))).status).toBe(404);
    const answers = await Promise.all([1, 2].map(() => setup(url.searchParams.get('token'))));
    expect(answers.map((a) => a.status).sort()).toEqual([201, 404]);
    const session = await bodyOf(Session, answers.find((a) => a.status === 201)!);
    expect(session).toMatchObject({
      user: { email: 'ann@shop.example' },
      tenant: { slug: 'u-ni-ted-shop', role: 'owner', demo: false },
    });
    expect(await identity.makeSetupUrl('http://x')).toBeNull();
    const location = await database.current.db.withTenant(
      { tenantId: session.tenant.tenantId, actor: 'system' },
      (tx) => tx.one('select code from location'),
    );
    expect(location).toEqual({ code: 'main' });
  });
});

describe('sessions', () => {
  test('signing in shows who, where, and what they may; the cookie is kept from scripts and other sites', async () => {
    const { email, tenantId, userId } = await makeOwner('viewer');
    const response = await http.call('/api/v1/session', json({ email: email.toUpperCase(), password }));
    expect(response.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Lax$/);
    const session = await bodyOf(Session, response);
    expect(session).toMatchObject({ user: { id: userId, email }, tenant: { tenantId, role: 'viewer' } });
    expect(session.permissions).toContain('orders.read');
    expect(session.permissions).not.toContain('inventory.write');
  });

  test('over HTTPS the cookie is secure', async () => {
    const { db, url } = database.current;
    const { email } = await makeOwner();
    const secure = createIdentity({
      db,
      databaseUrl: url,
      secret: testSecret,
      publicUrl: 'https://shop.example',
      auditRetentionDays: 365,
      log: pino({ level: 'silent' }),
      tail,
    });
    const server = await startHttp({
      routes: secure.routes ?? [],
      authenticate: secure.authenticate,
      csrf: secure.csrf,
    });
    const response = await server.call('/api/v1/session', json({ email, password }));
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Secure-tradepost\.session_token=.*; Secure/);
    const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!;
    expect((await server.call('/api/v1/session', { headers: { cookie } })).status).toBe(200);
    await server.close();
    await secure.stop();
  });

  test('a wrong password and an unknown address are refused alike, and too many tries for a while', async () => {
    const { email } = await makeOwner();
    const wrong = json({ email, password: 'wrong horse battery' });
    const unknown = await http.refused('/api/v1/session', json({ email: 'nobody@shop.example', password }));
    const refusal = await http.refused('/api/v1/session', wrong);
    expect(refusal).toMatchObject({ code: 'SIGN_IN_REFUSED', status: 401, detail: unknown.detail });
    const codes = await Promise.all(
      Array.from({ length: 10 }, async () => (await http.refused('/api/v1/session', wrong)).code),
    );
    expect(codes.filter((c) => c === 'RATE_LIMITED')).toHaveLength(1);
    const limited = await http.refused('/api/v1/session', json({ email, password }));
    expect(limited.code).toBe('RATE_LIMITED');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(1);
  });

  test('signing out ends the session at once, for the cookie too', async () => {
    const { email } = await makeOwner();
    const { headers, cookie } = await signIn(email);
    expect(await statusOf('/api/v1/session', { headers: { cookie } })).toBe(200);
    expect((await http.refused('/api/v1/session', { method: 'DELETE', headers: { cookie } })).code).toBe(
      'CSRF_REFUSED',
    );
    expect(await statusOf('/api/v1/session', { method: 'DELETE', headers })).toBe(204);
    expect((await http.refused('/api/v1/session', { headers: { cookie } })).code).toBe('UNAUTHENTICATED');
  });

  test('a cookie that was tampered with is none', async () => {
    const { email } = await makeOwner();
    const { cookie } = await signIn(email);
    expect(await statusOf('/api/v1/session', { headers: { cookie: `${cookie.slice(0, -8)}AAAAA%3D` } })).toBe(
      401,
    );
  });

  test('a person works in a tenant of their own choice, and only where they are a member', async () => {
    const { email, userId, tenantId } = await makeOwner();
    const other = await makeOwner();
    await database.current.db.asSystem('test', (tx) =>
      addMember(tx, { tenantId: other.tenantId, userId, role: 'viewer' }),
    );
    const stranger = await makeOwner();
    const { post } = await signIn(email);
    const put = (id: string) => ({ ...post({ tenantId: id }), method: 'PUT' });
    expect((await http.refused('/api/v1/session/tenant', put(stranger.tenantId))).code).toBe('NOT_FOUND');
    const switched = await bodyOf(Session, await http.call('/api/v1/session/tenant', put(other.tenantId)));
    expect(switched).toMatchObject({ tenant: { tenantId: other.tenantId, role: 'viewer' } });
    expect(switched.memberships.map((m) => m.tenantId).sort()).toEqual([tenantId, other.tenantId].sort());
    expect((await http.refused('/api/v1/api-keys', post({ name: 'x', scopes: ['orders.read'] }))).code).toBe(
      'FORBIDDEN',
    );
  });

  test('who is taken out of a tenant, or gets another role, is so within 5 s', async () => {
    const { email, tenantId, userId } = await makeOwner();
    await addOwner(tenantId);
    const { cookie } = await signIn(email);
    const init = { headers: { cookie } };
    expect(await statusOf('/api/v1/members', init)).toBe(200);
    const change = (sql: string) =>
      database.current.db.asSystem('test', (tx) => tx.execute(sql, [tenantId, userId]));
    await change(`update auth.member set role = 'viewer' where "organizationId" = $1 and "userId" = $2`);
    await expect.poll(() => statusOf('/api/v1/members', init), { timeout: 5000 }).toBe(403);
    await change('delete from auth.member where "organizationId" = $1 and "userId" = $2');
    await expect.poll(() => statusOf('/api/v1/members', init), { timeout: 5000 }).toBe(401);
    expect(ended).toContain(`member:${userId}:${tenantId}`);
  });

  test('nothing of better-auth is reachable: nobody signs up', async () => {
    for (const path of ['/api/auth/sign-up/email', '/api/v1/auth/sign-up/email', '/sign-up/email']) {
      const refusal = await http.refused(path, json({ email: 'x@y.example', password, name: 'x' }));
      expect(refusal.code).toBe('NOT_FOUND');
    }
  });
});

describe('API keys', () => {
  test('a key is shown once, listed without its secret, and never shown again', async () => {
    const { email } = await makeOwner();
    const { post, headers } = await signIn(email);
    const init = post({ name: 'shop front', scopes: ['orders.read', 'orders.read', 'keys.read'] });
    const keyed = { ...init, headers: { ...init.headers, 'idempotency-key': 'first key' } };
    const created = await http.call('/api/v1/api-keys', keyed);
    expect(created.status).toBe(201);
    const { key, ...shown } = await bodyOf(ApiKey.extend({ key: z.string() }), created);
    expect(key).toMatch(/^tp_[\w-]{43}$/);
    expect(shown).toMatchObject({
      prefix: key.slice(0, 10),
      scopes: ['orders.read', 'keys.read'],
      lastUsedAt: null,
    });
    const again = await http.refused('/api/v1/api-keys', keyed);
    expect(again).toMatchObject({ code: 'SECRET_NOT_REPLAYED', id: shown.id });
    const list = await (await http.call('/api/v1/api-keys', { headers })).text();
    expect(list).toContain(shown.id);
    expect(list).not.toContain(key);
    expect(await statusOf('/api/v1/api-keys', { headers: { authorization: `Bearer ${key}` } })).toBe(200);
    expect(
      (await http.refused('/api/v1/session', { headers: { authorization: `Bearer ${key}` } })).code,
    ).toBe('FORBIDDEN');
  });

  test('a key gets no permission that its maker lacks, and no deadline in the past', async () => {
    const { tenantId } = await makeOwner();
    const { init } = await makeKey(tenantId);
    const post = (body: unknown) => json(body, init.headers);
    const beyond = await http.refused(
      '/api/v1/api-keys',
      post({ name: 'x', scopes: ['keys.read', 'tenant.manage'] }),
    );
    expect(beyond).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    const late = { name: 'x', scopes: ['keys.read'], expiresAt: '2020-01-01T00:00:00Z' };
    expect((await http.refused('/api/v1/api-keys', post(late))).issues?.[0]?.field).toBe('body.expiresAt');
    const unknown = await http.refused('/api/v1/api-keys', post({ name: 'x', scopes: ['everything'] }));
    expect(unknown.issues?.[0]?.field).toBe('body.scopes.0');
  });

  test('another tenant neither sees nor revokes it', async () => {
    const a = await makeOwner();
    const b = await makeOwner();
    const key = await makeKey(a.tenantId);
    const { headers } = await signIn(b.email);
    expect((await http.refused(`/api/v1/api-keys/${key.id}`, { method: 'DELETE', headers })).code).toBe(
      'NOT_FOUND',
    );
    expect((await bodyOf(listOf(ApiKey), await http.call('/api/v1/api-keys', { headers }))).items).toEqual(
      [],
    );
    expect(await statusOf('/api/v1/api-keys', key.init)).toBe(200);
  });

  test('revoked here it is refused at once, and twice is the same as once', async () => {
    const { email, tenantId } = await makeOwner();
    const key = await makeKey(tenantId);
    const { headers } = await signIn(email);
    expect(await statusOf('/api/v1/api-keys', key.init)).toBe(200);
    for (let i = 0; i < 2; i++) {
      expect(await statusOf(`/api/v1/api-keys/${key.id}`, { method: 'DELETE', headers })).toBe(204);
      expect((await http.refused('/api/v1/api-keys', key.init)).code).toBe('UNAUTHENTICATED');
    }
  });

  test('revoked by another process it is refused within 5 s, and its sockets are told', async () => {
    const { tenantId } = await makeOwner();
    const key = await makeKey(tenantId);
    expect(await statusOf('/api/v1/api-keys', key.init)).toBe(200);
    await database.current.db.asSystem('test', (tx) =>
      tx.execute('update api_key set revoked_at = now() where id = $1', [key.id]),
    );
    await expect.poll(() => statusOf('/api/v1/api-keys', key.init), { timeout: 5000 }).toBe(401);
    await expect.poll(() => ended, { timeout: 5000 }).toContain(`key:${key.id}`);
  });

  test('past its deadline it is refused, even from the cache', async () => {
    const { tenantId } = await makeOwner();
    const key = await makeKey(tenantId, { expiresAt: new Date(clock.now().getTime() + 60_000) });
    expect(await statusOf('/api/v1/api-keys', key.init)).toBe(200);
    clock.advance(60_001);
    expect(await statusOf('/api/v1/api-keys', key.init)).toBe(401);
  });

  test('many calls at once read it from the database once', async () => {
    const { tenantId } = await makeOwner();
    const key = await makeKey(tenantId);
    const reads = vi.spyOn(database.current.db, 'asSystem');
    const calls = Array.from({ length: 50 }, () => identity.authenticate(key.init.headers));
    expect(new Set(await Promise.all(calls)).size).toBe(1);
    const finds = reads.mock.calls.filter(([reason]) => reason === 'find an API key');
    expect(finds).toHaveLength(1);
  });

  test('a key that ends while it is being read is not believed afterwards', async () => {
    const { tenantId } = await makeOwner();
    const key = await makeKey(tenantId);
    const { db } = database.current;
    const original = db.asSystem.bind(db);
    vi.spyOn(db, 'asSystem').mockImplementation(async (reason, work) => {
      const answer = await original(reason, work);
      if (reason === 'read credentials') {
        await original('test', (tx) =>
          tx.execute('update api_key set revoked_at = now() where id = $1', [key.id]),
        );
        db.bus.publish('events', undefined);
        await vi.waitFor(() => expect(ended).toContain(`key:${key.id}`), 5000);
      }
      return answer;
    });
    await identity.authenticate(key.init.headers);
    vi.restoreAllMocks();
    expect(await identity.authenticate(key.init.headers)).toBeNull();
  });

  test('its last use is written, apart from the request', async () => {
    const { tenantId } = await makeOwner();
    const key = await makeKey(tenantId);
    await http.call('/api/v1/api-keys', key.init);
    const lastUsed = async () =>
      (await bodyOf(listOf(ApiKey), await http.call('/api/v1/api-keys', key.init))).items[0]?.lastUsedAt;
    await expect.poll(lastUsed, { timeout: 5000 }).toBe(clock.now().toISOString());
  });

  test.each(['Bearer tp_short', 'Bearer', 'Basic dXNlcjpwYXNz', `Bearer tp_${'A'.repeat(43)}`])(
    '%s is no credential',
    async (authorization) => {
      expect(await statusOf('/api/v1/api-keys', { headers: { authorization } })).toBe(401);
    },
  );

  test('lists page by cursor, without a gap or a double', async () => {
    const { email, tenantId } = await makeOwner();
    const made = [];
    for (let i = 0; i < 5; i++) made.push((await makeKey(tenantId)).id);
    const { headers } = await signIn(email);
    const Page = listOf(ApiKey);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const response = await http.call(`/api/v1/api-keys?limit=2${cursor && `&cursor=${cursor}`}`, {
        headers,
      });
      const page: z.output<typeof Page> = await bodyOf(Page, response);
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(made.reverse());
    const members = await bodyOf(listOf(Member), await http.call('/api/v1/members?limit=1', { headers }));
    expect(members).toMatchObject({ items: [{ email, role: 'owner' }], nextCursor: null });
    const foreign = Buffer.from('["x"]').toString('base64url');
    for (const bad of ['%25', foreign]) {
      expect((await http.refused(`/api/v1/api-keys?cursor=${bad}`, { headers })).code).toBe('CURSOR_INVALID');
    }
  });
});

describe('realtime tokens', () => {
  async function makeCredential(): Promise<Credential & { keyId: string }> {
    const { tenantId } = await makeOwner();
    const key = await makeKey(tenantId);
    const credential = await identity.authenticate(key.init.headers);
    if (credential === null) throw problem('UNAUTHENTICATED', 'the key just made');
    return { ...credential, keyId: key.id };
  }

  test('a token stands for its credential for a minute', async () => {
    const credential = await makeCredential();
    const { token, expiresAt } = await identity.issueRealtimeToken(credential);
    expect(expiresAt.getTime() - clock.now().getTime()).toBe(60_000);
    expect(await identity.verifyRealtimeToken(token)).toMatchObject({
      id: credential.id,
      tenantId: credential.tenantId,
    });
    clock.advance(61_000);
    expect(await identity.verifyRealtimeToken(token)).toBeNull();
  });

  test('a token ends with its credential', async () => {
    const credential = await makeCredential();
    const { token } = await identity.issueRealtimeToken(credential);
    expect(await identity.findEndedCredentials([credential])).toEqual(new Set());
    await database.current.db.asSystem('test', (tx) =>
      tx.execute('update api_key set revoked_at = now() where id = $1', [credential.keyId]),
    );
    expect(await identity.verifyRealtimeToken(token)).toBeNull();
    expect(await identity.findEndedCredentials([credential])).toEqual(new Set([credential.id]));
  });

  test('a token of another key, audience or tenant, or none at all, is refused', async () => {
    const credential = await makeCredential();
    const sign = (key: Buffer, audience: string, tenant: string) =>
      new SignJWT({ tenant })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(credential.id)
        .setIssuer('tradepost')
        .setAudience(audience)
        .setExpirationTime(new Date(clock.now().getTime() + 30_000))
        .sign(key);
    const ours = deriveKey(testSecret, 'realtime-token');
    const good = await sign(ours, 'tradepost-realtime', credential.tenantId);
    expect(await identity.verifyRealtimeToken(good)).not.toBeNull();
    for (const token of [
      await sign(deriveKey(testSecret, 'csrf-token'), 'tradepost-realtime', credential.tenantId),
      await sign(ours, 'other', credential.tenantId),
      await sign(ours, 'tradepost-realtime', newId()),
      'a.b.c',
      '',
    ]) {
      expect(await identity.verifyRealtimeToken(token)).toBeNull();
    }
  });
});
