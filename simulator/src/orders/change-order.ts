import { formatLocal } from '../local-time.ts';
import type { SellerAccount } from '../seller-account.ts';
import { mayMove, type Order, type OrderEventName, type OrderLine, type OrderStatus } from './order.ts';

/** Quantities by the seller's part number; 0 cancels the line. */
type LineEdits = readonly { partNumber: string; quantity: number }[];

export interface EventOptions {
  /** For `edit`; without it the first line changes by one piece. */
  lines?: LineEdits;
  /** Adds to the `modified` stamp: clocks that disagree, or a change that shows up late (F29). */
  modifiedSkewMs?: number;
}

/**
 * Lets something happen to an order from outside the seller's API: the customer, eMAG's staff, a colleague in the
 * seller's web pages. Keeps to the transition matrix; returns why not when it does not allow it, else null.
 * Source: emag-api.md 3.2, S30.
 */
export function applyEvent(
  account: SellerAccount,
  order: Order,
  event: OrderEventName,
  nowMs: number,
  options: EventOptions = {},
): string | null {
  const change = plannedChange(order, event, nowMs, options);
  if (typeof change === 'string') return change;
  changeOrder(account, order, nowMs + (options.modifiedSkewMs ?? 0), change);
  return null;
}

/** Runs one change with the stock following it, and stamps `modified`. */
export function changeOrder(
  account: SellerAccount,
  order: Order,
  modifiedMs: number,
  change: (order: Order) => void,
): void {
  account.releaseStock(order);
  change(order);
  account.takeStock(order);
  order.modifiedMs = modifiedMs;
  order.modifiedLocal = formatLocal(modifiedMs, account.platform.timeZone);
}

/** The change an event makes, or the reason why it cannot be. */
function plannedChange(
  order: Order,
  event: OrderEventName,
  nowMs: number,
  options: EventOptions,
): ((order: Order) => void) | string {
  const move = (to: OrderStatus) =>
    mayMove(order, to, nowMs) ? () => setStatus(order, to, nowMs) : refusal(order, to);
  switch (event) {
    case 'acknowledgeByOther':
      return order.status === 1 ? () => setStatus(order, 2, nowMs) : refusal(order, 2);
    case 'cancel':
      // The matrix is the seller's; the customer may also withdraw an order nobody has acknowledged.
      return order.status === 1 ? () => setStatus(order, 0, nowMs) : move(0);
    case 'reactivate':
      return order.status === 0 ? move(2) : refusal(order, 2);
    case 'prepare':
      return move(3);
    case 'finalize':
      return move(4);
    case 'return':
      return move(5);
    case 'deliver':
      if (order.status !== 4 && !mayMove(order, 4, nowMs)) return refusal(order, 4);
      return () => {
        if (order.status !== 4) setStatus(order, 4, nowMs);
        order.paid = true;
      };
    case 'pay':
      if (order.status === 0) return 'a cancelled order is not paid';
      return () => {
        order.paid = true;
      };
    case 'requestCancellation':
      if (order.status !== 2 && order.status !== 3) return 'only orders in status 2 or 3';
      return () => {
        order.cancellationRequestedMs = nowMs;
      };
    case 'late':
      if (order.status < 1 || order.status > 3) return 'only orders that still wait for shipment';
      return () => {
        order.late = true;
      };
    case 'complete':
      return () => {
        order.isComplete = 1;
      };
    case 'changeAddress':
      return () => {
        order.street = `${order.street.replace(/, ap\. \d+$/, '')}, ap. ${(order.modifiedMs % 90) + 1}`;
      };
    case 'touch':
      return () => undefined;
    case 'edit':
      return plannedEdit(order, options.lines);
  }
}

function plannedEdit(order: Order, edits: LineEdits | undefined): (() => void) | string {
  if (order.status < 1 || order.status > 3) return 'only orders in status 1, 2 or 3 can be edited';
  const first = order.lines.find((line) => line.status === 1);
  if (!first) return 'the order has no line to edit';
  const changes: [OrderLine, number][] = [];
  const fallback = [{ partNumber: first.partNumber, quantity: first.quantity > 1 ? first.quantity - 1 : 2 }];
  for (const { partNumber, quantity } of edits ?? fallback) {
    const line = order.lines.find((candidate) => candidate.partNumber === partNumber);
    if (!line) return `the order has no line ${partNumber}`;
    changes.push([line, quantity]);
  }
  return () => {
    for (const [line, quantity] of changes) {
      line.quantity = quantity;
      line.status = quantity === 0 ? 0 : 1;
    }
  };
}

function setStatus(order: Order, to: OrderStatus, nowMs: number): void {
  if (to === 4 && order.status !== 4) order.finalizedMs = nowMs;
  if (to === 0 && order.status !== 0) {
    order.cancelledMs = nowMs;
    order.cancellationReasonId = 24;
  }
  if (to !== 0) {
    order.cancelledMs = null;
    order.cancellationReasonId = null;
  }
  if (to === 5) {
    for (const line of order.lines) line.stornoQuantity = line.initialQuantity;
  }
  order.status = to;
}

function refusal(order: Order, to: OrderStatus): string {
  return `an order in status ${order.status} cannot go to ${to}`;
}
