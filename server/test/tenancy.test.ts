/** Row-level security over everything the migrated database holds. What this test does not know fails it. */
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '#platform/crypto';
import { createDatabase, createPool, type TenantContext } from '#platform/db';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

/** Rows of one tenant each. A new table takes its place here, with a row in `seed`. */
const tenantTables = [
  'api_key',
  'audit_entry',
  'brand',
  'bulk_change',
  'catalogue_word',
  'category',
  'cost_cursor',
  'cost_day',
  'cost_layer',
  'event',
  'idempotency_key',
  'import',
  'import_row',
  'listing',
  'location',
  'marketplace_account',
  'movement',
  'movement_archive',
  'notification',
  'notification_reader',
  'order_line',
  'order_status_change',
  'password_reset',
  'product',
  'purchase_counter',
  'purchase_order',
  'purchase_order_line',
  'purchase_receipt',
  'reorder_plan',
  'reorder_rule',
  'reorder_settings',
  'reservation',
  'reservation_line',
  'shop_order',
  'stock_alert',
  'stock_check',
  'stock_count',
  'stock_count_line',
  'stock_day',
  'stock_drift',
  'stock_history',
  'stock_level',
  'stock_rollup',
  'stock_transfer',
  'stock_transfer_line',
  'stock_transfer_receipt',
  'supplier',
  'supplier_price',
  'sync_cursor',
  'sync_run',
  'task',
  'task_attempt',
  'variant',
  'variant_cost',
];
/** The installation's own: no tenant sees a row. */
const systemTables = ['event_consumer', 'event_epoch', 'installation', 'schedule', 'setup_token', 'worker'];
/** better-auth's; of four of them a tenant sees its own part. */
const authTables = [
  'account',
  'invitation',
  'member',
  'organization',
  'session',
  'twoFactor',
  'usedCode',
  'user',
  'verification',
];

interface Relation {
  schema: string;
  name: string;
  kind: string;
  partition: boolean;
  rls: boolean;
  forced: boolean;
}

async function asOwner<R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> {
  const client = new pg.Client({ connectionString: database.current.url });
  await client.connect();
  try {
    return (await client.query<R>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const relations = () =>
  asOwner<Relation>(
    `select n.nspname as schema, c.relname as name, c.relkind as kind, c.relispartition as partition,
       c.relrowsecurity as rls, c.relforcerowsecurity as forced
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'auth') and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1, 2`,
  );

describe('the catalogue', () => {
  test('every relation is of a known class: no view, no foreign table, nothing in another schema', async () => {
    const found = (await relations()).filter((r) => !r.partition);
    expect(found.filter((r) => r.schema === 'public').map((r) => r.name)).toEqual(
      [...tenantTables, ...systemTables, 'schema_migration'].sort(),
    );
    expect(found.filter((r) => r.schema === 'auth').map((r) => r.name)).toEqual(authTables);
    expect(found.filter((r) => r.kind !== 'r' && r.kind !== 'p')).toEqual([]);
    const schemas = await asOwner<{ name: string }>(
      "select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1",
    );
    expect(schemas.map((s) => s.name)).toEqual(['auth', 'public']);
  });

  test('every one has row-level security, forced on its owner too', async () => {
    const open = (await relations()).filter(
      (r) => !r.partition && r.name !== 'schema_migration' && !(r.rls && r.forced),
    );
    expect(open).toEqual([]);
  });

  test('every tenant table has one policy for tenants: its own rows, in reading and writing', async () => {
    const policies = await asOwner<{
      name: string;
      roles: string;
      cmd: string;
      using: string;
      check: string;
    }>(
      `select tablename as name, roles::text, cmd, qual as using, with_check as check from pg_policies
       where schemaname = 'public' and ('tradepost_app' = any (roles) or 'public' = any (roles)) order by tablename, policyname`,
    );
    const own = '(tenant_id = current_tenant())';
    expect(policies.filter((p) => p.name !== 'event')).toEqual(
      tenantTables
        .filter((name) => name !== 'event')
        .map((name) => ({ name, roles: '{tradepost_app}', cmd: 'ALL', using: own, check: own })),
    );
    expect(policies.filter((p) => p.name === 'event').map((p) => [p.cmd, p.using, p.check])).toEqual([
      ['INSERT', null, expect.stringContaining('tenant_id IS NULL')],
      ['INSERT', null, own],
      ['SELECT', own, null],
    ]);
  });

  test('partitions and what is not listed are granted to nobody', async () => {
    const granted = await asOwner<{ name: string; grantee: string }>(
      `select n.nspname || '.' || c.relname as name, a.grantee::regrole::text as grantee
       from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) a
       where n.nspname in ('public', 'auth') and a.grantee <> c.relowner and (c.relispartition or c.relname = 'schema_migration')`,
    );
    expect(granted).toEqual([]);
    const toAll = await asOwner(
      `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) a
       where n.nspname in ('public', 'auth') and a.grantee = 0`,
    );
    expect(toAll).toEqual([]);
  });

  test('of functions and procedures a tenant may call only what asks for its own id, and triggers', async () => {
    const callable = await asOwner<{ name: string; definer: boolean; returns: string }>(
      `select p.proname as name, p.prosecdef as definer, p.prorettype::regtype::text as returns
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('public', 'auth') and has_function_privilege('tradepost_app', p.oid, 'execute')
         and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1`,
    );
    expect(callable.filter((f) => f.returns !== 'trigger')).toEqual([
      { name: 'current_tenant', definer: false, returns: 'uuid' },
      { name: 'search_fold', definer: false, returns: 'text' },
      // These two ask for their caller's tenant themselves: see catalogue-search.test.ts.
      { name: 'search_products', definer: true, returns: 'uuid' },
      { name: 'search_query', definer: true, returns: 'tsquery' },
      { name: 'search_tag', definer: false, returns: 'text' },
      { name: 'search_words', definer: false, returns: 'text[]' },
      { name: 'slug_of', definer: false, returns: 'text' },
    ]);
    const definers = await asOwner<{ name: string; config: string[] }>(
      `select p.proname as name, p.proconfig as config from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('public', 'auth') and p.prosecdef order by 1`,
    );
    expect(definers.map((d) => d.name)).toEqual([
      'audit_change',
      'audit_expire',
      'audit_forget',
      'audit_note',
      'event_horizon',
      'event_maintain',
      'event_oldest_write',
      'search_products',
      'search_query',
    ]);
    // pg_temp last: a temporary object of the caller's never stands in for one of ours.
    for (const { config } of definers)
      expect(config.filter((c) => !c.startsWith('enable_'))).toEqual([
        expect.stringMatching(/^search_path=.*pg_temp$/),
      ]);
  });

  test('the roles own nothing, are no superusers, and may not become one another', async () => {
    const roles = await asOwner(
      `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin,
         exists (select from pg_class c where c.relowner = r.oid) as owns,
         exists (select from pg_auth_members m where m.member = r.oid) as member
       from pg_roles r where rolname like 'tradepost\\_%' order by 1`,
    );
    const harmless = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolcanlogin: false,
      owns: false,
      member: false,
    };
    expect(roles).toEqual(
      ['tradepost_app', 'tradepost_auth', 'tradepost_system'].map((rolname) => ({ rolname, ...harmless })),
    );
  });
});

describe('two tenants', () => {
  let a: TenantContext;
  let b: TenantContext;
  beforeAll(async () => {
    [a, b] = [await database.current.createTenant(), await database.current.createTenant()];
    await seed(a);
    await seed(b);
  });

  /** A row in every tenant table. */
  async function seed({ tenantId }: TenantContext): Promise<void> {
    const [account, product, variant, reservation, order, task, user] = Array.from({ length: 7 }, newId);
    const [supplier, purchaseOrder, imported] = [newId(), newId(), newId()];
    const [transfer, count, notice, elsewhere] = [newId(), newId(), newId(), newId()];
    const statements: [string, ...unknown[]][] = [
      ["category (id, name, position, created_at) values (gen_random_uuid(), 'Tea', 0, now())"],
      ["brand (id, name, created_at) values (gen_random_uuid(), 'Northwind', now())"],
      ["bulk_change (id, before, actor, created_at) values (gen_random_uuid(), '{}', 'system', now())"],
      // Its trigger writes the row of catalogue_word.
      ['product (id, name, created_at, updated_at) values ($2, $3, now(), now())', product, 'Product'],
      [
        `variant (id, product_id, sku, name, price_minor, currency, created_at) values ($2, $3, 'A', 'A', 1, 'RON', now())`,
        variant,
        product,
      ],
      [
        `stock_level (variant_id, location_id, on_hand, updated_at) select $2, id, 5, now() from location where tenant_id = $1`,
        variant,
      ],
      [
        `movement (id, variant_id, location_id, kind, quantity, on_hand_after, actor, created_at)
         select gen_random_uuid(), $2, id, 'opening', 5, 5, 'system', now() from location where tenant_id = $1`,
        variant,
      ],
      [
        `stock_history (variant_id, location_id, at, version, on_hand, reserved, incoming)
         select $2, id, now(), 1, 5, 0, 0 from location where tenant_id = $1`,
        variant,
      ],
      [
        `movement_archive (id, variant_id, location_id, kind, quantity, on_hand_after, actor, created_at, level_version)
         select gen_random_uuid(), $2, id, 'opening', 5, 5, 'system', now(), 1 from location where tenant_id = $1`,
        variant,
      ],
      [
        `stock_day (variant_id, location_id, day, on_hand, reserved, incoming, sold, returned, received, other)
         select $2, id, current_date, 5, 0, 0, 0, 0, 0, 5 from location where tenant_id = $1`,
        variant,
      ],
      ['stock_rollup (through_day) values (current_date)'],
      ['stock_check (checked_at, levels, movements) values (now(), 1, 1)'],
      [
        `stock_drift (id, variant_id, location_id, kind, actual, expected, found_at, seen_at)
         select gen_random_uuid(), $2, id, 'on_hand', 5, 4, now(), now() from location where tenant_id = $1`,
        variant,
      ],
      [
        `stock_alert (id, variant_id, location_id, kind, available, threshold, opened_at)
         select gen_random_uuid(), $2, id, 'low', 5, 10, now() from location where tenant_id = $1`,
        variant,
      ],
      [
        `stock_count (id, location_id, name, scope, status, actor, created_at)
         select $2, id, 'C', '{}', 'open', 'system', now() from location where tenant_id = $1`,
        count,
      ],
      ["stock_count_line (count_id, variant_id, sku) values ($2, $3, 'A')", count, variant],
      ["notification (id, kind, data, created_at) values ($2, 'low_stock', '{}', now())", notice],
      [
        `supplier (id, name, currency, lead_time_days, review_period_days, created_at, updated_at)
         values ($2, 'S', 'RON', 7, 7, now(), now())`,
        supplier,
      ],
      [
        `supplier_price (id, supplier_id, variant_id, price_minor, minimum_order_quantity, pack_size, preferred, updated_at)
         values (gen_random_uuid(), $2, $3, 1, 1, 1, true, now())`,
        supplier,
        variant,
      ],
      [
        `import (id, kind, status, file_name, file_bytes, reading, columns, actor, created_at)
         values ($2, 'stock', 'draft', 'f', 1, '{}', '[]', 'system', now())`,
        imported,
      ],
      ["import_row (import_id, row_no, outcome, said) values ($2, 1, 'new', '{}')", imported],
      ['purchase_counter (last_number) values (1)'],
      [
        `purchase_order (id, number, supplier_id, location_id, status, origin, currency, actor, created_at, updated_at)
         select $2, 1, $3, id, 'draft', 'person', 'RON', 'system', now(), now() from location where tenant_id = $1`,
        purchaseOrder,
        supplier,
      ],
      [
        'purchase_order_line (order_id, variant_id, position, quantity, unit_cost_minor) values ($2, $3, 0, 1, 1)',
        purchaseOrder,
        variant,
      ],
      [
        `purchase_receipt (id, order_id, received_at, actor, lines) values (gen_random_uuid(), $2, now(), 'system', '[]')`,
        purchaseOrder,
      ],
      ['reorder_settings (cover_days) values (14)'],
      ['reorder_rule (variant_id, paused) values ($2, true)', variant],
      [
        `reorder_plan (variant_id, reorder_point, order_up_to, demand, computed_at) values ($2, 1, 1, '{}', now())`,
        variant,
      ],
      ['variant_cost (variant_id, quantity, updated_at) values ($2, 1, now())', variant],
      [
        'cost_cursor (variant_id, location_id, level_version, on_hand) select $2, id, 1, 5 from location where tenant_id = $1',
        variant,
      ],
      [
        `cost_layer (id, variant_id, source, received_at, quantity, remaining)
         values (gen_random_uuid(), $2, 'opening', now(), 1, 1)`,
        variant,
      ],
      [
        `cost_day (variant_id, day, quantity, fifo_minor, average_minor, without_cost) values ($2, current_date, 1, 1, 1, 0)`,
        variant,
      ],
      ["reservation (id, status, actor, created_at) values ($2, 'active', 'system', now())", reservation],
      [
        'reservation_line (reservation_id, variant_id, location_id, quantity) select $2, $3, id, 1 from location where tenant_id = $1',
        reservation,
        variant,
      ],
      [
        `marketplace_account (id, name, platform, base_url, username, password_sealed, created_at) values ($2, 'A', 'emag_ro', 'u', 'u', '', now())`,
        account,
      ],
      [
        `listing (id, account_id, external_id, barcodes, name, status, state, updated_at)
         values (gen_random_uuid(), $2, '1', '{}', 'A', 'active', 'unmatched', now())`,
        account,
      ],
      ["sync_cursor (account_id, stream, updated_at) values ($2, 's', now())", account],
      [
        "sync_run (id, account_id, kind, outcome, started_at) values (gen_random_uuid(), $2, 'sync_orders', 'running', now())",
        account,
      ],
      [
        `shop_order (id, account_id, external_id, external_status, fulfilment, status, customer, currency, total_minor, shipping_minor, discount_minor,
           line_count, placed_at, imported_at, updated_at, complete, raw) values ($2, $3, '1', 1, 'seller', 'new', '{}', 'RON', 1, 0, 0, 1, now(), now(), now(), true, '{}')`,
        order,
        account,
      ],
      [
        "order_line (id, order_id, external_id, line_no, name, quantity, unit_price, vat_rate, cancelled) values (gen_random_uuid(), $2, '1', 1, 'A', 1, 1, 0, false)",
        order,
      ],
      [
        "order_status_change (id, order_id, to_status, actor, created_at) values (gen_random_uuid(), $2, 'new', 'system', now())",
        order,
      ],
      [
        "task (id, type, status, payload, run_at, max_attempts, actor, created_at) values ($2, 't', 'queued', '{}', now(), 1, 'system', now())",
        task,
      ],
      ["task_attempt (task_id, attempt, started_at, outcome) values ($2, 1, now(), 'failed')", task],
      [
        "api_key (id, name, prefix, hash, scopes, created_by, created_at) values (gen_random_uuid(), 'k', 'tp', sha256($2::uuid::text::bytea), '{}', 'system', now())",
        task,
      ],
      ["idempotency_key (key, operation, request_hash) values ('k', 'o', '')"],
      ["event (channel, type, version, data, actor) values ('tasks', 'task_updated', 1, '{}', 'system')"],
    ];
    await database.current.db.asSystem('seed', async (tx) => {
      for (const [statement, ...values] of statements) {
        const text = statement
          .replace('(', '(tenant_id, ')
          .replace(/values \(/, 'values ($1::uuid, ')
          .replace(/ select /, ' select $1::uuid, ');
        await tx.execute(`insert into ${text}`, [tenantId, ...values]);
      }
      await tx.execute(
        `insert into auth."user" (id, name, email) values ($1::uuid, 'U', $1::uuid || '@example.com')`,
        [user],
      );
      await tx.execute(
        `insert into auth.member (id, "organizationId", "userId", role) values (gen_random_uuid(), $1, $2, 'owner')`,
        [tenantId, user],
      );
      await tx.execute(
        'insert into notification_reader (tenant_id, user_id, notification_id) values ($1, $2, $3)',
        [tenantId, user, notice],
      );
      // After the rest, which takes the tenant's only location.
      await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'east', 'East')", [
        tenantId,
        elsewhere,
      ]);
      await tx.execute(
        `insert into stock_transfer (tenant_id, id, from_id, to_id, status, actor, sent_at)
         select $1, $2, id, $3, 'sent', 'system', now() from location where tenant_id = $1 and code = 'main'`,
        [tenantId, transfer, elsewhere],
      );
      await tx.execute(
        'insert into stock_transfer_line (tenant_id, transfer_id, variant_id, position, quantity) values ($1, $2, $3, 0, 1)',
        [tenantId, transfer, variant],
      );
      await tx.execute(
        `insert into stock_transfer_receipt (tenant_id, id, transfer_id, received_at, actor, lines)
         values ($1, gen_random_uuid(), $2, now(), 'system', '[]')`,
        [tenantId, transfer],
      );
      await tx.execute(
        `insert into password_reset (tenant_id, user_id, hash, remove_two_factor, created_by, created_at, expires_at)
         values ($1, $2::uuid, sha256($2::uuid::text::bytea), false, 'system', now(), now())`,
        [tenantId, user],
      );
    });
  }

  test('each sees its own row of every table, and not one of the other', async () => {
    for (const table of tenantTables) {
      const seen = await database.current.db.withTenant(b, (tx) =>
        tx.query<{ tenant_id: string }>(`select distinct tenant_id from ${table}`),
      );
      expect(seen, table).toEqual([{ tenant_id: b.tenantId }]);
    }
    const auth = await database.current.db.withTenant(b, async (tx) => ({
      organizations: await tx.query('select id from auth.organization'),
      members: await tx.query('select distinct "organizationId" as id from auth.member'),
      users: (await tx.query('select id, name, email from auth."user"')).length,
    }));
    expect(auth).toEqual({ organizations: [{ id: b.tenantId }], members: [{ id: b.tenantId }], users: 1 });
  });

  test('a row cannot be written for the other, nor the other’s changed or removed', async () => {
    for (const table of tenantTables) {
      const columns = await asOwner<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`,
        [table],
      );
      const list = columns.map((c) => `"${c.name}"`).join(', ');
      const copy = columns
        .map((c) => (c.name === 'tenant_id' ? `'${a.tenantId}'::uuid` : `"${c.name}"`))
        .join(', ');
      await expect(
        database.current.db.withTenant(b, (tx) =>
          tx.execute(`insert into ${table} (${list}) select ${copy} from ${table}`),
        ),
        table,
      ).rejects.toMatchObject({ code: '42501' });
      for (const statement of [
        `update ${table} set tenant_id = tenant_id where tenant_id = '${a.tenantId}'`,
        `delete from ${table} where tenant_id = '${a.tenantId}'`,
      ]) {
        const touched = await database.current.db
          .withTenant(b, (tx) => tx.execute(statement))
          .catch((error: { code?: string }) => (error.code === '42501' ? 0 : Promise.reject(error)));
        expect(touched, statement).toBe(0);
      }
    }
    const left = await database.current.db.asSystem('test', (tx) =>
      tx.one(
        `select ${tenantTables.map((t) => `(select count(*)::int from ${t} where tenant_id = '${a.tenantId}') as ${t}`).join(', ')}`,
      ),
    );
    expect(left).toEqual(
      Object.fromEntries(
        tenantTables.map((t) => [
          t,
          t === 'event' || t === 'audit_entry' ? expect.any(Number) : t === 'location' ? 2 : 1,
        ]),
      ),
    );
  });

  test('a row of one’s own cannot point into the other’s', async () => {
    const [theirs] = await database.current.db.withTenant(a, (tx) =>
      tx.query<{ id: string }>('select id from product'),
    );
    await expect(
      database.current.db.withTenant(b, (tx) =>
        tx.execute(
          "insert into variant (tenant_id, id, product_id, sku, name, price_minor, currency, created_at) values ($1, gen_random_uuid(), $2, 'X', 'X', 1, 'RON', now())",
          [b.tenantId, theirs!.id],
        ),
      ),
    ).rejects.toMatchObject({ code: '23503' });
  });

  test('without a tenant there are no rows and no error: never set, empty, and on a connection used before', async () => {
    const { url, bus } = database.current;
    const pool = createPool({
      url,
      poolSize: 1,
      maxOverflow: 0,
      poolTimeoutMs: 5000,
      poolRecycleSeconds: 3600,
    });
    const db = createDatabase({ pool, clock: { now: () => new Date() }, bus });
    try {
      const client = await pool.connect();
      const countAs = async (setting?: string): Promise<number> => {
        await client.query('begin; set local role tradepost_app');
        if (setting !== undefined) await client.query(`set local app.tenant_id = '${setting}'`);
        let count = 0;
        for (const table of [...tenantTables, 'auth.organization', 'auth.member'])
          count += (await client.query(`select 1 from ${table}`)).rows.length;
        await client.query('commit');
        return count;
      };
      expect(await countAs()).toBe(0);
      expect(await countAs('')).toBe(0);
      expect(await countAs(a.tenantId)).toBeGreaterThanOrEqual(tenantTables.length);
      expect(await countAs()).toBe(0);
      client.release();
      await db.withTenant(a, (tx) => tx.query('select 1'));
      const after = await pool.query(
        "select current_user = session_user as own, current_setting('app.tenant_id', true) as tenant",
      );
      expect(after.rows).toEqual([{ own: true, tenant: '' }]);
    } finally {
      await db.close();
    }
  });

  test('system tables and the log’s partitions are refused to a tenant', async () => {
    const partitions = (await relations()).filter((r) => r.partition).map((r) => r.name);
    expect(partitions.length).toBeGreaterThan(1);
    for (const table of [
      ...systemTables,
      ...partitions,
      'schema_migration',
      'auth.session',
      'auth.account',
    ]) {
      await expect(
        database.current.db.withTenant(b, (tx) => tx.query(`select 1 from ${table}`)),
        table,
      ).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('what is no tenant’s id opens no transaction', async () => {
    for (const tenantId of ['', "'; reset role; --", `${a.tenantId}'`])
      await expect(
        database.current.db.withTenant({ tenantId, actor: 'system' }, async () => 1),
      ).rejects.toThrow('needs the id of a tenant');
  });
});
