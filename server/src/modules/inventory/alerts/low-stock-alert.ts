/** Tells people of alerts, many in one notice. */
import { z } from 'zod';
import type { Consumer } from '#platform/events';
import { defineTask, enqueueTaskFor } from '#platform/jobs';

/** What crosses within it is told together. */
const gatherMs = 5000;
/** Between two notices to the people of a tenant. */
const restMs = 5 * 60_000;

export const lowStockAlert = defineTask({
  type: 'low_stock_alert',
  payload: z.object({}),
  dedupeKey: () => 'all',
});

/**
 * Marks the alerts that were announced, and asks for a notice of them. Those that a level opened with, or that recover
 * before the notice is written, are not worth one.
 */
export const lowStockConsumer: Consumer = {
  name: 'low_stock_alert',
  async handle(tx, events) {
    const crossed = events.flatMap(({ type, tenantId, data }) => {
      if ((type !== 'stock_low' && type !== 'stock_out') || tenantId === null) return [];
      const { variantId, location } = JSON.parse(data) as { variantId: string; location: string };
      return [{ tenantId, variantId, location }];
    });
    if (crossed.length === 0) return;
    const now = tx.clock.now();
    const due = await tx.query<{ tenant_id: string; noticed_at: Date | null }>(
      `with marked as (
         update stock_alert a set announced_at = $1
         from unnest($2::uuid[], $3::uuid[], $4::text[]) as e (tenant_id, variant_id, code)
         join location l on l.tenant_id = e.tenant_id and l.code = e.code
         where a.tenant_id = e.tenant_id and a.variant_id = e.variant_id and a.location_id = l.id
           and a.resolved_at is null and a.announced_at is null
         returning a.tenant_id
       )
       select t.tenant_id, (select max(noticed_at) from stock_alert a where a.tenant_id = t.tenant_id and noticed_at is not null) as noticed_at
       from (select distinct tenant_id from marked) t`,
      [now, crossed.map((c) => c.tenantId), crossed.map((c) => c.variantId), crossed.map((c) => c.location)],
    );
    for (const { tenant_id, noticed_at } of due) {
      const runAt = new Date(Math.max(now.getTime() + gatherMs, (noticed_at?.getTime() ?? 0) + restMs));
      await enqueueTaskFor(tx, tenant_id, lowStockAlert, {}, { runAt });
    }
  },
};
