/** What people see first, read before they ask: for the tenants in use, one after the other, beside the work at hand. */
import type { Logger } from 'pino';
import type { Database } from '#platform/db';
import type { ModuleManifest } from '#platform/module';

const activeWithinMs = 86_400_000;
const maxTenants = 20;

/** Returns the function that stops it; it resolves when nothing of it runs any more. */
export function startWarming(deps: {
  db: Database;
  modules: readonly ModuleManifest[];
  log: Logger;
}): () => Promise<void> {
  const { db, modules, log } = deps;
  let stopped = false;
  const warming = (async () => {
    for (const tenantId of await listActiveTenants(db)) {
      for (const { warm } of modules) if (!stopped) await warm?.(tenantId);
    }
  })().catch((err) => log.warn({ err }, 'the cache was not warmed'));
  return async () => {
    stopped = true;
    await warming;
  };
}

async function listActiveTenants(db: Database): Promise<string[]> {
  const since = new Date(db.clock.now().getTime() - activeWithinMs);
  const rows = await db.asSystem('active tenants', (tx) =>
    tx.query<{ id: string }>(
      `select tenant_id as id from api_key where last_used_at > $1 and revoked_at is null
       union select "activeOrganizationId" from auth.session where "updatedAt" > $1 and "activeOrganizationId" is not null
       limit $2`,
      [since, maxTenants],
    ),
  );
  return rows.map((row) => row.id);
}
