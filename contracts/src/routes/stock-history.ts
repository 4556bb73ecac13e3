/** The time machine and the ledger behind it: what stock was, why, and the proof that it adds up. */
import { z } from 'zod';
import { Id, Instant, listOf, listQuery, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { ExplainedMovement, LocationCode, reservationStates, StockLink } from './inventory.ts';
import { Task } from './tasks.ts';

/**
 * `exact`: the level after the last commit up to the instant. `ledger`: from before its history is kept; worked out from the
 * movements and the reservations of then, `incoming` as it was at the end of a day before.
 */
export const stockPrecisions = ['exact', 'ledger'] as const;

/** A reservation that was alive at the instant, with what has become of it since. */
export const PastReservation = z.object({
  id: Id,
  quantity: z.int().describe('Pieces it held here'),
  status: z.enum(reservationStates).describe('As it is now'),
  reference: z.string().nullable(),
  actor: z.string(),
  actorName: z.string().nullable(),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  endReason: z.string().nullable(),
  links: z.array(StockLink),
});
export type PastReservation = z.infer<typeof PastReservation>;

/** One level at one instant, and what is behind the figure. */
export const StockMoment = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  location: z.string(),
  at: Instant,
  precision: z.enum(stockPrecisions),
  onHand: z.int(),
  reserved: z.int(),
  incoming: z.int(),
  available: z.int(),
  since: Instant.nullable().describe('When it became so; null: it was never otherwise, or that is not known'),
  until: Instant.nullable().describe('When it changed next; null: it is so still'),
  before: z
    .array(ExplainedMovement)
    .describe(
      'Movements up to the instant, newest first, 20 at most; the first one made `onHand` what it was',
    ),
  after: z.array(ExplainedMovement).describe('Movements after the instant, oldest first, 20 at most'),
  reservations: z
    .array(PastReservation)
    .describe('Alive at the instant, newest first, 100 at most; with those not listed they make `reserved`'),
});
export type StockMoment = z.infer<typeof StockMoment>;

export const StockPoint = z.object({
  at: Instant,
  onHand: z.int(),
  reserved: z.int(),
  incoming: z.int(),
  lowestAvailable: z
    .int()
    .describe(
      'Since the point before: a dip between two points is not lost, unless there are more than 20,000 changes',
    ),
});
export type StockPoint = z.infer<typeof StockPoint>;

/** Steps: each figure holds until the next point, the last one until `to`. */
export const StockSeries = z.object({
  variantId: Id,
  sku: Sku,
  location: z.string(),
  from: Instant,
  to: Instant,
  dailyUntil: Instant.nullable().describe('Points before it are ends of days (UTC); null: none is'),
  points: z.array(StockPoint),
});
export type StockSeries = z.infer<typeof StockSeries>;

/**
 * `on_hand`: the movements do not add up to the level. `reserved`: the live reservations do not. `chain`: a balance does not
 * follow from the one before it, though the sum is right.
 */
export const driftKinds = ['on_hand', 'reserved', 'chain'] as const;
export type DriftKind = (typeof driftKinds)[number];

export const StockDrift = z.object({
  id: Id,
  variantId: Id,
  sku: Sku,
  name: z.string(),
  location: z.string(),
  kind: z.enum(driftKinds),
  actual: z.int().describe('What the level says; of `chain` the balance a movement has'),
  expected: z.int().describe('What ledger or reservations say; of `chain` the balance it should have'),
  movementId: Id.nullable().describe('Of `chain`: the first movement that does not follow'),
  foundAt: Instant,
  repairedAt: Instant.nullable(),
  repairedBy: z.string().nullable(),
  repairedByName: z.string().nullable(),
});
export type StockDrift = z.infer<typeof StockDrift>;

export const LedgerReport = listOf(StockDrift).extend({
  checkedAt: Instant.nullable().describe('End of the last whole check; null: there was none'),
  levels: z.int().describe('Levels it looked at'),
  movements: z.number().describe('Movements it added up, with the archive'),
  open: z.int().describe('Drifts not repaired'),
});
export type LedgerReport = z.infer<typeof LedgerReport>;

export const RepairLedger = z.strictObject({ ids: z.array(Id).min(1).max(100).describe('Of drifts') });
export type RepairLedger = z.infer<typeof RepairLedger>;

export const LedgerRepaired = z.object({
  repaired: z.array(StockDrift),
  refused: z.array(
    z.object({
      id: Id,
      reason: z
        .enum(['gone', 'reserved_above_on_hand'])
        .describe(
          '`gone`: unknown, or right again. `reserved_above_on_hand`: more is promised than is there; count it first',
        ),
    }),
  ),
});
export type LedgerRepaired = z.infer<typeof LedgerRepaired>;

const level = {
  sku: Sku,
  location: LocationCode.optional().describe('Default: where the item lies, by priority'),
};

export const stockHistoryRoutes = {
  getStockMoment: defineRoute({
    method: 'GET',
    path: '/inventory/history',
    operation: 'getStockMoment',
    tag: 'inventory',
    summary: 'A level at an instant: the figure, the movements around it, the reservations alive then',
    access: 'inventory.read',
    query: z.strictObject({ ...level, at: Instant.optional().describe('Default: now') }),
    responses: { 200: StockMoment },
    errors: ['NOT_FOUND'],
  }),
  getStockSeries: defineRoute({
    method: 'GET',
    path: '/inventory/history/series',
    operation: 'getStockSeries',
    tag: 'inventory',
    summary: 'A level over time, thinned out for a chart',
    access: 'inventory.read',
    query: z.strictObject({
      ...level,
      from: Instant.optional().describe('Default: 30 days before `to`'),
      to: Instant.optional().describe('Default: now'),
      points: z.coerce.number().int().min(2).max(1000).default(300).describe('At most so many'),
    }),
    responses: { 200: StockSeries },
    errors: ['NOT_FOUND'],
  }),
  getLedgerReport: defineRoute({
    method: 'GET',
    path: '/inventory/ledger',
    operation: 'getLedgerReport',
    tag: 'inventory',
    summary:
      'Whether movements and reservations add up to the levels, as last checked, and where they do not',
    access: 'inventory.read',
    query: z.strictObject({
      ...listQuery,
      state: z.enum(['open', 'repaired']).default('open'),
    }),
    responses: { 200: LedgerReport },
  }),
  checkLedger: defineRoute({
    method: 'POST',
    path: '/inventory/ledger/check',
    operation: 'checkLedger',
    tag: 'inventory',
    summary: 'Check all levels now: the task `check_ledger`, which runs once a day by itself',
    access: 'inventory.write',
    responses: { 202: Task },
  }),
  repairLedger: defineRoute({
    method: 'POST',
    path: '/inventory/ledger/repair',
    operation: 'repairLedger',
    tag: 'inventory',
    summary:
      'Make the ledger agree with the levels by movements of kind `repair`, and `reserved` with the reservations',
    access: 'inventory.manage',
    body: RepairLedger,
    responses: { 200: LedgerRepaired },
  }),
};
