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
import { LocationCode } from './inventory.ts';

/** `sent` → `partly_received` → `received`; the first two can be `cancelled`. */
export const transferStates = ['sent', 'partly_received', 'received', 'cancelled'] as const;
export type TransferState = (typeof transferStates)[number];

export const TransferLine = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  quantity: z.int().describe('Pieces sent'),
  received: z.int().describe('Pieces that arrived'),
  lost: z.int().describe('Pieces that were missing or unusable on arrival'),
  inTransit: z.int().describe('Pieces still on the way, part of `incoming` where they go'),
});
export type TransferLine = z.infer<typeof TransferLine>;

export const TransferReceipt = z.object({
  id: Id,
  receivedAt: Instant,
  actor: z.string(),
  note: z.string().nullable(),
  lines: z.array(
    z.object({
      variantId: Id,
      sku: Sku,
      received: z.int(),
      lost: z.int(),
      reason: z.string().nullable().describe('Why pieces were lost'),
    }),
  ),
});
export type TransferReceipt = z.infer<typeof TransferReceipt>;

/** A transfer as a list shows it. */
export const TransferSummary = z.object({
  id: Id,
  from: LocationCode,
  to: LocationCode,
  status: z.enum(transferStates),
  note: z.string().nullable(),
  actor: z.string().describe('Who sent it'),
  lineCount: z.int(),
  quantity: z.int().describe('Pieces sent, of all lines'),
  received: z.int(),
  lost: z.int(),
  inTransit: z.int(),
  version: z.int(),
  sentAt: Instant,
  receivedAt: Instant.nullable().describe('When nothing was on the way any more'),
  cancelledAt: Instant.nullable(),
});
export type TransferSummary = z.infer<typeof TransferSummary>;

export const Transfer = TransferSummary.extend({
  lines: z.array(TransferLine).describe('In the order they were written'),
  receipts: z.array(TransferReceipt).describe('Oldest first'),
});
export type Transfer = z.infer<typeof Transfer>;

const note = z.string().trim().min(1).max(500).optional();

export const CreateTransfer = z.strictObject({
  from: LocationCode,
  to: LocationCode,
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity }))
    .min(1)
    .max(MAX_LINES)
    .describe('Lines of one SKU are summed'),
  note,
});
export type CreateTransfer = z.infer<typeof CreateTransfer>;

const ReceivedLine = z
  .strictObject({
    sku: Sku,
    quantity: z.int().min(0).max(MAX_QUANTITY).describe('Pieces that arrived'),
    lost: z.int().min(0).max(MAX_QUANTITY).default(0).describe('Pieces that will not arrive any more'),
    reason: z.string().trim().min(1).max(200).optional().describe('Why they are lost; needed when some are'),
  })
  .refine((l) => l.quantity + l.lost > 0, {
    path: ['quantity'],
    message: 'must be at least 1, or `lost` must be',
  })
  .refine((l) => l.lost === 0 || l.reason !== undefined, {
    path: ['reason'],
    message: 'must say why pieces were lost',
  });

export const ReceiveTransfer = z.strictObject({
  lines: z
    .array(ReceivedLine)
    .min(1)
    .max(MAX_LINES)
    .optional()
    .describe('What came, a SKU once; left out: everything that is on the way'),
  note,
});
export type ReceiveTransfer = z.infer<typeof ReceiveTransfer>;

export const transferRoutes = {
  listTransfers: defineRoute({
    method: 'GET',
    path: '/inventory/transfers',
    operation: 'listTransfers',
    tag: 'inventory',
    summary: 'Transfers between locations, newest first',
    access: 'inventory.read',
    query: z.strictObject({
      ...listQuery,
      status: z
        .enum(['in_transit', ...transferStates])
        .optional()
        .describe('`in_transit`: sent or partly received'),
      location: LocationCode.optional().describe('From or to there'),
      sku: Sku.optional(),
    }),
    responses: { 200: listOf(TransferSummary) },
  }),
  getTransfer: defineRoute({
    method: 'GET',
    path: '/inventory/transfers/:id',
    operation: 'getTransfer',
    tag: 'inventory',
    summary: 'One transfer with its lines and receipts',
    access: 'inventory.read',
    params: IdParams,
    responses: { 200: Transfer },
    errors: ['NOT_FOUND'],
  }),
  createTransfer: defineRoute({
    method: 'POST',
    path: '/inventory/transfers',
    operation: 'createTransfer',
    tag: 'inventory',
    summary: 'Send goods: they leave one location at once and are `incoming` at the other. All lines or none',
    access: 'inventory.write',
    body: CreateTransfer,
    responses: { 201: Transfer },
    errors: ['STOCK_SHORT', 'STATE_CONFLICT'],
  }),
  receiveTransfer: defineRoute({
    method: 'POST',
    path: '/inventory/transfers/:id/receive',
    operation: 'receiveTransfer',
    tag: 'inventory',
    summary:
      'Receive goods, all or in part; what is lost is written off with its reason. Receiving all of a received transfer answers the same',
    access: 'inventory.write',
    params: IdParams,
    body: ReceiveTransfer,
    responses: { 200: Transfer },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  cancelTransfer: defineRoute({
    method: 'POST',
    path: '/inventory/transfers/:id/cancel',
    operation: 'cancelTransfer',
    tag: 'inventory',
    summary:
      'Bring back what is on the way; what was received stays where it is. Repeating it answers the same',
    access: 'inventory.write',
    params: IdParams,
    responses: { 200: Transfer },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
};
