/** Taking the demo away: its tenants with everything in them, and the people who were nowhere else. */
import type { Database, Tx } from '#platform/db';

/** Those that grow, each before what it points to; the rest goes with the tenant. */
const bigTables = [
  'shop_order',
  'movement',
  'movement_archive',
  'reservation',
  'stock_history',
  'stock_day',
  'import_row',
  'sync_run',
  'task',
  'idempotency_key',
];
const batchRows = 5000;

/** Keeps the demo from coming back, at the next start or in another process: whoever makes a tenant of it asks first. */
export async function forbidDemo(db: Database): Promise<void> {
  await db.asSystem('remove the demo', (tx) =>
    tx.execute('update installation set demo_removed_at = coalesce(demo_removed_at, $1)', [tx.clock.now()]),
  );
}

/**
 * Returns how many tenants went. What a long demo has gathered goes first, in batches of their own: one statement over all
 * of it would meet the statement timeout, and hold the event log up.
 */
export async function removeDemoTenants(db: Database): Promise<number> {
  for (const table of bigTables) while ((await removeBatch(db, table)) === batchRows);
  return db.asSystem('remove the demo', async (tx) => {
    const tenants = await tx.query<{ id: string }>('select id from auth.organization where demo for update');
    const ids = tenants.map((t) => t.id);
    const people = await tx.query<{ id: string }>(
      'select distinct "userId" as id from auth.member where "organizationId" = any ($1)',
      [ids],
    );
    // Orders point to accounts, reservations and variants, which the tenant takes along in an order of its own.
    await tx.execute('delete from shop_order where tenant_id = any ($1)', [ids]);
    await tx.execute('delete from reservation where tenant_id = any ($1)', [ids]);
    await tx.execute('delete from movement where tenant_id = any ($1)', [ids]);
    await tx.execute('delete from stock_history where tenant_id = any ($1)', [ids]);
    await tx.execute('delete from auth.organization where id = any ($1)', [ids]);
    await tx.execute(
      'delete from auth."user" u where id = any ($1) and not exists (select from auth.member m where m."userId" = u.id)',
      [people.map((p) => p.id)],
    );
    return ids.length;
  });
}

function removeBatch(db: Database, table: string): Promise<number> {
  return db.asSystem('remove the demo', (tx) =>
    tx.execute(
      `delete from ${table} where ctid = any (array(
         select t.ctid from ${table} t join auth.organization o on o.id = t.tenant_id where o.demo limit $1))`,
      [batchRows],
    ),
  );
}

export async function wasDemoRemoved(tx: Tx): Promise<boolean> {
  // Shared with others that ask; a removal waits for them and finds what they have made.
  const row = await tx.one<{ removed: boolean }>(
    'select demo_removed_at is not null as removed from installation for share',
  );
  return row.removed;
}
