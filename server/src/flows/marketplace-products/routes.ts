/** HTTP face of the marketplaces' products. */
import { marketplaceProductRoutes as contracts, Sku } from '@tradepost/contracts';
import { requestRun } from '#flows/marketplace-orders';
import { createProducts, findVariantsByCode } from '#modules/catalogue';
import type { StockSettings } from '#modules/inventory';
import {
  getAccount,
  type Listing,
  linkListing,
  listListings,
  lockListing,
  presentListing,
} from '#modules/marketplaces';
import type { Database, TenantTx } from '#platform/db';
import { problem, type RouteRegistration, route, withIdempotency } from '#platform/http';
import { syncProducts } from './definitions.ts';
import { productOf } from './match-offers.ts';

export function marketplaceProductRoutes(deps: { db: Database; stock: StockSettings }): RouteRegistration[] {
  const { db, stock } = deps;
  return [
    route(contracts.syncMarketplaceProducts, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'syncMarketplaceProducts', async (tx) => {
        const account = await getAccount(tx, params.id);
        if (!account.enabled) throw problem('STATE_CONFLICT', 'The account is paused; resume it first.');
        return { status: 202 as const, body: await requestRun(tx, syncProducts, account) };
      }),
    ),
    route(contracts.listMarketplaceProducts, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listListings(tx, query)),
    })),
    route(contracts.linkMarketplaceProduct, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'linkMarketplaceProduct', async (tx) => {
        const listing = await lockListing(tx, params.id);
        if ('variantId' in body) await linkListing(tx, listing.id, body.variantId, 'person');
        else await linkListing(tx, listing.id, await makeVariant(tx, listing, stock), 'created');
        return { status: 200 as const, body: await presentListing(tx, listing.id) };
      }),
    ),
  ];
}

/** @throws HttpProblem STATE_CONFLICT when it is linked, ALREADY_EXISTS when its SKU is taken */
async function makeVariant(tx: TenantTx, listing: Listing, stock: StockSettings): Promise<string> {
  if (listing.variantId !== null)
    throw problem('STATE_CONFLICT', 'It is linked to a variant already; link it to another one instead.');
  const partNumber = Sku.safeParse(listing.partNumber);
  const sku = partNumber.success ? partNumber.data : `emag-${listing.externalId}`;
  await createProducts(tx, [productOf(listing, sku)], stock);
  const [variant] = await findVariantsByCode(tx, { skus: [sku], barcodes: [] });
  return variant!.id;
}
