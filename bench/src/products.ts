/**
 * A shop of 1,000,000 products: lists, filters, sorts and searches, each beside the least that a request can cost, a
 * transaction that reads one product by its key.
 */
import type { ListProductsQuery } from '@tradepost/contracts';
import { listProducts } from '../../server/src/modules/catalogue/list-products.ts';
import type { TenantTx } from '../../server/src/platform/db/index.ts';
import { type BenchResult, percentile, ratio } from './report.ts';
import { startBenchDatabase } from './support/database.ts';
import { loadShop } from './support/shop.ts';

const calls = 50;
const warmUps = 10;
const targetMs = 50;

type Group = 'list' | 'filter' | 'sort' | 'search';
type Kind = [group: Group, name: string, query: (i: number, word: string) => Partial<ListProductsQuery>];

const kinds: Kind[] = [
  ['list', 'newest', () => ({})],
  ['list', 'page 100', () => ({ page: 100 })],
  ['filter', 'status', () => ({ status: 'draft' })],
  ['filter', 'category', (i) => ({ category: `Category ${1 + i}` })],
  ['filter', 'price', (i) => ({ minPriceMinor: 5000 + i, maxPriceMinor: 5050 + i })],
  ['filter', 'in stock', () => ({ inStock: 'true' })],
  ['filter', 'out of stock', () => ({ inStock: 'false' })],
  ['filter', 'category, in stock', (i) => ({ category: `Category ${1 + i}`, inStock: 'true' })],
  ['sort', 'by name', () => ({ sort: 'name' })],
  ['sort', 'by price', () => ({ sort: '-price' })],
  ['sort', 'brand, by price', (i) => ({ brand: `Brand ${1 + i * 19}`, sort: 'price' })],
  [
    'sort',
    'brand and category, by price',
    (i) => ({ brand: `Brand ${1 + i}`, category: `Category ${1 + i}`, sort: 'price' }),
  ],
  ['search', 'SKU', (i) => ({ search: `SKU-${String(1 + i * 7919).padStart(7, '0')}` })],
  ['search', 'EAN', (i) => ({ search: `594${String(1 + i * 7919).padStart(10, '0')}` })],
  ['search', 'beginning of all SKUs', () => ({ search: 'sku' })],
  ['search', 'word', (_, word) => ({ search: word })],
  ['search', 'three letters', (_, word) => ({ search: word.slice(0, 3) })],
  ['search', 'one letter', (_, word) => ({ search: word.slice(0, 1) })],
  ['search', 'two beginnings', (_, word) => ({ search: `${word.slice(0, 2)} s` })],
  ['search', 'what half of the shop is called', () => ({ search: 'set' })],
  ['search', 'the same, by price', () => ({ search: 'set', sort: 'price' })],
  ['search', 'the same and another word', (_, word) => ({ search: `set ${word}` })],
  ['search', 'the same, of a brand', (i) => ({ search: 'set', brand: `Brand ${1 + i * 19}` })],
  [
    'search',
    'typing error',
    (_, word) => ({ search: `${word.slice(0, 3)}${word[4]}${word[3]}${word.slice(5)}` }),
  ],
  ['search', 'no hit', (i) => ({ search: `qqxwz${i}` })],
];

async function measure(work: (i: number) => Promise<unknown>): Promise<{ p50: number; p95: number }> {
  const times: number[] = [];
  for (let i = -warmUps; i < calls; i++) {
    const begun = performance.now();
    await work(Math.abs(i));
    if (i >= 0) times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  try {
    const { tenantId, locationId } = await bench.createTenant();
    await loadShop(bench.db, tenantId, locationId);
    const inTenant = <R>(work: (tx: TenantTx) => Promise<R>) =>
      bench.db.withTenant({ tenantId, actor: 'system' }, work);
    const words = await inTenant((tx) =>
      tx.query<{ word: string }>(
        'select word from catalogue_word where tenant_id = $1 and length(word) > 5 order by hashtext(word) limit $2',
        [tenantId, calls],
      ),
    );
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
    const worst: Record<Group, number> = { list: 0, filter: 0, sort: 0, search: 0 };
    for (const [group, name, query] of kinds) {
      const { p50, p95 } = await measure((i) =>
        inTenant((tx) => listProducts(tx, { limit: 50, ...query(i, words[i % words.length]!.word) })),
      );
      rows.push({ name: `${group}: ${name}, p50`, value: p50, unit: 'ms' });
      rows.push({ name: `${group}: ${name}, p95`, value: p95, unit: 'ms' });
      worst[group] = Math.max(worst[group], p95);
    }
    const groups = Object.entries(worst);
    for (const [group, p95] of groups)
      rows.push({ name: `${group}: slowest p95 ÷ p95 of one product`, value: p95 / least.p95, unit: '×' });
    return {
      name: 'products',
      rows,
      ratios: groups.map(([group, p95]) => ratio(`${group}: slowest p95 in ms`, p95, targetMs, true)),
    };
  } finally {
    await bench.stop();
  }
}
