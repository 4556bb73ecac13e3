/**
 * The list of levels, by SKU and location, by keyset.
 *
 * At a million SKUs it is found as lists of products are: few hits of a search are listed and sorted; hits so many that
 * they are met soon along the order of the SKUs are not listed.
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
const sortedOneByOne = 1000;
/**
 * Variants passed along the order to meet a page of what is searched for. Where that would take more, products are listed: of
 * a million it costs about the same where one of 150 has the words.
 */
const walkedForWords = 8000;
const listedAtMost = 50_000;

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
  if (!filter.search) return select(tx, page, { variants: sql`variant v` });
  const named = await listNamed(tx, filter.search);
  if (named.length > 0) return select(tx, page, { variants: fenced(sql`v.id = any (${named}::uuid[])`) });
  const { ids, more } = await findProducts(tx, filter.search, sortedOneByOne);
  const among = (products: string[]) =>
    select(tx, page, { variants: fenced(sql`v.product_id = any (${products}::uuid[])`) });
  if (more === null) return ids.length === 0 ? [] : among(ids);
  const matches = sql`exists (select from product p where p.tenant_id = v.tenant_id and p.id = v.product_id
    and (${more.matches} or p.id = any (${ids}::uuid[])))`;
  if (more.share * walkedForWords >= page.limit) {
    const rows = await select(tx, page, { variants: sql`variant v`, matches, walked: walkedForWords });
    if (rows.length === page.limit) return rows;
  }
  const listed = await more.listAll(listedAtMost);
  return listed === null
    ? select(tx, page, { variants: sql`variant v`, matches })
    : among([...ids, ...listed]);

  /** Found by themselves: the planner would rather walk along the SKUs and look for each among them. */
  function fenced(condition: Fragment): Fragment {
    return sql`(select * from variant v where v.tenant_id = ${tx.tenantId} and ${condition} offset 0) v`;
  }
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

/** `walked`: at most so many variants are passed along the order. */
async function select(
  tx: TenantTx,
  { after, limit, conditions: { ofVariant, ofLevel } }: Page,
  { variants, matches = everything, walked }: { variants: Fragment; matches?: Fragment; walked?: number },
): Promise<Level[]> {
  const from = after === undefined ? everything : sql`v.sku >= ${after[0]}`;
  const passed =
    walked === undefined
      ? variants
      : sql`(select * from variant v where v.tenant_id = ${tx.tenantId} and ${from} order by v.sku limit ${walked}) v`;
  // The levels of the variant where the page before ended may all be on that page.
  const first = ofLevel === null ? sql`order by v.sku limit ${limit + 1}` : sql``;
  const { rows } = await sql<Level>`
    select s.variant_id as "variantId", v.product_id as "productId", v.sku, v.name, s.location_id as "locationId", l.code as location,
      s.on_hand as "onHand", s.reserved, s.incoming, s.safety_buffer as "safetyBuffer", s.low_stock_threshold as "lowStockThreshold",
      s.version, s.updated_at as "updatedAt"
    from (
      select v.* from ${passed} where v.tenant_id = ${tx.tenantId} and ${from} and ${ofVariant} and ${matches} ${first}
    ) v
    join stock_level s on s.tenant_id = ${tx.tenantId} and s.variant_id = v.id
    join location l on l.tenant_id = ${tx.tenantId} and l.id = s.location_id
    where ${ofLevel ?? everything} and ${after === undefined ? everything : sql`(v.sku, l.code) > (${after[0]}, ${after[1]})`}
    order by v.sku, l.code limit ${limit}`.execute(tx.kysely);
  return rows;
}
