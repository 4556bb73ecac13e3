/** First stock of new variants. */
import type { TenantTx } from '#platform/db';
import { applyStock, type StockSettings } from './apply-stock.ts';

/** Makes a level at the location `main` for each variant, with an opening movement where there is stock. In the caller's transaction. */
export async function openStock(
  tx: TenantTx,
  variants: { variantId: string; onHand: number }[],
  settings: StockSettings,
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
        reference: null,
        note: null,
      })),
    settings,
  );
}
