/** Catalogue: products with their variants, categories, brands. */
import { ListProductsQuery, type Permission } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import type { Cache } from '#platform/cache';
import type { Database } from '#platform/db';
import { registerTask, type Upkeep } from '#platform/jobs';
import { changeProductsTask } from './bulk-task.definition.ts';
import { cacheLists, catalogueRoutes } from './routes.ts';

export { createProducts } from './create-products.ts';
export { findForList } from './find-for-lists.ts';
export { findVariantsByCode, type VariantByCode } from './find-variants.ts';
export {
  type CategoryPaths,
  findOrMakeCategories,
  type ProductOfSku,
  readCategoryPaths,
  readSkuRows,
  type SkuRow,
  type SkuWrites,
  writeSkuRows,
} from './sku-rows.ts';

/** How long a bulk change can be undone. */
const undoMs = 86_400_000;

export function createCatalogueModule(deps: { db: Database; settings: StockSettings; cache: Cache }) {
  const { db } = deps;
  const lists = cacheLists(deps);
  const upkeep: Upkeep = {
    name: 'delete_bulk_changes',
    intervalMs: 3_600_000,
    run: () =>
      db.asSystem('old bulk changes', (tx) =>
        tx.execute('delete from bulk_change where created_at < $1', [
          new Date(tx.clock.now().getTime() - undoMs),
        ]),
      ),
  };
  return {
    name: 'catalogue',
    routes: catalogueRoutes({ ...deps, lists }),
    async warm(tenantId: string) {
      const reader = {
        tenantId,
        actor: 'system' as const,
        permissions: new Set<Permission>(['products.read']),
      };
      await lists.products(reader, ListProductsQuery.parse({}));
      await lists.categories(reader, undefined);
    },
    tasks: [
      registerTask(changeProductsTask, async () => {
        const { run } = await import('./bulk-task.handler.ts');
        return run;
      }),
    ],
    upkeep: [upkeep],
  };
}
