/**
 * A shop of a million products. Loaded set-wise: the triggers' work is in the statements themselves, and the indexes are
 * built once the rows are there.
 */
import type { Database } from '../../../server/src/platform/db/index.ts';

const products = 1_000_000;
const portion = 250_000;
const loadingTimeoutMs = 300_000;
const tables = ['product', 'variant', 'stock_level'];

const id = (kind: string, n: string) =>
  `('0198a000-0000-7000-${kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/** Half of the names hold `set`, words are drawn so that few are common, one product in a thousand is in stock. */
function loading(tenantId: string, locationId: string, from: number): string {
  const tenant = `'${tenantId}'::uuid`;
  return `
    create temp table made on commit drop as
    select n, words, initcap(array_to_string(words, ' ')) as name, brand, category, price
    from (
      select n, array_remove(array[a.w, b.w, c.w, case when n % 2 = 0 then 'set' end], null) as words,
        1 + floor(1000 * power(g.r1, 2))::int as brand, 1 + floor(200 * power(g.r2, 2))::int as category, floor(100 + g.r3 * 100000)::int as price
      from (select n, random() as r1, random() as r2, random() as r3, floor(20000 * power(random(), 3))::int as x, floor(20000 * power(random(), 2))::int as y,
        floor(20000 * random())::int as z from generate_series(${from}, ${from + portion - 1}) n offset 0) g
      join bench_word a on a.i = x join bench_word b on b.i = y join bench_word c on c.i = z
    ) w;
    insert into product (tenant_id, id, name, brand_id, category_id, status, created_at, updated_at, sku, price_minor, variant_text, name_key, search)
    select ${tenant}, ${id('9000', 'n')}, name, ${id('8001', 'brand')}, ${id('8000', 'category')}, case when n % 10 = 0 then 'draft' else 'active' end,
      now() - (${products} - n) * interval '1 s', now() - random() * interval '300 d', 'SKU-' || lpad(n::text, 7, '0'), price, name, lower(name),
      array_to_tsvector(array(select search_tag(${tenant}) || w from unnest(words || array['brand', brand::text]) w))
    from made order by n;
    insert into variant (tenant_id, id, product_id, sku, name, barcode, price_minor, currency, created_at)
    select ${tenant}, ${id('a000', 'n')}, ${id('9000', 'n')}, 'SKU-' || lpad(n::text, 7, '0'), name, '594' || lpad(n::text, 10, '0'), price, 'RON', now() from made order by n;
    insert into stock_level (tenant_id, variant_id, location_id, on_hand, updated_at)
    select ${tenant}, ${id('a000', 'n')}, '${locationId}', case when n % 1000 = 3 then 5 else 0 end, now() from made order by n`;
}

export async function loadShop(db: Database, tenantId: string, locationId: string): Promise<void> {
  const client = await db.pool.connect();
  // Longer than a server's own statements may take.
  const run = (text: string) => {
    const statement = { text, query_timeout: loadingTimeoutMs };
    return client.query(statement);
  };
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
      `create temp table bench_word as select i, (select string_agg(substr('bcdfglmnprstvz', 1 + (hashint4(i * 31 + k) & 2147483647) % 14, 1)
         || substr('aeiou', 1 + (hashint4(i * 17 + k * 7) & 2147483647) % 5, 1), '') from generate_series(1, 2 + i % 4) k) as w
       from generate_series(0, 19999) i`,
    );
    await run('create unique index on bench_word (i); analyze bench_word');
    await run(`insert into category (tenant_id, id, name, position, created_at)
      select '${tenantId}', ${id('8000', 'n')}, 'Category ' || n, n, now() from generate_series(1, 200) n`);
    await run(`insert into brand (tenant_id, id, name, created_at)
      select '${tenantId}', ${id('8001', 'n')}, 'Brand ' || n, now() from generate_series(1, 1001) n`);
    for (let from = 1; from <= products; from += portion) await run(loading(tenantId, locationId, from));
    await run(
      `insert into catalogue_word (tenant_id, word) select '${tenantId}', w from bench_word where length(w) > 2 on conflict do nothing`,
    );
    for (const index of indexes) await run(index.make);
    for (const table of [...tables, 'catalogue_word', 'category', 'brand'])
      await run(`vacuum analyze ${table}`);
  } finally {
    client.release(true);
  }
}
