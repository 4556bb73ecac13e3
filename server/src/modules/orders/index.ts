/** Orders of every marketplace account, one shape. */
import { orderRoutes as contracts, type Permission } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import type { Cache } from '#platform/cache';
import type { Database } from '#platform/db';
import { JsonText, problem, route } from '#platform/http';
import { registerTask } from '#platform/jobs';
import { backorderOrders, giveUpConsumer } from './give-up.definition.ts';
import { findOrder, listOrders, OrderStatistics, readDashboard, readOrderStatistics } from './read-orders.ts';
import { refillBackorders, refillConsumer, refillSchedule } from './refill.definition.ts';

export { listAccountsToAcknowledge, listToAcknowledge, markAcknowledged } from './acknowledge.ts';
export { importOrders } from './import-orders.ts';
export type { ImportedOrder } from './imported-order.ts';
export { countModifiedSince, readOrderStatistics } from './read-orders.ts';

export function createOrdersModule(deps: { db: Database; settings: StockSettings; cache: Cache }) {
  const { db, settings, cache } = deps;
  // What is counted up to now is another question each minute.
  const thisMinute = () => String(Math.floor(db.clock.now().getTime() / 60_000));
  const dashboard = cache.wrap(
    {
      kind: 'dashboard',
      schema: contracts.getDashboard.responses[200],
      keyOf: thisMinute,
      tagsOf: () => ['orders', 'stock', 'tasks', 'accounts'],
    },
    (ctx) => db.withTenant(ctx, (tx) => readDashboard(tx, settings.lowStockThreshold)),
  );
  const statistics = cache.wrap(
    { kind: 'order_statistics', schema: OrderStatistics, keyOf: thisMinute, tagsOf: () => ['orders'] },
    (ctx) => db.withTenant(ctx, readOrderStatistics),
  );
  const mayReadOrders = new Set<Permission>(['orders.read']);
  return {
    name: 'orders',
    /** For a reader who may see orders. */
    async readStatistics(tenantId: string): Promise<OrderStatistics> {
      const found = await statistics({ tenantId, actor: 'system', permissions: mayReadOrders }, undefined);
      return found.read();
    },
    consumers: [refillConsumer, giveUpConsumer],
    schedules: [refillSchedule],
    tasks: [
      registerTask(refillBackorders, async () => {
        const { run } = await import('./refill.handler.ts');
        return (ctx) => run(ctx, settings);
      }),
      registerTask(backorderOrders, async () => {
        const { run } = await import('./give-up.handler.ts');
        return (ctx, payload) => run(ctx, payload, settings);
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
        body: new JsonText(await dashboard(ctx, undefined)),
      })),
    ],
  };
}
