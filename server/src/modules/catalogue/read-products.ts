/** Reading products, whole. */
import type { Product, ProductStatus, Variant } from '@tradepost/contracts';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';

interface ProductRow {
  id: string;
  name: string;
  description: string | null;
  status: ProductStatus;
  brand: string | null;
  brandId: string | null;
  category: string | null;
  categoryId: string | null;
  attributes: Record<string, string>;
  variants: Variant[];
  version: number;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

function present({ created_at, updated_at, deleted_at, ...row }: ProductRow): Product {
  return {
    ...row,
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
    deletedAt: deleted_at?.toISOString() ?? null,
  };
}

/** Products of these ids, in their order. Ids that are none are left out. */
export async function readProducts(tx: TenantTx, ids: string[]): Promise<Product[]> {
  if (ids.length === 0) return [];
  const rows = await tx.prepared<ProductRow>(
    'read_products',
    `select p.id, p.name, p.description, p.status, b.name as brand, p.brand_id as "brandId", c.name as category, p.category_id as "categoryId",
       p.attributes, p.version, p.created_at, p.updated_at, p.deleted_at,
       (select coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'sku', v.sku, 'name', v.name, 'status', v.status, 'barcode', v.barcode,
          'partNumber', v.part_number, 'priceMinor', v.price_minor, 'costMinor', v.cost_minor, 'currency', v.currency,
          'vatRateBps', v.vat_rate_bps, 'weightGrams', v.weight_grams, 'attributes', v.attributes) order by v.sku collate "C"), '[]')
        from variant v where v.tenant_id = p.tenant_id and v.product_id = p.id) as variants
     from product p
     left join brand b on b.tenant_id = p.tenant_id and b.id = p.brand_id
     left join category c on c.tenant_id = p.tenant_id and c.id = p.category_id
     where p.tenant_id = $1 and p.id = any ($2::uuid[]) order by array_position($2::uuid[], p.id)`,
    [tx.tenantId, ids],
  );
  return rows.map(present);
}

const uuid = z.uuid();

/** The id of the product that an id or the SKU of a variant names; deleted ones only when asked for. */
export async function findProductId(
  tx: TenantTx,
  idOrSku: string,
  options: { deleted: boolean },
): Promise<string | null> {
  const row = await tx.maybeOne<{ id: string }>(
    `select p.id from product p
     where p.tenant_id = $1 and (p.deleted_at is null or $4)
       and p.id in (select $2::uuid union all select product_id from variant where tenant_id = $1 and sku = $3)`,
    [tx.tenantId, uuid.safeParse(idOrSku).success ? idOrSku : null, idOrSku, options.deleted],
  );
  return row?.id ?? null;
}

export async function findProduct(
  tx: TenantTx,
  idOrSku: string,
  options = { deleted: false },
): Promise<Product | null> {
  const id = await findProductId(tx, idOrSku, options);
  return id === null ? null : ((await readProducts(tx, [id]))[0] ?? null);
}
