/** Purchasing: suppliers, purchase orders, what to order again, and what the stock has cost. */
import { type PurchasingDeps, purchasingRoutes } from './routes.ts';

export function createPurchasingModule(deps: PurchasingDeps) {
  return { name: 'purchasing', routes: purchasingRoutes(deps) };
}
