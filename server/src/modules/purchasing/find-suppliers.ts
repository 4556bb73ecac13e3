/** Suppliers by what others call them. */
import type { Supplier } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { getSupplier } from './suppliers.ts';

/** Those of these names that are in use, whatever their accents and capitals, by the name as it was given. */
export async function findSuppliersByName(tx: TenantTx, names: string[]): Promise<Map<string, Supplier>> {
  // Folded first: a function beside the column would keep row-level security from using the index.
  const folded = await tx.query<{ name: string; key: string }>(
    'select name, search_fold(name) as key from unnest($1::text[]) as n (name)',
    [names],
  );
  const rows = await tx.query<{ id: string; key: string }>(
    'select id, name_key as key from supplier where tenant_id = $1 and name_key = any ($2) and archived_at is null',
    [tx.tenantId, folded.map(({ key }) => key)],
  );
  const idByKey = new Map(rows.map(({ id, key }) => [key, id]));
  const found = new Map<string, Supplier>();
  for (const { name, key } of folded) {
    const id = idByKey.get(key);
    if (id !== undefined) found.set(name, await getSupplier(tx, id));
  }
  return found;
}
