/** Tenants and users: what setup, the demo and the command line make. */
import type { Membership } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { Database, Tx } from '#platform/db';

/** Slow on purpose (scrypt, some 50 ms): call it before a transaction, not in one. */
export async function hashPassword(password: string): Promise<string> {
  const { hashPassword: hash } = await import('better-auth/crypto');
  return hash(password);
}

/** As slow, so that it tells nothing by its time. */
export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  const { verifyPassword: verify } = await import('better-auth/crypto');
  return verify({ hash, password });
}

/** Makes a tenant and its location `main`. A slug is made from the name when none is given, unique by a suffix. */
export async function createTenant(
  tx: Tx,
  input: { name: string; slug?: string; demo: boolean },
): Promise<{ tenantId: string; slug: string; locationId: string }> {
  const tenantId = newId();
  const locationId = newId();
  const wanted = input.slug ?? slugOf(input.name);
  const taken = await tx.maybeOne('select from auth.organization where slug = $1', [wanted]);
  const slug = taken === undefined ? wanted : `${wanted.slice(0, 50)}-${tenantId.slice(-12)}`;
  const now = tx.clock.now();
  await tx.execute(
    'insert into auth.organization (id, name, slug, demo, "createdAt") values ($1, $2, $3, $4, $5)',
    [tenantId, input.name, slug, input.demo, now],
  );
  await tx.execute(
    "insert into location (tenant_id, id, code, name, priority, created_at) values ($1, $2, 'main', 'Main', 0, $3)",
    [tenantId, locationId, now],
  );
  return { tenantId, slug, locationId };
}

/** Makes a person who signs in with this password. The e-mail address is kept in lower case. */
export async function createUser(
  tx: Tx,
  input: { name: string; email: string; passwordHash: string },
): Promise<{ userId: string }> {
  const userId = newId();
  const now = tx.clock.now();
  await tx.execute(
    'insert into auth."user" (id, name, email, "createdAt", "updatedAt") values ($1, $2, $3, $4, $4)',
    [userId, input.name, input.email.toLowerCase(), now],
  );
  await tx.execute(
    `insert into auth.account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
     values ($1, $2::uuid::text, 'credential', $2::uuid, $3, $4, $4)`,
    [newId(), userId, input.passwordHash, now],
  );
  return { userId };
}

/** Who a user is and where they are a member, by name of the tenant. */
export async function describeUser(
  db: Database,
  userId: string,
): Promise<{ user: { id: string; name: string; email: string }; memberships: Membership[] } | null> {
  return db.asSystem('describe a user', async (tx) => {
    const user = await tx.maybeOne<{ id: string; name: string; email: string }>(
      'select id, name, email from auth."user" where id = $1',
      [userId],
    );
    if (user === undefined) return null;
    const memberships = await tx.query<Membership>(
      `select o.id as "tenantId", o.slug, o.name, m.role, o.demo
       from auth.member m join auth.organization o on o.id = m."organizationId"
       where m."userId" = $1 order by o.name, o.id`,
      [userId],
    );
    return { user, memberships };
  });
}

function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
  return slug === '' ? 'shop' : slug;
}

/** Gives a person another password; their sessions go on. */
export async function changePassword(tx: Tx, userId: string, passwordHash: string): Promise<void> {
  await tx.execute(
    `update auth.account set password = $2, "updatedAt" = $3 where "userId" = $1 and "providerId" = 'credential'`,
    [userId, passwordHash, tx.clock.now()],
  );
}

/** Gives a person another password and ends all their sessions, whose ids it returns. */
export async function setPassword(tx: Tx, userId: string, passwordHash: string): Promise<string[]> {
  await changePassword(tx, userId, passwordHash);
  const ended = await tx.query<{ id: string }>('delete from auth.session where "userId" = $1 returning id', [
    userId,
  ]);
  return ended.map((session) => session.id);
}

/** Turns two-factor off for who has lost app and recovery codes; a sign-in under way must begin again. */
export async function removeTwoFactor(tx: Tx, userId: string): Promise<void> {
  await tx.execute('delete from auth."twoFactor" where "userId" = $1', [userId]);
  await tx.execute('update auth."user" set "twoFactorEnabled" = false, "updatedAt" = $2 where id = $1', [
    userId,
    tx.clock.now(),
  ]);
  await tx.execute(`delete from auth.verification where value = $1::uuid::text and identifier like '2fa-%'`, [
    userId,
  ]);
}
