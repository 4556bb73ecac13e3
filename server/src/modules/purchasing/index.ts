/** Purchasing: suppliers, purchase orders, what to order again, and what the stock has cost. */
import type { Logger } from 'pino';
import { enqueueTaskFor, registerTask, type Schedule } from '#platform/jobs';
import { createCostConsumer } from './costs/cost-stock.ts';
import { autoReorderTask } from './reorder/auto-reorder.definition.ts';
import { reorderRoutes } from './reorder/routes.ts';
import { type PurchasingDeps, purchasingRoutes } from './routes.ts';

export { createPurchaseOrder } from './draft-purchase-order.ts';
export { receivePurchaseOrder, sendPurchaseOrder } from './progress-purchase-order.ts';
export { autoReorderTask } from './reorder/auto-reorder.definition.ts';
export { putSupplierPrice } from './supplier-prices.ts';
export {
  archiveSupplier,
  createSupplier,
  findSuppliersByName,
  getSupplier,
  listSuppliers,
  updateSupplier,
} from './suppliers.ts';

const autoReorderSchedule: Schedule = {
  name: 'auto_reorder_stock',
  intervalMs: 86_400_000,
  async run(tx) {
    const tenants = await tx.query<{ id: string }>(
      `select o.id from auth.organization o left join reorder_settings s on s.tenant_id = o.id
       where coalesce(s.auto_reorder, true) and exists (select from supplier_price p where p.tenant_id = o.id and p.preferred)`,
    );
    for (const { id } of tenants) await enqueueTaskFor(tx, id, autoReorderTask, { draft: true });
  },
};

export function createPurchasingModule(deps: PurchasingDeps & { log: Logger }) {
  return {
    name: 'purchasing',
    routes: [...purchasingRoutes(deps), ...reorderRoutes(deps)],
    consumers: [createCostConsumer(deps.log)],
    schedules: [autoReorderSchedule],
    tasks: [
      registerTask(autoReorderTask, async () => {
        const { run } = await import('./reorder/auto-reorder.handler.ts');
        return run;
      }),
    ],
  };
}
