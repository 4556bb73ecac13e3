/**
 * An order as the marketplace keeps it. Money in ten-thousandths of the platform's currency.
 * `…Local` are the naive stamps that travel and are filtered by; `…Ms` are instants, for windows and clean-up.
 */
export interface Order {
  id: number;
  type: OrderType;
  status: OrderStatus;
  isComplete: 0 | 1;
  createdMs: number;
  createdLocal: string;
  modifiedMs: number;
  modifiedLocal: string;
  /** Cart submission. */
  dateLocal: string;
  shipByMs: number;
  finalizedMs: number | null;
  cancelledMs: number | null;
  cancellationRequestedMs: number | null;
  cancellationReasonId: number | null;
  late: boolean;
  /** Index into Northwind's customers. */
  customer: number;
  company: boolean;
  locality: number;
  street: string;
  /** Locker number, or null for the courier. */
  locker: number | null;
  paymentModeId: PaymentModeId;
  paid: boolean;
  shippingTaxE4: number;
  observation: string | null;
  lines: OrderLine[];
  /** Rows of FBE accounts can arrive without customer, lines and date, or with a Unix date (T10). */
  bare: 'no' | 'null' | 'unix';
  /** Successful acknowledges over the API: 0 or 1. */
  acknowledgedCount: number;
  /** All calls of acknowledge, refused ones included. */
  acknowledgeCalls: number;
  /** What eMAG, the customer or a colleague will do next, if anything. */
  plan: { atMs: number; event: OrderEventName } | null;
}

/** 0 cancelled, 1 new, 2 in progress, 3 prepared, 4 finalized, 5 returned. */
export type OrderStatus = 0 | 1 | 2 | 3 | 4 | 5;
/** 2 fulfilled by eMAG, 3 by the seller. */
export type OrderType = 2 | 3;
/** 1 cash on delivery, 2 bank transfer, 3 online card. */
export type PaymentModeId = 1 | 2 | 3;

/** A snapshot of the offer at the time of sale: the seller may reuse `offerId` for other goods later (T12). */
export interface OrderLine {
  id: number;
  offerId: number;
  name: string;
  partNumber: string;
  partNumberKey: string | null;
  quantity: number;
  initialQuantity: number;
  stornoQuantity: number;
  /** 0 = cancelled line. */
  status: 0 | 1;
  salePriceE4: number;
  vatE4: number;
  /** Net part of an eMAG-paid voucher that falls on this line; 0 or negative. */
  voucherNetE4: number;
}

/** What happens to an order without a call of the seller's API. */
export const orderEvents = [
  'acknowledgeByOther',
  'cancel',
  'changeAddress',
  'complete',
  'deliver',
  'edit',
  'finalize',
  'late',
  'pay',
  'prepare',
  'reactivate',
  'requestCancellation',
  'return',
  'touch',
] as const;
export type OrderEventName = (typeof orderEvents)[number];

const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** A finalized or cancelled order can go back for this long. */
const reopenWindowMs = 48 * hourMs;
/** Customer's return period plus the marketplace's grace (A9). */
const returnWindowMs = (30 + 5) * dayMs;

/**
 * May an order go from its status to `to`? 1 → 2 is left out: only acknowledging does that.
 * Source: emag-api.md 3.2.
 */
export function mayMove(order: Order, to: OrderStatus, nowMs: number): boolean {
  const sinceFinalMs = nowMs - (order.finalizedMs ?? nowMs);
  const sinceCancelMs = nowMs - (order.cancelledMs ?? nowMs);
  switch (order.status) {
    case 1:
      return false;
    case 2:
      return to === 2 || to === 3 || to === 4 || to === 0;
    case 3:
      return to === 3 || to === 4 || to === 0;
    case 4:
      if (to === 4) return true;
      if (to === 3 || to === 0) return sinceFinalMs <= reopenWindowMs;
      return to === 5 && sinceFinalMs <= returnWindowMs;
    case 0:
      if (to === 0) return true;
      return (to === 2 || to === 3 || to === 4) && sinceCancelMs <= reopenWindowMs;
    case 5:
      return false;
  }
}
