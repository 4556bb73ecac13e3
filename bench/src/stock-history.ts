/**
 * The stock of 1,000,000 SKUs at two locations with 10,000,000 movements: lists and searches of levels, a level at an instant
 * and what is behind it, each beside the least that a request can cost, a transaction that reads one level by its key.
 */
import { findForList } from '../../server/src/modules/catalogue/index.ts';
import { readMoment, readSeries } from '../../server/src/modules/inventory/history/moment.ts';
import { listMovements, type MovementFilter } from '../../server/src/modules/inventory/history/movements.ts';
import { findLevel } from '../../server/src/modules/inventory/levels.ts';
import { type LevelFilter, listLevels } from '../../server/src/modules/inventory/list-levels.ts';
import { newId } from '../../server/src/platform/crypto/index.ts';
import type { TenantTx } from '../../server/src/platform/db/index.ts';
import { type BenchResult, percentile, ratio } from './report.ts';
import { startBenchDatabase } from './support/database.ts';
import { loadShop } from './support/shop.ts';
import { loadPast, skus, variantId } from './support/stock-past.ts';

const calls = 50;
const warmUps = 10;
const targetMs = 50;
const dayMs = 86_400_000;

const skuOf = (i: number): string => `SKU-${String(1 + ((i * 7919) % skus)).padStart(7, '0')}`;
const hot = 'SKU-0000001';
const ago = (days: number): Date => new Date(Date.now() - days * dayMs);
const settings = { lowStockThreshold: 10, alertsEnabled: true };

type Group = 'list' | 'search' | 'instant' | 'history';
type Work = (tx: TenantTx, i: number, word: string) => Promise<unknown>;

const levels =
  (filter: (i: number, word: string) => Partial<LevelFilter>): Work =>
  (tx, i, word) =>
    listLevels(tx, { limit: 50, ...filter(i, word) }, { settings, findProducts: findForList });
const movements =
  (filter: (i: number) => Partial<MovementFilter>): Work =>
  (tx, i) =>
    listMovements(tx, { limit: 50, ...filter(i) });
const after = (i: number): string => Buffer.from(JSON.stringify([skuOf(i), 'main'])).toString('base64url');

const kinds: [group: Group, name: string, work: Work][] = [
  ['list', 'first page', levels(() => ({}))],
  ['list', 'any page', levels((i) => ({ cursor: after(i) }))],
  ['list', 'of a location', levels((i) => ({ location: 'shop', cursor: after(i) }))],
  ['list', 'low', levels(() => ({ low: 'true' }))],
  ['search', 'SKU', levels((i) => ({ search: skuOf(i) }))],
  ['search', 'EAN', levels((i) => ({ search: `594${skuOf(i).slice(4).padStart(10, '0')}` }))],
  ['search', 'beginning of a SKU', levels((i) => ({ search: skuOf(i).slice(0, 9) }))],
  ['search', 'word', levels((_, word) => ({ search: word }))],
  ['search', 'three letters', levels((_, word) => ({ search: word.slice(0, 3) }))],
  ['search', 'what half of the shop is called', levels(() => ({ search: 'set' }))],
  ['search', 'no hit', levels((i) => ({ search: `qqxwz${i}` }))],
  ['instant', 'a level', levels((i) => ({ sku: skuOf(i), at: ago(i % 29).toISOString() }))],
  ['instant', 'a page of levels', levels((i) => ({ cursor: after(i), at: ago(i % 29).toISOString() }))],
  ['instant', 'of 200,000 changes', levels((i) => ({ sku: hot, at: ago((i % 290) / 10).toISOString() }))],
  [
    'instant',
    'with what is behind it',
    async (tx, i) => readMoment(tx, (await findLevel(tx, { sku: skuOf(i) }))!, ago(i % 29)),
  ],
  [
    'instant',
    'with what is behind it, of 200,000 changes',
    async (tx, i) => readMoment(tx, (await findLevel(tx, { sku: hot }))!, ago((i % 290) / 10)),
  ],
  [
    'history',
    'chart of 30 days',
    async (tx, i) => readSeries(tx, (await findLevel(tx, { sku: skuOf(i) }))!, ago(30), ago(0), 300),
  ],
  [
    'history',
    'chart of 200,000 changes',
    async (tx) => readSeries(tx, (await findLevel(tx, { sku: hot }))!, ago(30), ago(0), 300),
  ],
  ['history', 'movements, newest', movements(() => ({}))],
  ['history', 'movements of an item', movements((i) => ({ sku: skuOf(i) }))],
  ['history', 'movements of days ago', movements((i) => ({ to: ago(i % 29).toISOString() }))],
  ['history', 'movements of a rare kind', movements(() => ({ kind: 'count' }))],
  ['history', 'movements of a document', movements((i) => ({ reference: `order:${variantId(1 + i)}` }))],
  ['history', 'movements of nobody', movements(() => ({ actor: 'user:nobody' }))],
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
    await loadPast(bench.db, tenantId, locationId, newId());
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
        tx.query('select * from stock_level where tenant_id = $1 and variant_id = $2 and location_id = $3', [
          ...[tenantId, variantId(1 + i * 7919), locationId],
        ]),
      ),
    );
    const rows: BenchResult['rows'] = [
      { name: 'one level by its key, p50', value: least.p50, unit: 'ms' },
      { name: 'one level by its key, p95', value: least.p95, unit: 'ms' },
    ];
    const worst: Record<Group, number> = { list: 0, search: 0, instant: 0, history: 0 };
    for (const [group, name, work] of kinds) {
      const { p50, p95 } = await measure((i) => inTenant((tx) => work(tx, i, words[i % words.length]!.word)));
      rows.push({ name: `${group}: ${name}, p50`, value: p50, unit: 'ms' });
      rows.push({ name: `${group}: ${name}, p95`, value: p95, unit: 'ms' });
      worst[group] = Math.max(worst[group], p95);
    }
    return {
      name: 'stock-history',
      rows,
      ratios: Object.entries(worst).map(([group, p95]) =>
        ratio(`${group}: slowest p95 in ms`, p95, targetMs, true),
      ),
    };
  } finally {
    await bench.stop();
  }
}
