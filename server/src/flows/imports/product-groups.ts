/** What rows of one product share in a file. */
import { z } from 'zod';
import type { TenantTx } from '#platform/db';

export interface Group {
  /** SKU of its first row. */
  lead: string;
  /** Rows so far. */
  rows: number;
}

/** Groups that rows of the import have begun, by their keys. */
export async function findGroups(
  tx: TenantTx,
  importId: string,
  groupKeys: string[],
): Promise<Map<string, Group>> {
  const rows = await tx.query<Group & { groupKey: string }>(
    `select group_key as "groupKey", (array_agg(key order by row_no))[1] as lead, count(*)::int as rows from import_row
     where tenant_id = $1 and import_id = $2 and group_key = any ($3) and outcome <> 'wrong' group by group_key`,
    [tx.tenantId, importId, [...new Set(groupKeys)]],
  );
  return new Map(rows.map((row) => [row.groupKey, row]));
}

const uuid = z.uuid();

/** Those of the keys that are ids of products that are not deleted. */
export async function findProductIds(tx: TenantTx, groupKeys: string[]): Promise<Set<string>> {
  const ids = [...new Set(groupKeys)].filter((key) => uuid.safeParse(key).success);
  const rows = await tx.query<{ id: string }>(
    'select id from product where tenant_id = $1 and id = any ($2::uuid[]) and deleted_at is null',
    [tx.tenantId, ids],
  );
  return new Set(rows.map((row) => row.id));
}

/** Those of the products that have a variant which the import did not make. */
export async function findForeignVariants(
  tx: TenantTx,
  importId: string,
  productIds: string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `select distinct v.product_id as id from variant v
     where v.tenant_id = $1 and v.product_id = any ($3::uuid[])
       and not exists (select from import_row i where i.tenant_id = $1 and i.import_id = $2 and i.key = v.sku and i.target_id = v.id)`,
    [tx.tenantId, importId, productIds],
  );
  return new Set(rows.map((row) => row.id));
}
