/** The audit log: what is written of which change, that nothing else is, and how it is read. */
import { AuditEntry, listOf } from '@tradepost/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import {
  cookieHeader,
  type IdentityUnderTest,
  password,
  type SignedIn,
  startIdentity,
  totpCode,
} from './factories/identity.ts';
import { useDatabase } from './support/database.ts';
import { json } from './support/http.ts';

const database = useDatabase();
let id: IdentityUnderTest;
beforeAll(async () => {
  id = await startIdentity(database.current);
});
afterAll(() => id?.stop());

async function read(as: SignedIn, query = ''): Promise<z.output<typeof AuditEntry>[]> {
  const response = await as.get(`/admin/audit?limit=200${query}`);
  return listOf(AuditEntry).parse(await response.json()).items;
}

/** An owner who is signed in, and a context of theirs for changes beside HTTP. */
async function makeOwner() {
  const person = await id.makePerson();
  const as = await id.signIn(person.email);
  const ctx: TenantContext = {
    tenantId: person.tenantId,
    actor: `user:${person.userId}`,
    requestId: 'request-1',
  };
  return { ...person, as, ctx };
}

const insertProduct = `insert into product (tenant_id, id, name, created_at, updated_at)
  select $1, gen_random_uuid(), 'Chai ' || n, now(), now() from generate_series(1, $2) n returning id`;

describe('what is written', () => {
  test('a change: who, when, for which request, and of the fields that changed before and after', async () => {
    const { as, ctx, userId } = await makeOwner();
    const { db } = database.current;
    const product = await db.withTenant(ctx, (tx) =>
      tx.one<{ id: string }>(insertProduct, [ctx.tenantId, 1]),
    );
    const change = (set: string) =>
      db.withTenant(ctx, (tx) => tx.execute(`update product set ${set} where id = $1`, [product.id]));
    await change(`name = 'Masala', version = version + 1, updated_at = now()`);
    await change('updated_at = now(), version = version + 1');
    const [updated, made, ...rest] = await read(as, `&entityId=${product.id}`);
    const by = { actor: `user:${userId}`, actorName: 'Ann', entity: 'product', entityId: product.id };
    expect(updated).toMatchObject({ ...by, action: 'update', entityName: 'Masala', requestId: 'request-1' });
    expect([updated?.before, updated?.after]).toEqual([{ name: 'Chai 1' }, { name: 'Masala' }]);
    expect(made).toMatchObject({ ...by, action: 'insert', before: null, after: { name: 'Chai 1' } });
    expect(rest).toEqual([]);
  });

  test('each row of a statement over many, and nothing of one that was rolled back', async () => {
    const { as, ctx } = await makeOwner();
    const { db } = database.current;
    await db.withTenant(ctx, (tx) => tx.query(insertProduct, [ctx.tenantId, 20]));
    await db.withTenant(ctx, (tx) =>
      tx.execute(`update product set name = name || '!' where name < 'Chai 2'`),
    );
    const failed = db.withTenant(ctx, async (tx) => {
      await tx.query(insertProduct, [ctx.tenantId, 5]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    const entries = await read(as, '&entity=product');
    expect(entries.filter((e) => e.action === 'insert')).toHaveLength(20);
    const changed = entries.filter((e) => e.action === 'update');
    expect(changed).toHaveLength(11);
    for (const { before, after } of changed) expect(after?.name).toBe(`${before?.name}!`);
  });

  test('of one id in two tenants each its own, when one statement changes both', async () => {
    const owners = [await makeOwner(), await makeOwner()];
    const productId = newId();
    const { db } = database.current;
    for (const { tenantId, ctx } of owners) {
      const insert = `insert into product (tenant_id, id, name, created_at, updated_at) values ($1, $2, $3, now(), now())`;
      await db.withTenant(ctx, (tx) => tx.execute(insert, [tenantId, productId, `Of ${tenantId}`]));
    }
    await db.asSystem('test', (tx) =>
      tx.execute(`update product set name = name || '!' where id = $1`, [productId]),
    );
    for (const { as, tenantId } of owners) {
      const changes = (await read(as, `&entityId=${productId}&action=update`)).map((e) => [
        e.before,
        e.after,
      ]);
      expect(changes).toEqual([[{ name: `Of ${tenantId}` }, { name: `Of ${tenantId}!` }]]);
    }
  });

  test('calls over HTTP: keys, members, invitations, settings, by whom and without a secret', async () => {
    const { as, tenantId, userId } = await makeOwner();
    const member = await id.makePerson({ tenantId, role: 'viewer' });
    const headers = {
      cookie: as.cookie,
      'x-csrf-token': as.session.csrfToken,
      'x-request-id': 'test-request-7',
    };
    const body = { name: 'shop front', scopes: ['orders.read'] };
    const made = await id.http.call('/api/v1/admin/api-keys', json(body, headers));
    const { id: keyId, key } = (await made.json()) as { id: string; key: string };
    await as.send('PATCH', `/admin/api-keys/${keyId}`, { name: 'till' });
    await as.send('DELETE', `/admin/api-keys/${keyId}`);
    await as.send('PATCH', `/admin/members/${member.userId}`, { role: 'agent' });
    await as.send('DELETE', `/admin/members/${member.userId}`);
    const invited = await as.send('POST', '/admin/invitations', { email: 'ida@x.example', role: 'viewer' });
    const { url } = (await invited.json()) as { url: string };
    await as.send('PATCH', '/admin/settings', { currency: 'EUR' });
    await as.send('PATCH', '/account', { name: 'Anna' });
    const entries = await read(as, `&actor=user:${userId}`);
    const told = entries.map((e) => [e.actorName, e.action, e.entity, e.before, e.after]);
    expect(told).toEqual(
      [
        ['Ann', 'update', 'user', { name: 'Ann' }, { name: 'Anna' }],
        ['Ann', 'update', 'tenant', { currency: 'RON' }, { currency: 'EUR' }],
        [
          'Ann',
          'insert',
          'invitation',
          null,
          expect.objectContaining({ email: 'ida@x.example', tokenHash: 'redacted' }),
        ],
        ['Ann', 'delete', 'member', expect.objectContaining({ role: 'agent', userId: member.userId }), null],
        ['Ann', 'update', 'member', { role: 'viewer' }, { role: 'agent' }],
        [
          'Ann',
          'update',
          'api_key',
          expect.not.objectContaining({ hash: expect.anything() }),
          { revoked_at: expect.any(String) },
        ],
        ['Ann', 'update', 'api_key', { name: 'shop front' }, { name: 'till' }],
        ['Ann', 'insert', 'api_key', null, expect.objectContaining({ name: 'shop front', hash: 'redacted' })],
        [
          'Ann',
          'insert',
          'sign_in',
          null,
          expect.objectContaining({ outcome: 'succeeded', address: '127.0.0.1' }),
        ],
      ].map((row, i) => (i === 0 ? ['Anna', ...row.slice(1)] : row)),
    );
    expect(entries.find((e) => e.action === 'insert' && e.entity === 'api_key')?.requestId).toBe(
      'test-request-7',
    );
    const text = JSON.stringify(await read(as));
    for (const secret of [key, new URL(url).searchParams.get('token')!]) expect(text).not.toContain(secret);
  });

  test('passwords and two-factor in every tenant of the person, values redacted; sign-ins refused and not', async () => {
    const { as, email, tenantId, userId } = await makeOwner();
    await id.http.call('/api/v1/session', json({ email, password: 'a wrong one' }));
    const started = await as.send('POST', '/account/two-factor', { password });
    const { secret, recoveryCodes } = (await started.json()) as { secret: string; recoveryCodes: string[] };
    const code = totpCode(secret);
    const now = await id.signedInBy(await as.send('POST', '/account/two-factor/confirm', { code }));
    const challenged = await id.http.call('/api/v1/session', json({ email, password }));
    const cookie = cookieHeader(challenged.headers.getSetCookie());
    await id.http.call('/api/v1/session/two-factor', json({ code: '000000' }, { cookie }));
    const next = 'a quiet green lamp';
    await now.send('PUT', '/account/password', { currentPassword: password, newPassword: next });
    const told = async () =>
      (await read(now)).filter((e) => ['sign_in', 'two_factor', 'password'].includes(e.entity));
    // A refused password is noted behind its answer.
    await expect.poll(async () => (await told()).length, { timeout: 5000 }).toBe(6);
    const entries = await told();
    expect(new Set(entries.map((e) => `${e.action} ${e.entity} ${e.after?.outcome ?? ''}`.trim()))).toEqual(
      new Set([
        'insert sign_in succeeded',
        'insert sign_in password_refused',
        'insert sign_in code_refused',
        'insert two_factor',
        'update two_factor',
        'update password',
      ]),
    );
    for (const entry of entries) {
      const refused = String(entry.after?.outcome).endsWith('_refused');
      expect(entry).toMatchObject({ actor: refused ? 'system' : `user:${userId}`, entityId: userId });
    }
    expect(entries.find((e) => e.entity === 'password')).toMatchObject({
      before: { password: 'redacted' },
      after: { password: 'redacted' },
    });
    const rows = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
      tx.query<{ text: string }>('select a::text as text from audit_entry a'),
    );
    const text = rows.map((row) => row.text).join('\n');
    for (const hidden of [secret, code, next, password, recoveryCodes[0]!])
      expect(text).not.toContain(hidden);
    const hash = await database.current.db.asSystem('test', (tx) =>
      tx.one<{ password: string }>('select password from auth.account where "userId" = $1', [userId]),
    );
    expect(text).not.toContain(hash.password);
  });

  test('what the system does by itself, and nothing of stock and tasks', async () => {
    const { as, ctx, tenantId } = await makeOwner();
    await database.current.db.asSystem('test', async (tx) => {
      await tx.query(insertProduct, [tenantId, 1]);
      await tx.execute(
        `insert into task (tenant_id, id, type, status, payload, run_at, max_attempts, actor, created_at)
         values ($1, gen_random_uuid(), 't', 'queued', '{}', now(), 1, 'system', now())`,
        [tenantId],
      );
    });
    expect(await read(as, '&entity=product')).toMatchObject([{ actor: 'system', actorName: null }]);
    expect((await read(as)).map((e) => e.entity)).not.toContain('task');
    expect(ctx.tenantId).toBe(tenantId);
  });
});

describe('nobody', () => {
  test.each(['tradepost_app', 'tradepost_system', 'tradepost_auth'])(
    'who is %s inserts, changes or deletes an entry',
    async (role) => {
      const { tenantId } = await makeOwner();
      const client = await database.current.db.pool.connect();
      try {
        for (const statement of [
          `insert into audit_entry (tenant_id, actor, action, entity, entity_id) values ('${tenantId}', 'system', 'insert', 'x', 'x')`,
          `update audit_entry set actor = 'system' where tenant_id = '${tenantId}'`,
          `delete from audit_entry where tenant_id = '${tenantId}'`,
          `truncate audit_entry`,
          ...(role === 'tradepost_system'
            ? []
            : [
                `select audit_note('${tenantId}', 'system', 'x', 'x', '{}', null)`,
                `select audit_expire(now() + interval '1 day', 1000)`,
              ]),
        ]) {
          await client.query(`begin; set local role ${role}; set local app.tenant_id = '${tenantId}'`);
          await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
          await client.query('rollback');
        }
      } finally {
        client.release();
      }
    },
  );

  test('of another tenant sees an entry, and a tenant that goes takes its log along', async () => {
    const [mine, theirs] = [await makeOwner(), await makeOwner()];
    await database.current.db.withTenant(theirs.ctx, (tx) => tx.query(insertProduct, [theirs.tenantId, 1]));
    expect(await read(mine.as, '&entity=product')).toEqual([]);
    const left = () =>
      database.current.db.asSystem('test', async (tx) => {
        const sql = 'select count(*)::int as n from audit_entry where tenant_id = $1';
        return (await tx.one<{ n: number }>(sql, [theirs.tenantId])).n;
      });
    expect(await left()).toBeGreaterThan(1);
    await database.current.db.asSystem('test', (tx) =>
      tx.execute('delete from auth.organization where id = $1', [theirs.tenantId]),
    );
    expect(await left()).toBe(0);
  });
});

describe('reading', () => {
  test('by actor, entity, action, time and words; by pages without a gap or a double', async () => {
    const { as, ctx, userId } = await makeOwner();
    const { db } = database.current;
    // One statement, so one instant: the cursor tells its rows apart.
    await db.withTenant(ctx, (tx) => tx.query(insertProduct, [ctx.tenantId, 25]));
    await db.withTenant(ctx, (tx) =>
      tx.execute(`update product set name = '100%_[x]' where name = 'Chai 7'`),
    );
    const all = await read(as);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = listOf(AuditEntry).parse(
        await (await as.get(`/admin/audit?limit=7${cursor && `&cursor=${cursor}`}`)).json(),
      );
      seen.push(...page.items.map((e) => e.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.map((e) => e.id));
    const count = async (query: string) => (await read(as, `&entity=product&${query}`)).length;
    expect(await count('action=update')).toBe(1);
    expect(await count(`actor=user:${userId}`)).toBe(26);
    expect(await count(`actor=user:${newId()}`)).toBe(0);
    expect(await count(`search=${encodeURIComponent('100%_[X]')}`)).toBe(1);
    expect(await count('search=chai 7')).toBe(2);
    expect(await count('search=ANN')).toBe(26);
    const at = all[0]!.at;
    expect(await count(`to=${new Date(Date.parse(at) - 60_000).toISOString()}`)).toBe(0);
    expect(await count(`from=${new Date(Date.parse(at) - 60_000).toISOString()}`)).toBe(26);
    for (const bad of ['cursor=x', 'action=drop', 'from=yesterday', 'unknown=1', 'search=']) {
      expect((await as.get(`/admin/audit?${bad}`)).status).toBe(400);
    }
  });

  test('a search looks through so many entries a page, and its cursor leads on to those beyond', async () => {
    const { as, ctx } = await makeOwner();
    const { db } = database.current;
    await db.withTenant(ctx, (tx) => tx.query(insertProduct, [ctx.tenantId, 12_000]));
    const page = async (query: string) =>
      listOf(AuditEntry).parse(await (await as.get(`/admin/audit?${query}`)).json());
    const counts: number[] = [];
    const names: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { items, nextCursor } = await page(
        `entity=product&search=chai 77&limit=100${cursor && `&cursor=${cursor}`}`,
      );
      counts.push(items.length);
      names.push(...items.map((e) => e.entityName));
      cursor = nextCursor;
    }
    // 77, 770 to 779, 7700 to 7799: of 12,000 entries, 5,000 a page.
    expect(names).toHaveLength(111);
    expect(new Set(names).size).toBe(111);
    expect(counts.reduce((sum, n) => sum + n)).toBe(111);
    expect(counts.length).toBeGreaterThan(2);
    const none = await page('entity=product&search=nobody&limit=1');
    expect(none.items).toEqual([]);
    expect(none.nextCursor).not.toBeNull();
    const exported = await (await as.get('/admin/audit/export?entity=product&search=chai 77')).text();
    expect(exported.trimEnd().split('\r\n')).toHaveLength(112);
  });

  test('needs audit.read, which an agent and a viewer lack', async () => {
    const { tenantId } = await makeOwner();
    const may = async (role: 'manager' | 'agent' | 'viewer') => {
      const as = await id.signIn((await id.makePerson({ tenantId, role })).email);
      return [(await as.get('/admin/audit')).status, (await as.get('/admin/audit/export')).status];
    };
    expect(await may('manager')).toEqual([200, 200]);
    expect(await may('agent')).toEqual([403, 403]);
    expect(await may('viewer')).toEqual([403, 403]);
  });
});

describe('the export', () => {
  test('is CSV of the same entries, oldest first, with formulas made inert', async () => {
    const { as, ctx } = await makeOwner();
    const evil = ['=cmd|calc', '+1', '-1', '@x', '\tx', 'a,"b"\nc'];
    for (const name of evil) {
      await database.current.db.asSystem(
        'test',
        (tx) => tx.execute('update auth."user" set name = $2 where id = $1', [ctx.actor.slice(5), name]),
        ctx,
      );
    }
    const response = await as.get('/admin/audit/export?entity=user');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toContain('attachment');
    const text = await response.text();
    expect(text.split('\r\n')[0]).toBe(
      'at,actor,actorName,action,entity,entityId,entityName,before,after,requestId',
    );
    for (const inert of [`,'=cmd|calc,`, `,'+1,`, `,'-1,`, `,'@x,`, `,'\tx,`, `,"a,""b""\nc",`]) {
      expect(text).toContain(inert);
    }
    expect(text).not.toMatch(/(^|,)[=+\-@\t]/m);
  });

  test('goes over many reads and leaves nothing out', async () => {
    const { as, ctx } = await makeOwner();
    await database.current.db.withTenant(ctx, (tx) => tx.query(insertProduct, [ctx.tenantId, 2500]));
    const lines = (await (await as.get('/admin/audit/export?entity=product')).text()).trimEnd().split('\r\n');
    expect(lines).toHaveLength(2501);
    expect(new Set(lines).size).toBe(2501);
  });
});

test('the retention drops what is older, and only that', async () => {
  const { as, ctx } = await makeOwner();
  await database.current.db.withTenant(ctx, (tx) => tx.query(insertProduct, [ctx.tenantId, 3]));
  const schedule = id.identity.schedules?.find((s) => s.name === 'expire_audit_log');
  const run = () => database.current.db.asSystem('test', (tx) => schedule!.run(tx));
  await run();
  const before = await read(as);
  expect(before.length).toBeGreaterThan(3);
  await database.current.db.pool.query(
    `update audit_entry set at = at - interval '366 days' where tenant_id = $1 and entity = 'product'`,
    [ctx.tenantId],
  );
  await run();
  const kept = (await read(as)).map((e) => e.entity);
  expect(kept).toEqual(before.map((e) => e.entity).filter((entity) => entity !== 'product'));
});
