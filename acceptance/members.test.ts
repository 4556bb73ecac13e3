/** People of a tenant, from the invitation to the end: what they may holds on HTTP and sockets within 5 s. */
import type { AccountSession, Member, Session } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import { Api, type SignedIn, signedInBy, signIn } from './support/api.ts';
import { Feed } from './support/feed.ts';
import { setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

/** Promised: what ends or changes holds everywhere within 5 s. */
const revokedWithinMs = 5000;
/** What the measuring itself may add on a busy machine. */
const slackMs = 1000;
const password = 'a quiet green lamp';

let app: Tradepost;
let owner: TestOwner;

beforeAll(async () => {
  app = await Tradepost.start();
  owner = await setUpOwner(app);
});

/** Invites and accepts, as two people do it. */
async function join(name: string, role: string): Promise<SignedIn & { userId: string; email: string }> {
  const email = `${name.toLowerCase()}@example.com`;
  const { url } = await owner.signedIn.api.post<{ url: string }>('/admin/invitations', { email, role });
  expect(url.startsWith(`${app.url}/join?token=`)).toBe(true);
  const token = new URL(url).searchParams.get('token');
  const preview = await new Api(app.url).call('POST', '/invitations/preview', { json: { token } });
  expect(preview.body).toMatchObject({ tenantName: owner.tenant.name, email, role, hasAccount: false });
  const json = { token, name, password };
  const answer = await new Api(app.url).call<Session>('POST', '/invitations/accept', { json });
  expect(answer.status).toBe(200);
  const again = await new Api(app.url).call('POST', '/invitations/accept', { json });
  expect(again).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  const signedIn = signedInBy(app.url, answer);
  return { ...signedIn, userId: signedIn.session.user.id, email };
}

const listen = (cookie: string) => Feed.open(`${app.ws}/ws/notifications`, { cookie, origin: app.url });

async function expectWithin(what: string, done: () => Promise<boolean>): Promise<void> {
  await until(what, done, revokedWithinMs + slackMs);
}

test('an invited person works at once; a smaller role, then the end, hold on HTTP and on their socket', async () => {
  const ida = await join('Ida', 'manager');
  expect((await ida.api.call('GET', '/admin/members')).status).toBe(200);
  const feed = await listen(ida.cookie);
  await feed.subscribed('all');
  const { api } = owner.signedIn;
  const role = { json: { role: 'viewer' } };
  expect((await api.call<Member>('PATCH', `/admin/members/${ida.userId}`, role)).body.role).toBe('viewer');
  const refused = async () => (await ida.api.call('GET', '/admin/members')).status === 403;
  await expectWithin('the smaller role', refused);
  // A socket goes on only under the rights it was opened with, so it ends and may come again under the new ones.
  expect((await feed.waitForClose(revokedWithinMs + slackMs)).code).toBeGreaterThanOrEqual(4000);
  const again = await listen(ida.cookie);
  await again.subscribed('all');
  expect((await api.call('DELETE', `/admin/members/${ida.userId}`)).status).toBe(204);
  await expectWithin('the end on HTTP', async () => (await ida.api.call('GET', '/session')).status === 401);
  expect((await again.waitForClose(revokedWithinMs + slackMs)).code).toBe(4500);
  expect(
    await Feed.refusal(`${app.ws}/ws/notifications`, { cookie: ida.cookie, origin: app.url }),
  ).toMatchObject({
    status: 401,
  });
});

test('a session that is ended from another device ends with its socket, and no other', async () => {
  const ion = await join('Ion', 'agent');
  const lost = await signIn(app.url, ion.email, password);
  const [kept, gone] = [await listen(ion.cookie), await listen(lost.cookie)];
  await gone.subscribed('all');
  const sessions = await ion.api.list<AccountSession>('/account/sessions');
  const other = sessions.find((session) => !session.current)!;
  expect((await ion.api.call('DELETE', `/account/sessions/${other.id}`)).status).toBe(204);
  expect((await gone.waitForClose(revokedWithinMs + slackMs)).code).toBe(4500);
  expect((await lost.api.call('GET', '/session')).status).toBe(401);
  kept.send('ping');
  await kept.waitFor('pong', (message) => message.text === 'pong');
});

test('a changed password ends every other session and socket', async () => {
  const eva = await join('Eva', 'agent');
  const elsewhere = await signIn(app.url, eva.email, password);
  const feed = await listen(elsewhere.cookie);
  const json = { currentPassword: password, newPassword: 'another quiet lamp' };
  expect((await eva.api.call('PUT', '/account/password', { json })).status).toBe(204);
  expect((await feed.waitForClose(revokedWithinMs + slackMs)).code).toBe(4500);
  expect((await elsewhere.api.call('GET', '/session')).status).toBe(401);
  expect((await eva.api.call('GET', '/session')).status).toBe(200);
});

test('changes with the cookie alone are refused: no token, a foreign page, a body that a form can send', async () => {
  const { cookie, session } = owner.signedIn;
  const own = { cookie, 'x-csrf-token': session.csrfToken };
  const attempts: [Record<string, string>, number, string][] = [
    [{ cookie, 'content-type': 'application/json' }, 403, 'CSRF_REFUSED'],
    [{ ...own, 'content-type': 'application/json', origin: 'https://evil.example' }, 403, 'CSRF_REFUSED'],
    [{ ...own, 'content-type': 'application/json', origin: 'null' }, 403, 'CSRF_REFUSED'],
    [{ ...own, 'x-csrf-token': 'x'.repeat(43), 'content-type': 'application/json' }, 403, 'CSRF_REFUSED'],
    [{ ...own, 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ];
  for (const [method, path, body] of [
    ['POST', '/admin/invitations', { email: 'evil@example.com', role: 'owner' }],
    ['PATCH', `/admin/members/${session.user.id}`, { role: 'viewer' }],
    ['PUT', '/account/password', { currentPassword: owner.password, newPassword: password }],
    ['POST', '/account/two-factor', { password: owner.password }],
    ['PATCH', '/admin/settings', { name: 'Evil' }],
  ] as const) {
    for (const [headers, status, code] of attempts) {
      const answer = await new Api(app.url, headers).call(method, path, { raw: JSON.stringify(body) });
      expect({ path, status: answer.status, body: answer.body }).toMatchObject({
        path,
        status,
        body: { code },
      });
    }
  }
});

test('a wrong role, address, name or field is named; nothing comes of it', async () => {
  const { api } = owner.signedIn;
  const fieldsOf = async (method: string, path: string, json: unknown) => {
    const answer = await api.call<{ issues?: { field: string }[] }>(method, path, { json });
    return [answer.status, answer.body.issues?.map((issue) => issue.field)];
  };
  const invitation = { email: 'x@example.com', role: 'viewer' };
  for (const [change, field] of [
    [{ role: 'admin' }, 'body.role'],
    [{ role: ['owner'] }, 'body.role'],
    [{ email: 'nobody' }, 'body.email'],
    [{ email: `${'x'.repeat(250)}@example.com` }, 'body.email'],
    [{ tenantId: owner.tenant.id }, 'body.tenantId'],
  ] as const) {
    expect(await fieldsOf('POST', '/admin/invitations', { ...invitation, ...change })).toEqual([
      400,
      [field],
    ]);
  }
  const member = `/admin/members/${owner.signedIn.session.user.id}`;
  expect(await fieldsOf('PATCH', member, { role: null })).toEqual([400, ['body.role']]);
  expect(await fieldsOf('PATCH', '/admin/members/1', { role: 'owner' })).toEqual([400, ['params.id']]);
  expect(await fieldsOf('PATCH', '/account', { name: 'x'.repeat(101) })).toEqual([400, ['body.name']]);
  expect(await fieldsOf('PATCH', '/account', { name: 'Ana', email: 'x@example.com' })).toEqual([
    400,
    ['body.email'],
  ]);
  expect(await api.list('/admin/invitations')).toEqual([]);
});
