/**
 * The list of levels, by SKU and location, by keyset.
 *
 * At a million SKUs it is found as lists of products are: few hits of a search are listed and sorted; hits so many that
 * they are met soon along the order of the SKUs are not listed, but picked out of one stretch of that order after another.
 */
import type { StockLevel } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';
import type { StockSettings } from './apply-stock.ts';
import { readLevelsAt } from './history/levels-at.ts';
import { presentLevel } from './levels.ts';
import type { Level } from './stock-request.ts';

/** How products are found by what people type: the catalogue's search. */
export type FindProducts = (
  tx: TenantTx,
  text: string,
  max: number,
) => Promise<{
  ids: string[];
  more: {
    share: number;
    matches: RawBuilder<unknown>;
    listAll(max: number): Promise<string[] | null>;
  } | null;
}>;

export interface LevelFilter {
  sku?: string;
  productId?: string;
  location?: string;
  at?: string;
  search?: string;
  low?: 'true' | 'false';
  limit: number;
  cursor?: string;
}

/** Products found that are sorted one by one. */
const sortedOneByOne = 1500;
/**
 * Variants passed along the order to meet a page of what is searched for. Where that would take more, products are listed: of
 * a million, either takes 20 to 25 ms where one of 450 has the words.
 */
const walkedForWords = 40_000;
const listedAtMost = 50_000;
/** Variants of a stretch: what asking for one costs by itself is little beside the least, the most is soon held in memory. */
const stretch = { min: 500, max: 20_000 };

const LevelKey = z.tuple([z.string(), z.string()]);

type Fragment = RawBuilder<unknown>;
const everything = sql`true`;

export async function listLevels(
  tx: TenantTx,
  filter: LevelFilter,
  { settings, findProducts }: { settings: StockSettings; findProducts: FindProducts },
): Promise<{ items: StockLevel[]; nextCursor: string | null }> {
  const { limit, low } = filter;
  if (filter.at !== undefined && low !== undefined) {
    throw problem('VALIDATION_FAILED', 'Levels of the past are not filtered by what was low then.', {
      issues: [{ field: 'query.low', message: 'must not be given together with `at`', value: low }],
    });
  }
  const locationId = await findLocationId(tx, filter.location);
  if (locationId === null) return { items: [], nextCursor: null };
  const rows = await findRows(tx, filter, conditionsOf(filter, locationId, settings), findProducts);
  const page = pageOf(
    rows,
    limit,
    (level) => level,
    (level) => [level.sku, level.location],
  );
  const items = filter.at === undefined ? page.items : await asOf(tx, page.items, new Date(filter.at));
  return { ...page, items: items.map((level) => presentLevel(level, settings)) };
}

/** Undefined: not filtered by one. Null: there is none of that name. */
async function findLocationId(tx: TenantTx, code: string | undefined): Promise<string | null | undefined> {
  if (code === undefined) return undefined;
  const row = await tx.maybeOne<{ id: string }>(
    'select id from location where tenant_id = $1 and code = $2',
    [tx.tenantId, code],
  );
  return row?.id ?? null;
}

/** The levels with the figures of then, and since when they had them. */
async function asOf(tx: TenantTx, levels: Level[], at: Date): Promise<Level[]> {
  const then = await readLevelsAt(tx, levels, at);
  return levels.map((level, i) => {
    const { onHand, reserved, incoming, version, since } = then[i]!;
    return { ...level, onHand, reserved, incoming, version, updatedAt: since ?? at };
  });
}

interface Conditions {
  /** Of a variant `v`. */
  ofVariant: Fragment;
  /** Of its level `s`; null: a page of variants is at least a page of levels, as each variant is at `main` at least. */
  ofLevel: Fragment | null;
}

function conditionsOf(
  { sku, productId, low }: LevelFilter,
  locationId: string | undefined,
  settings: StockSettings,
): Conditions {
  const ofVariant: Fragment[] = [];
  const ofLevel: Fragment[] = [];
  if (sku !== undefined) ofVariant.push(sql`v.sku = ${sku}`);
  if (productId !== undefined) ofVariant.push(sql`v.product_id = ${productId}`);
  if (locationId !== undefined) ofLevel.push(sql`s.location_id = ${locationId}`);
  const isLow = sql`s.on_hand - s.reserved <= coalesce(s.low_stock_threshold, ${settings.lowStockThreshold})`;
  if (low === 'true') ofLevel.push(isLow);
  // Such a level has an alert, if alerts are kept: that is what an index knows.
  if (low === 'true' && settings.alertsEnabled) ofLevel.push(sql`(s.alert is not null or s.version = 1)`);
  if (low === 'false') ofLevel.push(sql`not (${isLow})`);
  return {
    ofVariant: ofVariant.length === 0 ? everything : sql.join(ofVariant, sql` and `),
    ofLevel: ofLevel.length === 0 ? null : sql.join(ofLevel, sql` and `),
  };
}

async function findRows(
  tx: TenantTx,
  filter: LevelFilter,
  conditions: Conditions,
  findProducts: FindProducts,
): Promise<Level[]> {
  const page = { after: decodeCursor(LevelKey, filter.cursor), limit: filter.limit + 1, conditions };
  if (!filter.search) return select(tx, page, sql`variant v`);
  const named = await listNamed(tx, filter.search);
  if (named.length > 0) return select(tx, page, fenced(tx, sql`v.id = any (${named}::uuid[])`));
  const { ids, more } = await findProducts(tx, filter.search, sortedOneByOne);
  const among = (products: string[]) => select(tx, page, variantsOf(tx, page, products));
  if (more === null) return ids.length === 0 ? [] : among(ids);
  const matches = sql`(${more.matches} or p.id = any (${ids}::uuid[]))`;
  if (more.share * walkedForWords >= page.limit) {
    const rows = await walk(tx, page, { matches, share: more.share, maxRows: walkedForWords });
    if (rows !== null) return rows;
  }
  const listed = await more.listAll(listedAtMost);
  return listed === null
    ? ((await walk(tx, page, { matches, share: more.share, maxRows: Number.POSITIVE_INFINITY })) ?? [])
    : among([...ids, ...listed]);
}

/** Variants whose SKU, barcode or part number is the text itself. */
async function listNamed(tx: TenantTx, text: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `with k as (select search_fold($2) as key)
     select distinct id from (
       (select id from variant where tenant_id = $1 and sku_key = (select key from k) limit 50)
       union all (select id from variant where tenant_id = $1 and barcode = (select key from k) limit 50)
       union all (select id from variant where tenant_id = $1 and part_number_key = (select key from k) limit 50)) v`,
    [tx.tenantId, text.trim()],
  );
  return rows.map((row) => row.id);
}

interface Page {
  after: [string, string] | undefined;
  limit: number;
  conditions: Conditions;
}

/** Variants found by themselves: the planner would rather walk along the SKUs and look for each among them. */
function fenced(tx: TenantTx, condition: Fragment): Fragment {
  return sql`(select * from variant v where v.tenant_id = ${tx.tenantId} and ${condition} offset 0) v`;
}

/** The first variants of these products; all of them where it depends on their levels which are listed. */
function variantsOf(tx: TenantTx, { after, limit, conditions }: Page, products: string[]): Fragment {
  const { ofVariant, ofLevel } = conditions;
  const from = after === undefined ? everything : sql`v.sku >= ${after[0]}`;
  if (ofLevel !== null) return fenced(tx, sql`v.product_id = any (${products}::uuid[])`);
  return fenced(
    tx,
    sql`v.sku = any (array(
      select v.sku from (
        select v.sku from variant v where v.tenant_id = ${tx.tenantId} and v.product_id = any (${products}::uuid[]) and ${ofVariant} offset 0
      ) v where ${from} order by v.sku limit ${limit + 1}))`,
  );
}

interface Sought {
  /** Of a product `p`. */
  matches: Fragment;
  /** Of the products, about. */
  share: number;
  maxRows: number;
}

/**
 * A page of levels of products that match, out of one stretch of the SKUs after another. Null: so many variants were passed
 * before there was a page.
 *
 * A stretch's products are looked up together, in the order of their ids: one by one, in the order of the SKUs, takes twice
 * as long. How long the next stretch is follows from what the ones before gave; a variant may have several levels, or none
 * that passes the other conditions.
 */
async function walk(tx: TenantTx, page: Page, { matches, share, maxRows }: Sought): Promise<Level[] | null> {
  const { limit, conditions } = page;
  const found: Level[] = [];
  let from = page.after === undefined ? everything : sql`v.sku >= ${page.after[0]}`;
  let rowsPerVariant = 2 * share;
  for (let passed = 0; passed < maxRows; ) {
    const wanted = Math.ceil((limit - found.length) / rowsPerVariant);
    const length = Math.min(Math.max(wanted, stretch.min), stretch.max, maxRows - passed);
    const { rows } = await sql<{ ids: string[]; count: number; last: string | null }>`
      with passed as materialized (
        select v.id, v.product_id, v.sku from variant v
        where v.tenant_id = ${tx.tenantId} and ${from} and ${conditions.ofVariant} order by v.sku limit ${length}
      ), hit as materialized (
        select p.id from product p
        where p.tenant_id = ${tx.tenantId} and p.id = any (array(select product_id from passed)) and ${matches}
      )
      select array(select v.id from passed v where v.product_id in (select id from hit)) as ids,
        (select count(*) from passed)::int as count, (select max(sku) from passed) as last`.execute(
      tx.kysely,
    );
    const { ids, count, last } = rows[0]!;
    if (ids.length > 0) {
      const rest = { ...page, limit: limit - found.length };
      found.push(...(await select(tx, rest, fenced(tx, sql`v.id = any (${ids}::uuid[])`))));
    }
    if (found.length === limit || count < length) return found;
    passed += count;
    from = sql`v.sku > ${last}`;
    rowsPerVariant = Math.max(found.length, 1) / passed;
  }
  return null;
}

async function select(
  tx: TenantTx,
  { after, limit, conditions: { ofVariant, ofLevel } }: Page,
  variants: Fragment,
): Promise<Level[]> {
  const from = after === undefined ? everything : sql`v.sku >= ${after[0]}`;
  // The levels of the variant where the page before ended may all be on that page.
  const first = ofLevel === null ? sql`order by v.sku limit ${limit + 1}` : sql``;
  const { rows } = await sql<Level>`
    select s.variant_id as "variantId", v.product_id as "productId", v.sku, v.name, s.location_id as "locationId", l.code as location,
      s.on_hand as "onHand", s.reserved, s.incoming, s.safety_buffer as "safetyBuffer", s.low_stock_threshold as "lowStockThreshold",
      s.version, s.updated_at as "updatedAt"
    from (
      select v.* from ${variants} where v.tenant_id = ${tx.tenantId} and ${from} and ${ofVariant} ${first}
    ) v
    join stock_level s on s.tenant_id = ${tx.tenantId} and s.variant_id = v.id
    join location l on l.tenant_id = ${tx.tenantId} and l.id = s.location_id
    where ${ofLevel ?? everything} and ${after === undefined ? everything : sql`(v.sku, l.code) > (${after[0]}, ${after[1]})`}
    order by v.sku, l.code limit ${limit}`.execute(tx.kysely);
  return rows;
}
