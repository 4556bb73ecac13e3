import { z } from 'zod';
import { Currency, Id, Instant, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';

export const abcClasses = ['A', 'B', 'C'] as const;
/** By the spread of weekly sales: X steady, Y changing, Z irregular. */
export const xyzClasses = ['X', 'Y', 'Z'] as const;

const Amount = { pieces: z.number(), costMinor: z.number().describe('At cost, minor units of `currency`') };

const ReportItem = z.object({
  variantId: Id,
  sku: Sku,
  name: z.string(),
  soldPieces: z.number(),
  soldMinor: z.number().describe('At today’s price'),
  abc: z.enum(abcClasses),
  xyz: z.enum(xyzClasses),
  weeklyMean: z.number(),
  variation: z.number().nullable().describe('Standard deviation of the weekly sales by their mean'),
});
export type ReportItem = z.infer<typeof ReportItem>;

const DeadItem = z.object({
  variantId: Id,
  sku: Sku,
  name: z.string(),
  ...Amount,
  lastSoldOn: z.iso.date().nullable().describe('null: not within what is known'),
});

/** What lies there now. Of one currency, the tenant's; items priced in another are counted in `otherCurrency`. */
const StockValue = z.object({
  computedAt: Instant,
  ...Amount,
  skus: z.int().describe('With pieces on hand'),
  priceMinor: z.number().describe('At today’s selling prices'),
  reservedPieces: z.number(),
  incomingPieces: z.number(),
  withoutCost: z
    .object({ skus: z.int(), pieces: z.number() })
    .describe('Counted as 0: nobody said what they cost'),
  otherCurrency: z.object({ skus: z.int(), pieces: z.number() }),
  byLocation: z.array(z.object({ location: z.string(), name: z.string(), skus: z.int(), ...Amount })),
  ageing: z
    .array(z.object({ fromDays: z.int(), toDays: z.int().nullable(), ...Amount }))
    .describe(
      'By when the pieces still there came in, first in first out: 0–29, 30–59, 60–89, 90–179, 180–364, 365 days and more. Pieces on their way between locations count here, and not in the value of the locations',
    ),
  ageUnknown: z.object(Amount).describe('Pieces of which nobody noted when they came'),
  alerts: z.object({
    low: z.int().describe('Open now'),
    out: z.int(),
    opened: z.int().describe('In the last so many `days`'),
    resolved: z.int(),
  }),
});

/** What moved, on whole days (UTC) up to yesterday. */
const StockSales = z.object({
  computedAt: Instant,
  from: z.iso.date(),
  to: z.iso.date(),
  sold: z.object({ ...Amount, priceMinor: z.number().describe('At today’s prices') }),
  returnedPieces: z.number(),
  receivedPieces: z.number(),
  otherPieces: z.number().describe('Signed: counts, adjustments, transfers, repairs'),
  averageStock: z.object(Amount).describe('Mean of the days’ ends'),
  turnover: z
    .number()
    .nullable()
    .describe('Cost of what was sold by the cost of the average stock, a year; null: nothing was there'),
  daysOfStock: z.number().nullable().describe('How long what is there lasts, at the rate of the period'),
  movementRates: z.array(
    z.object({
      day: z.iso.date(),
      sold: z.number(),
      returned: z.number(),
      received: z.number(),
      other: z.number(),
    }),
  ),
  classes: z
    .array(
      z.object({
        abc: z.enum(abcClasses),
        xyz: z.enum(xyzClasses),
        skus: z.int(),
        soldMinor: z.number(),
        share: z.number().describe('Of the sales, 0–1'),
      }),
    )
    .describe(
      'Items sold in the period: A by sales up to `abcA`, B to `abcB`, the rest C; X, Y, Z by variation',
    ),
  weeks: z
    .int()
    .describe('ISO weeks in which anything was sold; a week without sales of an item counts as 0'),
  best: z.array(ReportItem).describe('The 50 that sold most'),
  dead: z
    .object({ skus: z.int(), ...Amount, items: z.array(DeadItem) })
    .describe('On hand, and not sold nor received for `deadDays`; the 50 that bind most'),
});

export const InventoryReport = z.object({
  currency: Currency,
  value: StockValue,
  sales: StockSales,
});
export type InventoryReport = z.infer<typeof InventoryReport>;
export type StockValue = z.infer<typeof StockValue>;
export type StockSales = z.infer<typeof StockSales>;

const percent = z.coerce.number().min(1).max(100);
const variation = z.coerce.number().min(0).max(100);
const days = z.coerce.number().int().min(1).max(730);

/** Thresholds of the classes. Source of the defaults: the 80/95 rule; variation 0.5 and 1. */
const ReportQuery = z
  .strictObject({
    days: days.default(90).describe('Length of the period'),
    abcA: percent.default(80).describe('Share of the sales, in percent, before an item that is no longer A'),
    abcB: percent.default(95),
    xyzX: variation.default(0.5).describe('Variation up to which an item is X'),
    xyzY: variation.default(1),
    deadDays: days.default(90),
  })
  .refine((q) => q.abcA <= q.abcB, { path: ['abcB'], message: 'must not be below abcA' })
  .refine((q) => q.xyzX <= q.xyzY, { path: ['xyzY'], message: 'must not be below xyzX' });
export type InventoryReportQuery = z.infer<typeof ReportQuery>;

export const inventoryReportRoutes = {
  getInventoryReport: defineRoute({
    method: 'GET',
    path: '/inventory/report',
    operation: 'getInventoryReport',
    tag: 'inventory',
    summary: 'Value, age, turnover, dead stock, ABC and XYZ, movement rates, alerts',
    access: 'inventory.read',
    query: ReportQuery,
    responses: { 200: InventoryReport },
    errors: ['STATE_CONFLICT'],
  }),
};
