/** A past for the shop of a million SKUs: a second location, ten changes of each SKU in thirty days, one item with very many. */
import type { Database } from '../../../server/src/platform/db/index.ts';

export const skus = 1_000_000;
const changesPerSku = 10;
const hotChanges = 200_000;
const days = 30;
const loadingTimeoutMs = 600_000;
const tables = ['movement', 'stock_history', 'stock_level'];

export const variantId = (n: number): string => `0198a000-0000-7000-a000-${n.toString(16).padStart(12, '0')}`;

const id = (kind: string, n: string) =>
  `('0198a000-0000-7000-${kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/** As many movements as rows of history, in the order of their time, as they would have come. */
function changes(
  tenant: string,
  location: string,
  numbers: string,
  number: string,
  variant: string,
  at: string,
): string {
  return `
    create temp table change on commit drop as select ${number} as change, ${variant} as variant_id, ${at} as at from ${numbers};
    insert into movement (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reference, actor, created_at, level_version)
    select ${tenant}, ${id('b000', 'change')}, variant_id, ${location}, case when change % 5000 = 0 then 'count' when change % 3 = 0 then 'receipt' else 'sale' end,
      case when change % 3 = 0 then 2 else -1 end, 100, 'order:' || variant_id, 'system', at, 2 + (change / ${skus})::int from change order by change;
    insert into stock_history (tenant_id, variant_id, location_id, at, version, on_hand, reserved, incoming)
    select ${tenant}, variant_id, ${location}, at, 2 + (change / ${skus})::int, 100, change % 7, 0 from change order by change`;
}

export async function loadPast(
  db: Database,
  tenantId: string,
  locationId: string,
  otherId: string,
): Promise<void> {
  const client = await db.pool.connect();
  const run = (text: string) => {
    const statement = { text, query_timeout: loadingTimeoutMs };
    return client.query(statement);
  };
  const tenant = `'${tenantId}'::uuid`;
  const location = `'${locationId}'::uuid`;
  try {
    await run(`set session_replication_role = replica; set statement_timeout = 0; set transaction_timeout = 0;
      set synchronous_commit = off; set work_mem = '128MB'; set maintenance_work_mem = '512MB'`);
    const { rows: indexes } = await client.query<{ name: string; make: string }>(
      `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as make from pg_index i
       where i.indrelid = any ($1::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
      [tables],
    );
    for (const index of indexes) await run(`drop index ${index.name}`);
    await run(
      `insert into location (tenant_id, id, code, name, created_at) values (${tenant}, '${otherId}', 'shop', 'Shop', now())`,
    );
    await run(`insert into stock_level (tenant_id, variant_id, location_id, on_hand, updated_at)
      select ${tenant}, ${id('a000', 'n')}, '${otherId}', n % 20, now() from generate_series(1, ${skus}) n`);
    // One in a thousand is low.
    await run(`update stock_level set version = 2 + ${changesPerSku}, on_hand = 100, reserved = 0, alert = case when random() < 0.001 then 'low' end
      where tenant_id = ${tenant} and location_id = ${location}`);
    await run(`update stock_level set on_hand = 5 where alert is not null`);
    for (let k = 0; k < changesPerSku; k++) {
      await run(
        changes(
          tenant,
          location,
          `generate_series(1, ${skus}) n`,
          `${k}::bigint * ${skus} + n`,
          id('a000', '(n * 7919::bigint) % 1000000 + 1'),
          `now() - interval '${days} d' + (${k} + n / ${skus}.0) * interval '${(days / changesPerSku).toFixed(3)} d'`,
        ),
      );
    }
    await run(
      changes(
        tenant,
        location,
        `generate_series(1, ${hotChanges}) n`,
        `${skus * changesPerSku}::bigint + n`,
        id('a000', '1'),
        `now() - interval '${days} d' + n * interval '${(days * 86_400) / hotChanges} s'`,
      ),
    );
    for (const index of indexes) await run(index.make);
    for (const table of tables) await run(`vacuum analyze ${table}`);
  } finally {
    client.release(true);
  }
}
