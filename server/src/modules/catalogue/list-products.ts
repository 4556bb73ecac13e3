/**
 * Lists of products: filtered, searched, sorted, by keyset.
 *
 * How a page is found, at a million products too: first the matching products are counted up to a bound, in no order, so
 * that PostgreSQL may take whatever index suits the filters. When they are fewer than the bound, they are sorted one by
 * one: for a filter that few products pass, the walk along the order would run through them all. When they are more, so
 * many match that the walk along the index of the order soon meets a page of them. What is searched for goes the same
 * way, but that the walk comes first, to a bound, where the newest products say that many have the words.
 */
import {
  type ListProductsQuery,
  type Product,
  type ProductFilter,
  type ProductSort,
  toMinor,
} from '@tradepost/contracts';
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
import { codesOf, type Found, hasWords, listHits, searchProducts } from './search-products.ts';

/**
 * Matching products that are sorted one by one; more are met along the order. A step of the walk goes to any page of the
 * table, but along the newest first, where the next product lies beside the last: ten times as quick.
 */
const sortedOneByOne = 2000;
const sortedWhereWalksAreSlow = 5000;
/** Products that the walk passes for words that only seem common. */
const walkedForWords = { newest: 40_000, other: 5000 };

interface Order {
  /** What the cursor holds: text or a whole number, so that it survives JSON exactly. */
  key: Fragment;
  keyType: 'text' | 'number';
  /** Of the index. */
  columnName: 'created_at' | 'updated_at' | 'name_key' | 'price_minor' | 'sku';
  /** The cursor's key as the column is compared with it. */
  bound(key: string | number): Fragment;
  direction: 'asc' | 'desc';
}

const byInstant = (columnName: Order['columnName'], direction: Order['direction']): Order => ({
  key: sql`(extract(epoch from ${sql.ref(`p.${columnName}`)}) * 1000000)::bigint`,
  keyType: 'number',
  columnName,
  bound: (key) => sql`timestamptz 'epoch' + ${key}::bigint * interval '1 microsecond'`,
  direction,
});
const byText = (columnName: Order['columnName'], direction: Order['direction']): Order => ({
  key: sql.ref(`p.${columnName}`),
  keyType: 'text',
  columnName,
  bound: (key) => sql`${key}::text`,
  direction,
});
const byPrice = (direction: Order['direction']): Order => ({
  key: sql`p.price_minor`,
  keyType: 'number',
  columnName: 'price_minor',
  bound: (key) => sql`${key}::bigint`,
  direction,
});

const newest = byInstant('created_at', 'desc');
const orders: Record<ProductSort, Order> = {
  newest,
  oldest: byInstant('created_at', 'asc'),
  updated: byInstant('updated_at', 'desc'),
  name: byText('name_key', 'asc'),
  '-name': byText('name_key', 'desc'),
  price: byPrice('asc'),
  '-price': byPrice('desc'),
  sku: byText('sku', 'asc'),
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
  const filter = await resolveFilter(tx, await filterOf(tx, query));
  if (filter === null) return { items: [], nextCursor: null };
  const rows = await findPage(tx, {
    sort,
    found: query.search
      ? await searchProducts(tx, query.search, { maxWords: sortedOneByOne, similar: true })
      : null,
    filter,
    conditions: conditionsOf(tx, filter),
    // The index of these has the order too.
    filtered: narrows(filter) && !isOrdered(filter, orders[sort].columnName),
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

/** The filters, prices in minor units whichever way they were given: in major ones they are of the shop's own currency. */
async function filterOf(tx: TenantTx, query: ListProductsQuery): Promise<ProductFilter> {
  const { minPrice, maxPrice, minPriceMinor, maxPriceMinor, category, brand, status, inStock, deleted } =
    query;
  const filter = { category, brand, status, inStock, deleted, minPriceMinor, maxPriceMinor };
  if (minPrice === undefined && maxPrice === undefined) return filter;
  const { currency } = await tx.one<{ currency: string }>(
    'select currency from auth.organization where id = $1',
    [tx.tenantId],
  );
  const toBound = (major: number | undefined) => (major === undefined ? undefined : toMinor(major, currency));
  return {
    ...filter,
    minPriceMinor: minPriceMinor ?? toBound(minPrice),
    maxPriceMinor: maxPriceMinor ?? toBound(maxPrice),
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
  const { found, conditions } = page;
  if (found !== null && found.words !== null) return selectAmong(tx, page, conditions, allOf(found));
  const matches =
    found === null ? sql`true` : sql`(${hasWords(found.wanted)} or p.id = any (${codesOf(found)}::uuid[]))`;
  const few = page.filtered ? await selectFew(tx, page, matches) : null;
  if (few !== null) return few;
  if (found === null) return walk(tx, page, matches);
  const { newest: near, other } = walkedForWords;
  const rows = await walkHits(tx, page, found, matches, isNewest(page.sort) ? near : other);
  if (rows.length === page.limit) return rows;
  const words = await listHits(tx, found, sortedOneByOne);
  if (words === null) return walkHits(tx, page, found, matches);
  const listed = { ...found, words };
  return selectAmong(tx, { ...page, found: listed }, conditions, allOf(listed));
}

const isNewest = (sort: ProductSort): boolean => orders[sort].columnName === newest.columnName;

const allOf = (found: Found): string[] => [...codesOf(found), ...(found.words ?? []), ...found.similar];

/** A page of products of which the filters let few through, sorted one by one; null when they are too many for that. */
async function selectFew(tx: TenantTx, page: Page, matches: Fragment): Promise<Key[] | null> {
  const { inStock, ...filter } = page.filter;
  const others = conditionsOf(tx, { ...filter, inStock: undefined });
  const byStock = inStock === undefined ? null : await listByStock(tx, inStock, sortedOneByOne * 5);
  // Those of which something is in stock are known to be. Of the others it may be another variant.
  if (byStock !== null)
    return selectAmong(tx, page, sql`${inStock ? others : page.conditions} and ${matches}`, byStock);
  if (!narrows({ ...filter, inStock: undefined })) return null;
  const plain = page.found === null && inStock === undefined;
  const bound = plain && !isNewest(page.sort) ? sortedWhereWalksAreSlow : sortedOneByOne;
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::int as count from (select from product p where ${others} limit ${bound + 1}) f`.execute(
    tx.kysely,
  );
  if (rows[0]!.count > bound) return null;
  return selectSorted(tx, page, others, sql`${page.conditions} and ${matches}`);
}

/** A page of these products. No join with the ids: planned for a tenant that is new it would meet them in pairs. */
async function selectAmong(tx: TenantTx, page: Page, conditions: Fragment, ids: string[]): Promise<Key[]> {
  if (ids.length === 0) return [];
  const named = sql`p.tenant_id = ${tx.tenantId} and p.id = any (${ids}::uuid[])`;
  return selectSorted(tx, page, named, conditions);
}

/**
 * A page of those of the `few` products that pass the conditions, best first. The fence (`offset 0`) lets the few be found
 * by themselves: the planner would rather walk the order's index and look for each product among them.
 */
async function selectSorted(tx: TenantTx, page: Page, few: Fragment, conditions: Fragment): Promise<Key[]> {
  const { found, sort, after, limit, offset } = page;
  const order = orders[sort];
  const ranked = sort === 'relevance' && found !== null ? rankOf(found) : sql<number>`0`;
  const beyond = sql.raw(order.direction === 'asc' ? '>' : '<');
  const direction = sql.raw(order.direction);
  const { rows } = await sql<Key>`
    select h.id, h.rank, h.key from (
      select p.id, ${ranked} as rank, ${order.key} as key, ${sql.ref(`p.${order.columnName}`)} as place
      from (select * from product p where ${few} offset 0) p where ${conditions}
    ) h
    where ${after === undefined ? sql`true` : sql`(h.rank > ${after.rank} or (h.rank = ${after.rank} and (h.place, h.id) ${beyond} (${order.bound(after.key)}, ${after.id}::uuid)))`}
    order by h.rank, h.place ${direction}, h.id ${direction} limit ${limit} offset ${offset}`.execute(
    tx.kysely,
  );
  return rows;
}

/** A page of what is searched for, along the order; of at most `maxRows` products passed. */
async function walkHits(
  tx: TenantTx,
  page: Page,
  found: Found,
  matches: Fragment,
  maxRows?: number,
): Promise<Key[]> {
  if (page.sort !== 'relevance') return walk(tx, page, matches, maxRows);
  // Of so many hits by words all are equally good: the few that a code names come before them.
  const codes = codesOf(found);
  const first = (page.after?.rank ?? 0) < wordRank ? await selectAmong(tx, page, page.conditions, codes) : [];
  if (first.length >= page.limit) return first;
  const skipped = first.length > 0 || page.offset === 0 ? 0 : await countAmong(tx, page, codes);
  const rest = {
    ...page,
    after: page.after?.rank === wordRank ? page.after : undefined,
    limit: page.limit - first.length,
    offset: Math.max(0, page.offset - skipped),
  };
  const words = sql`${hasWords(found.wanted)} and p.id <> all (${codes}::uuid[])`;
  return [...first, ...(await walk(tx, rest, words, maxRows))];
}

async function countAmong(tx: TenantTx, page: Page, ids: string[]): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::int as count from product p where ${page.conditions} and p.id = any (${ids}::uuid[])`.execute(
    tx.kysely,
  );
  return rows[0]!.count;
}

function rankOf({ exact, prefix, words, similar }: Found): RawBuilder<number> {
  // Where none resembles, all others are hits by words: two thousand ids need not be sent a second time.
  const others =
    similar.length === 0
      ? sql.lit(wordRank)
      : sql`case when p.id = any (${words ?? []}::uuid[]) then ${sql.lit(wordRank)} else 3 end`;
  return sql<number>`case when p.id = any (${exact}::uuid[]) then 0 when p.id = any (${prefix}::uuid[]) then 1 else ${others} end`;
}

/** A page along the index of the order; of at most `maxRows` products passed. */
async function walk(tx: TenantTx, page: Page, matches: Fragment, maxRows?: number): Promise<Key[]> {
  const { sort, conditions, after, limit, offset } = page;
  const order = orders[sort];
  const column = sql.ref(`p.${order.columnName}`);
  const beyond = sql.raw(order.direction === 'asc' ? '>' : '<');
  const direction = sql.raw(order.direction);
  const along = sql`order by ${column} ${direction}, p.id ${direction}`;
  const ahead = sql`${conditions}
    and ${after === undefined ? sql`true` : sql`(${column}, p.id) ${beyond} (${order.bound(after.key)}, ${after.id}::uuid)`}`;
  const source =
    maxRows === undefined
      ? sql`product p where ${ahead} and ${matches}`
      : sql`(select * from product p where ${ahead} ${along} limit ${maxRows}) p where ${matches}`;
  const { rows } = await sql<Key>`
    select p.id, ${sql.lit(sort === 'relevance' ? wordRank : 0)} as rank, ${order.key} as key
    from ${source} ${along} limit ${limit} offset ${offset}`.execute(tx.kysely);
  return rows;
}
