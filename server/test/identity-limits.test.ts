/** What strangers may cost: look-ups, passwords, and sign-ins whose database breaks. */
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  addMember,
  createApiKey,
  createIdentity,
  createTenant,
  createUser,
  hashPassword,
  type Identity,
} from '#modules/identity';
import { newId, randomToken } from '../src/platform/crypto/index.ts';
import { useDatabase } from './support/database.ts';
import { json, startHttp, type TestHttp, testSecret } from './support/http.ts';

const database = useDatabase();
const password = 'correct horse battery';
const running: { stop(): Promise<void> }[] = [];
let owner: { tenantId: string; email: string };

beforeAll(async () => {
  const passwordHash = await hashPassword(password);
  owner = await database.current.db.asSystem('test', async (tx) => {
    const email = `${newId()}@shop.example`;
    const { tenantId } = await createTenant(tx, { name: 'Shop', demo: false });
    const { userId } = await createUser(tx, { name: 'Ann', email, passwordHash });
    await addMember(tx, { tenantId, userId, role: 'owner' });
    return { tenantId, email };
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const part of running.splice(0).reverse()) await part.stop();
});

/** @param authUrl where better-auth keeps its people */
async function start(
  rateLimitPerSecond = 0,
  authUrl = database.current.url,
): Promise<{ http: TestHttp; identity: Identity }> {
  const { db } = database.current;
  const identity = createIdentity({
    db,
    databaseUrl: authUrl,
    secret: testSecret,
    publicUrl: null,
    auditRetentionDays: 365,
    log: pino({ level: 'silent' }),
    tail: { subscribe: () => () => {} },
  });
  running.push(identity);
  const http = await startHttp({
    routes: identity.routes ?? [],
    authenticate: identity.authenticate,
    csrf: identity.csrf,
    rateLimitPerSecond,
  });
  running.push({ stop: () => http.close() });
  return { http, identity };
}

async function makeKey(): Promise<RequestInit> {
  const { key } = await database.current.db.withTenant({ ...owner, actor: 'system' }, (tx) =>
    createApiKey(tx, { name: 'shop', scopes: ['keys.read'] }),
  );
  return { headers: { authorization: `Bearer ${key}` } };
}

describe('made-up keys', () => {
  test('cost no read of the database beyond the limit of their address', async () => {
    const { http } = await start(5);
    const reads = vi.spyOn(database.current.db, 'asSystem');
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const headers = { authorization: `Bearer tp_${randomToken(32)}` };
        return (await http.call('/api/v1/api-keys', { headers })).status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const finds = reads.mock.calls.filter(([reason]) => reason === 'find an API key');
    // The forty may take more than one second of the limit.
    expect(finds.length).toBe(statuses.filter((s) => s === 401).length);
    expect(finds.length).toBeLessThan(40);
  });

  test('a live key costs its address nothing', async () => {
    const { http } = await start(2);
    const keys = await Promise.all(Array.from({ length: 6 }, makeKey));
    for (const key of keys) expect((await http.call('/api/v1/api-keys', key)).status).toBe(200);
  });
});

test('passwords tried over many accounts: refused beyond the limit of the address', async () => {
  // Nobody is found there, so no password is hashed, which takes its time on purpose.
  const { http } = await start(0, 'postgresql://127.0.0.1:1/nobody');
  const statuses = await Promise.all(
    Array.from({ length: 61 }, async () => {
      const body = { email: `${newId()}@shop.example`, password: 'wrong horse battery' };
      return (await http.call('/api/v1/session', json(body))).status;
    }),
  );
  expect(statuses.filter((s) => s === 429)).toHaveLength(1);
});

describe('trouble under a sign-in', () => {
  test('a connection that the server ends fails that sign-in alone', async () => {
    const { http } = await start();
    const signIn = () => http.call('/api/v1/session', json({ email: owner.email, password }));
    expect((await signIn()).status).toBe(200);
    const other = new pg.Client({ connectionString: database.current.url });
    await other.connect();
    await other.query('begin; lock table auth."user"');
    const broken = signIn();
    await expect
      .poll(
        async () => {
          const { rowCount } = await other.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = 'tradepost: sign-in' and wait_event_type = 'Lock'`,
          );
          return rowCount;
        },
        { timeout: 10_000 },
      )
      .toBe(1);
    await other.query('rollback');
    await other.end();
    expect((await broken).status).toBe(503);
    await expect.poll(async () => (await signIn()).status, { timeout: 10_000 }).toBe(200);
  });

  test('a library that could not be loaded is loaded by the next; stopping works before', async () => {
    vi.resetModules();
    let failing = true;
    vi.doMock('better-auth/api', async (original) => {
      if (failing) throw new Error('the file system is full of holes');
      return original();
    });
    const { createSessionStore } = await import('../src/modules/identity/better-auth.ts');
    const { db, url } = database.current;
    const deps = { db, url, secret: testSecret, publicUrl: null, log: pino({ level: 'silent' }) };
    const store = createSessionStore(deps);
    await expect(store.signIn({}, owner.email, password)).rejects.toThrow();
    await store.close();
    failing = false;
    expect(await store.signIn({}, owner.email, password)).not.toBeNull();
    await store.close();
    vi.doUnmock('better-auth/api');
  });
});

describe('a key that ends', () => {
  test('makes no key without an end or with a later one', async () => {
    const { http } = await start();
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
    const { key } = await database.current.db.withTenant({ ...owner, actor: 'system' }, (tx) =>
      createApiKey(tx, { name: 'temporary', scopes: ['keys.write'], expiresAt: inDays(2) }),
    );
    const post = (expiresAt: Date | undefined) =>
      http.call(
        '/api/v1/api-keys',
        json({ name: 'next', scopes: ['keys.write'], expiresAt }, { authorization: `Bearer ${key}` }),
      );
    expect((await post(undefined)).status).toBe(403);
    expect((await post(inDays(3))).status).toBe(403);
    expect((await post(inDays(1))).status).toBe(201);
  });
});
