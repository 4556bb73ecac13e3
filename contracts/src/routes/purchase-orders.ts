import { z } from 'zod';
import { Currency, Id, IdParams, Instant, listOf, listQuery, MAX_LINES, Quantity, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { MAX_PRICE_MINOR } from './products.ts';

/** `draft` → `sent` → `partly_received` → `received`; the first three can be `cancelled`. */
export const purchaseOrderStates = ['draft', 'sent', 'partly_received', 'received', 'cancelled'] as const;
export type PurchaseOrderState = (typeof purchaseOrderStates)[number];
/** `auto`: drafted by the task `auto_reorder_stock`. */
export const purchaseOrderOrigins = ['person', 'auto'] as const;

export const PurchaseOrderLine = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  supplierSku: z.string().nullable().describe('What the supplier calls it, as of when the line was made'),
  quantity: z.int().describe('Pieces ordered'),
  received: z.int().describe('Pieces received; above `quantity` only where that was allowed'),
  open: z.int().describe('Pieces still to come; 0 in a draft, or once received or cancelled'),
  unitCostMinor: z.int().describe('Of one piece, net, in minor units of the order'),
  totalMinor: z.int().describe('quantity × unitCostMinor'),
  explanation: z.string().nullable().describe('Why this many, of a line that was drafted automatically'),
});
export type PurchaseOrderLine = z.infer<typeof PurchaseOrderLine>;

export const PurchaseReceipt = z.object({
  id: Id,
  receivedAt: Instant,
  actor: z.string(),
  note: z.string().nullable(),
  lines: z.array(z.object({ variantId: Id, sku: Sku, quantity: z.int() })),
});
export type PurchaseReceipt = z.infer<typeof PurchaseReceipt>;

/** A purchase order as a list shows it. */
export const PurchaseOrderSummary = z.object({
  id: Id,
  number: z.string().describe('Unique in the tenant, such as PO-000123'),
  supplierId: Id,
  supplierName: z.string(),
  location: z.string().describe('Code of the location the goods come to'),
  status: z.enum(purchaseOrderStates),
  origin: z.enum(purchaseOrderOrigins),
  currency: Currency,
  exchangeRate: z
    .number()
    .nullable()
    .describe(
      "What one unit of `currency` costs in the variants' currency; null: they are the same, or not known yet",
    ),
  expectedOn: z.iso.date().nullable().describe('Day the goods are expected'),
  supplierReference: z.string().nullable().describe("The supplier's own number of this order"),
  notes: z.string().nullable(),
  lineCount: z.int(),
  quantity: z.int().describe('Pieces ordered, of all lines'),
  received: z.int().describe('Pieces received, of all lines'),
  totalMinor: z.int().describe('Of all lines, net'),
  version: z.int().describe('Rises by one with every change'),
  actor: z.string().describe('Who made it: `user:<id>`, `key:<id>` or `task:<id>`'),
  createdAt: Instant,
  updatedAt: Instant,
  sentAt: Instant.nullable(),
  receivedAt: Instant.nullable().describe('When it was complete'),
  cancelledAt: Instant.nullable(),
});
export type PurchaseOrderSummary = z.infer<typeof PurchaseOrderSummary>;

export const PurchaseOrder = PurchaseOrderSummary.extend({
  lines: z.array(PurchaseOrderLine).describe('In the order they were written'),
  receipts: z.array(PurchaseReceipt).describe('Oldest first'),
});
export type PurchaseOrder = z.infer<typeof PurchaseOrder>;

const Version = z
  .int()
  .min(1)
  .optional()
  .describe('The version this change was made from; another one is refused');

const ItemRef = {
  variantId: Id.optional(),
  sku: Sku.optional(),
};
const oneItem = {
  check: (l: { variantId?: unknown; sku?: unknown }) => (l.variantId === undefined) !== (l.sku === undefined),
  message: 'must name the variant by either `variantId` or `sku`',
};

const NewLine = z
  .strictObject({
    ...ItemRef,
    quantity: Quantity,
    unitCostMinor: z
      .int()
      .min(0)
      .max(MAX_PRICE_MINOR)
      .optional()
      .describe("Default: the supplier's price; without one it must be given"),
  })
  .refine(oneItem.check, oneItem.message);

const exchangeRate = z
  .number()
  .min(0.000_001)
  .max(1_000_000)
  .multipleOf(0.000_001)
  .describe("What one unit of the order's currency costs in the variants' currency");

const orderFields = {
  location: z.string().trim().min(1).max(50).optional().describe('Default: main'),
  expectedOn: z.iso.date().nullish().describe('Default when sent: in as many days as the lead time says'),
  exchangeRate: exchangeRate.nullish(),
  supplierReference: z.string().trim().min(1).max(100).nullish(),
  notes: z.string().trim().max(5000).nullish(),
};

export const CreatePurchaseOrder = z.strictObject({
  supplierId: Id,
  ...orderFields,
  lines: z.array(NewLine).max(MAX_LINES).default([]).describe('A variant once'),
});
export type CreatePurchaseOrder = z.infer<typeof CreatePurchaseOrder>;

/** Part of an order: what is left out stays. Of one that was sent, all but `location` and `lines`. */
export const UpdatePurchaseOrder = z.strictObject({
  ...orderFields,
  lines: z
    .array(NewLine)
    .max(MAX_LINES)
    .optional()
    .describe('All of them, in place of those it has; a variant once'),
  version: Version,
});
export type UpdatePurchaseOrder = z.infer<typeof UpdatePurchaseOrder>;

export const ReceivePurchaseOrder = z.strictObject({
  lines: z
    .array(z.strictObject({ ...ItemRef, quantity: Quantity }).refine(oneItem.check, oneItem.message))
    .min(1)
    .max(MAX_LINES)
    .describe('What came; lines of one variant are summed'),
  allowOver: z.boolean().default(false).describe('Take more pieces than were ordered'),
  exchangeRate: exchangeRate
    .optional()
    .describe('Only with the first receipt; needed when the currencies differ'),
  note: z.string().trim().min(1).max(500).optional(),
});
export type ReceivePurchaseOrder = z.infer<typeof ReceivePurchaseOrder>;

export const CostLayer = z.object({
  id: Id,
  source: z
    .string()
    .describe('What brought it: `receipt`, `opening`, `return`, `adjustment`, `count`, `import`, `repair`'),
  reference: z.string().nullable().describe('The document behind it, such as `purchase_order:<id>`'),
  receivedAt: Instant,
  quantity: z.int().describe('Pieces it brought'),
  remaining: z.int().describe('Pieces of it that are still there'),
  unitCostMinor: z
    .number()
    .nullable()
    .describe(
      'Of one piece, in minor units of the variant, to four decimals; null: nobody said what it cost',
    ),
});
export type CostLayer = z.infer<typeof CostLayer>;

/** What the pieces there are have cost; follows the ledger within seconds. */
export const VariantCost = z.object({
  variantId: Id,
  sku: Sku,
  currency: Currency,
  quantity: z.int().describe('Pieces counted so far, at all locations and on the way between them'),
  averageCostMinor: z
    .number()
    .nullable()
    .describe('Moving average of one piece; null: nothing is known of its cost'),
  averageValueMinor: z.int().nullable().describe('quantity × averageCostMinor'),
  fifoValueMinor: z.int().describe('Of the layers whose cost is known'),
  withoutCost: z.int().describe('Pieces of layers whose cost nobody said'),
  layers: z.array(CostLayer).describe('Oldest first, those with something left; 200 at most'),
});
export type VariantCost = z.infer<typeof VariantCost>;

export const purchaseOrderRoutes = {
  listPurchaseOrders: defineRoute({
    method: 'GET',
    path: '/purchase-orders',
    operation: 'listPurchaseOrders',
    tag: 'purchasing',
    summary: 'Purchase orders, newest first',
    access: 'purchasing.read',
    query: z.strictObject({
      ...listQuery,
      status: z
        .enum(['open', ...purchaseOrderStates])
        .optional()
        .describe('`open`: sent or partly received'),
      supplierId: Id.optional(),
      variantId: Id.optional().describe('Those with a line of this variant'),
      search: z
        .string()
        .trim()
        .max(100)
        .optional()
        .describe('Number, with or without `PO-`, or start of the supplier’s reference'),
    }),
    responses: { 200: listOf(PurchaseOrderSummary) },
  }),
  getPurchaseOrder: defineRoute({
    method: 'GET',
    path: '/purchase-orders/:id',
    operation: 'getPurchaseOrder',
    tag: 'purchasing',
    summary: 'One purchase order with its lines and receipts',
    access: 'purchasing.read',
    params: IdParams,
    responses: { 200: PurchaseOrder },
    errors: ['NOT_FOUND'],
  }),
  createPurchaseOrder: defineRoute({
    method: 'POST',
    path: '/purchase-orders',
    operation: 'createPurchaseOrder',
    tag: 'purchasing',
    summary: 'Create a draft',
    access: 'purchasing.write',
    body: CreatePurchaseOrder,
    responses: { 201: PurchaseOrder },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  updatePurchaseOrder: defineRoute({
    method: 'PATCH',
    path: '/purchase-orders/:id',
    operation: 'updatePurchaseOrder',
    tag: 'purchasing',
    summary: 'Change a draft; of an order that was sent only its dates, references and notes',
    access: 'purchasing.write',
    params: IdParams,
    body: UpdatePurchaseOrder,
    responses: { 200: PurchaseOrder },
    errors: ['NOT_FOUND', 'VERSION_CONFLICT', 'STATE_CONFLICT'],
  }),
  deletePurchaseOrder: defineRoute({
    method: 'DELETE',
    path: '/purchase-orders/:id',
    operation: 'deletePurchaseOrder',
    tag: 'purchasing',
    summary: 'Delete a draft; its number is not given again',
    access: 'purchasing.write',
    params: IdParams,
    responses: { 204: null },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  sendPurchaseOrder: defineRoute({
    method: 'POST',
    path: '/purchase-orders/:id/send',
    operation: 'sendPurchaseOrder',
    tag: 'purchasing',
    summary: 'Mark a draft as sent: its pieces are `incoming` from then on. Repeating it answers the same',
    access: 'purchasing.write',
    params: IdParams,
    responses: { 200: PurchaseOrder },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  receivePurchaseOrder: defineRoute({
    method: 'POST',
    path: '/purchase-orders/:id/receive',
    operation: 'receivePurchaseOrder',
    tag: 'purchasing',
    summary: 'Receive goods: they are on hand at once, and no longer incoming. All lines or none',
    access: 'purchasing.write',
    params: IdParams,
    body: ReceivePurchaseOrder,
    responses: { 200: PurchaseOrder },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  cancelPurchaseOrder: defineRoute({
    method: 'POST',
    path: '/purchase-orders/:id/cancel',
    operation: 'cancelPurchaseOrder',
    tag: 'purchasing',
    summary: 'Cancel what has not come of an order; what was received stays. Repeating it answers the same',
    access: 'purchasing.write',
    params: IdParams,
    responses: { 200: PurchaseOrder },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  getPurchaseOrderPdf: defineRoute({
    method: 'GET',
    path: '/purchase-orders/:id/pdf',
    operation: 'getPurchaseOrderPdf',
    tag: 'purchasing',
    summary: 'The order as a PDF to send to the supplier',
    access: 'purchasing.read',
    params: IdParams,
    query: z.strictObject({ language: z.enum(['en', 'ro']).default('en') }),
    media: ['application/pdf'],
    responses: { 200: z.string() },
    errors: ['NOT_FOUND'],
  }),
  getPurchaseOrderCsv: defineRoute({
    method: 'GET',
    path: '/purchase-orders/:id/csv',
    operation: 'getPurchaseOrderCsv',
    tag: 'purchasing',
    summary: 'The lines of the order as CSV; formulas in it are made inert',
    access: 'purchasing.read',
    params: IdParams,
    media: 'text/csv',
    responses: { 200: z.string() },
    errors: ['NOT_FOUND'],
  }),
  getVariantCost: defineRoute({
    method: 'GET',
    path: '/inventory/costs/:variantId',
    operation: 'getVariantCost',
    tag: 'purchasing',
    summary: 'What the stock of a variant has cost: moving average and FIFO layers',
    access: 'purchasing.read',
    params: z.strictObject({ variantId: Id }),
    responses: { 200: VariantCost },
    errors: ['NOT_FOUND'],
  }),
};
