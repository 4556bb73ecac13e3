/** Finding tenants and people across the installation, for whoever runs it. */
import type { Tx } from '#platform/db';

export interface TenantSummary {
  id: string;
  slug: string;
  name: string;
  demo: boolean;
  members: number;
  createdAt: string;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Every tenant, by slug. */
export async function listTenants(tx: Tx): Promise<TenantSummary[]> {
  const rows = await tx.query<Omit<TenantSummary, 'createdAt'> & { createdAt: Date }>(
    `select o.id, o.slug, o.name, o.demo, o."createdAt",
       (select count(*)::int from auth.member m where m."organizationId" = o.id) as members
     from auth.organization o where not o.scratch order by o.slug`,
  );
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

/** By slug, or by id: a slug may look like an id, and then it is the slug that counts. */
export async function findTenant(tx: Tx, slugOrId: string): Promise<{ id: string; slug: string } | null> {
  const row = await tx.maybeOne<{ id: string; slug: string }>(
    'select id, slug from auth.organization where slug = $1 or id = $2 order by slug = $1 desc limit 1',
    [slugOrId, uuidPattern.test(slugOrId) ? slugOrId : null],
  );
  return row ?? null;
}

/** By e-mail address, whatever its case. */
export async function findUser(tx: Tx, email: string): Promise<{ id: string; name: string } | null> {
  const row = await tx.maybeOne<{ id: string; name: string }>(
    'select id, name from auth."user" where email = $1',
    [email.toLowerCase()],
  );
  return row ?? null;
}
