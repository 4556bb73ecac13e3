/** Goods that arrive in the demo, so that stock goes up as well as down and waiting orders are served. */
import { z } from 'zod';
import { applyStock, type StockSettings } from '#modules/inventory';
import { defineTask, enqueueTaskFor, registerTask, type Schedule } from '#platform/jobs';

const receiveDelivery = defineTask({
  type: 'receive_demo_delivery',
  payload: z.object({}),
  dedupeKey: () => 'all',
});

/** Below it a SKU is ordered again; a few pieces stay low, to be seen. */
const reorderAt = 3;
const pieces = 40;
const skusAtOnce = 8;

export function demoDeliveries(settings: StockSettings) {
  const schedule: Schedule = {
    name: 'demo_deliveries',
    intervalMs: 45_000,
    async run(tx) {
      const tenants = await tx.query<{ id: string }>('select id from auth.organization where demo');
      for (const { id } of tenants)
        await enqueueTaskFor(tx, id, receiveDelivery, {}, { subject: 'Demo supplier' });
    },
  };
  const task = registerTask(
    receiveDelivery,
    async () => async (ctx) =>
      ctx.transaction(async (tx) => {
        const empty = await tx.query<{ variant_id: string }>(
          `select s.variant_id from stock_level s join location l on l.tenant_id = s.tenant_id and l.id = s.location_id and l.code = 'main'
           where s.tenant_id = $1 and s.on_hand - s.reserved <= $2 order by s.on_hand - s.reserved, s.updated_at limit $3`,
          [tx.tenantId, reorderAt, skusAtOnce],
        );
        await applyStock(
          tx,
          empty.map(({ variant_id }) => ({
            kind: 'adjust',
            actor: tx.actor,
            line: { variantId: variant_id, location: 'main' },
            change: { delta: pieces },
            movementKind: 'adjustment',
            reason: 'Demo delivery',
            reference: null,
            note: null,
          })),
          settings,
        );
        return { skus: empty.length, pieces: empty.length * pieces };
      }),
  );
  return { schedule, task };
}
