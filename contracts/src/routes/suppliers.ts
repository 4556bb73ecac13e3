import { z } from 'zod';
import { Currency, Id, IdParams, Instant, listOf, listQuery, MAX_QUANTITY, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { MAX_PRICE_MINOR } from './products.ts';

export const MAX_LEAD_TIME_DAYS = 365;
/** Days from one look at what must be ordered to the next. */
export const MAX_REVIEW_PERIOD_DAYS = 90;

const days = (max: number) => z.int().min(0).max(max);

export const Supplier = z.object({
  id: Id,
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  currency: Currency.describe('Of its prices and of the orders from it'),
  leadTimeDays: z.int().describe('From sending an order to having the goods'),
  reviewPeriodDays: z.int().describe('Days from one order to the next that could be made'),
  notes: z.string().nullable(),
  priceCount: z.int().describe('Variants it has a price for'),
  version: z.int().describe('Rises by one with every change'),
  createdAt: Instant,
  updatedAt: Instant,
  archivedAt: Instant.nullable().describe('Archived: kept for its history, nothing is ordered from it'),
});
export type Supplier = z.infer<typeof Supplier>;

const Version = z
  .int()
  .min(1)
  .optional()
  .describe('The version this change was made from; another one is refused');

const SupplierName = z.string().trim().min(1).max(200);
const supplierFields = {
  email: z.email().max(254).nullish(),
  phone: z.string().trim().min(1).max(50).nullish(),
  notes: z.string().trim().max(5000).nullish(),
};

export const CreateSupplier = z.strictObject({
  name: SupplierName,
  ...supplierFields,
  currency: Currency.default('RON'),
  leadTimeDays: days(MAX_LEAD_TIME_DAYS).default(7),
  reviewPeriodDays: z.int().min(1).max(MAX_REVIEW_PERIOD_DAYS).default(7),
});
export type CreateSupplier = z.infer<typeof CreateSupplier>;

/** Part of a supplier: what is left out stays. */
export const UpdateSupplier = z.strictObject({
  name: SupplierName.optional(),
  ...supplierFields,
  currency: Currency.optional().describe('Only while it has no prices and no open orders'),
  leadTimeDays: days(MAX_LEAD_TIME_DAYS).optional(),
  reviewPeriodDays: z.int().min(1).max(MAX_REVIEW_PERIOD_DAYS).optional(),
  version: Version,
});
export type UpdateSupplier = z.infer<typeof UpdateSupplier>;

export const SupplierPrice = z.object({
  supplierId: Id,
  supplierName: z.string(),
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string().describe('Of the variant'),
  priceMinor: z.int().describe('Of one piece, net, in minor units of `currency`'),
  currency: Currency.describe("The supplier's"),
  minimumOrderQuantity: z.int().describe('Pieces'),
  packSize: z.int().describe('Pieces in a pack; orders are whole packs'),
  leadTimeDays: z.int().nullable().describe("null: the supplier's own"),
  supplierSku: z.string().nullable().describe('What the supplier calls it'),
  preferred: z.boolean().describe('The one that is ordered from; one at most per variant'),
  updatedAt: Instant,
});
export type SupplierPrice = z.infer<typeof SupplierPrice>;

const pieces = z.int().min(1).max(MAX_QUANTITY);

/** All of a price: what is left out gets its default. */
export const PutSupplierPrice = z.strictObject({
  priceMinor: z.int().min(0).max(MAX_PRICE_MINOR),
  minimumOrderQuantity: pieces.default(1),
  packSize: pieces.default(1),
  leadTimeDays: days(MAX_LEAD_TIME_DAYS).nullable().default(null),
  supplierSku: z.string().trim().min(1).max(64).nullable().default(null),
  preferred: z
    .boolean()
    .optional()
    .describe('Default: as it is; of a first price: when the variant has no preferred supplier yet'),
});
export type PutSupplierPrice = z.infer<typeof PutSupplierPrice>;

const PriceParams = z.strictObject({ id: Id.describe('Of the supplier'), variantId: Id });

export const supplierRoutes = {
  listSuppliers: defineRoute({
    method: 'GET',
    path: '/suppliers',
    operation: 'listSuppliers',
    tag: 'purchasing',
    summary: 'Suppliers by name',
    access: 'purchasing.read',
    query: z.strictObject({
      ...listQuery,
      search: z.string().trim().max(100).optional().describe('Start of a word of the name'),
      archived: z.enum(['true', 'false']).default('false').describe('`true`: the archived ones only'),
    }),
    responses: { 200: listOf(Supplier) },
  }),
  getSupplier: defineRoute({
    method: 'GET',
    path: '/suppliers/:id',
    operation: 'getSupplier',
    tag: 'purchasing',
    summary: 'One supplier',
    access: 'purchasing.read',
    params: IdParams,
    responses: { 200: Supplier },
    errors: ['NOT_FOUND'],
  }),
  createSupplier: defineRoute({
    method: 'POST',
    path: '/suppliers',
    operation: 'createSupplier',
    tag: 'purchasing',
    summary: 'Create a supplier; names are unique among those that are not archived',
    access: 'purchasing.write',
    body: CreateSupplier,
    responses: { 201: Supplier },
    errors: ['ALREADY_EXISTS'],
  }),
  updateSupplier: defineRoute({
    method: 'PATCH',
    path: '/suppliers/:id',
    operation: 'updateSupplier',
    tag: 'purchasing',
    summary: 'Change part of a supplier',
    access: 'purchasing.write',
    params: IdParams,
    body: UpdateSupplier,
    responses: { 200: Supplier },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS', 'VERSION_CONFLICT', 'STATE_CONFLICT'],
  }),
  archiveSupplier: defineRoute({
    method: 'POST',
    path: '/suppliers/:id/archive',
    operation: 'archiveSupplier',
    tag: 'purchasing',
    summary: 'Archive a supplier without open orders; repeating it answers the same',
    access: 'purchasing.write',
    params: IdParams,
    responses: { 200: Supplier },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  restoreSupplier: defineRoute({
    method: 'POST',
    path: '/suppliers/:id/restore',
    operation: 'restoreSupplier',
    tag: 'purchasing',
    summary: 'Take a supplier out of the archive; repeating it answers the same',
    access: 'purchasing.write',
    params: IdParams,
    responses: { 200: Supplier },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS'],
  }),
  listSupplierPrices: defineRoute({
    method: 'GET',
    path: '/supplier-prices',
    operation: 'listSupplierPrices',
    tag: 'purchasing',
    summary: 'What suppliers ask for variants, by SKU: of one supplier, of one variant, or all',
    access: 'purchasing.read',
    query: z.strictObject({
      ...listQuery,
      supplierId: Id.optional(),
      variantId: Id.optional(),
      search: z.string().trim().max(100).optional().describe("Start of the SKU or of the supplier's SKU"),
    }),
    responses: { 200: listOf(SupplierPrice) },
  }),
  putSupplierPrice: defineRoute({
    method: 'PUT',
    path: '/suppliers/:id/prices/:variantId',
    operation: 'putSupplierPrice',
    tag: 'purchasing',
    summary: "Write a supplier's price of a variant, whole; `preferred` takes that from the variant's others",
    access: 'purchasing.write',
    params: PriceParams,
    body: PutSupplierPrice,
    responses: { 200: SupplierPrice },
    errors: ['NOT_FOUND'],
  }),
  deleteSupplierPrice: defineRoute({
    method: 'DELETE',
    path: '/suppliers/:id/prices/:variantId',
    operation: 'deleteSupplierPrice',
    tag: 'purchasing',
    summary: "Remove a supplier's price of a variant; orders keep what they were made with",
    access: 'purchasing.write',
    params: PriceParams,
    responses: { 204: null },
    errors: ['NOT_FOUND'],
  }),
};
