/** What products name by text: brands, top categories. Found whatever their accents and capitals, made when new. */
import { MAX_CATEGORIES } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { problem } from '#platform/http';

/** Ids by name. Two names that differ in accents or capitals only are one brand. */
export async function findOrMakeBrands(tx: TenantTx, names: string[]): Promise<Map<string, string>> {
  const distinct = [...new Set(names)];
  if (distinct.length === 0) return new Map();
  // Folded first: a function beside the column would keep row-level security from using the index.
  const keys = await fold(tx, 'search_fold', distinct);
  const find = () =>
    tx.query<{ id: string; key: string }>(
      'select id, name_key as key from brand where tenant_id = $1 and name_key = any ($2)',
      [tx.tenantId, keys],
    );
  let found = new Map((await find()).map((b) => [b.key, b.id]));
  const missing = firstOfEach(keys, distinct).filter(([key]) => !found.has(key));
  if (missing.length > 0) {
    await tx.execute(
      `insert into brand (tenant_id, id, name, created_at)
       select $1, b.id, b.name, $4 from unnest($2::uuid[], $3::text[]) as b (id, name) on conflict do nothing`,
      [tx.tenantId, missing.map(() => newId()), missing.map(([, name]) => name), tx.clock.now()],
    );
    found = new Map((await find()).map((b) => [b.key, b.id]));
  }
  return new Map(distinct.map((name, i) => [name, found.get(keys[i]!)!]));
}

/** Ids by name, of top categories. @throws HttpProblem STATE_CONFLICT when there are too many */
export async function findOrMakeTopCategories(tx: TenantTx, names: string[]): Promise<Map<string, string>> {
  const distinct = [...new Set(names)];
  if (distinct.length === 0) return new Map();
  const slugs = await fold(tx, 'slug_of', distinct);
  const find = () =>
    tx.query<{ id: string; slug: string }>(
      'select id, slug from category where tenant_id = $1 and parent_id is null and slug = any ($2)',
      [tx.tenantId, slugs],
    );
  let found = new Map((await find()).map((c) => [c.slug, c.id]));
  const missing = firstOfEach(slugs, distinct).filter(([slug]) => !found.has(slug));
  if (missing.length > 0) {
    await refuseTooManyCategories(tx, missing.length);
    await tx.execute(
      `insert into category (tenant_id, id, name, position, created_at)
       select $1, c.id, c.name, (select coalesce(max(position) + 1, 0) from category where tenant_id = $1 and parent_id is null) + c.n - 1, $4
       from unnest($2::uuid[], $3::text[]) with ordinality as c (id, name, n) on conflict do nothing`,
      [tx.tenantId, missing.map(() => newId()), missing.map(([, name]) => name), tx.clock.now()],
    );
    found = new Map((await find()).map((c) => [c.slug, c.id]));
  }
  return new Map(distinct.map((name, i) => [name, found.get(slugs[i]!)!]));
}

/** @throws HttpProblem STATE_CONFLICT */
export async function refuseTooManyCategories(tx: TenantTx, more: number): Promise<void> {
  const { count } = await tx.one<{ count: number }>(
    'select count(*)::int as count from category where tenant_id = $1',
    [tx.tenantId],
  );
  if (count + more > MAX_CATEGORIES)
    throw problem(
      'STATE_CONFLICT',
      `There are ${count} categories; at most ${MAX_CATEGORIES} are kept. Delete some first.`,
    );
}

/** Sorted by key, so that two writers of the same new names never wait for each other in a circle. */
function firstOfEach(keys: string[], names: string[]): [string, string][] {
  const first = new Map<string, string>();
  keys.forEach((key, i) => {
    if (!first.has(key)) first.set(key, names[i]!);
  });
  return [...first].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function fold(tx: TenantTx, by: 'search_fold' | 'slug_of', texts: string[]): Promise<string[]> {
  const rows = await tx.query<{ key: string }>(
    `select ${by}(t) as key from unnest($1::text[]) with ordinality as x (t, n) order by n`,
    [texts],
  );
  return rows.map((row) => row.key);
}
