/** What suppliers ask for variants. */
import type { PutSupplierPrice, SupplierPrice } from '@tradepost/contracts';
import { z } from 'zod';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';

type SupplierPriceRow = Omit<SupplierPrice, 'updatedAt'> & { updatedAt: Date };

const selectPrices = `select p.supplier_id as "supplierId", s.name as "supplierName", p.variant_id as "variantId",
    v.product_id as "productId", v.sku, v.name, p.price_minor as "priceMinor", s.currency,
    p.minimum_order_quantity as "minimumOrderQuantity", p.pack_size as "packSize", p.lead_time_days as "leadTimeDays",
    p.supplier_sku as "supplierSku", p.preferred, p.updated_at as "updatedAt"
  from supplier_price p
  join supplier s on s.tenant_id = p.tenant_id and s.id = p.supplier_id
  join variant v on v.tenant_id = p.tenant_id and v.id = p.variant_id`;

const present = (row: SupplierPriceRow): SupplierPrice => ({
  ...row,
  updatedAt: row.updatedAt.toISOString(),
});

const PriceKey = z.tuple([z.string(), z.uuid()]);

export async function listSupplierPrices(
  tx: TenantTx,
  filter: { supplierId?: string; variantId?: string; search?: string; limit: number; cursor?: string },
): Promise<{ items: SupplierPrice[]; nextCursor: string | null }> {
  const [afterSku = null, afterSupplier = null] = decodeCursor(PriceKey, filter.cursor) ?? [];
  const rows = await tx.query<SupplierPriceRow>(
    `${selectPrices}
     where p.tenant_id = $1 and ($2::uuid is null or p.supplier_id = $2) and ($3::uuid is null or p.variant_id = $3)
       and ($4::text is null or starts_with(v.sku_key, search_fold($4)) or starts_with(search_fold(p.supplier_sku), search_fold($4)))
       and ($5::text is null or (v.sku, p.supplier_id) > ($5, $6::uuid))
     order by v.sku, p.supplier_id limit $7`,
    [
      tx.tenantId,
      filter.supplierId ?? null,
      filter.variantId ?? null,
      filter.search || null,
      afterSku,
      afterSupplier,
      filter.limit + 1,
    ],
  );
  return pageOf(rows, filter.limit, present, (row) => [row.sku, row.supplierId]);
}

/** @throws HttpProblem NOT_FOUND when there is no such supplier or variant */
export async function putSupplierPrice(
  tx: TenantTx,
  supplierId: string,
  variantId: string,
  price: PutSupplierPrice,
): Promise<SupplierPrice> {
  // Its currency stays as it is while a price in it is written.
  const supplier = await tx.maybeOne<{ archived: boolean }>(
    'select archived_at is not null as archived from supplier where tenant_id = $1 and id = $2 for share',
    [tx.tenantId, supplierId],
  );
  if (supplier === undefined) throw problem('NOT_FOUND', 'There is no such supplier.');
  // Those who decide which supplier of a variant is preferred take turns.
  const variants = await tx.query('select from variant where tenant_id = $1 and id = $2 for no key update', [
    tx.tenantId,
    variantId,
  ]);
  if (variants.length === 0) throw problem('NOT_FOUND', 'There is no such variant.');
  const before = await tx.query<{ supplierId: string; preferred: boolean }>(
    'select supplier_id as "supplierId", preferred from supplier_price where tenant_id = $1 and variant_id = $2',
    [tx.tenantId, variantId],
  );
  const own = before.find((p) => p.supplierId === supplierId);
  const asDefault = own?.preferred ?? !before.some((p) => p.preferred);
  const preferred = (price.preferred ?? asDefault) && !supplier.archived;
  if (preferred) {
    await tx.execute(
      `update supplier_price set preferred = false, updated_at = $4
       where tenant_id = $1 and variant_id = $2 and supplier_id <> $3 and preferred`,
      [tx.tenantId, variantId, supplierId, tx.clock.now()],
    );
  }
  await tx.execute(
    `insert into supplier_price (tenant_id, id, supplier_id, variant_id, price_minor, minimum_order_quantity, pack_size,
       lead_time_days, supplier_sku, preferred, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (tenant_id, supplier_id, variant_id) do update set price_minor = excluded.price_minor,
       minimum_order_quantity = excluded.minimum_order_quantity, pack_size = excluded.pack_size,
       lead_time_days = excluded.lead_time_days, supplier_sku = excluded.supplier_sku, preferred = excluded.preferred,
       updated_at = excluded.updated_at`,
    [
      tx.tenantId,
      newId(),
      supplierId,
      variantId,
      price.priceMinor,
      price.minimumOrderQuantity,
      price.packSize,
      price.leadTimeDays,
      price.supplierSku,
      preferred,
      tx.clock.now(),
    ],
  );
  return present(
    await tx.one<SupplierPriceRow>(
      `${selectPrices} where p.tenant_id = $1 and p.supplier_id = $2 and p.variant_id = $3`,
      [tx.tenantId, supplierId, variantId],
    ),
  );
}

/** @throws HttpProblem NOT_FOUND */
export async function deleteSupplierPrice(
  tx: TenantTx,
  supplierId: string,
  variantId: string,
): Promise<void> {
  const deleted = await tx.execute(
    'delete from supplier_price where tenant_id = $1 and supplier_id = $2 and variant_id = $3',
    [tx.tenantId, supplierId, variantId],
  );
  if (deleted === 0) throw problem('NOT_FOUND', 'This supplier has no price for this variant.');
}
