/** What can be asked of the stock, and what comes of it. */
import type { Movement, Reservation, ShortLine } from '@tradepost/contracts';
import type { Actor } from '#platform/db';

/** A line names its variant by SKU or by id; without a location it means the tenant's first. */
export interface StockLine {
  sku?: string;
  variantId?: string;
  location?: string;
  quantity: number;
}

export interface ReserveRequest {
  kind: 'reserve';
  actor: Actor;
  /** All or nothing. Lines of one SKU are summed first. */
  lines: StockLine[];
  /** The document it is for, such as `order:<id>`. */
  reference: string | null;
  /** null: held until released or confirmed. */
  expiresAt: Date | null;
}

/** Ends a hold: `released` and `expired` give the pieces back, `confirmed` takes them out of the stock as a sale. */
export interface EndRequest {
  kind: 'end';
  actor: Actor;
  reservationId: string;
  as: 'released' | 'expired' | 'confirmed';
}

/** Changes what is on hand: by `delta`, or to `setTo`. Never below what is reserved. */
export interface AdjustRequest {
  kind: 'adjust';
  actor: Actor;
  line: { sku?: string; variantId?: string; location?: string };
  change: { delta: number } | { setTo: number };
  movementKind: Movement['kind'];
  reason: string | null;
  reference: string | null;
  note: string | null;
}

export type StockRequest = ReserveRequest | EndRequest | AdjustRequest;

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
  version: number;
  updatedAt: Date;
}

/** Expected failures. Nothing of the request was done. */
export type StockRefusal =
  | { reason: 'short'; lines: ShortLine[] }
  /** Indexes into the request's lines. */
  | { reason: 'unknown_item'; lines: number[] }
  | { reason: 'too_many'; sku: string; largest: number }
  | { reason: 'reservation_not_found' }
  | { reason: 'reservation_ended'; status: Reservation['status'] };

export type StockOutcome =
  | { ok: true; reservation: Reservation; levels: Level[] }
  | { ok: true; reservation: null; levels: Level[] }
  | { ok: false; refusal: StockRefusal };
