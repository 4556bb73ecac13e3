/** Gives back what reservations past their deadline hold. */
import type { Database } from '#platform/db';
import { eachAlone, type Upkeep } from '#platform/jobs';
import { applyStock, type StockSettings } from './apply-stock.ts';
import { listExpired } from './queries.ts';

const batchSize = 200;

/** Expires everything due of one tenant, in pieces. Returns how many. */
export async function expireReservations(
  db: Database,
  tenantId: string,
  settings: StockSettings,
): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await db.withTenant({ tenantId, actor: 'system' }, async (tx) => {
      const due = await listExpired(tx, batchSize);
      await applyStock(
        tx,
        due.map((reservationId) => ({ kind: 'end', actor: 'system', reservationId, as: 'expired' })),
        settings,
      );
      return due.length;
    });
    total += count;
    if (count < batchSize) return total;
  }
}

/** Looks once a second over all tenants; nothing is kept in memory, so nothing is lost with a process. */
export function expiryUpkeep(db: Database, settings: StockSettings): Upkeep {
  return {
    name: 'expire_reservations',
    intervalMs: 1000,
    async run() {
      const tenants = await db.asSystem('expired reservations', (tx) =>
        tx.query<{ tenant_id: string }>(
          "select distinct tenant_id from reservation where status = 'active' and expires_at <= $1 order by tenant_id",
          [tx.clock.now()],
        ),
      );
      await eachAlone(tenants, ({ tenant_id }) => expireReservations(db, tenant_id, settings));
    },
  };
}
