/** Inventory: one true stock figure per SKU. */
import type { Database } from '#platform/db';
import { registerTask } from '#platform/jobs';
import { checkAlerts, checkSchedule } from './alerts/check-alerts.ts';
import { lowStockAlert, lowStockConsumer } from './alerts/low-stock-alert.ts';
import { alertRoutes } from './alerts/routes.ts';
import type { StockSettings } from './apply-stock.ts';
import { applyCountTask } from './counts/apply-count.definition.ts';
import { countRoutes } from './counts/routes.ts';
import { expiryUpkeep } from './expiry.ts';
import { createStockGatherer } from './gatherer.ts';
import { historyRoutes } from './history/routes.ts';
import type { FindProducts } from './list-levels.ts';
import { locationRoutes } from './locations.ts';
import { inventoryRoutes } from './routes.ts';
import { transferRoutes } from './transfers/routes.ts';

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
  /** Between two looks at all levels for alerts that are missing or wrong. */
  checkIntervalMs: number;
}) {
  const { settings } = deps;
  const gatherer = createStockGatherer(deps);
  return {
    name: 'inventory',
    routes: [
      ...inventoryRoutes({ ...deps, gatherer }),
      ...locationRoutes(deps),
      ...historyRoutes(deps),
      ...alertRoutes(deps),
      ...countRoutes(deps),
      ...transferRoutes(deps),
    ],
    upkeep: [expiryUpkeep(deps.db, settings)],
    consumers: [lowStockConsumer],
    schedules: [checkSchedule(settings, deps.checkIntervalMs)],
    tasks: [
      registerTask(checkAlerts, async () => {
        const { run } = await import('./alerts/check-alerts.handler.ts');
        return (ctx) => run(ctx, settings);
      }),
      registerTask(lowStockAlert, async () => (await import('./alerts/low-stock-alert.handler.ts')).run),
      registerTask(applyCountTask, async () => {
        const { run } = await import('./counts/apply-count.handler.ts');
        return (ctx, payload) => run(ctx, payload, settings);
      }),
    ],
  };
}
