/** HTTP face of the catalogue. */
import {
  type BulkAction,
  type BulkResult,
  categoryRoutes,
  type ListProductsQuery,
  MAX_BULK_PRODUCTS,
  type Product,
  type ProductFilter,
  productRoutes,
  type Task,
} from '@tradepost/contracts';
import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import type { StockSettings } from '#modules/inventory';
import { presentTask } from '#modules/tasks';
import type { Cache, CacheContext } from '#platform/cache';
import type { Database, TenantTx } from '#platform/db';
import { invalidField, JsonText, type RouteRegistration, route, withIdempotency } from '#platform/http';
import { enqueueTask } from '#platform/jobs';
import { listBrands } from './brands.ts';
import { changeProducts, undoBulkChange } from './bulk-change.ts';
import { changeProductsTask } from './bulk-task.definition.ts';
import { createCategory, deleteCategory, listCategories, updateCategory } from './categories.ts';
import { deleteProduct, noProduct, patchProduct, replaceProduct, restoreProduct } from './change-product.ts';
import { createProducts } from './create-products.ts';
import { matching } from './filter-products.ts';
import { listProducts } from './list-products.ts';
import { findProduct, readProducts } from './read-products.ts';

/** The lists that are cached, and products by themselves. */
export function cacheLists({ db, cache }: { db: Database; cache: Cache }) {
  return {
    products: cache.wrap(
      {
        kind: 'product_list',
        schema: productRoutes.listProducts.responses[200],
        // A parsed query has its fields in the order of the schema.
        keyOf: (query: ListProductsQuery) => JSON.stringify(query),
        tagsOf: (query) => (query.inStock === undefined ? ['products'] : ['products', 'stock']),
      },
      (ctx, query) => db.withTenant(ctx, (tx) => listProducts(tx, query)),
    ),
    product: cache.wrap(
      {
        kind: 'product_list',
        schema: productRoutes.getProduct.responses[200],
        keyOf: ({ idOrSku, deleted }: { idOrSku: string; deleted: boolean }) =>
          `${deleted ? 'any' : 'one'} ${idOrSku}`,
        tagsOf: () => ['products'],
      },
      async (ctx, { idOrSku, deleted }) => {
        const product = await db.withTenant(ctx, (tx) => findProduct(tx, idOrSku, { deleted }));
        // Thrown, so not kept: made-up ids would fill the cache.
        if (product === null) throw noProduct();
        return product;
      },
    ),
    categories: cache.wrap(
      {
        kind: 'product_categories',
        schema: categoryRoutes.listCategories.responses[200],
        keyOf: () => 'tree',
        tagsOf: () => ['products'],
      },
      async (ctx: CacheContext) => ({ items: await db.withTenant(ctx, listCategories) }),
    ),
  };
}

export function catalogueRoutes(deps: {
  db: Database;
  settings: StockSettings;
  lists: ReturnType<typeof cacheLists>;
}): RouteRegistration[] {
  const { db, settings, lists } = deps;
  return [
    route(productRoutes.listProducts, async ({ query, ctx }) => ({
      status: 200,
      body: new JsonText(await lists.products(ctx, query)),
    })),
    route(productRoutes.getProduct, async ({ params, query, ctx }) => {
      const product = await lists.product(ctx, { idOrSku: params.id, deleted: query.deleted === 'true' });
      // The version, for If-Match. It is none to be answered 304 by: a category's new name shows in products of the same version.
      const headers = { etag: etagOf(product.read()) };
      return { status: 200, body: new JsonText({ ...product, etag: null }), headers };
    }),
    route(productRoutes.createProduct, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createProduct', async (tx) => {
        const [product] = await readProducts(tx, await createProducts(tx, [body], settings));
        return { status: 201 as const, body: product! };
      }),
    ),
    route(productRoutes.replaceProduct, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'replaceProduct', async (tx) => {
        const version = body.version ?? ifMatch(request);
        return { status: 200 as const, body: await replaceProduct(tx, params.id, body, version, settings) };
      }),
    ),
    route(productRoutes.updateProduct, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'updateProduct', async (tx) => {
        const version = body.version ?? ifMatch(request);
        return { status: 200 as const, body: await patchProduct(tx, params.id, body, version, settings) };
      }),
    ),
    // Doing it twice is a 404 that changes nothing, so a key is not needed.
    route(productRoutes.deleteProduct, async ({ params, ctx, request }) => {
      const version = ifMatch(request);
      await db.withTenant(ctx, (tx) => deleteProduct(tx, params.id, version));
      return { status: 204 };
    }),
    route(productRoutes.restoreProduct, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'restoreProduct', async (tx) => ({
        status: 200 as const,
        body: await restoreProduct(tx, params.id),
      })),
    ),
    route(productRoutes.changeProducts, ({ body: { ids, filter, action }, ctx, request }) =>
      withIdempotency(db, ctx, request, 'changeProducts', async (tx): Promise<BulkAnswer> => {
        if (ids === undefined) return changeMatching(tx, filter!, action);
        return { status: 200, body: await changeProducts(tx, [...new Set(ids)], action) };
      }),
    ),
    route(productRoutes.undoProductChange, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'undoProductChange', async (tx) => ({
        status: 200 as const,
        body: await undoBulkChange(tx, params.id),
      })),
    ),
    route(categoryRoutes.listCategories, async ({ ctx }) => ({
      status: 200,
      body: new JsonText(await lists.categories(ctx, undefined)),
    })),
    route(categoryRoutes.createCategory, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createCategory', async (tx) => ({
        status: 201 as const,
        body: await createCategory(tx, body),
      })),
    ),
    route(categoryRoutes.updateCategory, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'updateCategory', async (tx) => ({
        status: 200 as const,
        body: await updateCategory(tx, params.id, body),
      })),
    ),
    route(categoryRoutes.deleteCategory, async ({ params, query, ctx }) => {
      await db.withTenant(ctx, (tx) => deleteCategory(tx, params.id, query.contents));
      return { status: 204 };
    }),
    route(categoryRoutes.listBrands, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listBrands(tx, query)),
    })),
  ];
}

type BulkAnswer = { status: 200; body: BulkResult } | { status: 202; body: Task };

/** As many as one transaction takes are changed at once, more by a task. */
async function changeMatching(tx: TenantTx, filter: ProductFilter, action: BulkAction): Promise<BulkAnswer> {
  const matches = await matching(tx, filter);
  if (matches === null) return { status: 200, body: { changed: 0, undoId: null } };
  const { rows } = await sql<{
    id: string;
  }>`select p.id from product p where ${matches} limit ${MAX_BULK_PRODUCTS + 1}`.execute(tx.kysely);
  if (rows.length > MAX_BULK_PRODUCTS) {
    const { task } = await enqueueTask(tx, changeProductsTask, { filter, action });
    return { status: 202, body: presentTask(task) };
  }
  const ids = rows.map((row) => row.id);
  return { status: 200, body: await changeProducts(tx, ids, action) };
}

const etagOf = (product: Product): string => `"${product.version}"`;

/** The version that `If-Match` names; undefined when any will do. @throws HttpProblem VALIDATION_FAILED */
function ifMatch(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = /^(?:W\/)?"?([1-9]\d{0,8})"?$/.exec(header)?.[1];
  if (version === undefined)
    throw invalidField('headers.if-match', 'must be the version of the product, such as "3", or *', header);
  return Number(version);
}
