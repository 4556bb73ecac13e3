/** Creating products. */
import type { CreateProduct } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import { newId } from '#platform/crypto';
import { sqlState, type TenantTx } from '#platform/db';
import { invalidField } from '#platform/http';
import { findOrMakeBrands, findOrMakeTopCategories } from './names.ts';
import { addVariants, newVariantFields } from './write-variants.ts';

/**
 * Creates products with variants and opening stock, in the caller's transaction. Brands and categories named by text are
 * found or made.
 *
 * @param reference what brought the stock, such as `import:<id>`
 * @returns their ids, in order
 * @throws HttpProblem ALREADY_EXISTS naming the SKU that is taken, VALIDATION_FAILED for a category that is none
 */
export async function createProducts(
  tx: TenantTx,
  products: CreateProduct[],
  settings: StockSettings,
  reference: string | null = null,
): Promise<string[]> {
  const ids = products.map(() => newId());
  const brands = await findOrMakeBrands(
    tx,
    products.flatMap((p) => p.brand ?? []),
  );
  const categories = await findOrMakeTopCategories(
    tx,
    products.flatMap((p) => p.category ?? []),
  );
  await knownCategory(
    tx.execute(
      `insert into product (tenant_id, id, name, description, status, brand_id, category_id, attributes, created_at, updated_at)
       select $1, p.*, $9, $9
       from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::jsonb[]) as p`,
      [
        tx.tenantId,
        ids,
        products.map((p) => p.name),
        products.map((p) => p.description ?? null),
        products.map((p) => p.status ?? 'active'),
        products.map((p) => (p.brand ? brands.get(p.brand) : null)),
        products.map((p) => (p.category ? categories.get(p.category) : (p.categoryId ?? null))),
        products.map((p) => JSON.stringify(p.attributes ?? {})),
        tx.clock.now(),
      ],
    ),
  );
  await addVariants(
    tx,
    products.flatMap((product, i) =>
      product.variants.map((v) => ({
        productId: ids[i]!,
        onHand: v.onHand,
        fields: newVariantFields(v, product.name),
      })),
    ),
    settings,
    reference,
  );
  products.forEach((product, i) => {
    tx.emit('product_updated', { productId: ids[i]!, name: product.name, change: 'created', version: 1 });
  });
  return ids;
}

/** The foreign key knows the categories of this tenant. */
export async function knownCategory<R>(statement: Promise<R>): Promise<R> {
  try {
    return await statement;
  } catch (error) {
    if (sqlState(error) !== '23503') throw error;
    throw invalidField('body.categoryId', 'must be the id of a category of this tenant');
  }
}
