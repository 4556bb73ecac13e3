import { z } from 'zod';
import {
  Id,
  IdParams,
  Instant,
  listOf,
  listQuery,
  MAX_LINES,
  MAX_QUANTITY,
  Quantity,
  Sku,
} from '../common.ts';
import { defineRoute } from '../route.ts';

/** Stock of one variant at one location. `available = onHand − reserved`; all are pieces. */
export const StockLevel = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  location: z.string(),
  onHand: z.int(),
  reserved: z.int(),
  incoming: z.int(),
  available: z.int(),
  low: z.boolean().describe('available is at or below the low-stock threshold'),
  version: z.int(),
  updatedAt: Instant,
});
export type StockLevel = z.infer<typeof StockLevel>;

export const movementKinds = ['opening', 'adjustment', 'sale', 'return'] as const;

export const Movement = z.object({
  id: Id,
  variantId: Id,
  sku: Sku,
  location: z.string(),
  kind: z.enum(movementKinds),
  quantity: z.int().describe('Signed change of onHand'),
  onHandAfter: z.int(),
  reason: z.string().nullable(),
  reference: z.string().nullable().describe('The document behind it, such as `order:<id>`'),
  actor: z.string().describe('`user:<id>`, `key:<id>`, `task:<id>` or `system`'),
  note: z.string().nullable(),
  createdAt: Instant,
});
export type Movement = z.infer<typeof Movement>;

export const reservationStates = ['active', 'confirmed', 'released', 'expired'] as const;

export const Reservation = z.object({
  id: Id,
  status: z.enum(reservationStates),
  reference: z.string().nullable(),
  lines: z.array(z.object({ sku: Sku, variantId: Id, location: z.string(), quantity: z.int() })),
  expiresAt: Instant.nullable().describe('null: held until released or confirmed, as for an order'),
  createdAt: Instant,
});
export type Reservation = z.infer<typeof Reservation>;

const ttlSeconds = z.int().min(1).max(604_800).default(900);

export const CreateReservation = z.strictObject({
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity, location: z.string().min(1).max(50).optional() }))
    .min(1)
    .max(MAX_LINES),
  ttlSeconds,
  reference: z.string().trim().min(1).max(200).optional(),
});
export type CreateReservation = z.infer<typeof CreateReservation>;

/** An item of the older calls: `productId` is an id of a product with one variant, of a variant, or a SKU. */
const ProductRef = z.string().trim().min(1).max(64);

/** `X-User-ID` beside it is kept as a note; the actor is the credential. */
export const AdjustStock = z.strictObject({
  productId: ProductRef,
  quantity: z.int().min(0).max(MAX_QUANTITY),
  operation: z.enum(['add', 'subtract', 'set']),
  reason: z.string().trim().min(1).max(200).optional(),
});
export type AdjustStock = z.infer<typeof AdjustStock>;

export const ReserveItem = z.strictObject({
  productId: ProductRef,
  quantity: Quantity,
  orderId: z.string().trim().min(1).max(100).optional(),
  ttlSeconds,
});

export const inventoryRoutes = {
  listStockLevels: defineRoute({
    method: 'GET',
    path: '/inventory/levels',
    operation: 'listStockLevels',
    tag: 'inventory',
    summary: 'Stock levels by SKU',
    access: 'inventory.read',
    query: z.strictObject({
      ...listQuery,
      sku: Sku.optional(),
      productId: Id.optional(),
      search: z.string().trim().max(100).optional().describe('Start of the SKU, or part of the name'),
      low: z.enum(['true', 'false']).optional().describe('Only levels at or below the threshold'),
    }),
    responses: { 200: listOf(StockLevel) },
  }),
  listMovements: defineRoute({
    method: 'GET',
    path: '/inventory/movements',
    operation: 'listMovements',
    tag: 'inventory',
    summary: 'The ledger of stock movements, newest first',
    access: 'inventory.read',
    query: z.strictObject({ ...listQuery, sku: Sku.optional() }),
    responses: { 200: listOf(Movement) },
  }),
  createReservation: defineRoute({
    method: 'POST',
    path: '/inventory/reservations',
    operation: 'createReservation',
    tag: 'inventory',
    summary: 'Reserve several lines, all or nothing; lines of one SKU are summed',
    access: 'inventory.write',
    body: CreateReservation,
    responses: { 201: Reservation },
    errors: ['STOCK_SHORT'],
  }),
  getReservation: defineRoute({
    method: 'GET',
    path: '/inventory/reservations/:id',
    operation: 'getReservation',
    tag: 'inventory',
    summary: 'One reservation',
    access: 'inventory.read',
    params: IdParams,
    responses: { 200: Reservation },
    errors: ['NOT_FOUND'],
  }),
  releaseReservation: defineRoute({
    method: 'POST',
    path: '/inventory/reservations/:id/release',
    operation: 'releaseReservation',
    tag: 'inventory',
    summary: 'Give the reserved stock back; repeating it answers the same',
    access: 'inventory.write',
    params: IdParams,
    responses: { 200: Reservation },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  confirmReservation: defineRoute({
    method: 'POST',
    path: '/inventory/reservations/:id/confirm',
    operation: 'confirmReservation',
    tag: 'inventory',
    summary: 'Turn the reservation into a sale: the pieces leave the stock; repeating it answers the same',
    access: 'inventory.write',
    params: IdParams,
    responses: { 200: Reservation },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  getItemStock: defineRoute({
    method: 'GET',
    path: '/realtime/inventory',
    operation: 'getItemStock',
    tag: 'inventory',
    summary: 'Stock of one item, by id or SKU',
    access: 'inventory.read',
    query: z.strictObject({ productId: ProductRef }),
    responses: { 200: StockLevel },
    errors: ['NOT_FOUND'],
  }),
  adjustItemStock: defineRoute({
    method: 'POST',
    path: '/realtime/inventory',
    operation: 'adjustItemStock',
    tag: 'inventory',
    summary: 'Add to, subtract from or set the stock of one item',
    access: 'inventory.write',
    body: AdjustStock,
    responses: { 200: StockLevel },
    errors: ['NOT_FOUND', 'STOCK_SHORT'],
  }),
  reserveItemStock: defineRoute({
    method: 'PATCH',
    path: '/realtime/inventory',
    operation: 'reserveItemStock',
    tag: 'inventory',
    summary: 'Reserve one item',
    access: 'inventory.write',
    body: ReserveItem,
    responses: { 201: Reservation },
    errors: ['NOT_FOUND', 'STOCK_SHORT'],
  }),
};
