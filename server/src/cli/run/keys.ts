/** `keys …`: the API keys of a tenant. */
import type { Permission } from '@tradepost/contracts';
import { createApiKey, listApiKeys, revokeApiKey } from '#modules/identity';
import { CliError } from '../exit-codes.ts';
import type { Moment } from '../moment.ts';
import { cliActor, type Session } from '../session.ts';
import { chooseTenant } from '../tenants.ts';
import { plain, shortInstant, table } from '../text.ts';

export async function makeKey(
  session: Session,
  {
    options,
  }: {
    options: { name: string; scopes: Permission[]; expires: Moment | undefined; tenant: string | undefined };
  },
): Promise<undefined> {
  const { name, scopes, expires } = options;
  const { db } = await session.openDatabase();
  const tenant = await chooseTenant(db, options.tenant);
  const now = db.clock.now();
  const expiresAt =
    expires === undefined ? null : 'at' in expires ? expires.at : new Date(now.getTime() + expires.spanMs);
  if (expiresAt !== null && expiresAt <= now)
    throw new CliError(
      'usage',
      `--expires=${expiresAt.toISOString()} is refused; allowed is a moment to come.`,
    );
  const { apiKey, key } = await db.withTenant({ tenantId: tenant.id, actor: cliActor() }, (tx) =>
    createApiKey(tx, { name, scopes, expiresAt }),
  );
  session.show({ ...apiKey, key, tenant: tenant.slug }, () => key);
  if (!session.json) session.note(`Key ${apiKey.id} of ${tenant.slug}. It is shown this once.`);
}

export async function showKeys(
  session: Session,
  { options }: { options: { tenant: string | undefined } },
): Promise<undefined> {
  const { db } = await session.openDatabase();
  const tenant = await chooseTenant(db, options.tenant);
  const items = await db.withTenant({ tenantId: tenant.id, actor: cliActor() }, async (tx) => {
    const all: Awaited<ReturnType<typeof listApiKeys>>['items'] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await listApiKeys(tx, { limit: 200, cursor });
      all.push(...page.items);
      if (page.nextCursor === null) return all;
      cursor = page.nextCursor;
    }
  });
  const now = db.clock.now().toISOString();
  session.show({ items }, () =>
    table(
      ['ID', 'STARTS WITH', 'NAME', 'STATE', 'LAST USED', 'SCOPES'],
      items.map((k) => [
        ...[k.id, `${k.prefix}…`, plain(k.name)],
        k.revokedAt !== null ? 'revoked' : k.expiresAt !== null && k.expiresAt <= now ? 'expired' : 'live',
        shortInstant(k.lastUsedAt),
        k.scopes.join(','),
      ]),
      `${tenant.slug} has no API key.`,
    ),
  );
}

export async function endKey(
  session: Session,
  { argument: id, options }: { argument: string; options: { tenant: string | undefined } },
): Promise<undefined> {
  const { db } = await session.openDatabase();
  const tenant = await chooseTenant(db, options.tenant);
  const revoked = await db.withTenant({ tenantId: tenant.id, actor: cliActor() }, (tx) =>
    revokeApiKey(tx, id),
  );
  if (!revoked)
    throw new CliError('failed', `${tenant.slug} has no key ${id}. \`tradepost keys list\` shows them.`);
  session.show(
    { id, tenant: tenant.slug, revoked },
    () => `Revoked ${id}. It and its sockets end within 5 s.`,
  );
}
