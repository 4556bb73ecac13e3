import { z } from 'zod';
import { Currency, Id, IdParams, Instant, listOf, listQuery, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { Task } from './tasks.ts';

/** `unmatched`: several of our variants could be meant, or none may be made; a person decides. */
export const listingStates = ['linked', 'unmatched'] as const;
export const listingStatuses = ['inactive', 'active', 'end_of_life'] as const;
/** How it found its variant. */
export const listingMatches = ['ean', 'part_number', 'created', 'person'] as const;

/** What an account offers on its marketplace, and which of our variants that is. */
export const MarketplaceProduct = z.object({
  id: Id,
  accountId: Id,
  accountName: z.string(),
  externalId: z.string().describe("The marketplace's id of the offer"),
  partNumberKey: z.string().nullable().describe("eMAG's key of the product"),
  partNumber: z.string().nullable(),
  barcodes: z.array(z.string()),
  name: z.string(),
  brand: z.string().nullable(),
  priceMinor: z.int().nullable().describe('Net, in minor units of `currency`'),
  currency: Currency.nullable(),
  status: z.enum(listingStatuses),
  stock: z.int().nullable().describe('As the marketplace has it'),
  state: z.enum(listingStates),
  matchedBy: z.enum(listingMatches).nullable(),
  reason: z.string().nullable().describe('Why it waits for a person'),
  variant: z.object({ id: Id, productId: Id, sku: Sku, name: z.string() }).nullable(),
  candidates: z
    .array(z.object({ id: Id, productId: Id, sku: Sku, name: z.string() }))
    .describe('Variants it could be, of an unmatched one'),
  updatedAt: Instant,
});
export type MarketplaceProduct = z.infer<typeof MarketplaceProduct>;

export const marketplaceProductRoutes = {
  syncMarketplaceProducts: defineRoute({
    method: 'POST',
    path: '/marketplace-accounts/:id/sync-products',
    operation: 'syncMarketplaceProducts',
    tag: 'marketplaces',
    summary: 'Read the products of an account now; a reading that already waits is the answer then',
    access: 'marketplaces.write',
    params: IdParams,
    responses: { 202: Task },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  listMarketplaceProducts: defineRoute({
    method: 'GET',
    path: '/marketplace-products',
    operation: 'listMarketplaceProducts',
    tag: 'marketplaces',
    summary: 'What the accounts offer, and which of our variants it is',
    access: 'marketplaces.read',
    query: z.strictObject({
      ...listQuery,
      accountId: Id.optional(),
      state: z.enum(listingStates).optional(),
      variantId: Id.optional(),
      productId: Id.optional(),
    }),
    responses: { 200: listOf(MarketplaceProduct) },
  }),
  linkMarketplaceProduct: defineRoute({
    method: 'POST',
    path: '/marketplace-products/:id/link',
    operation: 'linkMarketplaceProduct',
    tag: 'marketplaces',
    summary: 'Say which variant an offer is, or make a product of it',
    access: 'marketplaces.write',
    params: IdParams,
    body: z.union([z.strictObject({ variantId: Id }), z.strictObject({ create: z.literal(true) })]),
    responses: { 200: MarketplaceProduct },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS', 'STATE_CONFLICT'],
  }),
};
