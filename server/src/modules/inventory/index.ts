/** Inventory: one true stock figure per SKU. */
import type { Database } from '#platform/db';
import type { StockSettings } from './apply-stock.ts';
import { expiryUpkeep } from './expiry.ts';
import { createStockGatherer } from './gatherer.ts';
import { historyRoutes } from './history/routes.ts';
import type { FindProducts } from './list-levels.ts';
import { locationRoutes } from './locations.ts';
import { inventoryRoutes } from './routes.ts';

export { applyStock, type StockSettings } from './apply-stock.ts';
export { type DailySale, listDailySales } from './daily-sales.ts';
export { expireReservations } from './expiry.ts';
export { createStockGatherer, type GatheredOutcome, type Keyed, type StockGatherer } from './gatherer.ts';
export { escapeLike, hasStockAvailable, listByStock } from './levels.ts';
export { ensureLevels, findLocation, type Location } from './locations.ts';
export { listVariantsWithHistory, openStock } from './opening.ts';
export { type LevelFigures, readLevels, readLocationIds } from './read-levels.ts';
export type { StockOutcome, StockRequest } from './stock-request.ts';

export function createInventoryModule(deps: {
  db: Database;
  settings: StockSettings;
  findProducts: FindProducts;
}) {
  const gatherer = createStockGatherer(deps);
  return {
    name: 'inventory',
    routes: [...inventoryRoutes({ ...deps, gatherer }), ...locationRoutes(deps), ...historyRoutes(deps)],
    upkeep: [expiryUpkeep(deps.db, deps.settings)],
  };
}
