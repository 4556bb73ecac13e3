/** The task that looks again at orders whose hold was given up: fewer pieces were counted than were reserved. */
import { z } from 'zod';
import type { Consumer } from '#platform/events';
import { defineTask, enqueueTaskFor } from '#platform/jobs';

export const backorderOrders = defineTask({
  type: 'backorder_orders',
  payload: z.object({ orderIds: z.array(z.uuid()) }),
});

const ordersPerTask = 500;

export const giveUpConsumer: Consumer = {
  name: 'backorder_orders',
  async handle(tx, events) {
    const byTenant = new Map<string, string[]>();
    for (const event of events) {
      if (event.type !== 'reservation_released' || event.tenantId === null) continue;
      const { reference } = JSON.parse(event.data) as { reference: string | null };
      // Others name orders too, by ids of their own.
      const orderId = z.uuid().safeParse(reference?.replace(/^order:/, '')).data;
      if (orderId === undefined || reference === orderId) continue;
      const ids = byTenant.get(event.tenantId);
      if (ids === undefined) byTenant.set(event.tenantId, [orderId]);
      else ids.push(orderId);
    }
    for (const [tenantId, ids] of byTenant) {
      for (let i = 0; i < ids.length; i += ordersPerTask) {
        await enqueueTaskFor(tx, tenantId, backorderOrders, { orderIds: ids.slice(i, i + ordersPerTask) });
      }
    }
  },
};
