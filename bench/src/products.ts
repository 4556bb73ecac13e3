/**
 * A shop of 1,000,000 products: lists, filters, sorts and searches, each beside the least that a request can cost, a
 * transaction that reads one product by its key.
 */
import type { ListProductsQuery } from '@tradepost/contracts';
import { listProducts } from '../../server/src/modules/catalogue/list-products.ts';
import type { Database, TenantTx } from '../../server/src/platform/db/index.ts';
import { type BenchResult, percentile, ratio } from './report.ts';
import { startBenchDatabase } from './support/database.ts';

const products = 1_000_000;
const portion = 100_000;
const calls = 50;
const targetMs = 50;

const id = (kind: string, n: string) =>
  `('0198a000-0000-7000-${kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/** Half of the names hold `set`, words are drawn so that few are common, one product in a thousand is in stock. */
function loading(tenantId: string, locationId: string, from: number): string {
  const tenant = `'${tenantId}'::uuid`;
  return `
    create temp table made on commit drop as
    select n, initcap(concat_ws(' ', a.w, b.w, c.w, case when n % 2 = 0 then 'set' end)) as name, 1 + floor(1000 * power(g.r1, 2))::int as brand,
      1 + floor(200 * power(g.r2, 2))::int as category, floor(100 + g.r3 * 100000)::int as price
    from (select n, random() as r1, random() as r2, random() as r3, floor(20000 * power(random(), 3))::int as x, floor(20000 * power(random(), 2))::int as y,
      floor(20000 * random())::int as z from generate_series(${from}, ${from + portion - 1}) n offset 0) g
    join bench_word a on a.i = x join bench_word b on b.i = y join bench_word c on c.i = z;
    insert into product (tenant_id, id, name, brand_id, category_id, status, created_at, updated_at, sku, price_minor, variant_text, name_key, search)
    select ${tenant}, ${id('9000', 'n')}, name, ${id('8001', 'brand')}, ${id('8000', 'category')}, case when n % 10 = 0 then 'draft' else 'active' end,
      now() - (${products} - n) * interval '1 s', now() - random() * interval '300 d', 'SKU-' || lpad(n::text, 7, '0'), price, name, search_fold(name),
      array_to_tsvector(array(select search_tag(${tenant}) || w from unnest(search_words(name || ' Brand ' || brand)) w))
    from made;
    insert into variant (tenant_id, id, product_id, sku, name, barcode, price_minor, currency, created_at)
    select ${tenant}, ${id('a000', 'n')}, ${id('9000', 'n')}, 'SKU-' || lpad(n::text, 7, '0'), name, '594' || lpad(n::text, 10, '0'), price, 'RON', now() from made;
    insert into stock_level (tenant_id, variant_id, location_id, on_hand, updated_at)
    select ${tenant}, ${id('a000', 'n')}, '${locationId}', case when n % 1000 = 3 then 5 else 0 end, now() from made`;
}

async function load(db: Database, tenantId: string, locationId: string): Promise<void> {
  const client = await db.pool.connect();
  try {
    // The triggers' work is in the statements themselves, at a tenth of the time.
    await client.query(
      'set session_replication_role = replica; set statement_timeout = 0; set transaction_timeout = 0',
    );
    await client.query(
      `create temp table bench_word as select i, (select string_agg(substr('bcdfglmnprstvz', 1 + (hashint4(i * 31 + k) & 2147483647) % 14, 1)
         || substr('aeiou', 1 + (hashint4(i * 17 + k * 7) & 2147483647) % 5, 1), '') from generate_series(1, 2 + i % 4) k) as w
       from generate_series(0, 19999) i`,
    );
    await client.query('create unique index on bench_word (i); analyze bench_word');
    await client.query(`insert into category (tenant_id, id, name, position, created_at)
      select '${tenantId}', ${id('8000', 'n')}, 'Category ' || n, n, now() from generate_series(1, 200) n`);
    await client.query(`insert into brand (tenant_id, id, name, created_at)
      select '${tenantId}', ${id('8001', 'n')}, 'Brand ' || n, now() from generate_series(1, 1001) n`);
    for (let from = 1; from <= products; from += portion)
      await client.query(loading(tenantId, locationId, from));
    await client.query(
      `insert into catalogue_word (tenant_id, word) select '${tenantId}', w from bench_word where length(w) > 2 on conflict do nothing`,
    );
    for (const table of ['product', 'variant', 'stock_level', 'catalogue_word', 'category', 'brand'])
      await client.query(`vacuum analyze ${table}`);
  } finally {
    client.release(true);
  }
}

type Kind = [name: string, query: (i: number, word: string) => Partial<ListProductsQuery>];
const kinds: Kind[] = [
  ['newest', () => ({})],
  ['page 100', () => ({ page: 100 })],
  ['sort by name', () => ({ sort: 'name' })],
  ['sort by price', () => ({ sort: '-price' })],
  ['filter: status', () => ({ status: 'draft' })],
  ['filter: category', (i) => ({ category: `Category ${1 + i}` })],
  ['filter: brand, by price', (i) => ({ brand: `Brand ${1 + i * 19}`, sort: 'price' })],
  ['filter: price', (i) => ({ minPriceMinor: 5000 + i, maxPriceMinor: 5050 + i })],
  ['filter: in stock', () => ({ inStock: 'true' })],
  ['filter: out of stock', () => ({ inStock: 'false' })],
  ['search: SKU', (i) => ({ search: `SKU-${String(1 + i * 7919).padStart(7, '0')}` })],
  ['search: EAN', (i) => ({ search: `594${String(1 + i * 7919).padStart(10, '0')}` })],
  ['search: beginning of all SKUs', () => ({ search: 'sku' })],
  ['search: word', (_, word) => ({ search: word })],
  ['search: three letters', (_, word) => ({ search: word.slice(0, 3) })],
  ['search: one letter', (_, word) => ({ search: word.slice(0, 1) })],
  ['search: what half of the shop is called', () => ({ search: 'set' })],
  ['search: the same, by price', () => ({ search: 'set', sort: 'price' })],
  ['search: the same and another word', (_, word) => ({ search: `set ${word}` })],
  [
    'search: typing error',
    (_, word) => ({ search: `${word.slice(0, 3)}${word[4]}${word[3]}${word.slice(5)}` }),
  ],
  ['search: no hit', (i) => ({ search: `qqxwz${i}` })],
];

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  try {
    const { tenantId, locationId } = await bench.createTenant();
    await load(bench.db, tenantId, locationId);
    const inTenant = <R>(work: (tx: TenantTx) => Promise<R>) =>
      bench.db.withTenant({ tenantId, actor: 'system' }, work);
    const words = await inTenant((tx) =>
      tx.query<{ word: string }>(
        'select word from catalogue_word where tenant_id = $1 and length(word) > 5 order by hashtext(word) limit $2',
        [tenantId, calls],
      ),
    );
    const measure = async (work: (i: number) => Promise<unknown>) => {
      const times: number[] = [];
      for (let i = -10; i < calls; i++) {
        const begun = performance.now();
        await work(Math.abs(i));
        if (i >= 0) times.push(performance.now() - begun);
      }
      times.sort((a, b) => a - b);
      return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
    };
    const least = await measure((i) =>
      inTenant((tx) =>
        tx.query('select * from product where tenant_id = $1 and id = $2', [
          tenantId,
          `0198a000-0000-7000-9000-${(1 + i * 7919).toString(16).padStart(12, '0')}`,
        ]),
      ),
    );
    const rows: BenchResult['rows'] = [
      { name: 'one product by its key, p50', value: least.p50, unit: 'ms' },
      { name: 'one product by its key, p95', value: least.p95, unit: 'ms' },
    ];
    const ratios: BenchResult['ratios'] = [];
    for (const [name, query] of kinds) {
      const { p50, p95 } = await measure((i) =>
        inTenant((tx) => listProducts(tx, { limit: 50, ...query(i, words[i % words.length]!.word) })),
      );
      rows.push({ name: `${name}, p50`, value: p50, unit: 'ms' });
      ratios.push(ratio(`${name}, p95 in ms`, p95, targetMs, true));
    }
    return { name: 'products', rows, ratios };
  } finally {
    await bench.stop();
  }
}
