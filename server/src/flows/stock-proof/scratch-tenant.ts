/** A tenant for the time of a proof: nobody is a member, and nothing is left of it. */
import { createProducts } from '#modules/catalogue';
import { createTenant } from '#modules/identity';
import type { StockSettings } from '#modules/inventory';
import type { Database } from '#platform/db';
import { eachAlone } from '#platform/jobs';
import { skus } from './plan.ts';

/** Older than any proof runs: its process died. */
const abandonedAfterMs = 60 * 60_000;
/** What points to nothing of the tenant, or would make its end one long statement. */
const tables = [
  'movement',
  'movement_archive',
  'reservation',
  'stock_history',
  'stock_day',
  'idempotency_key',
] as const;

/** With so many pieces, spread over the SKUs. */
export async function makeScratchTenant(
  db: Database,
  pieces: number,
  settings: StockSettings,
): Promise<{ tenantId: string; opening: Map<string, number> }> {
  const tenantId = await db.asSystem('make a scratch tenant', async (tx) => {
    const made = await createTenant(tx, { name: 'Proof of the stock', demo: false });
    await tx.execute('update auth.organization set scratch = true where id = $1', [made.tenantId]);
    return made.tenantId;
  });
  const opening = new Map(
    skus.map((sku, i) => [sku, Math.floor(pieces / skus.length) + (i < pieces % skus.length ? 1 : 0)]),
  );
  await db.withTenant({ tenantId, actor: 'system' }, (tx) =>
    createProducts(
      tx,
      [...opening].map(([sku, onHand]) => ({
        name: sku,
        variants: [{ sku, priceMinor: 100, currency: 'RON', onHand }],
      })),
      settings,
    ),
  );
  return { tenantId, opening };
}

export async function removeScratchTenant(db: Database, tenantId: string): Promise<void> {
  for (const table of tables) {
    await db.asSystem('remove a scratch tenant', (tx) =>
      tx.execute(
        `delete from ${table} where tenant_id = (select id from auth.organization where id = $1 and scratch)`,
        [tenantId],
      ),
    );
  }
  await db.asSystem('remove a scratch tenant', (tx) =>
    tx.execute('delete from auth.organization where id = $1 and scratch', [tenantId]),
  );
}

/** Those of proofs that were killed. */
export async function removeAbandoned(db: Database): Promise<void> {
  const rows = await db.asSystem('abandoned scratch tenants', (tx) =>
    tx.query<{ id: string }>('select id from auth.organization where scratch and "createdAt" < $1', [
      new Date(tx.clock.now().getTime() - abandonedAfterMs),
    ]),
  );
  await eachAlone(rows, ({ id }) => removeScratchTenant(db, id));
}
