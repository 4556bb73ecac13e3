/** Finding variants by what others call them. */
import type { TenantTx } from '#platform/db';

export interface VariantByCode {
  id: string;
  productId: string;
  sku: string;
  barcode: string | null;
  /** Whether its product is deleted. */
  deleted: boolean;
}

/** All variants with one of these barcodes or SKUs, those of deleted products too. */
export async function findVariantsByCode(
  tx: TenantTx,
  codes: { barcodes: string[]; skus: string[] },
): Promise<VariantByCode[]> {
  return tx.query<VariantByCode>(
    // Each product by its key: joined, they would be met by reading them all while the planner takes them for few.
    `select v.id, v.product_id as "productId", v.sku, v.barcode,
       (select p.deleted_at is not null from product p where p.tenant_id = $1 and p.id = v.product_id) as deleted
     from (select id, product_id, sku, barcode from variant where tenant_id = $1 and sku = any ($2)
       union select id, product_id, sku, barcode from variant where tenant_id = $1 and barcode = any ($3)) v
     order by v.sku`,
    [tx.tenantId, codes.skus, codes.barcodes],
  );
}
