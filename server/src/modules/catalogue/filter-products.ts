/** The filters of product lists and of bulk changes, as SQL. */
import type { ProductFilter, ProductStatus } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { hasStockAvailable } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import { codesOf, hasWords, searchProducts } from './search-products.ts';

export type Fragment = RawBuilder<unknown>;

/** A filter whose names are resolved. Undefined: not asked for. */
export interface ResolvedFilter {
  deleted: boolean;
  status: ProductStatus | undefined;
  categoryIds: string[] | undefined;
  brandId: string | undefined;
  minPriceMinor: number | undefined;
  maxPriceMinor: number | undefined;
  inStock: boolean | undefined;
}

const uuid = z.uuid();

/** Null when a category or brand is named that there is none of: then nothing matches. */
export async function resolveFilter(tx: TenantTx, filter: ProductFilter): Promise<ResolvedFilter | null> {
  const categoryIds = filter.category === undefined ? undefined : await findCategoryTree(tx, filter.category);
  if (categoryIds?.length === 0) return null;
  const brandId = filter.brand === undefined ? undefined : await findBrand(tx, filter.brand);
  if (brandId === null) return null;
  return {
    deleted: filter.deleted === 'true',
    status: filter.status,
    categoryIds,
    brandId,
    minPriceMinor: filter.minPriceMinor,
    maxPriceMinor: filter.maxPriceMinor,
    inStock: filter.inStock === undefined ? undefined : filter.inStock === 'true',
  };
}

/** Whether it leaves out more than deleted products. */
export function narrows({ deleted, ...rest }: ResolvedFilter): boolean {
  return deleted || Object.values(rest).some((value) => value !== undefined);
}

/** Whether an index has the products that pass in the order of this column, with few others between them. */
export function isOrdered(filter: ResolvedFilter, column: string): boolean {
  const { deleted, status, categoryIds, brandId, inStock, minPriceMinor, maxPriceMinor } = filter;
  const oneCategory = categoryIds?.length === 1;
  if (inStock !== undefined || (categoryIds !== undefined && !oneCategory)) return false;
  if (column === 'price_minor') return !deleted && (oneCategory || brandId !== undefined);
  if (column !== 'created_at' || minPriceMinor !== undefined || maxPriceMinor !== undefined) return false;
  const values = [status, brandId, categoryIds].filter((value) => value !== undefined).length;
  return values <= (deleted ? 0 : 1);
}

export function conditionsOf(tx: TenantTx, filter: ResolvedFilter): Fragment {
  const { deleted, status, categoryIds, brandId, minPriceMinor, maxPriceMinor, inStock } = filter;
  const parts = [
    sql`p.tenant_id = ${tx.tenantId}`,
    deleted ? sql`p.deleted_at is not null` : sql`p.deleted_at is null`,
    status !== undefined && sql`p.status = ${status}`,
    // One value by itself, so that the order behind it in the index can be used.
    categoryIds?.length === 1 && sql`p.category_id = ${categoryIds[0]}`,
    categoryIds !== undefined && categoryIds.length > 1 && sql`p.category_id = any (${categoryIds}::uuid[])`,
    brandId !== undefined && sql`p.brand_id = ${brandId}`,
    minPriceMinor !== undefined && sql`p.price_minor >= ${minPriceMinor}`,
    maxPriceMinor !== undefined && sql`p.price_minor <= ${maxPriceMinor}`,
    inStock === true && hasStockAvailable(sql`p.tenant_id`, sql`p.id`),
    inStock === false && sql`not ${hasStockAvailable(sql`p.tenant_id`, sql`p.id`)}`,
  ].filter((part) => part !== false);
  return sql.join(parts, sql` and `);
}

/** What a bulk change takes: products that pass the filters and, without resembling words, the search. Null: none can. */
export async function matching(tx: TenantTx, filter: ProductFilter): Promise<Fragment | null> {
  const resolved = await resolveFilter(tx, filter);
  if (resolved === null) return null;
  const conditions = conditionsOf(tx, resolved);
  if (!filter.search) return conditions;
  const found = await searchProducts(tx, filter.search, { maxWords: listedWords, similar: false });
  const codes = codesOf(found);
  return found.words === null
    ? sql`${conditions} and (${hasWords(found.wanted)} or p.id = any (${codes}::uuid[]))`
    : sql`${conditions} and p.id = any (${[...codes, ...found.words]}::uuid[])`;
}

/** Hits by words up to which they are taken by their ids, which is quicker than looking at every product. */
const listedWords = 5000;

/** Ids of the categories of that id or name, with all below them. */
async function findCategoryTree(tx: TenantTx, idOrName: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `with recursive tree as (
       select c.id from category c where c.tenant_id = $1 and (c.id = $2 or ($2 is null and c.slug = slug_of($3)))
       union
       select c.id from tree join category c on c.tenant_id = $1 and c.parent_id = tree.id
     )
     select id from tree`,
    [tx.tenantId, uuid.safeParse(idOrName).success ? idOrName : null, idOrName],
  );
  return rows.map((row) => row.id);
}

async function findBrand(tx: TenantTx, idOrName: string): Promise<string | null> {
  const row = await tx.maybeOne<{ id: string }>(
    'select id from brand where tenant_id = $1 and (id = $2 or ($2 is null and name_key = search_fold($3)))',
    [tx.tenantId, uuid.safeParse(idOrName).success ? idOrName : null, idOrName],
  );
  return row?.id ?? null;
}
