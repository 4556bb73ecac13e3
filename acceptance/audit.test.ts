/** The audit log as an owner has it: who changed what, found, and taken along as CSV. */
import type { AuditEntry } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import { makeKey, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let owner: TestOwner;

beforeAll(async () => {
  app = await Tradepost.start();
  owner = await setUpOwner(app);
});

test('who set the shop up, signed in and made a key', async () => {
  const entries = await owner.signedIn.api.list<AuditEntry>('/admin/audit');
  const { id, name } = owner.signedIn.session.user;
  expect(entries.map((e) => `${e.action} ${e.entity} by ${e.actorName ?? e.actor}`)).toEqual(
    expect.arrayContaining([
      `insert api_key by ${name}`,
      `insert sign_in by ${name}`,
      'insert member by system',
      'insert tenant by system',
    ]),
  );
  expect(entries.find((e) => e.entity === 'api_key')).toMatchObject({ actor: `user:${id}` });
  expect(JSON.stringify(entries)).not.toContain(owner.tenant.apiKey);
});

test('a change by a key: before and after, the key’s name, the request’s id', async () => {
  const { id, key } = await makeKey(owner.signedIn.api, ['tenant.manage']);
  const headers = { authorization: `Bearer ${key}`, 'x-request-id': 'change-of-currency' };
  const json = { currency: 'EUR' };
  expect((await owner.tenant.api.call('PATCH', '/admin/settings', { json, headers })).status).toBe(200);
  const [entry] = await owner.signedIn.api.list<AuditEntry>(`/admin/audit?actor=key:${id}`);
  expect(entry).toMatchObject({
    ...{ actorName: 'acceptance', action: 'update', entity: 'tenant', requestId: 'change-of-currency' },
    ...{ before: { currency: 'RON' }, after: { currency: 'EUR' } },
  });
});

test('the export is the same as CSV, and a name that looks like a formula is none there', async () => {
  const formula = `=HYPERLINK("http://evil.example")`;
  await owner.signedIn.api.call('PATCH', '/admin/settings', { json: { name: formula } });
  const answer = await owner.signedIn.api.call('GET', '/admin/audit/export?entity=tenant');
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const lines = answer.text.trimEnd().split('\r\n');
  expect(lines[0]).toMatch(/^at,actor,actorName,action,entity,/);
  const entries = await owner.signedIn.api.list<AuditEntry>('/admin/audit?entity=tenant');
  expect(lines).toHaveLength(entries.length + 1);
  expect(lines.at(-1)).toContain(`,"'=HYPERLINK(""http://evil.example"")",`);
  expect((await owner.tenant.api.call('GET', '/admin/audit?action=drop')).status).toBe(400);
});
