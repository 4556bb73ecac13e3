/** Orders of every marketplace account, one shape. */
import { orderRoutes as contracts } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import type { Database } from '#platform/db';
import { problem, route } from '#platform/http';
import { registerTask } from '#platform/jobs';
import { findOrder, listOrders, readDashboard } from './read-orders.ts';
import { refillBackorders, refillConsumer, refillSchedule } from './refill.definition.ts';

export { listAccountsToAcknowledge, listToAcknowledge, markAcknowledged } from './acknowledge.ts';
export { importOrders } from './import-orders.ts';
export type { ImportedOrder } from './imported-order.ts';
export { countModifiedSince, readOrderStatistics } from './read-orders.ts';

export function createOrdersModule(deps: { db: Database; settings: StockSettings }) {
  const { db, settings } = deps;
  return {
    name: 'orders',
    consumers: [refillConsumer],
    schedules: [refillSchedule],
    tasks: [
      registerTask(refillBackorders, async () => {
        const { run } = await import('./refill.handler.ts');
        return (ctx) => run(ctx, settings);
      }),
    ],
    routes: [
      route(contracts.listOrders, async ({ query, ctx }) => ({
        status: 200,
        body: await db.withTenant(ctx, (tx) => listOrders(tx, query)),
      })),
      route(contracts.getOrder, async ({ params, ctx }) => {
        const order = await db.withTenant(ctx, (tx) => findOrder(tx, params.id));
        if (order === null) throw problem('NOT_FOUND', 'There is no such order.');
        return { status: 200, body: order };
      }),
      route(contracts.getDashboard, async ({ ctx }) => ({
        status: 200,
        body: await db.withTenant(ctx, (tx) => readDashboard(tx, settings.lowStockThreshold)),
      })),
    ],
  };
}
