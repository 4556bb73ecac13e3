/** Brands: made by the products that name them. */
import type { Brand } from '@tradepost/contracts';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf } from '#platform/http';

export async function listBrands(
  tx: TenantTx,
  filter: { search?: string; limit: number; cursor?: string },
): Promise<{ items: Brand[]; nextCursor: string | null }> {
  const after = decodeCursor(z.string().max(400), filter.cursor) ?? null;
  const rows = await tx.query<Brand & { key: string }>(
    `select b.id, b.name, b.name_key as key,
       (select count(*) from product p where p.tenant_id = $1 and p.brand_id = b.id and p.deleted_at is null)::int as "productCount"
     from brand b
     where b.tenant_id = $1 and ($2::text is null or b.name_key > $2) and starts_with(b.name_key, search_fold($3))
     order by b.name_key limit $4`,
    [tx.tenantId, after, filter.search ?? '', filter.limit + 1],
  );
  return pageOf(
    rows,
    filter.limit,
    ({ key: _, ...brand }) => brand,
    (row) => row.key,
  );
}
