/** Members and invitations: who comes into a tenant, what they may there, and that it keeps an owner. */
import { Invitation, InvitationPreview, listOf, Member, TenantSettings } from '@tradepost/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiKey } from '#modules/identity';
import { newId } from '#platform/crypto';
import {
  cookieHeader,
  type IdentityUnderTest,
  type Person,
  password,
  startIdentity,
  totpCode,
} from './factories/identity.ts';
import { useDatabase } from './support/database.ts';
import { bodyOf, json } from './support/http.ts';

const database = useDatabase();
let id: IdentityUnderTest;
beforeAll(async () => {
  id = await startIdentity(database.current);
});
afterAll(() => id?.stop());

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}
const InvitationLink = Invitation.extend({ url: Invitation.shape.email });

async function invite(as: { send: IdentitySend }, email: string, role = 'viewer') {
  const response = await as.send('POST', '/admin/invitations', { email, role });
  const invitation = await bodyOf(InvitationLink, response);
  return { ...invitation, token: new URL(invitation.url).searchParams.get('token')! };
}
type IdentitySend = Awaited<ReturnType<IdentityUnderTest['signIn']>>['send'];

const accept = (body: unknown, headers: Record<string, string> = {}) =>
  id.http.call('/api/v1/invitations/accept', json(body, headers));
const newcomer = { name: 'Ida', password: 'a quiet green lamp' };

async function rolesOf(tenantId: string): Promise<string[]> {
  const rows = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
    tx.query<{ role: string }>('select role from auth.member order by role'),
  );
  return rows.map((row) => row.role);
}

describe('roles', () => {
  test('an owner gives them, and they hold at once', async () => {
    const owner = await id.makePerson();
    const member = await id.makePerson({ tenantId: owner.tenantId, role: 'viewer' });
    const [asOwner, asMember] = [await id.signIn(owner.email), await id.signIn(member.email)];
    expect((await asMember.get('/admin/members')).status).toBe(403);
    const changed = await asOwner.send('PATCH', `/admin/members/${member.userId}`, { role: 'manager' });
    expect(await bodyOf(Member, changed)).toMatchObject({ id: member.userId, role: 'manager' });
    const listed = await bodyOf(listOf(Member), await asMember.get('/admin/members'));
    expect(listed.items.map((m) => m.role)).toEqual(['owner', 'manager']);
    expect((await asMember.get('/members')).status).toBe(200);
  });

  test('nobody gives a role above their own, nor touches somebody above them', async () => {
    const owner = await id.makePerson();
    const { tenantId } = owner;
    const manager = await id.makePerson({ tenantId, role: 'manager' });
    const viewer = await id.makePerson({ tenantId, role: 'viewer' });
    const as = await id.signIn(manager.email);
    const tries = [
      as.send('PATCH', `/admin/members/${viewer.userId}`, { role: 'owner' }),
      as.send('PATCH', `/admin/members/${manager.userId}`, { role: 'owner' }),
      as.send('PATCH', `/admin/members/${owner.userId}`, { role: 'viewer' }),
      as.send('DELETE', `/admin/members/${owner.userId}`),
      as.send('POST', '/admin/invitations', { email: 'x@shop.example', role: 'owner' }),
      as.send('POST', `/admin/members/${viewer.userId}/password-reset`, {}),
    ];
    for (const answer of await Promise.all(tries)) expect(await codeOf(answer)).toBe('FORBIDDEN');
    expect(await rolesOf(tenantId)).toEqual(['manager', 'owner', 'viewer']);
    expect((await as.send('PATCH', `/admin/members/${viewer.userId}`, { role: 'agent' })).status).toBe(200);
  });

  test('a key gives no role that may more than the key', async () => {
    const { tenantId } = await id.makePerson();
    const { key } = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
      createApiKey(tx, { name: 'k', scopes: ['members.write', 'members.read', 'orders.read'] }),
    );
    const init = json({ email: 'x@shop.example', role: 'viewer' }, { authorization: `Bearer ${key}` });
    expect((await id.http.refused('/api/v1/admin/invitations', init)).code).toBe('FORBIDDEN');
  });

  test('the last owner can be neither demoted nor removed, by nobody', async () => {
    const owner = await id.makePerson();
    const as = await id.signIn(owner.email);
    const path = `/admin/members/${owner.userId}`;
    expect(await codeOf(await as.send('PATCH', path, { role: 'manager' }))).toBe('LAST_OWNER');
    expect(await codeOf(await as.send('DELETE', path))).toBe('LAST_OWNER');
    await expect(
      database.current.db.asSystem('test', (tx) =>
        tx.execute(`delete from auth.member where "userId" = $1`, [owner.userId]),
      ),
    ).rejects.toMatchObject({ constraint: 'last_owner' });
  });

  test('of two owners who demote each other at once one stays', async () => {
    for (let round = 0; round < 5; round++) {
      const one = await id.makePerson();
      const two = await id.makePerson({ tenantId: one.tenantId });
      const demote = (who: Person) =>
        database.current.db
          .withTenant({ tenantId: one.tenantId, actor: 'system' }, async (tx) => {
            await tx.execute(`update auth.member set role = 'viewer' where "userId" = $1`, [who.userId]);
            // Both are in work at once: the second has begun before the first commits.
            await tx.query('select pg_sleep(0.05)');
          })
          .then(
            () => 'demoted',
            (error: { constraint?: string }) => error.constraint,
          );
      expect((await Promise.all([demote(one), demote(two)])).sort()).toEqual(['demoted', 'last_owner']);
      expect(await rolesOf(one.tenantId)).toEqual(['owner', 'viewer']);
    }
  });

  test('who is removed is out at once, and keeps their account elsewhere', async () => {
    const owner = await id.makePerson();
    const member = await id.makePerson({ tenantId: owner.tenantId, role: 'agent' });
    const elsewhere = await id.makePerson({ tenantId: (await id.makePerson()).tenantId, role: 'viewer' });
    const [asOwner, asMember] = [await id.signIn(owner.email), await id.signIn(member.email)];
    const path = `/admin/members/${member.userId}`;
    expect((await asOwner.send('DELETE', path)).status).toBe(204);
    expect((await asMember.get('/session')).status).toBe(401);
    for (const gone of [path, `/admin/members/${elsewhere.userId}`, `/admin/members/${newId()}`]) {
      expect(await codeOf(await asOwner.send('DELETE', gone))).toBe('NOT_FOUND');
      expect(await codeOf(await asOwner.send('PATCH', gone, { role: 'viewer' }))).toBe('NOT_FOUND');
    }
  });
});

describe('invitations', () => {
  test('a new person joins by the link, once, also when clicked twice at once', async () => {
    const owner = await id.makePerson();
    const asOwner = await id.signIn(owner.email);
    const email = `${newId()}@New.Example`;
    const { token, url, id: invitationId } = await invite(asOwner, email, 'agent');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/join\?token=[\w-]{43}$/);
    const pending = await bodyOf(listOf(Invitation), await asOwner.get('/admin/invitations'));
    expect(pending.items).toMatchObject([{ id: invitationId, email: email.toLowerCase(), invitedBy: 'Ann' }]);
    const preview = await id.http.call('/api/v1/invitations/preview', json({ token }));
    expect(await bodyOf(InvitationPreview, preview)).toMatchObject({ role: 'agent', hasAccount: false });
    const answers = await Promise.all([1, 2].map(() => accept({ token, ...newcomer })));
    expect(answers.filter((a) => a.status === 200)).toHaveLength(1);
    const joined = await id.signedInBy(answers.find((a) => a.status === 200)!);
    expect(joined.session).toMatchObject({
      user: { name: 'Ida', email: email.toLowerCase() },
      tenant: { tenantId: owner.tenantId, role: 'agent' },
    });
    expect(await codeOf(await accept({ token, ...newcomer }))).toBe('NOT_FOUND');
    expect((await bodyOf(listOf(Invitation), await asOwner.get('/admin/invitations'))).items).toEqual([]);
    expect(await rolesOf(owner.tenantId)).toEqual(['agent', 'owner']);
  });

  test('somebody with an account joins signed in with it, or with its password, and works there then', async () => {
    const asOwner = await id.signIn((await id.makePerson()).email);
    const { tenantId } = asOwner.session.tenant;
    const [one, two] = [await id.makePerson(), await id.makePerson()];
    const signedIn = await id.signIn(one.email);
    const { token } = await invite(asOwner, one.email);
    const stranger = await id.signIn((await id.makePerson()).email);
    for (const headers of [
      {},
      { cookie: signedIn.cookie },
      { cookie: stranger.cookie, 'x-csrf-token': stranger.session.csrfToken },
    ] as Record<string, string>[]) {
      expect(await codeOf(await accept({ token }, headers))).toBe('SIGN_IN_REFUSED');
    }
    expect(await codeOf(await accept({ token, password: 'wrong one' }))).toBe('SIGN_IN_REFUSED');
    const own = { cookie: signedIn.cookie, 'x-csrf-token': signedIn.session.csrfToken };
    const joined = await accept({ token }, own);
    expect(await joined.json()).toMatchObject({ tenant: { tenantId }, memberships: [{}, {}] });
    const second = await invite(asOwner, two.email);
    const byPassword = await id.signedInBy(await accept({ token: second.token, password }));
    expect(byPassword.session.tenant.tenantId).toBe(tenantId);
  });

  async function sessionsOf(userId: string): Promise<number> {
    const sql = 'select count(*)::int as n from auth.session where "userId" = $1';
    const { n } = await database.current.db.asSystem('test', (tx) => tx.one<{ n: number }>(sql, [userId]));
    return n;
  }

  test('who was removed from their last tenant comes back by a link and their password', async () => {
    const owner = await id.makePerson();
    const member = await id.makePerson({ tenantId: owner.tenantId, role: 'agent' });
    const [as, before] = [await id.signIn(owner.email), await id.signIn(member.email)];
    await as.send('DELETE', `/admin/members/${member.userId}`);
    const signIn = () => id.http.refused('/api/v1/session', json({ email: member.email, password }));
    expect((await signIn()).code).toBe('SIGN_IN_REFUSED');
    expect(await sessionsOf(member.userId)).toBe(1);
    const { token } = await invite(as, member.email, 'viewer');
    expect(await codeOf(await accept({ token, password: 'wrong one' }))).toBe('SIGN_IN_REFUSED');
    const joined = await id.signedInBy(await accept({ token, password }));
    expect(joined.session.tenant).toMatchObject({ tenantId: owner.tenantId, role: 'viewer' });
    expect((await joined.get('/session')).status).toBe(200);
    expect((await before.get('/session')).status).toBe(401);
    expect(await sessionsOf(member.userId)).toBe(1);
    // The link is used up: a second try begins no session.
    expect(await codeOf(await accept({ token, password }))).toBe('NOT_FOUND');
    expect(await sessionsOf(member.userId)).toBe(1);
  });

  test('the same with two-factor: the code joins', async () => {
    const owner = await id.makePerson();
    const member = await id.makePerson({ tenantId: owner.tenantId, role: 'agent' });
    const [as, first] = [await id.signIn(owner.email), await id.signIn(member.email)];
    const started = await first.send('POST', '/account/two-factor', { password });
    const { secret, recoveryCodes } = (await started.json()) as { secret: string; recoveryCodes: string[] };
    await first.send('POST', '/account/two-factor/confirm', { code: totpCode(secret) });
    await as.send('DELETE', `/admin/members/${member.userId}`);
    const { token } = await invite(as, member.email, 'viewer');
    const asked = await accept({ token, password });
    expect(await codeOf(asked)).toBe('TWO_FACTOR_REQUIRED');
    const cookie = cookieHeader(asked.headers.getSetCookie());
    const answer = (body: object) => id.http.call('/api/v1/session/two-factor', json(body, { cookie }));
    expect(await codeOf(await answer({ code: '000000', invitation: token }))).toBe('TWO_FACTOR_REFUSED');
    const left = await sessionsOf(member.userId);
    const joined = await id.signedInBy(await answer({ recoveryCode: recoveryCodes[0], invitation: token }));
    expect(joined.session.tenant).toMatchObject({ tenantId: owner.tenantId, role: 'viewer' });
    expect(await sessionsOf(member.userId)).toBe(1);
    expect(left).toBe(1);
  });

  test('somebody else’s link joins nobody, and leaves no session', async () => {
    const as = await id.signIn((await id.makePerson()).email);
    const { token } = await invite(as, `${newId()}@new.example`);
    const other = await id.makePerson();
    const signedIn = await id.signIn(other.email);
    const started = await signedIn.send('POST', '/account/two-factor', { password });
    const { secret, recoveryCodes } = (await started.json()) as { secret: string; recoveryCodes: string[] };
    await signedIn.send('POST', '/account/two-factor/confirm', { code: totpCode(secret) });
    const before = await sessionsOf(other.userId);
    const asked = await id.http.call('/api/v1/session', json({ email: other.email, password }));
    const cookie = cookieHeader(asked.headers.getSetCookie());
    const body = { recoveryCode: recoveryCodes[0], invitation: token };
    expect(await codeOf(await id.http.call('/api/v1/session/two-factor', json(body, { cookie })))).toBe(
      'NOT_FOUND',
    );
    expect(await sessionsOf(other.userId)).toBe(before);
  });

  test('end with the membership of who made them, and those above their role with a lower one', async () => {
    const owner = await id.makePerson();
    const { tenantId } = owner;
    const [other, going] = [await id.makePerson({ tenantId }), await id.makePerson({ tenantId })];
    const as = await id.signIn(owner.email);
    const links = async (by: Person) => {
      const maker = await id.signIn(by.email);
      return [
        await invite(maker, `${newId()}@new.example`, 'owner'),
        await invite(maker, `${newId()}@new.example`, 'viewer'),
      ];
    };
    const [mine, demoted, removed] = [await links(owner), await links(other), await links(going)];
    await as.send('PATCH', `/admin/members/${other.userId}`, { role: 'manager' });
    await as.send('DELETE', `/admin/members/${going.userId}`);
    const left = (await bodyOf(listOf(Invitation), await as.get('/admin/invitations'))).items;
    expect(left.map((i) => i.id).sort()).toEqual([mine[0]!.id, mine[1]!.id, demoted[1]!.id].sort());
    for (const { token } of [demoted[0]!, ...removed]) {
      expect(await codeOf(await accept({ token, ...newcomer }))).toBe('NOT_FOUND');
    }
    expect((await accept({ token: demoted[1]!.token, ...newcomer })).status).toBe(200);
  });

  test('of an owner are taken back by owners only', async () => {
    const owner = await id.makePerson();
    const manager = await id.makePerson({ tenantId: owner.tenantId, role: 'manager' });
    const [as, asManager] = [await id.signIn(owner.email), await id.signIn(manager.email)];
    const { id: invitationId, token } = await invite(as, `${newId()}@new.example`, 'owner');
    const path = `/admin/invitations/${invitationId}`;
    expect(await codeOf(await asManager.send('DELETE', path))).toBe('FORBIDDEN');
    expect((await accept({ token, ...newcomer })).status).toBe(200);
    const lower = await invite(as, `${newId()}@new.example`, 'agent');
    expect((await asManager.send('DELETE', `/admin/invitations/${lower.id}`)).status).toBe(204);
  });

  test('a member and who is invited already are refused; a new link ends the one before, taking back ends both', async () => {
    const owner = await id.makePerson();
    const as = await id.signIn(owner.email);
    const email = `${newId()}@new.example`;
    const first = await invite(as, email);
    const again = await as.send('POST', '/admin/invitations', { email, role: 'agent' });
    expect(await again.json()).toMatchObject({ status: 409, code: 'ALREADY_EXISTS', id: first.id });
    const self = await as.send('POST', '/admin/invitations', { email: owner.email, role: 'agent' });
    expect(await codeOf(self)).toBe('ALREADY_EXISTS');
    const reissued = await as.send('POST', `/admin/invitations/${first.id}/reissue`);
    expect(reissued.status).toBe(201);
    const token = new URL((await bodyOf(InvitationLink, reissued)).url).searchParams.get('token')!;
    expect(await codeOf(await accept({ token: first.token, ...newcomer }))).toBe('NOT_FOUND');
    expect((await as.send('DELETE', `/admin/invitations/${first.id}`)).status).toBe(204);
    expect(await codeOf(await accept({ token, ...newcomer }))).toBe('NOT_FOUND');
    expect(await codeOf(await as.send('POST', `/admin/invitations/${first.id}/reissue`))).toBe('NOT_FOUND');
    await invite(as, email);
  });

  test('an expired link lets nobody in, and another tenant cannot touch it', async () => {
    const as = await id.signIn((await id.makePerson()).email);
    const stranger = await id.signIn((await id.makePerson()).email);
    const invitation = await invite(as, `${newId()}@new.example`);
    for (const [method, path] of [
      ['DELETE', `/admin/invitations/${invitation.id}`],
      ['POST', `/admin/invitations/${invitation.id}/reissue`],
    ] as const) {
      expect(await codeOf(await stranger.send(method, path))).toBe('NOT_FOUND');
    }
    await database.current.db.asSystem('test', (tx) =>
      tx.execute(`update auth.invitation set "expiresAt" = now() - interval '1 second' where id = $1`, [
        invitation.id,
      ]),
    );
    const { token } = invitation;
    expect(await codeOf(await accept({ token, ...newcomer }))).toBe('NOT_FOUND');
    const preview = await id.http.refused('/api/v1/invitations/preview', json({ token }));
    expect(preview.code).toBe('NOT_FOUND');
  });

  test('a new person needs a name and a password that is none of the commonest', async () => {
    const as = await id.signIn((await id.makePerson()).email);
    const { token, email } = await invite(as, `grandmother@${newId()}.example`);
    for (const [body, field] of [
      [{ password: newcomer.password }, 'body.name'],
      [{ name: 'Ida' }, 'body.password'],
      [{ name: 'Ida', password: 'short' }, 'body.password'],
      [{ name: 'Ida', password: 'Password2024!' }, 'body.password'],
      [{ name: 'Ida', password: email }, 'body.password'],
      [{ name: 'Ida', password: 'grandmother' }, 'body.password'],
    ] as const) {
      const refused = await id.http.refused('/api/v1/invitations/accept', json({ token, ...body }));
      expect(refused.issues?.map((issue) => issue.field)).toEqual([field]);
      expect(JSON.stringify(refused)).not.toContain('Password2024!');
    }
  });

  test('only the hash of a link is kept', async () => {
    const as = await id.signIn((await id.makePerson()).email);
    const { token, id: invitationId } = await invite(as, `${newId()}@new.example`);
    const row = await database.current.db.asSystem('test', (tx) =>
      tx.one<{ text: string }>('select i::text as text from auth.invitation i where id = $1', [invitationId]),
    );
    expect(row.text).not.toContain(token);
  });
});

test('the settings of a tenant: everybody reads them, an owner changes them', async () => {
  const owner = await id.makePerson();
  const [asOwner, asViewer] = [
    await id.signIn(owner.email),
    await id.signIn((await id.makePerson({ tenantId: owner.tenantId, role: 'viewer' })).email),
  ];
  const changed = await asOwner.send('PATCH', '/admin/settings', {
    timeZone: 'Europe/London',
    currency: 'GBP',
  });
  const settings = await bodyOf(TenantSettings, changed);
  expect(settings).toMatchObject({ timeZone: 'Europe/London', currency: 'GBP', locale: 'ro-RO' });
  expect(await bodyOf(TenantSettings, await asViewer.get('/admin/settings'))).toEqual(settings);
  expect(await codeOf(await asViewer.send('PATCH', '/admin/settings', { name: 'Mine' }))).toBe('FORBIDDEN');
  for (const body of [
    {},
    { timeZone: 'Mars/Olympus' },
    { timeZone: '+02:00' },
    { currency: 'lei' },
    { locale: 'x_y' },
    { name: ' ' },
    { slug: 'other' },
  ]) {
    expect(await codeOf(await asOwner.send('PATCH', '/admin/settings', body))).toBe('VALIDATION_FAILED');
  }
});
