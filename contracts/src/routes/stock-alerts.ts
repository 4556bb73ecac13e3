import { z } from 'zod';
import { Id, IdParams, Instant, listOf, listQuery, MAX_QUANTITY, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { LocationCode, StockLevel } from './inventory.ts';

/** `low`: at or below the threshold; `out`: nothing available. */
export const alertKinds = ['low', 'out'] as const;
/** `resolved`: it recovered, or turned into one of the other kind. A snoozed one is open again when its time is over. */
export const alertStates = ['open', 'acknowledged', 'snoozed', 'resolved'] as const;
export type AlertState = (typeof alertStates)[number];

/** That a level has few pieces or none. One per level at a time. */
export const StockAlert = z.object({
  id: Id,
  kind: z.enum(alertKinds),
  state: z.enum(alertStates),
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  location: LocationCode,
  available: z.int().describe('Pieces available now'),
  availableThen: z.int().describe('Pieces available when it opened'),
  incoming: z.int(),
  threshold: z.int().describe('That it was opened by'),
  openedAt: Instant,
  acknowledgedAt: Instant.nullable(),
  acknowledgedBy: z.string().nullable(),
  snoozedUntil: Instant.nullable(),
  resolvedAt: Instant.nullable(),
});
export type StockAlert = z.infer<typeof StockAlert>;

/** The farthest that an alert can be put off. */
export const MAX_SNOOZE_DAYS = 90;

export const UpdateStockLevel = z
  .strictObject({
    safetyBuffer: z.int().min(0).max(MAX_QUANTITY).describe('Pieces that no listing is offered'),
    lowStockThreshold: z
      .int()
      .min(0)
      .max(MAX_QUANTITY)
      .nullable()
      .describe('It is low with so many available or fewer; null: as for the installation'),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, {
    message: 'must name safetyBuffer, lowStockThreshold or both',
  });
export type UpdateStockLevel = z.infer<typeof UpdateStockLevel>;

export const alertRoutes = {
  listAlerts: defineRoute({
    method: 'GET',
    path: '/inventory/alerts',
    operation: 'listAlerts',
    tag: 'inventory',
    summary: 'Alerts about low stock, newest first',
    access: 'inventory.read',
    query: z.strictObject({
      ...listQuery,
      state: z.enum(alertStates).optional().describe('Default: all of them'),
      kind: z.enum(alertKinds).optional(),
      location: LocationCode.optional(),
      sku: Sku.optional(),
    }),
    responses: { 200: listOf(StockAlert) },
  }),
  acknowledgeAlert: defineRoute({
    method: 'POST',
    path: '/inventory/alerts/:id/acknowledge',
    operation: 'acknowledgeAlert',
    tag: 'inventory',
    summary: 'Say that somebody takes care of it; repeating it answers the same',
    access: 'inventory.write',
    params: IdParams,
    responses: { 200: StockAlert },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  snoozeAlert: defineRoute({
    method: 'POST',
    path: '/inventory/alerts/:id/snooze',
    operation: 'snoozeAlert',
    tag: 'inventory',
    summary: 'Put it off; it is open again when the time is over',
    access: 'inventory.write',
    params: IdParams,
    body: z.strictObject({ until: Instant.describe(`In the future, by ${MAX_SNOOZE_DAYS} days at most`) }),
    responses: { 200: StockAlert },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  reopenAlert: defineRoute({
    method: 'POST',
    path: '/inventory/alerts/:id/reopen',
    operation: 'reopenAlert',
    tag: 'inventory',
    summary: 'Take an acknowledgement or a snooze back; repeating it answers the same',
    access: 'inventory.write',
    params: IdParams,
    responses: { 200: StockAlert },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  updateStockLevel: defineRoute({
    method: 'PATCH',
    path: '/inventory/levels/:variantId/:location',
    operation: 'updateStockLevel',
    tag: 'inventory',
    summary: 'Set the safety buffer and the threshold of one level; its alert follows at once',
    access: 'inventory.manage',
    params: z.strictObject({ variantId: Id, location: LocationCode }),
    body: UpdateStockLevel,
    responses: { 200: StockLevel },
    errors: ['NOT_FOUND'],
  }),
};
