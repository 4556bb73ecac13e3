/** Inventory: one true stock figure per SKU. */
import type { Cache } from '#platform/cache';
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
import { checkLedger, checkLedgerSchedule } from './ledger/check-ledger.definition.ts';
import { historyUpkeep } from './ledger/keep-history.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import type { FindProducts } from './list-levels.ts';
import { locationRoutes } from './locations.ts';
import { reportRoutes } from './report/routes.ts';
import { inventoryRoutes } from './routes.ts';
import { transferRoutes } from './transfers/routes.ts';

export { updateLimits } from './alerts/reassess.ts';
export { applyStock, type StockSettings } from './apply-stock.ts';
export { putCountLine } from './counts/count-lines.ts';
export { openCount } from './counts/open-count.ts';
export { listDailySales } from './daily-sales.ts';
export { expireReservations } from './expiry.ts';
export { createStockGatherer, type GatheredOutcome, type Keyed, type StockGatherer } from './gatherer.ts';
export { escapeLike, hasStockAvailable, listByStock } from './levels.ts';
export { createLocation, ensureLevels, findLocation } from './locations.ts';
export { listVariantsWithHistory, openStock } from './opening.ts';
export { type LevelFigures, readLevels, readLocationIds } from './read-levels.ts';
export type { StockOutcome, StockRequest } from './stock-request.ts';
export { sendTransfer } from './transfers/send-transfer.ts';

export function createInventoryModule(deps: {
  db: Database;
  settings: StockSettings;
  cache: Cache;
  findProducts: FindProducts;
  /** Between two looks at all levels for alerts that are missing or wrong. */
  checkIntervalMs: number;
  /** For so long every instant of a level is known, and movements stay out of the archive. */
  maxHistoryDays: number;
  /** Whether the inventory report is made. */
  analyticsEnabled: boolean;
}) {
  const { settings } = deps;
  const gatherer = createStockGatherer(deps);
  return {
    name: 'inventory',
    routes: [
      ...inventoryRoutes({ ...deps, gatherer }),
      ...locationRoutes(deps),
      ...historyRoutes(deps),
      ...ledgerRoutes(deps),
      ...reportRoutes(deps),
      ...alertRoutes(deps),
      ...countRoutes(deps),
      ...transferRoutes(deps),
    ],
    upkeep: [expiryUpkeep(deps.db, settings), historyUpkeep(deps.db, deps.maxHistoryDays)],
    consumers: [lowStockConsumer],
    schedules: [checkSchedule(settings, deps.checkIntervalMs), checkLedgerSchedule],
    tasks: [
      registerTask(checkAlerts, async () => {
        const { run } = await import('./alerts/check-alerts.handler.ts');
        return (ctx) => run(ctx, settings);
      }),
      registerTask(checkLedger, async () => (await import('./ledger/check-ledger.handler.ts')).run),
      registerTask(lowStockAlert, async () => (await import('./alerts/low-stock-alert.handler.ts')).run),
      registerTask(applyCountTask, async () => {
        const { run } = await import('./counts/apply-count.handler.ts');
        return (ctx, payload) => run(ctx, payload, settings);
      }),
    ],
  };
}
