import { z } from 'zod';
import { Currency, Id, IdParams, Instant, listOf, listQuery, MAX_QUANTITY, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { CategoryName } from './categories.ts';
import { Task } from './tasks.ts';

export const productStatuses = ['draft', 'active', 'archived'] as const;
export type ProductStatus = (typeof productStatuses)[number];
export const variantStatuses = ['active', 'archived'] as const;

export const MAX_VARIANTS = 100;
export const MAX_ATTRIBUTES = 50;
/** Products that one bulk change takes at once; more run as a task. */
export const MAX_BULK_PRODUCTS = 500;
/** How far `page` reaches: `page × limit`. Beyond it a list goes on by its cursor. */
export const MAX_PAGED_ROWS = 10_000;
export const MAX_PRICE_MINOR = 1_000_000_000;

const AttributeName = z.string().trim().min(1).max(100);
const AttributeValue = z.string().trim().max(500);
/** Free names and values, such as size and colour. */
export const Attributes = z
  .record(AttributeName, AttributeValue)
  .refine((a) => Object.keys(a).length <= MAX_ATTRIBUTES, `must have at most ${MAX_ATTRIBUTES} entries`);

export const Variant = z.object({
  id: Id,
  sku: Sku,
  name: z.string(),
  status: z.enum(variantStatuses).describe('`archived`: no longer sold, kept for its history'),
  barcode: z.string().nullable().describe('EAN, UPC or GTIN, digits only'),
  partNumber: z.string().nullable().describe("The maker's own number"),
  priceMinor: z.int().describe('Net price in minor units of `currency`'),
  costMinor: z.int().nullable().describe('What a piece costs us, net, in minor units of `currency`'),
  currency: Currency,
  vatRateBps: z.int().nullable().describe('VAT in basis points: 2100 is 21 %'),
  weightGrams: z.int().nullable(),
  attributes: z.record(z.string(), z.string()),
});
export type Variant = z.infer<typeof Variant>;

export const Product = z.object({
  id: Id,
  name: z.string(),
  description: z.string().nullable().describe('Plain text'),
  status: z.enum(productStatuses),
  brand: z.string().nullable(),
  brandId: Id.nullable(),
  category: z.string().nullable().describe('Name of the category'),
  categoryId: Id.nullable(),
  attributes: z.record(z.string(), z.string()),
  variants: z.array(Variant),
  version: z.int().describe('Rises by one with every change'),
  createdAt: Instant,
  updatedAt: Instant,
  deletedAt: Instant.nullable(),
});
export type Product = z.infer<typeof Product>;

const priceMinor = z.int().min(0).max(MAX_PRICE_MINOR);
const variantFields = {
  name: z.string().trim().min(1).max(255).optional().describe("Default: the product's name"),
  status: z.enum(variantStatuses).optional(),
  barcode: z
    .string()
    .regex(/^\d{6,14}$/, 'must be 6–14 digits')
    .nullish(),
  partNumber: z.string().trim().min(1).max(64).nullish(),
  costMinor: priceMinor.nullish(),
  vatRateBps: z.int().min(0).max(10_000).nullish().describe('VAT in basis points: 2100 is 21 %'),
  weightGrams: z.int().min(0).max(10_000_000).nullish(),
  attributes: Attributes.optional(),
};
const openingStock = z.int().min(0).max(MAX_QUANTITY).describe('Opening stock of a new variant');

const NewVariant = z.strictObject({
  sku: Sku,
  priceMinor,
  currency: Currency.default('RON'),
  onHand: openingStock.default(0),
  ...variantFields,
});

/** Only the kind of refusal that both ways to name a category share. */
const oneCategory = {
  check: (p: { category?: unknown; categoryId?: unknown }) =>
    p.category === undefined || p.categoryId === undefined,
  message: 'must name the category by `category` or by `categoryId`, not by both',
};

const Name = z.string().trim().min(1).max(255);
const Description = z.string().trim().max(20_000);
const BrandName = z.string().trim().min(1).max(100);
const Version = z
  .int()
  .min(1)
  .optional()
  .describe(
    'The version this change was made from; another one is refused. The header `If-Match` says the same',
  );

const productFields = {
  name: Name,
  description: Description.nullish(),
  status: z.enum(productStatuses).optional().describe('Default: active'),
  brand: BrandName.nullish().describe('By name; a new name makes a brand'),
  category: CategoryName.nullish().describe('Name of a top category; a new name makes one'),
  categoryId: Id.nullish(),
  attributes: Attributes.optional(),
};

export const CreateProduct = z
  .strictObject({ ...productFields, variants: z.array(NewVariant).min(1).max(MAX_VARIANTS) })
  .refine(oneCategory.check, oneCategory.message);
export type CreateProduct = z.infer<typeof CreateProduct>;

/** All of a product: what is left out is emptied, variants left out are removed. */
export const ReplaceProduct = z
  .strictObject({
    ...productFields,
    variants: z
      .array(
        NewVariant.extend({
          id: Id.optional().describe('Of a variant it has; without: the one with this SKU'),
        }),
      )
      .min(1)
      .max(MAX_VARIANTS),
    version: Version,
  })
  .refine(oneCategory.check, oneCategory.message);
export type ReplaceProduct = z.infer<typeof ReplaceProduct>;

const PatchVariant = z.strictObject({
  ...variantFields,
  id: Id.optional(),
  sku: Sku.optional(),
  priceMinor: priceMinor.optional(),
  currency: Currency.optional(),
  onHand: openingStock.optional(),
});

/** Part of a product: what is left out stays. */
export const PatchProduct = z
  .strictObject({
    ...productFields,
    name: Name.optional(),
    attributes: z
      .record(AttributeName, AttributeValue.nullable())
      .optional()
      .describe('Merged into what it has; null removes one'),
    variants: z
      .array(PatchVariant)
      .min(1)
      .max(MAX_VARIANTS)
      .optional()
      .describe(
        'Those named by `id`, or by `sku` alone, are changed; the others are added and need `sku` and `priceMinor`',
      ),
    removeVariantIds: z.array(Id).min(1).max(MAX_VARIANTS).optional(),
    version: Version,
  })
  .refine(oneCategory.check, oneCategory.message);
export type PatchProduct = z.infer<typeof PatchProduct>;

/** In paths a product is named by its id or by the SKU of one of its variants. */
export const ProductParams = z.strictObject({ id: z.string().trim().min(1).max(64) });

export const productSorts = [
  'newest',
  'oldest',
  'updated',
  'name',
  '-name',
  'price',
  '-price',
  'sku',
  'relevance',
] as const;
export type ProductSort = (typeof productSorts)[number];

const flag = z.enum(['true', 'false']);
const search = z
  .string()
  .trim()
  .max(100)
  .describe('SKU, EAN or part number; start of a SKU or of words of the name; forgives typing errors');
/** Major units, as the older calls have them: `12.5` is 1250. */
const legacyPrice = z.coerce.number().min(0).max(10_000_000);

export const ListProductsQuery = z
  .strictObject({
    ...listQuery,
    page: z.coerce.number().int().min(1).optional().describe('From 1; instead of `cursor`'),
    search: search.optional(),
    category: z.string().trim().min(1).max(100).optional().describe('Id or name, with all below it'),
    brand: z.string().trim().min(1).max(100).optional().describe('Id or name'),
    status: z.enum(productStatuses).optional(),
    minPriceMinor: z.coerce.number().int().min(0).max(MAX_PRICE_MINOR).optional(),
    maxPriceMinor: z.coerce.number().int().min(0).max(MAX_PRICE_MINOR).optional(),
    minPrice: legacyPrice
      .optional()
      .describe("In major units of the shop's currency; `minPriceMinor` is exact"),
    maxPrice: legacyPrice
      .optional()
      .describe("In major units of the shop's currency; `maxPriceMinor` is exact"),
    inStock: flag.optional().describe('Whether any variant has a piece available'),
    deleted: flag.optional().describe('`true`: the deleted products only'),
    sort: z.enum(productSorts).optional().describe('Default: newest; when searching: relevance'),
  })
  .refine((q) => q.page === undefined || q.cursor === undefined, {
    message: 'must not be given together with `cursor`',
    path: ['page'],
  })
  .refine((q) => (q.page ?? 1) * q.limit <= MAX_PAGED_ROWS, {
    message: `must keep page × limit within ${MAX_PAGED_ROWS}; go on with \`cursor\` from there`,
    path: ['page'],
  })
  .refine((q) => q.sort !== 'relevance' || Boolean(q.search), {
    message: 'relevance needs `search`',
    path: ['sort'],
  });
export type ListProductsQuery = z.infer<typeof ListProductsQuery>;

/** The filters of the list, for a bulk change. */
export const ProductFilter = z.strictObject({
  search: search.optional(),
  category: z.string().trim().min(1).max(100).optional(),
  brand: z.string().trim().min(1).max(100).optional(),
  status: z.enum(productStatuses).optional(),
  minPriceMinor: priceMinor.optional(),
  maxPriceMinor: priceMinor.optional(),
  inStock: flag.optional(),
  deleted: flag.optional(),
});
export type ProductFilter = z.infer<typeof ProductFilter>;

export const BulkAction = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('set_status'), status: z.enum(productStatuses) }),
  z.strictObject({ type: z.literal('set_category'), categoryId: Id.nullable() }),
  z.strictObject({ type: z.literal('set_brand'), brand: BrandName.nullable() }),
  z.strictObject({
    type: z.literal('add_to_price'),
    amountMinor: z
      .int()
      .min(-MAX_PRICE_MINOR)
      .max(MAX_PRICE_MINOR)
      .describe("Added to each variant's price, in minor units of its own currency"),
  }),
  z.strictObject({
    type: z.literal('change_price_by'),
    percent: z.number().min(-100).max(1000).multipleOf(0.01).describe('10 is 10 % more; rounded half up'),
  }),
  z.strictObject({ type: z.literal('delete') }),
  z.strictObject({ type: z.literal('restore') }),
]);
export type BulkAction = z.infer<typeof BulkAction>;

export const BulkChange = z
  .strictObject({
    ids: z.array(Id).min(1).max(MAX_BULK_PRODUCTS).optional(),
    filter: ProductFilter.optional(),
    action: BulkAction,
  })
  .refine((b) => (b.ids === undefined) !== (b.filter === undefined), 'must have either `ids` or `filter`');
export type BulkChange = z.infer<typeof BulkChange>;

export const BulkResult = z.object({
  changed: z.int().describe('Products changed; those that had the value already are not counted'),
  undoId: Id.nullable().describe('For `POST /products/bulk/{id}/undo`, within a day; null: nothing changed'),
});
export type BulkResult = z.infer<typeof BulkResult>;

export const productRoutes = {
  listProducts: defineRoute({
    method: 'GET',
    path: '/products',
    operation: 'listProducts',
    tag: 'products',
    summary: 'Products with their variants: searched, filtered, sorted',
    access: 'products.read',
    query: ListProductsQuery,
    responses: { 200: listOf(Product) },
  }),
  getProduct: defineRoute({
    method: 'GET',
    path: '/products/:id',
    operation: 'getProduct',
    tag: 'products',
    summary: 'One product, by id or SKU',
    access: 'products.read',
    params: ProductParams,
    query: z.strictObject({ deleted: flag.optional().describe('`true`: find it when it is deleted too') }),
    responses: { 200: Product },
    errors: ['NOT_FOUND'],
  }),
  createProduct: defineRoute({
    method: 'POST',
    path: '/products',
    operation: 'createProduct',
    tag: 'products',
    summary: 'Create a product with its variants and opening stock',
    access: 'products.write',
    body: CreateProduct,
    responses: { 201: Product },
    errors: ['ALREADY_EXISTS', 'STATE_CONFLICT'],
  }),
  replaceProduct: defineRoute({
    method: 'PUT',
    path: '/products/:id',
    operation: 'replaceProduct',
    tag: 'products',
    summary: 'Write all of a product: what is left out is emptied, variants left out are removed',
    access: 'products.write',
    params: ProductParams,
    body: ReplaceProduct,
    responses: { 200: Product },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS', 'VERSION_CONFLICT', 'STATE_CONFLICT'],
  }),
  updateProduct: defineRoute({
    method: 'PATCH',
    path: '/products/:id',
    operation: 'updateProduct',
    tag: 'products',
    summary: 'Change part of a product; variants are added, changed or removed one by one',
    access: 'products.write',
    params: ProductParams,
    body: PatchProduct,
    responses: { 200: Product },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS', 'VERSION_CONFLICT', 'STATE_CONFLICT'],
  }),
  deleteProduct: defineRoute({
    method: 'DELETE',
    path: '/products/:id',
    operation: 'deleteProduct',
    tag: 'products',
    summary: 'Delete a product; it can be restored, and keeps its SKUs and its stock',
    access: 'products.write',
    params: ProductParams,
    responses: { 204: null },
    errors: ['NOT_FOUND', 'VERSION_CONFLICT'],
  }),
  restoreProduct: defineRoute({
    method: 'POST',
    path: '/products/:id/restore',
    operation: 'restoreProduct',
    tag: 'products',
    summary: 'Take back the deletion of a product; repeating it answers the same',
    access: 'products.write',
    params: ProductParams,
    responses: { 200: Product },
    errors: ['NOT_FOUND'],
  }),
  changeProducts: defineRoute({
    method: 'POST',
    path: '/products/bulk',
    operation: 'changeProducts',
    tag: 'products',
    summary: `Change many products: up to ${MAX_BULK_PRODUCTS} at once, all or nothing; more by filter as a task`,
    access: 'products.write',
    body: BulkChange,
    responses: { 200: BulkResult, 202: Task },
    errors: ['NOT_FOUND'],
  }),
  undoProductChange: defineRoute({
    method: 'POST',
    path: '/products/bulk/:id/undo',
    operation: 'undoProductChange',
    tag: 'products',
    summary: 'Take back a bulk change, except on products that were changed again since',
    access: 'products.write',
    params: IdParams,
    responses: { 200: z.object({ restored: z.int(), skipped: z.int().describe('Changed again since') }) },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
};
