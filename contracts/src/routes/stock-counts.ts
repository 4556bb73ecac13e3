import { z } from 'zod';
import {
  Currency,
  Id,
  IdParams,
  Instant,
  listOf,
  listQuery,
  MAX_LINES,
  MAX_QUANTITY,
  Sku,
} from '../common.ts';
import { defineRoute } from '../route.ts';
import { LocationCode } from './inventory.ts';
import { Task } from './tasks.ts';

/** `open` ↔ `reviewing` → (`applying` →) `applied`; all but the last two can be `cancelled`. `applying`: a task is at it. */
export const countStates = ['open', 'reviewing', 'applying', 'applied', 'cancelled'] as const;
export type CountState = (typeof countStates)[number];

/** SKUs of one count; more are counted in parts, as by category. */
export const MAX_COUNT_SKUS = 50_000;

/** What is to be counted. Without any of them: all that is kept at the location. */
const CountScope = z.strictObject({
  search: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .describe('Beginning of the SKU, barcode, or part of the name'),
  categoryId: Id.optional().describe('Its subcategories too'),
  skus: z.array(Sku).min(1).max(MAX_LINES).optional(),
});

/** A count as a list shows it. */
export const CountSummary = z.object({
  id: Id,
  name: z.string(),
  location: LocationCode,
  status: z.enum(countStates),
  scope: CountScope,
  lineCount: z.int().describe('SKUs on the sheet, those found besides included'),
  counted: z.int().describe('SKUs counted so far'),
  actor: z.string().describe('Who opened it'),
  version: z.int().describe('Rises by one with each step, not with each line'),
  createdAt: Instant,
  endedAt: Instant.nullable().describe('When it was applied or cancelled'),
  taskId: Id.nullable().describe('What applies it, where that is left to a task'),
});
export type CountSummary = z.infer<typeof CountSummary>;

export const Count = CountSummary.extend({
  different: z.int().describe('Counted SKUs whose figure is another than expected'),
  surplus: z.int().describe('Pieces found above what was expected'),
  missing: z.int().describe('Pieces expected and not found'),
  values: z
    .array(
      z.object({
        currency: Currency,
        surplusMinor: z.int(),
        missingMinor: z.int(),
        withoutCost: z.int().describe('Pieces of difference whose cost nobody said'),
      }),
    )
    .describe('The differences at cost, by currency of the variants'),
  applied: z.int().describe('Lines applied so far'),
  givenUp: z
    .array(z.object({ reservationId: Id, reference: z.string().nullable(), sku: Sku }))
    .describe('Reservations that had to go as fewer pieces were found; an order among them is backordered'),
});
export type Count = z.infer<typeof Count>;

export const CountLine = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  barcode: z.string().nullable(),
  onHand: z.int().describe('What the stock says now'),
  reserved: z.int(),
  counted: z.int().nullable().describe('null: not counted yet'),
  expected: z
    .int()
    .nullable()
    .describe('What the stock said when the line was last counted; what moves afterwards is no difference'),
  difference: z.int().nullable().describe('counted − expected'),
  differenceMinor: z.int().nullable().describe('At cost; null: not counted, or nobody said the cost'),
  currency: Currency,
  countedAt: Instant.nullable(),
  countedBy: z.string().nullable(),
  applied: z
    .int()
    .nullable()
    .describe(
      'By how many the stock was changed; other than the difference where fewer were left to take away',
    ),
});
export type CountLine = z.infer<typeof CountLine>;

export const CreateCount = z.strictObject({
  location: LocationCode,
  name: z.string().trim().min(1).max(100).optional().describe('Default: the location and the day'),
  ...CountScope.shape,
});
export type CreateCount = z.infer<typeof CreateCount>;

export const PutCountLine = z.strictObject({
  code: z.string().trim().min(1).max(64).describe('SKU, or else barcode, as a scanner gives it'),
  quantity: z.int().min(0).max(MAX_QUANTITY),
  mode: z
    .enum(['set', 'add'])
    .default('set')
    .describe('`add` to what was counted before. Send an Idempotency-Key: a repeat must not add again'),
});
export type PutCountLine = z.infer<typeof PutCountLine>;

const step = {
  method: 'POST',
  tag: 'inventory',
  params: IdParams,
  errors: ['NOT_FOUND', 'STATE_CONFLICT'],
} as const;

export const countRoutes = {
  listCounts: defineRoute({
    method: 'GET',
    path: '/inventory/counts',
    operation: 'listCounts',
    tag: 'inventory',
    summary: 'Stock counts, newest first',
    access: 'inventory.read',
    query: z.strictObject({
      ...listQuery,
      status: z.enum(countStates).optional(),
      location: LocationCode.optional(),
    }),
    responses: { 200: listOf(CountSummary) },
  }),
  getCount: defineRoute({
    method: 'GET',
    path: '/inventory/counts/:id',
    operation: 'getCount',
    tag: 'inventory',
    summary: 'One stock count with what it comes to so far',
    access: 'inventory.read',
    params: IdParams,
    responses: { 200: Count },
    errors: ['NOT_FOUND'],
  }),
  listCountLines: defineRoute({
    method: 'GET',
    path: '/inventory/counts/:id/lines',
    operation: 'listCountLines',
    tag: 'inventory',
    summary: 'The count sheet, by SKU',
    access: 'inventory.read',
    params: IdParams,
    query: z.strictObject({
      ...listQuery,
      state: z.enum(['uncounted', 'counted', 'different']).optional(),
      search: z.string().trim().max(100).optional().describe('Beginning of the SKU, or barcode'),
    }),
    responses: { 200: listOf(CountLine) },
    errors: ['NOT_FOUND'],
  }),
  createCount: defineRoute({
    method: 'POST',
    path: '/inventory/counts',
    operation: 'createCount',
    tag: 'inventory',
    summary: 'Open a stock count of one location',
    access: 'inventory.write',
    body: CreateCount,
    responses: { 201: Count },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  putCountLine: defineRoute({
    method: 'PUT',
    path: '/inventory/counts/:id/lines',
    operation: 'putCountLine',
    tag: 'inventory',
    summary: 'Count one item. What is not on the sheet is put on it',
    access: 'inventory.write',
    params: IdParams,
    body: PutCountLine,
    responses: { 200: CountLine },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  clearCountLine: defineRoute({
    method: 'DELETE',
    path: '/inventory/counts/:id/lines/:variantId',
    operation: 'clearCountLine',
    tag: 'inventory',
    summary: 'Take a line back: it is not counted',
    access: 'inventory.write',
    params: z.strictObject({ id: Id, variantId: Id }),
    responses: { 204: null },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  reviewCount: defineRoute({
    ...step,
    path: '/inventory/counts/:id/review',
    operation: 'reviewCount',
    summary: 'End the counting, so that the differences stand still while they are looked at',
    access: 'inventory.write',
    responses: { 200: Count },
  }),
  reopenCount: defineRoute({
    ...step,
    path: '/inventory/counts/:id/reopen',
    operation: 'reopenCount',
    summary: 'Go back from reviewing to counting',
    access: 'inventory.write',
    responses: { 200: Count },
  }),
  applyCount: defineRoute({
    ...step,
    path: '/inventory/counts/:id/apply',
    operation: 'applyCount',
    summary:
      'Change the stock by the differences, of a count under review; over 500 of them by a task. Repeating it answers the same',
    access: 'inventory.manage',
    responses: { 200: Count, 202: Task },
  }),
  cancelCount: defineRoute({
    ...step,
    path: '/inventory/counts/:id/cancel',
    operation: 'cancelCount',
    summary: 'Give a count up; the stock stays as it is. Repeating it answers the same',
    access: 'inventory.write',
    responses: { 200: Count },
  }),
};
