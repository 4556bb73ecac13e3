/** Who comes in, and how fast everything closes behind who is told to go. */
import { allPermissions, type Session } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import { Api, send, signIn } from './support/api.ts';
import { withSql } from './support/embedded.ts';
import { Feed } from './support/feed.ts';
import { addMember, makeKey, readSetupToken, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

/** Promised: a revocation holds everywhere within 5 s. */
const revokedWithinMs = 5000;
/** What the measuring itself may add on a busy machine. */
const slackMs = 1000;

let app: Tradepost;
let token: string;
let owner: TestOwner;

beforeAll(async () => {
  app = await Tradepost.start();
  token = await readSetupToken(app);
  owner = await setUpOwner(app);
});

async function expectEnded(
  feed: Feed,
  call: () => Promise<{ status: number }>,
  sinceMs: number,
): Promise<void> {
  await until('HTTP to be refused', async () => (await call()).status === 401, revokedWithinMs + slackMs);
  const closed = await feed.waitForClose(revokedWithinMs + slackMs);
  expect(closed.code).toBe(4500);
  expect(performance.now() - sinceMs).toBeLessThan(revokedWithinMs + slackMs);
}

test('the link for the first owner works once', async () => {
  const json = { token, tenantName: 'Again', name: 'Eve', email: 'eve@example.com', password: 'long enough' };
  const again = await new Api(app.url).call('POST', '/setup', { json });
  expect(again).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});

test('no link is printed once there is an owner', async () => {
  await app.stop();
  await app.restart();
  await app.stop();
  expect(app.program.lines.filter((line) => line.startsWith('setup'))).toEqual([]);
  await app.restart();
});

test('the session cookie is for HTTP only and same-site', async () => {
  const { email, password } = owner;
  const answer = await new Api(app.url).call<Session>('POST', '/session', { json: { email, password } });
  const [cookie] = answer.headers.getSetCookie();
  expect(cookie).toMatch(/^tradepost\.session_token=/);
  expect(cookie).toMatch(/; HttpOnly/i);
  expect(cookie).toMatch(/; SameSite=Lax/i);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  expect(answer.body.permissions.length).toBe(allPermissions.length);
});

test('a session survives a restart', async () => {
  const { api } = await signIn(app.url, owner.email, owner.password);
  await app.stop();
  await app.restart();
  expect((await api.call('GET', '/session')).status).toBe(200);
});

test('signing out ends the session and its sockets, and no other', async () => {
  const [one, two] = await Promise.all([1, 2].map(() => signIn(app.url, owner.email, owner.password)));
  const [first, second] = await Promise.all(
    [one!, two!].map(({ cookie }) => Feed.open(`${app.ws}/ws/notifications`, { cookie, origin: app.url })),
  );
  await first!.subscribed('all');
  const sinceMs = performance.now();
  expect((await one!.api.call('DELETE', '/session')).status).toBe(204);
  await expectEnded(first!, () => one!.api.call('GET', '/session'), sinceMs);
  expect((await two!.api.call('GET', '/session')).status).toBe(200);
  second!.send('ping');
  await second!.waitFor('pong', (m) => m.text === 'pong');
});

test('revoking a key ends its calls, its sockets and the tokens made with it', async () => {
  const { id, key } = await makeKey(owner.signedIn.api, allPermissions);
  const api = Api.withKey(app.url, key);
  const { token } = await api.post<{ token: string }>('/realtime/token');
  const byKey = await Feed.open(`${app.ws}/ws/notifications`, { authorization: `Bearer ${key}` });
  const byToken = await Feed.open(`${app.ws}/ws/notifications?token=${token}`);
  const sinceMs = performance.now();
  expect((await owner.signedIn.api.call('DELETE', `/api-keys/${id}`)).status).toBe(204);
  await expectEnded(byKey, () => api.call('GET', '/orders'), sinceMs);
  await expectEnded(byToken, () => api.call('GET', '/orders'), sinceMs);
  expect(await Feed.refusal(`${app.ws}/ws/notifications?token=${token}`)).toMatchObject({ status: 401 });
  const headers = { authorization: `Bearer ${key}` };
  expect(await Feed.refusal(`${app.ws}/ws/notifications`, headers)).toMatchObject({ status: 401 });
});

test('losing the membership ends the session and its sockets', async () => {
  const email = 'gone@example.com';
  await addMember(app, owner, { tenantId: owner.tenant.id, role: 'manager', email });
  const { api, cookie } = await signIn(app.url, email, owner.password);
  const feed = await Feed.open(`${app.ws}/ws/notifications`, { cookie, origin: app.url });
  const sinceMs = performance.now();
  await withSql(app.databaseUrl, (sql) =>
    sql.query('delete from auth.member m using auth."user" u where u.id = m."userId" and u.email = $1', [
      email,
    ]),
  );
  await expectEnded(feed, () => api.call('GET', '/orders'), sinceMs);
});

test('a smaller role holds within 5 s', async () => {
  const email = 'less@example.com';
  await addMember(app, owner, { tenantId: owner.tenant.id, role: 'owner', email });
  const { api } = await signIn(app.url, email, owner.password);
  expect((await api.call('GET', '/api-keys')).status).toBe(200);
  await withSql(app.databaseUrl, (sql) =>
    sql.query(
      `update auth.member m set role = 'viewer' from auth."user" u where u.id = m."userId" and u.email = $1`,
      [email],
    ),
  );
  await until(
    'the key list to be refused',
    async () => (await api.call('GET', '/api-keys')).status === 403,
    revokedWithinMs + slackMs,
  );
});

test('an answer that showed a secret is not shown again', async () => {
  const headers = { 'idempotency-key': 'make-key-1' };
  const json = { name: 'once', scopes: ['orders.read'] };
  const first = await owner.signedIn.api.call<{ id: string; key: string }>('POST', '/api-keys', {
    json,
    headers,
  });
  const again = await owner.signedIn.api.call('POST', '/api-keys', { json, headers });
  expect(first.status).toBe(201);
  expect(again).toMatchObject({ status: 409, body: { code: 'SECRET_NOT_REPLAYED', id: first.body.id } });
  expect(again.text).not.toContain(first.body.key);
  const { body } = await owner.signedIn.api.call<{ items: unknown[] }>('GET', '/api-keys');
  expect(JSON.stringify(body)).not.toContain(first.body.key);
});

test('guessing a password is slowed down, for that account alone', async () => {
  const guess = (email: string) =>
    new Api(app.url).call('POST', '/session', { json: { email, password: 'guess' } });
  const statuses: number[] = [];
  for (let i = 0; i < 15; i++) statuses.push((await guess('victim@example.com')).status);
  expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
  expect(statuses.slice(-3)).toEqual([429, 429, 429]);
  const refused = await guess('VICTIM@example.com');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const forwarded = await send('POST', `${app.url}/api/v1/session`, {
    json: { email: 'victim@example.com', password: 'guess' },
    headers: { 'x-forwarded-for': '203.0.113.7' },
  });
  expect(forwarded.status).toBe(429);
  expect((await guess('somebody@example.com')).status).toBe(401);
});

test('a wrong password and an unknown account look the same', async () => {
  const ask = (email: string) =>
    new Api(app.url).call<{ detail: string }>('POST', '/session', { json: { email, password: 'wrong' } });
  const [known, unknown] = [await ask(owner.email), await ask('nobody@example.com')];
  expect([known.status, known.body.detail]).toEqual([unknown.status, unknown.body.detail]);
});
