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
    `select v.id, v.product_id as "productId", v.sku, v.barcode, p.deleted_at is not null as deleted
     from (select id, product_id, sku, barcode from variant where tenant_id = $1 and sku = any ($2)
       union select id, product_id, sku, barcode from variant where tenant_id = $1 and barcode = any ($3)) v
     join product p on p.tenant_id = $1 and p.id = v.product_id
     order by v.sku`,
    [tx.tenantId, codes.skus, codes.barcodes],
  );
}
