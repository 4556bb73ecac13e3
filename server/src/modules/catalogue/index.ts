/** Catalogue: products and their variants. */
import { productRoutes as contracts } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import type { Database } from '#platform/db';
import { problem, route, withIdempotency } from '#platform/http';
import { createProducts, findProduct, listProducts } from './products.ts';

export { createProducts } from './products.ts';

export function createCatalogueModule(deps: { db: Database; settings: StockSettings }) {
  const { db, settings } = deps;
  return {
    name: 'catalogue',
    routes: [
      route(contracts.listProducts, async ({ query, ctx }) => ({
        status: 200,
        body: await db.withTenant(ctx, (tx) => listProducts(tx, query)),
      })),
      route(contracts.getProduct, async ({ params, ctx }) => {
        const product = await db.withTenant(ctx, (tx) => findProduct(tx, params.id));
        if (product === null) throw problem('NOT_FOUND', 'There is no such product.');
        return { status: 200, body: product };
      }),
      route(contracts.createProduct, ({ body, ctx, request }) =>
        withIdempotency(db, ctx, request, 'createProduct', async (tx) => {
          const [id] = await createProducts(tx, [body], settings);
          return { status: 201 as const, body: (await findProduct(tx, id!))! };
        }),
      ),
    ],
  };
}
