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
import { ShortLine } from '../errors.ts';
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
  safetyBuffer: z.int().describe('Pieces that no listing is offered; reservations may take them'),
  lowStockThreshold: z.int().describe('Of this level, or else of the installation'),
  low: z.boolean().describe('available is at or below lowStockThreshold'),
  version: z.int(),
  updatedAt: Instant,
});
export type StockLevel = z.infer<typeof StockLevel>;

export const movementKinds = [
  'opening',
  'adjustment',
  'sale',
  'return',
  'receipt',
  'transfer_out',
  'transfer_in',
  'count',
  'import',
  'repair',
] as const;

/** A short name of a location, part of addresses and files. */
export const LocationCode = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, 'must be 1–50 of a–z, 0–9, - and _, beginning with a letter or digit');

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

/** What a movement or reservation leads to. `label` is its name or number for people, as it is now. */
export const StockLink = z.object({
  kind: z.enum([
    'order',
    'task',
    'person',
    'key',
    'reservation',
    'transfer',
    'count',
    'purchase_order',
    'import',
  ]),
  id: z.string().describe('Of the thing linked to; not always a UUID for orders of other programs'),
  label: z.string().nullable().describe('null: it has none, or is gone'),
  known: z.boolean().describe('Whether it is there to be opened'),
});
export type StockLink = z.infer<typeof StockLink>;

export const ExplainedMovement = Movement.extend({
  actorName: z.string().nullable().describe('null: the system, a task, or one who is gone'),
  links: z.array(StockLink).describe('The document behind it, then who made it'),
});
export type ExplainedMovement = z.infer<typeof ExplainedMovement>;

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

/** What a reservation answers: with `partial`, also what it got fewer of than asked. */
export const CreatedReservation = Reservation.extend({
  short: z.array(ShortLine).describe('Empty unless `partial` was asked for'),
});
export type CreatedReservation = z.infer<typeof CreatedReservation>;

const ttlSeconds = z.int().min(1).max(604_800).default(900);

/** Where lines without a location are taken from. */
const Allocation = z.strictObject({
  policy: z
    .enum(['priority', 'most_stock'])
    .describe('In the order of the locations, or from where most is available'),
  split: z.boolean().default(true).describe('Whether one SKU may come from several locations'),
});

export const CreateReservation = z.strictObject({
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity, location: LocationCode.optional() }))
    .min(1)
    .max(MAX_LINES),
  partial: z.boolean().optional().describe('Take what there is; otherwise all or nothing'),
  allocation: Allocation.optional().describe('Default: by priority, split where one location has too few'),
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

/** One change of what is on hand. */
export const CreateAdjustment = z.strictObject({
  sku: Sku,
  location: LocationCode.optional().describe('Default: where the item lies, by priority'),
  operation: z.enum(['add', 'subtract', 'set']),
  quantity: z.int().min(0).max(MAX_QUANTITY),
  reason: z.string().trim().min(1).max(200).optional(),
  expectedOnHand: z
    .int()
    .min(0)
    .optional()
    .describe('Refused with STOCK_CHANGED when another figure is on hand'),
  whenHeld: z
    .enum(['refuse', 'release'])
    .default('refuse')
    .describe('When fewer are left than are reserved: change nothing, or give up the newest reservations'),
});
export type CreateAdjustment = z.infer<typeof CreateAdjustment>;

export const AdjustmentDone = z.object({
  level: StockLevel,
  givenUp: z
    .array(z.object({ reservationId: Id, reference: z.string().nullable() }))
    .describe('Reservations that had to go; an order among them is backordered'),
});
export type AdjustmentDone = z.infer<typeof AdjustmentDone>;

/** An order taken from the stock at once. Repeated for one `orderId` it is one sale. */
export const ProcessOrder = z.strictObject({
  orderId: z.string().trim().min(1).max(100),
  items: z
    .array(z.strictObject({ productId: ProductRef, quantity: Quantity }))
    .min(1)
    .max(MAX_LINES),
});

export const ProcessedOrder = z.object({
  orderId: z.string(),
  reservationId: Id.describe('The sale, a reservation confirmed from the start'),
  levels: z.array(StockLevel).describe('The stock it was taken from, as it is now'),
});
export type ProcessedOrder = z.infer<typeof ProcessedOrder>;

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
      location: LocationCode.optional(),
      at: Instant.optional().describe('The levels as they were at this instant'),
      search: z.string().trim().max(100).optional().describe('SKU, barcode or words of the name'),
      low: z.enum(['true', 'false']).optional().describe('Only levels at or below the threshold'),
    }),
    responses: { 200: listOf(StockLevel) },
  }),
  listMovements: defineRoute({
    method: 'GET',
    path: '/inventory/movements',
    operation: 'listMovements',
    tag: 'inventory',
    summary: 'The ledger of stock movements with its archive, newest first',
    access: 'inventory.read',
    query: z.strictObject({
      ...listQuery,
      sku: Sku.optional(),
      location: LocationCode.optional().describe(
        'With it, or with `actor`, each page looks through 5,000 movements: it may hold few, or none, and still have a `nextCursor`',
      ),
      kind: z.enum(movementKinds).optional(),
      reference: z.string().trim().min(1).max(200).optional().describe('Whole, such as `order:<id>`'),
      actor: z.string().trim().min(1).max(100).optional().describe('Whole, such as `user:<id>`'),
      from: Instant.optional(),
      to: Instant.optional().describe('Up to, but not including, this instant'),
    }),
    responses: { 200: listOf(ExplainedMovement) },
  }),
  createAdjustment: defineRoute({
    method: 'POST',
    path: '/inventory/adjustments',
    operation: 'createAdjustment',
    tag: 'inventory',
    summary: 'Add to, subtract from or set what is on hand',
    access: 'inventory.write',
    body: CreateAdjustment,
    responses: { 201: AdjustmentDone },
    errors: ['STOCK_SHORT', 'STOCK_CHANGED'],
  }),
  createReservation: defineRoute({
    method: 'POST',
    path: '/inventory/reservations',
    operation: 'createReservation',
    tag: 'inventory',
    summary: 'Reserve several lines, all or nothing unless `partial`; lines of one SKU are summed',
    access: 'inventory.write',
    body: CreateReservation,
    responses: { 201: CreatedReservation },
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
  extendReservation: defineRoute({
    method: 'POST',
    path: '/inventory/reservations/:id/extend',
    operation: 'extendReservation',
    tag: 'inventory',
    summary: 'Move the deadline of an active reservation',
    access: 'inventory.write',
    params: IdParams,
    body: z.strictObject({ ttlSeconds: ttlSeconds.describe('From now') }),
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
  processOrder: defineRoute({
    method: 'PUT',
    path: '/realtime/inventory',
    operation: 'processOrder',
    tag: 'inventory',
    summary: 'Take the items of an order from the stock, all or nothing, once per order',
    access: 'inventory.write',
    body: ProcessOrder,
    responses: { 200: ProcessedOrder },
    errors: ['NOT_FOUND', 'STOCK_SHORT', 'STATE_CONFLICT'],
  }),
  reserveItemStock: defineRoute({
    method: 'PATCH',
    path: '/realtime/inventory',
    operation: 'reserveItemStock',
    tag: 'inventory',
    summary: 'Reserve one item',
    access: 'inventory.write',
    body: ReserveItem,
    responses: { 201: CreatedReservation },
    errors: ['NOT_FOUND', 'STOCK_SHORT'],
  }),
};
