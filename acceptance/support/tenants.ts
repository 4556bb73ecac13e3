/**
 * Tenants of an installation without demo. The first is made as a person does it, by the printed link. There is no call
 * for a second one in this release, so it is written into the database.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { allPermissions, type Permission, type Role, type Session } from '@tradepost/contracts';
import { Api, type SignedIn, signedInBy } from './api.ts';
import { withSql } from './embedded.ts';
import type { Tradepost } from './tradepost.ts';

export interface TestTenant {
  id: string;
  slug: string;
  name: string;
  /** May everything. */
  apiKey: string;
  api: Api;
}

export interface TestOwner {
  tenant: TestTenant;
  signedIn: SignedIn;
  email: string;
  password: string;
}

const password = 'correct horse battery';

/** The link's token, from the line `setup <url>`. */
export async function readSetupToken(app: Tradepost): Promise<string> {
  const [, link] = await app.program.waitForLine(/^setup (\S+)$/);
  return new URL(link!).searchParams.get('token')!;
}

/** Makes the first owner by the printed link, and a key that may everything. */
export async function setUpOwner(app: Tradepost): Promise<TestOwner> {
  const token = await readSetupToken(app);
  const email = 'ana@example.com';
  const json = { token, tenantName: 'Ana Books', name: 'Ana', email, password };
  const answer = await new Api(app.url).call<Session>('POST', '/setup', { json });
  if (answer.status !== 201) throw new Error(`POST /setup: ${answer.status} ${answer.text}`);
  const signedIn = signedInBy(app.url, answer);
  const { tenantId: id, slug, name } = signedIn.session.tenant;
  const { key } = await makeKey(signedIn.api, allPermissions);
  return {
    tenant: { id, slug, name, apiKey: key, api: Api.withKey(app.url, key) },
    signedIn,
    email,
    password,
  };
}

export async function makeKey(api: Api, scopes: readonly Permission[]): Promise<{ id: string; key: string }> {
  return api.post('/api-keys', { name: 'acceptance', scopes });
}

/** A tenant beside the first, with a key that may everything. */
export async function addTenant(app: Tradepost, name: string): Promise<TestTenant> {
  const id = randomUUID();
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const apiKey = `tp_${randomBytes(32).toString('base64url')}`;
  await withSql(app.databaseUrl, async (sql) => {
    await sql.query('insert into auth.organization (id, name, slug) values ($1, $2, $3)', [id, name, slug]);
    await sql.query("insert into location (tenant_id, id, code, name) values ($1, $2, 'main', 'Main')", [
      id,
      randomUUID(),
    ]);
    await sql.query(
      `insert into api_key (tenant_id, id, name, prefix, hash, scopes, created_by, created_at)
       values ($1, $2, 'acceptance', $3, $4, $5, 'system', now())`,
      [
        id,
        randomUUID(),
        apiKey.slice(0, 10),
        createHash('sha256').update(apiKey).digest(),
        [...allPermissions],
      ],
    );
  });
  return { id, slug, name, apiKey, api: Api.withKey(app.url, apiKey) };
}

/** A person with this role in the tenant, who signs in with the owner's password. */
export async function addMember(
  app: Tradepost,
  owner: TestOwner,
  member: { tenantId: string; role: Role; email: string },
): Promise<void> {
  const userId = randomUUID();
  await withSql(app.databaseUrl, async (sql) => {
    await sql.query('insert into auth."user" (id, name, email) values ($1, $2, $3)', [
      userId,
      member.role,
      member.email,
    ]);
    await sql.query(
      `insert into auth.account (id, "accountId", "providerId", "userId", password)
       select $1, $2::text, 'credential', $2::uuid, a.password
       from auth.account a join auth."user" u on u.id = a."userId" where u.email = $3`,
      [randomUUID(), userId, owner.email],
    );
    await sql.query(
      'insert into auth.member (id, "organizationId", "userId", role) values ($1, $2, $3, $4)',
      [randomUUID(), member.tenantId, userId, member.role],
    );
  });
}
