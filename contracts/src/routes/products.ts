import { z } from 'zod';
import { Currency, Id, IdParams, Instant, listOf, listQuery, MAX_QUANTITY, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';

export const Variant = z.object({
  id: Id,
  sku: Sku,
  name: z.string(),
  barcode: z.string().nullable(),
  priceMinor: z.int().describe('Net price in minor units of `currency`'),
  currency: Currency,
});
export type Variant = z.infer<typeof Variant>;

export const Product = z.object({
  id: Id,
  name: z.string(),
  category: z.string().nullable(),
  variants: z.array(Variant),
  version: z.int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Product = z.infer<typeof Product>;

export const CreateProduct = z.strictObject({
  name: z.string().trim().min(1).max(255),
  category: z.string().trim().min(1).max(100).optional(),
  variants: z
    .array(
      z.strictObject({
        sku: Sku,
        name: z.string().trim().min(1).max(255).optional(),
        barcode: z
          .string()
          .regex(/^\d{6,14}$/, 'must be 6–14 digits')
          .optional(),
        priceMinor: z.int().min(0).max(1_000_000_000),
        currency: Currency.default('RON'),
        onHand: z.int().min(0).max(MAX_QUANTITY).default(0).describe('Opening stock'),
      }),
    )
    .min(1)
    .max(100),
});
export type CreateProduct = z.infer<typeof CreateProduct>;

export const productRoutes = {
  listProducts: defineRoute({
    method: 'GET',
    path: '/products',
    operation: 'listProducts',
    tag: 'products',
    summary: 'Products with their variants, newest first',
    access: 'products.read',
    query: z.strictObject({ ...listQuery, search: z.string().trim().max(100).optional() }),
    responses: { 200: listOf(Product) },
  }),
  getProduct: defineRoute({
    method: 'GET',
    path: '/products/:id',
    operation: 'getProduct',
    tag: 'products',
    summary: 'One product',
    access: 'products.read',
    params: IdParams,
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
    errors: ['ALREADY_EXISTS'],
  }),
};
