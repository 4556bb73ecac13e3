/** From what the accounts offer to our products, each once. Spans marketplaces, catalogue and inventory. */
import { enqueueFor, type MarketplaceOrdersDeps } from '#flows/marketplace-orders';
import { listEnabledAccounts } from '#modules/marketplaces';
import type { Database } from '#platform/db';
import { registerTask, type Schedule } from '#platform/jobs';
import { syncProducts } from './definitions.ts';
import { marketplaceProductRoutes } from './routes.ts';

export type MarketplaceProductsDeps = Pick<
  MarketplaceOrdersDeps,
  'connect' | 'secrets' | 'stock' | 'maxPages'
>;

export function createMarketplaceProductsFlow(
  deps: MarketplaceProductsDeps & { db: Database; syncIntervalMs: number },
) {
  const schedule: Schedule = {
    name: 'sync_products',
    intervalMs: deps.syncIntervalMs,
    run: async (tx) => enqueueFor(tx, syncProducts, await listEnabledAccounts(tx)),
  };
  return {
    name: 'marketplace_products',
    routes: marketplaceProductRoutes(deps),
    schedules: [schedule],
    tasks: [
      registerTask(syncProducts, async () => {
        const { run } = await import('./sync-products.handler.ts');
        return (ctx, payload) => run(ctx, payload, deps);
      }),
    ],
  };
}
