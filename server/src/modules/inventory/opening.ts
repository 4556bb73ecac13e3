/** First stock of new variants, and what is asked of it before one is removed. */
import type { TenantTx } from '#platform/db';
import { applyStock, type StockSettings } from './apply-stock.ts';

/**
 * Makes a level at the location `main` for each variant, with an opening movement where there is stock. In the caller's
 * transaction.
 *
 * @param reference what brought the stock, such as `import:<id>`
 */
export async function openStock(
  tx: TenantTx,
  variants: { variantId: string; onHand: number }[],
  settings: StockSettings,
  reference: string | null = null,
): Promise<void> {
  await tx.execute(
    `insert into stock_level (tenant_id, variant_id, location_id, updated_at)
     select $1, v, l.id, $3 from unnest($2::uuid[]) as v, location l where l.tenant_id = $1 and l.code = 'main'`,
    [tx.tenantId, variants.map((v) => v.variantId), tx.clock.now()],
  );
  await applyStock(
    tx,
    variants
      .filter((v) => v.onHand > 0)
      .map((v) => ({
        kind: 'adjust',
        actor: tx.actor,
        line: { variantId: v.variantId },
        change: { setTo: v.onHand },
        movementKind: 'opening',
        reason: null,
        reference,
        note: null,
      })),
    settings,
  );
}

/**
 * Locks the levels of these variants, and gives the ids of those that have stock or ever had: their ledger must stay.
 * Until the caller's transaction ends nobody can give stock to the others.
 */
export async function listVariantsWithHistory(tx: TenantTx, variantIds: string[]): Promise<string[]> {
  await tx.query(
    'select from stock_level where tenant_id = $1 and variant_id = any ($2) order by variant_id, location_id for update',
    [tx.tenantId, variantIds],
  );
  // A second statement, which sees what was committed while the first waited. A level without movements was never above 0.
  const rows = await tx.query<{ id: string }>(
    `select v as id from unnest($2::uuid[]) as v
     where exists (select from movement m where m.tenant_id = $1 and m.variant_id = v)
        or exists (select from movement_archive m where m.tenant_id = $1 and m.variant_id = v)
        or exists (select from stock_level s where s.tenant_id = $1 and s.variant_id = v and s.incoming > 0)`,
    [tx.tenantId, variantIds],
  );
  return rows.map((row) => row.id);
}
