/** Products and their variants: creating and reading. */
import type { CreateProduct, Product, Variant } from '@tradepost/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import { escapeLike, openStock, type StockSettings } from '#modules/inventory';
import { newId } from '#platform/crypto';
import { sqlState, type TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';

/**
 * Creates products with variants and opening stock, in the caller's transaction.
 *
 * @returns their ids, in order
 * @throws HttpProblem ALREADY_EXISTS naming the SKU that is taken
 */
export async function createProducts(
  tx: TenantTx,
  products: CreateProduct[],
  settings: StockSettings,
): Promise<string[]> {
  const rows = products.map((product) => ({
    id: newId(),
    product,
    variants: product.variants.map((variant) => ({ id: newId(), variant })),
  }));
  const variants = rows.flatMap((row) =>
    row.variants.map((v) => ({ ...v, productId: row.id, productName: row.product.name })),
  );
  await refuseTakenSkus(
    tx,
    variants.map((v) => v.variant.sku),
  );
  const now = tx.clock.now();
  await tx.execute(
    `insert into product (tenant_id, id, name, category, created_at, updated_at)
     select $1, p.id, p.name, p.category, $5, $5 from unnest($2::uuid[], $3::text[], $4::text[]) as p (id, name, category)`,
    [
      tx.tenantId,
      rows.map((r) => r.id),
      rows.map((r) => r.product.name),
      rows.map((r) => r.product.category ?? null),
      now,
    ],
  );
  try {
    await tx.execute(
      `insert into variant (tenant_id, id, product_id, sku, name, barcode, price_minor, currency, created_at)
       select $1, v.id, v.product_id, v.sku, v.name, v.barcode, v.price_minor, v.currency, $9
       from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])
         as v (id, product_id, sku, name, barcode, price_minor, currency)`,
      [
        tx.tenantId,
        variants.map((v) => v.id),
        variants.map((v) => v.productId),
        variants.map((v) => v.variant.sku),
        variants.map((v) => v.variant.name ?? v.productName),
        variants.map((v) => v.variant.barcode ?? null),
        variants.map((v) => v.variant.priceMinor),
        variants.map((v) => v.variant.currency),
        now,
      ],
    );
  } catch (error) {
    // Somebody else took one of them since we looked; the unique key has the last word.
    if (sqlState(error) === '23505') throw problem('ALREADY_EXISTS', 'One of the SKUs exists already.');
    throw error;
  }
  await openStock(
    tx,
    variants.map((v) => ({ variantId: v.id, onHand: v.variant.onHand })),
    settings,
  );
  for (const { id, product } of rows)
    tx.emit('product_updated', { productId: id, name: product.name, change: 'created', version: 1 });
  return rows.map((r) => r.id);
}

async function refuseTakenSkus(tx: TenantTx, skus: string[]): Promise<void> {
  const twice = skus.find((sku, i) => skus.indexOf(sku) !== i);
  const taken =
    twice ??
    (
      await tx.maybeOne<{ sku: string }>(
        'select sku from variant where tenant_id = $1 and sku = any ($2) limit 1',
        [tx.tenantId, skus],
      )
    )?.sku;
  if (taken === undefined) return;
  const message =
    twice === undefined ? 'must not be the SKU of another variant' : 'must not repeat within the request';
  throw problem('ALREADY_EXISTS', `The SKU ${taken} exists already.`, {
    issues: [{ field: 'body.variants', message, value: taken }],
  });
}

const ProductKey = z.tuple([z.iso.datetime(), z.uuid()]);

interface ProductRow {
  id: string;
  name: string;
  category: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  variants: (Variant & { tenant_id: string })[];
}

function present(row: ProductRow): Product {
  return {
    id: row.id,
    name: row.name,
    description: null,
    status: 'active',
    brand: null,
    brandId: null,
    category: row.category,
    categoryId: null,
    attributes: {},
    variants: row.variants.map((v) => ({
      ...v,
      status: 'active',
      partNumber: null,
      costMinor: null,
      vatRateBps: null,
      weightGrams: null,
      attributes: {},
    })),
    deletedAt: null,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function products(tx: TenantTx) {
  return tx.kysely
    .selectFrom('product as p')
    .where('p.tenant_id', '=', tx.tenantId)
    .select(['p.id', 'p.name', 'p.category', 'p.version', 'p.created_at', 'p.updated_at'])
    .select(
      sql<
        ProductRow['variants']
      >`(select coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'sku', v.sku, 'name', v.name, 'barcode', v.barcode,
        'priceMinor', v.price_minor, 'currency', v.currency) order by v.sku), '[]')
        from variant v where v.tenant_id = p.tenant_id and v.product_id = p.id)`.as('variants'),
    );
}

export async function findProduct(tx: TenantTx, id: string): Promise<Product | null> {
  const row = await products(tx).where('p.id', '=', id).executeTakeFirst();
  return row === undefined ? null : present(row);
}

export async function listProducts(
  tx: TenantTx,
  filter: { search?: string; limit: number; cursor?: string },
): Promise<{ items: Product[]; nextCursor: string | null }> {
  const before = decodeCursor(ProductKey, filter.cursor);
  let query = products(tx)
    .orderBy('p.created_at', 'desc')
    .orderBy('p.id', 'desc')
    .limit(filter.limit + 1);
  if (before !== undefined)
    query = query.where(sql<boolean>`(p.created_at, p.id) < (${before[0]}, ${before[1]})`);
  if (filter.search) {
    const pattern = escapeLike(filter.search);
    query = query.where(
      sql<boolean>`(p.name ilike ${`%${pattern}%`} or exists (select from variant v
        where v.tenant_id = p.tenant_id and v.product_id = p.id and (v.sku like ${`${pattern}%`} or v.barcode = ${filter.search})))`,
    );
  }
  const rows = await query.execute();
  return pageOf(rows, filter.limit, present, (row) => [row.created_at.toISOString(), row.id]);
}
