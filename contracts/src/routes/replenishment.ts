import { z } from 'zod';
import { Currency, Id, Instant, listOf, listQuery, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { MAX_LEAD_TIME_DAYS } from './suppliers.ts';
import { Task } from './tasks.ts';

/**
 * `empirical`: a quantile of what was really sold in windows as long as lead time and review together. `normal`: mean and
 * spread of the daily sales, as if they followed the normal curve.
 */
export const reorderMethods = ['empirical', 'normal'] as const;
export type ReorderMethod = (typeof reorderMethods)[number];

const serviceLevelPercent = z
  .number()
  .min(50)
  .max(99.9)
  .multipleOf(0.1)
  .describe('Share of order cycles that shall pass without running out');

export const ReplenishmentSettings = z.object({
  serviceLevelPercent: z.number(),
  method: z.enum(reorderMethods),
  coverDays: z.int().describe('How many days of sales an order brings beyond the reorder point'),
  defaultLeadTimeDays: z.int().describe('Of variants that no supplier has a price for'),
  autoReorder: z
    .boolean()
    .describe('Whether orders are drafted each day without being asked; they are never sent'),
});
export type ReplenishmentSettings = z.infer<typeof ReplenishmentSettings>;

export const UpdateReplenishmentSettings = z
  .strictObject({
    serviceLevelPercent,
    method: z.enum(reorderMethods),
    coverDays: z.int().min(0).max(365),
    defaultLeadTimeDays: z.int().min(0).max(MAX_LEAD_TIME_DAYS),
    autoReorder: z.boolean(),
  })
  .partial();
export type UpdateReplenishmentSettings = z.infer<typeof UpdateReplenishmentSettings>;

/** What differs for one variant; null: as in the tenant's settings. */
export const ReorderRule = z.strictObject({
  serviceLevelPercent: serviceLevelPercent.nullable().default(null),
  method: z.enum(reorderMethods).nullable().default(null),
  paused: z.boolean().default(false).describe('Is not ordered automatically'),
});
export type ReorderRule = z.infer<typeof ReorderRule>;

/**
 * `order`: there is too little. `enough`: what is there and on its way lasts. `drafted`: it lasts with what drafts have.
 * `no_sales`: nothing was sold, so nothing is ordered. `paused`: by its rule.
 */
export const reorderDecisions = ['order', 'drafted', 'enough', 'no_sales', 'paused'] as const;

/** How the same rule would have done on the variant's own past, each order point from the days before it only. */
export const Backtest = z.object({
  windows: z.int().describe('Cycles tried, each as long as lead time and review together'),
  achievedPercent: z.number().describe('Share of them whose sales the order point covered'),
  targetPercent: z.number(),
  averageReorderPoint: z.number(),
});
export type Backtest = z.infer<typeof Backtest>;

/** When to order a variant again, how much, and why; over all locations of the tenant together. Pieces. */
export const ReorderPlan = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  supplierId: Id.nullable().describe('The preferred one with a price; null: none, so nothing can be ordered'),
  supplierName: z.string().nullable(),
  method: z.enum(reorderMethods),
  serviceLevelPercent: z.number(),
  historyDays: z
    .int()
    .describe(
      'Days of sales this rests on; since the variant is known, 365 at most, 90 by the normal formula',
    ),
  dailyMean: z.number().describe('Pieces sold a day'),
  dailyDeviation: z.number().describe('Standard deviation of that'),
  leadTimeDays: z.int(),
  reviewPeriodDays: z.int(),
  reorderPoint: z.int().describe('Order when this many or fewer are there and on their way'),
  orderUpTo: z.int().describe('So many shall be there and on their way after the order'),
  onHand: z.int(),
  reserved: z.int(),
  incoming: z.int(),
  drafted: z.int().describe('Pieces in drafts of purchase orders'),
  position: z.int().describe('onHand − reserved + incoming + drafted'),
  decision: z.enum(reorderDecisions),
  orderQuantity: z.int().describe('0: nothing to order'),
  packs: z.int(),
  packSize: z.int(),
  minimumOrderQuantity: z.int(),
  unitCostMinor: z.int().nullable(),
  currency: Currency.nullable(),
  backtest: Backtest.nullable().describe('null: too few days of sales to try it on'),
  rule: ReorderRule,
  explanation: z.string().describe('The numbers above as an English sentence'),
  computedAt: Instant.describe('Of the figures from sales; those of the stock are as of now'),
});
export type ReorderPlan = z.infer<typeof ReorderPlan>;

const VariantParams = z.strictObject({ variantId: Id });

export const replenishmentRoutes = {
  listReorderPlans: defineRoute({
    method: 'GET',
    path: '/replenishment',
    operation: 'listReorderPlans',
    tag: 'purchasing',
    summary: 'What to order, by SKU: variants that a supplier has a price for, as last worked out',
    access: 'purchasing.read',
    query: z.strictObject({
      ...listQuery,
      needed: z
        .enum(['true', 'false'])
        .optional()
        .describe('`true`: those at or below their reorder point only'),
      supplierId: Id.optional(),
      search: z.string().trim().max(100).optional().describe('Start of the SKU'),
    }),
    responses: { 200: listOf(ReorderPlan) },
  }),
  getReorderPlan: defineRoute({
    method: 'GET',
    path: '/replenishment/variants/:variantId',
    operation: 'getReorderPlan',
    tag: 'purchasing',
    summary: 'When to order a variant again, worked out now',
    access: 'purchasing.read',
    params: VariantParams,
    responses: { 200: ReorderPlan },
    errors: ['NOT_FOUND'],
  }),
  putReorderRule: defineRoute({
    method: 'PUT',
    path: '/replenishment/variants/:variantId/rule',
    operation: 'putReorderRule',
    tag: 'purchasing',
    summary: 'Say what differs for one variant',
    access: 'purchasing.write',
    params: VariantParams,
    body: ReorderRule,
    responses: { 200: ReorderPlan },
    errors: ['NOT_FOUND'],
  }),
  runAutoReorder: defineRoute({
    method: 'POST',
    path: '/replenishment/run',
    operation: 'runAutoReorder',
    tag: 'purchasing',
    summary:
      'Work out what to order, and draft purchase orders for it, once per need: the task `auto_reorder_stock`',
    access: 'purchasing.write',
    body: z.strictObject({
      draft: z.boolean().default(true).describe('`false`: only work it out, draft nothing'),
    }),
    responses: { 202: Task },
  }),
  getReplenishmentSettings: defineRoute({
    method: 'GET',
    path: '/replenishment/settings',
    operation: 'getReplenishmentSettings',
    tag: 'purchasing',
    summary: 'How reorder points are worked out',
    access: 'purchasing.read',
    responses: { 200: ReplenishmentSettings },
  }),
  updateReplenishmentSettings: defineRoute({
    method: 'PATCH',
    path: '/replenishment/settings',
    operation: 'updateReplenishmentSettings',
    tag: 'purchasing',
    summary: 'Change how reorder points are worked out',
    access: 'purchasing.write',
    body: UpdateReplenishmentSettings,
    responses: { 200: ReplenishmentSettings },
  }),
};
