/** The task that gives stock that came in to the orders that wait for it. */
import { z } from 'zod';
import type { Consumer } from '#platform/events';
import { defineTask, enqueueTaskFor, type Schedule } from '#platform/jobs';

export const refillBackorders = defineTask({
  type: 'refill_backorders',
  payload: z.object({}),
  lane: () => 'refill_backorders',
  dedupeKey: () => 'all',
});

/** Asks for a refill whenever more of something became available and orders wait. */
export const refillConsumer: Consumer = {
  name: 'refill_backorders',
  async handle(tx, events) {
    const tenants = new Set<string>();
    for (const event of events) {
      if (event.type !== 'stock_changed' || event.tenantId === null) continue;
      const { available, previousAvailable } = JSON.parse(event.data) as {
        available: number;
        previousAvailable: number;
      };
      if (available > previousAvailable) tenants.add(event.tenantId);
    }
    if (tenants.size === 0) return;
    const waiting = await tx.query<{ tenant_id: string }>(
      `select t.id as tenant_id from unnest($1::uuid[]) as t (id)
       where exists (select from shop_order o where o.tenant_id = t.id and o.status = 'backordered')`,
      [[...tenants]],
    );
    for (const { tenant_id } of waiting) await enqueueTaskFor(tx, tenant_id, refillBackorders, {});
  },
};

/** A look without an event, for an order whose stock or product came in the very moment it was being stored. */
export const refillSchedule: Schedule = {
  name: 'refill_backorders',
  intervalMs: 10 * 60_000,
  async run(tx) {
    const waiting = await tx.query<{ tenant_id: string }>(
      "select distinct tenant_id from shop_order where status = 'backordered'",
    );
    for (const { tenant_id } of waiting) await enqueueTaskFor(tx, tenant_id, refillBackorders, {});
  },
};
