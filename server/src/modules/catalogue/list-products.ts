/**
 * Lists of products: filtered, searched, sorted, by keyset.
 *
 * How a page is found, at a million products too: first as many of the matching products as fit a bound, in no order, so
 * that PostgreSQL may take whatever index suits the filters. When they are fewer than the bound, they are sorted one by
 * one: for a filter that few products pass, the walk along the order would run through them all. When they are more, so
 * many match that the walk along the index of the order soon meets a page of them.
 */
import type { ListProductsQuery, Product, ProductFilter, ProductSort } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { listByStock } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf } from '#platform/http';
import {
  conditionsOf,
  type Fragment,
  isOrdered,
  narrows,
  type ResolvedFilter,
  resolveFilter,
} from './filter-products.ts';
import { readProducts } from './read-products.ts';
import { codesOf, type Found, hasWords, searchProducts } from './search-products.ts';

/** Matching products that are sorted one by one; more are met along the order. */
const sortedOneByOne = 2000;

interface Order {
  /** What the cursor holds: text or a whole number, so that it survives JSON exactly. */
  key: Fragment;
  keyType: 'text' | 'number';
  /** As the index has it. */
  column: Fragment;
  /** The cursor's key as `column` is compared with it. */
  bound(key: string | number): Fragment;
  direction: 'asc' | 'desc';
}

const byInstant = (column: Fragment, direction: Order['direction']): Order => ({
  key: sql`(extract(epoch from ${column}) * 1000000)::bigint`,
  keyType: 'number',
  column,
  bound: (key) => sql`timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond'`,
  direction,
});
const byName = (direction: Order['direction']): Order => ({
  key: sql`p.name_key`,
  keyType: 'text',
  column: sql`p.name_key`,
  bound: (key) => sql`${key}::text`,
  direction,
});
const byPrice = (direction: Order['direction']): Order => ({
  key: sql`p.price_minor`,
  keyType: 'number',
  column: sql`p.price_minor`,
  bound: (key) => sql`${key}::bigint`,
  direction,
});

const newest = byInstant(sql`p.created_at`, 'desc');
const orders: Record<ProductSort, Order> = {
  newest,
  oldest: byInstant(sql`p.created_at`, 'asc'),
  updated: byInstant(sql`p.updated_at`, 'desc'),
  name: byName('asc'),
  '-name': byName('desc'),
  price: byPrice('asc'),
  '-price': byPrice('desc'),
  sku: {
    key: sql`p.sku`,
    keyType: 'text',
    column: sql`p.sku`,
    bound: (key) => sql`${key}::text`,
    direction: 'asc',
  },
  // Among equally good hits.
  relevance: newest,
};

/** How good a hit is; 0 is best. Without a search, and in other sorts, all are equal. */
type Rank = 0 | 1 | 2 | 3;
const wordRank: Rank = 2;

interface Key {
  rank: number;
  key: string | number;
  id: string;
}

const cursorOf = (sort: ProductSort) =>
  z.tuple([
    z.literal(sort),
    z.int().min(0).max(3),
    orders[sort].keyType === 'text' ? z.string().max(400) : z.int(),
    z.uuid(),
  ]);

export async function listProducts(
  tx: TenantTx,
  query: ListProductsQuery,
): Promise<{ items: Product[]; nextCursor: string | null }> {
  const sort = query.sort ?? (query.search ? 'relevance' : 'newest');
  const cursor = decodeCursor(cursorOf(sort), query.cursor);
  const filter = await resolveFilter(tx, filterOf(query));
  if (filter === null) return { items: [], nextCursor: null };
  const rows = await findPage(tx, {
    sort,
    found: query.search
      ? await searchProducts(tx, query.search, { maxWords: sortedOneByOne, similar: true })
      : null,
    filter,
    conditions: conditionsOf(tx, filter),
    // The index of these has the order too.
    filtered: narrows(filter) && !(isNewest(sort) && isOrdered(filter)),
    after: cursor && { rank: cursor[1], key: cursor[2], id: cursor[3] },
    limit: query.limit + 1,
    offset: ((query.page ?? 1) - 1) * query.limit,
  });
  const page = pageOf(
    rows,
    query.limit,
    (row) => row.id,
    (row) => [sort, row.rank, row.key, row.id],
  );
  return { items: await readProducts(tx, page.items), nextCursor: page.nextCursor };
}

/** The filters, prices in minor units whichever way they were given. */
function filterOf(query: ListProductsQuery): ProductFilter {
  const { minPrice, maxPrice, minPriceMinor, maxPriceMinor, category, brand, status, inStock, deleted } =
    query;
  const toMinor = (major: number | undefined) => (major === undefined ? undefined : Math.round(major * 100));
  return {
    ...{ category, brand, status, inStock, deleted },
    minPriceMinor: minPriceMinor ?? toMinor(minPrice),
    maxPriceMinor: maxPriceMinor ?? toMinor(maxPrice),
  };
}

interface Page {
  sort: ProductSort;
  /** Null: no search. */
  found: Found | null;
  filter: ResolvedFilter;
  conditions: Fragment;
  /** Whether few may match. */
  filtered: boolean;
  after: Key | undefined;
  limit: number;
  offset: number;
}

async function findPage(tx: TenantTx, page: Page): Promise<Key[]> {
  const { found } = page;
  if (found !== null && found.words !== null) return selectAmong(tx, page, allOf(found), sql`true`);
  const matches =
    found === null ? sql`true` : sql`(${hasWords(found.wanted)} or p.id = any (${codesOf(found)}::uuid[]))`;
  const few = page.filtered ? await findFew(tx, page.filter) : null;
  if (few !== null) return selectAmong(tx, page, few, matches);
  if (found === null || page.sort !== 'relevance') return walk(tx, page, matches);
  // Of so many hits by words all are equally good: the few that a code names come before them.
  const codes = codesOf(found);
  const first = (page.after?.rank ?? 0) < wordRank ? await selectAmong(tx, page, codes, sql`true`) : [];
  if (first.length >= page.limit) return first;
  const skipped = first.length > 0 || page.offset === 0 ? 0 : await countAmong(tx, page, codes);
  const rest = {
    ...page,
    after: page.after?.rank === wordRank ? page.after : undefined,
    limit: page.limit - first.length,
    offset: Math.max(0, page.offset - skipped),
  };
  const words = sql`${hasWords(found.wanted)} and p.id <> all (${codes}::uuid[])`;
  return [...first, ...(await walk(tx, rest, words))];
}

const isNewest = (sort: ProductSort): boolean => orders[sort].column === newest.column;

const allOf = (found: Found): string[] => [...codesOf(found), ...(found.words ?? []), ...found.similar];

/** Products of which the filters let none but these through; null when they are too many to be sorted one by one. */
async function findFew(tx: TenantTx, filter: ResolvedFilter): Promise<string[] | null> {
  const byStock =
    filter.inStock === undefined ? null : await listByStock(tx, filter.inStock, sortedOneByOne * 5);
  if (byStock !== null) return byStock;
  const others = { ...filter, inStock: undefined };
  if (!narrows(others)) return null;
  const { rows } = await sql<{
    id: string;
  }>`select p.id from product p where ${conditionsOf(tx, others)} limit ${sortedOneByOne + 1}`.execute(
    tx.kysely,
  );
  return rows.length > sortedOneByOne ? null : rows.map((row) => row.id);
}

/** A page of these products, sorted one by one. No join with the ids: planned for a tenant that is new it would meet them in pairs. */
async function selectAmong(tx: TenantTx, page: Page, ids: string[], matches: Fragment): Promise<Key[]> {
  const { found, sort, conditions, after, limit, offset } = page;
  if (ids.length === 0) return [];
  const order = orders[sort];
  const ranked = sort === 'relevance' && found !== null ? rankOf(found) : sql<number>`0`;
  const beyond = sql.raw(order.direction === 'asc' ? '>' : '<');
  const direction = sql.raw(order.direction);
  const { rows } = await sql<Key>`
    select h.id, h.rank, h.key from (
      select p.id, ${ranked} as rank, ${order.key} as key, ${order.column} as place
      from product p where ${conditions} and p.id = any (${ids}::uuid[]) and ${matches}
    ) h
    where ${after === undefined ? sql`true` : sql`(h.rank > ${after.rank} or (h.rank = ${after.rank} and (h.place, h.id) ${beyond} (${order.bound(after.key)}, ${after.id}::uuid)))`}
    order by h.rank, h.place ${direction}, h.id ${direction} limit ${limit} offset ${offset}`.execute(
    tx.kysely,
  );
  return rows;
}

async function countAmong(tx: TenantTx, page: Page, ids: string[]): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::int as count from product p where ${page.conditions} and p.id = any (${ids}::uuid[])`.execute(
    tx.kysely,
  );
  return rows[0]!.count;
}

function rankOf({ exact, prefix, words }: Found): RawBuilder<number> {
  return sql<number>`case when p.id = any (${exact}::uuid[]) then 0 when p.id = any (${prefix}::uuid[]) then 1
    when p.id = any (${words ?? []}::uuid[]) then ${sql.lit(wordRank)} else 3 end`;
}

/** A page along the index of the order. */
async function walk(tx: TenantTx, page: Page, matches: Fragment): Promise<Key[]> {
  const { sort, conditions, after, limit, offset } = page;
  const order = orders[sort];
  const beyond = sql.raw(order.direction === 'asc' ? '>' : '<');
  const direction = sql.raw(order.direction);
  const { rows } = await sql<Key>`
    select p.id, ${sql.lit(sort === 'relevance' ? wordRank : 0)} as rank, ${order.key} as key from product p
    where ${conditions} and ${matches}
      and ${after === undefined ? sql`true` : sql`(${order.column}, p.id) ${beyond} (${order.bound(after.key)}, ${after.id}::uuid)`}
    order by ${order.column} ${direction}, p.id ${direction} limit ${limit} offset ${offset}`.execute(
    tx.kysely,
  );
  return rows;
}
