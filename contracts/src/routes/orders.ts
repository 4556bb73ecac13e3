import { z } from 'zod';
import { Currency, Id, IdParams, Instant, listOf, listQuery } from '../common.ts';
import { defineRoute } from '../route.ts';

/**
 * `new`: imported, its stock reserved, not yet acknowledged. `backordered`: some line lacks stock or matches no SKU; a
 * person should look. `in_progress`: acknowledged. The others follow the marketplace.
 */
export const orderStates = [
  'new',
  'backordered',
  'in_progress',
  'prepared',
  'finalized',
  'cancelled',
  'returned',
] as const;
export type OrderState = (typeof orderStates)[number];

/** Who ships: `seller` reserves our stock and is acknowledged; `marketplace` (eMAG's FBE) is only kept in step. */
export const fulfilments = ['seller', 'marketplace'] as const;
export type Fulfilment = (typeof fulfilments)[number];

export const OrderSummary = z.object({
  id: Id,
  externalId: z.string(),
  accountId: Id,
  accountName: z.string(),
  fulfilment: z.enum(fulfilments),
  status: z.enum(orderStates),
  customerName: z.string().nullable(),
  totalMinor: z.int().describe('Gross total in minor units of `currency`'),
  currency: Currency,
  lineCount: z.int(),
  placedAt: Instant,
  importedAt: Instant,
  acknowledgedAt: Instant.nullable(),
  version: z.int(),
});
export type OrderSummary = z.infer<typeof OrderSummary>;

export const OrderLine = z.object({
  id: Id,
  externalId: z.string(),
  sku: z.string().nullable().describe("The seller's part number as the marketplace sent it"),
  variantId: Id.nullable().describe('null: no variant of ours has this SKU'),
  name: z.string(),
  quantity: z.int(),
  reserved: z.int().describe('Pieces held for this line'),
  unitPriceMinor: z.int().describe('Net'),
  vatRate: z.number().describe('Fraction: 0.21 is 21 %'),
  cancelled: z.boolean(),
});

export const OrderTimelineEntry = z.object({
  at: Instant,
  what: z.enum(['placed', 'imported', 'acknowledged', 'status']),
  detail: z.string().nullable(),
});

export const Order = OrderSummary.extend({
  externalStatus: z.int().describe("The marketplace's own status number"),
  customer: z.object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    shippingAddress: z.string().nullable(),
    billingAddress: z.string().nullable(),
  }),
  paymentMode: z.string().nullable(),
  deliveryMode: z.string().nullable(),
  shippingMinor: z.int(),
  discountMinor: z.int().describe('Vouchers, gross, zero or negative'),
  lines: z.array(OrderLine),
  timeline: z.array(OrderTimelineEntry),
  updatedAt: Instant,
});
export type Order = z.infer<typeof Order>;

const orderFilters = {
  status: z.enum(orderStates).optional(),
  accountId: Id.optional(),
  externalId: z.string().trim().max(50).optional(),
  search: z
    .string()
    .trim()
    .max(100)
    .optional()
    .describe('Start of the order number, or part of the customer name'),
};

export const Dashboard = z.object({
  attention: z.object({
    backorderedOrders: z.int(),
    failingAccounts: z.int(),
    lowStock: z.int(),
    deadTasks: z.int(),
  }),
  ordersPerMinute: z
    .array(z.object({ minute: Instant, orders: z.int() }))
    .describe('The last 60 minutes, oldest first, empty minutes included'),
  latestOrders: z.array(OrderSummary),
});
export type Dashboard = z.infer<typeof Dashboard>;

export const orderRoutes = {
  listOrders: defineRoute({
    method: 'GET',
    path: '/orders',
    operation: 'listOrders',
    tag: 'orders',
    summary: 'Orders of all accounts, latest first',
    access: 'orders.read',
    query: z.strictObject({ ...listQuery, ...orderFilters }),
    responses: { 200: listOf(OrderSummary) },
  }),
  getOrder: defineRoute({
    method: 'GET',
    path: '/orders/:id',
    operation: 'getOrder',
    tag: 'orders',
    summary: 'One order with customer, lines and timeline',
    access: 'orders.read',
    params: IdParams,
    responses: { 200: Order },
    errors: ['NOT_FOUND'],
  }),
  getDashboard: defineRoute({
    method: 'GET',
    path: '/dashboard',
    operation: 'getDashboard',
    tag: 'orders',
    summary: 'What Today shows: what needs a person, orders per minute, the latest orders',
    access: 'dashboard.read',
    responses: { 200: Dashboard },
  }),
};
