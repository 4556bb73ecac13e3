/** What can be asked of the stock, and what comes of it. */
import type { Movement, Reservation, ShortLine } from '@tradepost/contracts';
import type { Actor } from '#platform/db';

/** A line names its variant by SKU or by id; without a location the allocation decides. */
export interface StockLine {
  sku?: string;
  variantId?: string;
  location?: string;
  quantity: number;
}

/** Where lines without a location are taken from. */
export interface Allocation {
  /** `priority`: in the order of the locations; `most_stock`: from where most is available. */
  policy: 'priority' | 'most_stock';
  /** Whether one SKU may come from several locations. */
  split: boolean;
}

export interface ReserveRequest {
  kind: 'reserve';
  actor: Actor;
  /** Lines of one SKU are summed first. */
  lines: StockLine[];
  /** Takes what there is of each item, as long as there is any; otherwise all or nothing. */
  partial?: boolean;
  /** Default: by priority, split where one location has too few. */
  allocation?: Allocation;
  /** The document it is for, such as `order:<id>`. */
  reference: string | null;
  /** null: held until released or confirmed. */
  expiresAt: Date | null;
}

/** Takes the pieces out as a sale at once. Repeated under one `saleId` it is one sale. */
export interface SellRequest {
  kind: 'sell';
  actor: Actor;
  /** Becomes the id of a reservation that is confirmed from the start. */
  saleId: string;
  lines: StockLine[];
  reference: string;
}

/** Ends a hold: `released` and `expired` give the pieces back, `confirmed` takes them out of the stock as a sale. */
export interface EndRequest {
  kind: 'end';
  actor: Actor;
  reservationId: string;
  as: 'released' | 'expired' | 'confirmed';
  /** Refuses to touch what is held for an order, which ends with that order. */
  onlyWithDeadline?: boolean;
}

/** Moves the deadline of a hold that has one. */
export interface ExtendRequest {
  kind: 'extend';
  actor: Actor;
  reservationId: string;
  expiresAt: Date;
}

/** Changes what is on hand: by `delta`, or to `setTo`. */
export interface AdjustRequest {
  kind: 'adjust';
  actor: Actor;
  line: { sku?: string; variantId?: string; location?: string };
  change: { delta: number } | { setTo: number };
  /** What the caller believes is on hand; with another figure it is refused. */
  expectedOnHand?: number;
  /** Changes `incoming` with it; `delta: 0` changes that alone. */
  incomingDelta?: number;
  /**
   * What becomes of holds when fewer pieces are left than are reserved. `refuse` (default): nothing is changed. `release`:
   * the newest are given up until the rest fits, and an order among them becomes backordered.
   */
  whenHeld?: 'refuse' | 'release';
  movementKind: Movement['kind'];
  reason: string | null;
  reference: string | null;
  note: string | null;
}

export type StockRequest = ReserveRequest | SellRequest | EndRequest | ExtendRequest | AdjustRequest;

/** A stock level as it stands in the open transaction, its row locked. */
export interface Level {
  variantId: string;
  productId: string;
  sku: string;
  name: string;
  locationId: string;
  location: string;
  onHand: number;
  reserved: number;
  incoming: number;
  safetyBuffer: number;
  /** Null: the installation's. */
  lowStockThreshold: number | null;
  version: number;
  updatedAt: Date;
}

/** Expected failures. Nothing of the request was done. */
export type StockRefusal =
  | { reason: 'short'; lines: ShortLine[] }
  /** Indexes into the request's lines. */
  | { reason: 'unknown_item'; lines: number[] }
  | { reason: 'too_many'; sku: string; largest: number }
  | { reason: 'changed'; sku: string; location: string; expectedOnHand: number; onHand: number }
  | { reason: 'reservation_not_found' }
  | { reason: 'reservation_ended'; status: Reservation['status'] }
  | { reason: 'held_for_order' }
  | { reason: 'sold_otherwise' };

/** A hold that a count gave up. */
export interface GivenUpHold {
  reservationId: string;
  reference: string | null;
}

export interface StockDone {
  ok: true;
  /** Null: of an adjustment. */
  reservation: Reservation | null;
  /** Those it touched, as they are after the batch. */
  levels: Level[];
  /** Of a partial reservation: the items it got fewer of than asked. */
  short: ShortLine[];
  givenUp: GivenUpHold[];
}

export type StockOutcome = StockDone | { ok: false; refusal: StockRefusal };
