/** Purchasing: suppliers, purchase orders, what to order again, and what the stock has cost. */
import { costConsumer } from './costs/cost-stock.ts';
import { type PurchasingDeps, purchasingRoutes } from './routes.ts';

export { findSuppliersByName } from './find-suppliers.ts';
export {
  archiveSupplier,
  createSupplier,
  getSupplier,
  listSuppliers,
  updateSupplier,
} from './suppliers.ts';

export function createPurchasingModule(deps: PurchasingDeps) {
  return { name: 'purchasing', routes: purchasingRoutes(deps), consumers: [costConsumer] };
}
