/** The catalogue as files have it: a row per SKU, with what its product is. Read and written many at once. */
import type { Product } from '@tradepost/contracts';
import { listVariantsWithHistory, type StockSettings } from '#modules/inventory';
import { sqlState, type TenantTx } from '#platform/db';
import { knownCategory } from './create-products.ts';
import { findOrMakeBrands, findOrMakeTopCategories } from './names.ts';
import { addVariants, updateVariants, type VariantFields } from './write-variants.ts';

export type ProductOfSku = Pick<
  Product,
  'name' | 'description' | 'status' | 'brand' | 'categoryId' | 'attributes'
> & { deleted: boolean };

export interface SkuRow {
  productId: string;
  variantId: string;
  product: ProductOfSku;
  variant: VariantFields;
}

/** Those of these SKUs that exist, of deleted products too. With `lock` their products stay as they are until the caller's transaction ends. */
export async function readSkuRows(
  tx: TenantTx,
  skus: string[],
  { lock }: { lock: boolean },
): Promise<Map<string, SkuRow>> {
  if (lock) {
    await tx.query(
      `select from product where tenant_id = $1
         and id = any (array(select product_id from variant where tenant_id = $1 and sku = any ($2)))
       order by id for update`,
      [tx.tenantId, skus],
    );
  }
  const rows = await tx.query<SkuRow>(
    `select p.id as "productId", v.id as "variantId",
       jsonb_build_object('name', p.name, 'description', p.description, 'status', p.status, 'brand', b.name,
         'categoryId', p.category_id, 'attributes', p.attributes, 'deleted', p.deleted_at is not null) as product,
       jsonb_build_object('sku', v.sku, 'name', v.name, 'status', v.status, 'barcode', v.barcode, 'partNumber', v.part_number,
         'priceMinor', v.price_minor, 'costMinor', v.cost_minor, 'currency', v.currency, 'vatRateBps', v.vat_rate_bps,
         'weightGrams', v.weight_grams, 'attributes', v.attributes) as variant
     from variant v
     join product p on p.tenant_id = v.tenant_id and p.id = v.product_id
     left join brand b on b.tenant_id = p.tenant_id and b.id = p.brand_id
     where v.tenant_id = $1 and v.sku = any ($2)`,
    [tx.tenantId, skus],
  );
  return new Map(rows.map((row) => [row.variant.sku, row]));
}

/** What the categories are called with all above them: `Home > Kitchen`. */
export interface CategoryPaths {
  byId: Map<string, string>;
  byPath: Map<string, string>;
}

const categoryPathSeparator = ' > ';
/** The same within a name, so that a path can be read back. */
const escapedSeparator = ' \\> ';

export async function readCategoryPaths(tx: TenantTx): Promise<CategoryPaths> {
  const rows = await tx.query<{ id: string; path: string }>(
    `with recursive tree as (
       select id, replace(name, $2, $3) as path from category where tenant_id = $1 and parent_id is null
       union all
       select c.id, tree.path || $2 || replace(c.name, $2, $3) from tree join category c on c.tenant_id = $1 and c.parent_id = tree.id
     ) select id, path from tree`,
    [tx.tenantId, categoryPathSeparator, escapedSeparator],
  );
  return {
    byId: new Map(rows.map(({ id, path }) => [id, path])),
    byPath: new Map(rows.map(({ id, path }) => [path, id])),
  };
}

/** Ids of categories by path; one that has no other above it is made when it is new. */
export async function findOrMakeCategories(tx: TenantTx, paths: string[]): Promise<Map<string, string>> {
  const known = await readCategoryPaths(tx);
  const missing = paths.filter((path) => !known.byPath.has(path) && !path.includes(categoryPathSeparator));
  const names = new Map(
    missing.map((path) => [path, path.replaceAll(escapedSeparator, categoryPathSeparator)]),
  );
  const made = await findOrMakeTopCategories(tx, [...names.values()]);
  return new Map([...known.byPath, ...[...names].map(([path, name]) => [path, made.get(name)!] as const)]);
}

export interface SkuWrites {
  /** As they shall be. Several variants of one product name it once. */
  products: { id: string; fields: ProductOfSku; changed: string[] }[];
  variants: { id: string; productId: string; fields: VariantFields }[];
  added: { productId: string; onHand: number; fields: VariantFields }[];
  /** Variants that are taken out: those that other rows tell of are archived instead. */
  removed: { id: string; productId: string }[];
}

/**
 * Writes many at once, in the caller's transaction, which has locked the products. A brand that is new is made.
 *
 * @returns ids of the variants added, in their order
 * @throws HttpProblem ALREADY_EXISTS when a SKU was taken meanwhile
 */
export async function writeSkuRows(
  tx: TenantTx,
  { products, variants, added, removed }: SkuWrites,
  settings: StockSettings,
  reference: string,
): Promise<string[]> {
  await updateVariants(
    tx,
    variants.map(({ id, fields }) => ({ id, ...fields })),
  );
  const ids = await addVariants(tx, added, settings, reference);
  await takeOutVariants(
    tx,
    removed.map(({ id }) => id),
  );
  const brands = await findOrMakeBrands(
    tx,
    products.flatMap((p) => p.fields.brand ?? []),
  );
  const now = tx.clock.now();
  await knownCategory(
    tx.execute(
      `update product p set name = w.name, description = w.description, status = w.status, brand_id = w.brand_id,
         category_id = w.category_id, attributes = w.attributes,
         deleted_at = case when w.deleted then coalesce(p.deleted_at, $10) end
       from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::jsonb[], $9::boolean[])
         as w (id, name, description, status, brand_id, category_id, attributes, deleted)
       where p.tenant_id = $1 and p.id = w.id`,
      [
        tx.tenantId,
        products.map((p) => p.id),
        products.map((p) => p.fields.name),
        products.map((p) => p.fields.description),
        products.map((p) => p.fields.status),
        products.map((p) => (p.fields.brand === null ? null : brands.get(p.fields.brand))),
        products.map((p) => p.fields.categoryId),
        products.map((p) => JSON.stringify(p.fields.attributes)),
        products.map((p) => p.fields.deleted),
        now,
      ],
    ),
  );
  const fieldsOf = new Map(products.map((p) => [p.id, [...p.changed]]));
  for (const { productId } of [...variants, ...added, ...removed]) {
    const fields = fieldsOf.get(productId) ?? [];
    if (!fields.includes('variants')) fields.push('variants');
    fieldsOf.set(productId, fields);
  }
  const touched = await tx.query<{ id: string; name: string; version: number; deleted: boolean }>(
    `update product set version = version + 1, updated_at = $3 where tenant_id = $1 and id = any ($2)
     returning id, name, version, deleted_at is not null as deleted`,
    [tx.tenantId, [...fieldsOf.keys()], now],
  );
  for (const { id: productId, name, version, deleted } of touched) {
    const fields = fieldsOf.get(productId)!;
    const change = fields.includes('deleted') ? (deleted ? 'deleted' : 'restored') : 'updated';
    tx.emit('product_updated', { productId, name, change, version, fields });
  }
  return ids;
}

async function takeOutVariants(tx: TenantTx, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const withHistory = new Set(await listVariantsWithHistory(tx, ids));
  const removable = ids.filter((id) => !withHistory.has(id));
  let kept = ids;
  await tx.execute('savepoint before_removal');
  try {
    await tx.execute('delete from variant where tenant_id = $1 and id = any ($2)', [tx.tenantId, removable]);
    kept = [...withHistory];
  } catch (error) {
    // An order or an offer on a marketplace names one of them.
    if (sqlState(error) !== '23503') throw error;
    await tx.execute('rollback to savepoint before_removal');
  }
  await tx.execute("update variant set status = 'archived' where tenant_id = $1 and id = any ($2)", [
    tx.tenantId,
    kept,
  ]);
}
