/** What orders ask of the stock, and what they got. */
import { applyStock, type StockOutcome, type StockRequest, type StockSettings } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import type { StoredOrder } from './queries.ts';
import { stockNeed } from './states.ts';

export interface OrderNeed {
  id: string;
  fulfilment: StoredOrder['fulfilment'];
  externalStatus: number;
  complete: boolean;
  /** The reservation made for it, and how that stands. */
  reservationId: string | null;
  reservationStatus: StoredOrder['reservationStatus'];
  /** Its lines are others than those held. */
  linesChanged: boolean;
  lines: { variantId: string | null; quantity: number; cancelled: boolean }[];
}

export interface OrderHold {
  reservationId: string | null;
  /** It needs pieces held and they are not: a SKU is unknown, or there are too few. */
  lacksStock: boolean;
}

const needOf = (order: OrderNeed) =>
  order.complete ? stockNeed(order.fulfilment, order.externalStatus) : 'none';

/** Pieces wanted by variant; null when a line's SKU is none of ours. */
function pieces(lines: OrderNeed['lines']): { variantId: string; quantity: number }[] | null {
  const active = lines.filter((l) => !l.cancelled && l.quantity > 0);
  const known = active.filter((l): l is typeof l & { variantId: string } => l.variantId !== null);
  return known.length === active.length ? known : null;
}

/**
 * Brings what is held for each order in step with what it needs, all or nothing per order, in the order given. An
 * order that cannot be held keeps nothing and waits for stock; it is never refused.
 */
export async function holdStock(
  tx: TenantTx,
  orders: OrderNeed[],
  settings: StockSettings,
): Promise<OrderHold[]> {
  const { actor } = tx;
  // What somebody released by hand is not held; what is sold stays sold: goods that come back are a return, booked as such.
  const holds: OrderHold[] = orders.map((o) => ({
    reservationId:
      o.reservationStatus === 'active' || o.reservationStatus === 'confirmed' ? o.reservationId : null,
    lacksStock: false,
  }));
  const requests: StockRequest[] = [];
  const reserving = new Map<number, number>();
  const releasing = new Map<number, number>();
  orders.forEach((order, i) => {
    if (order.reservationStatus === 'confirmed') return;
    const need = needOf(order);
    const wanted = need === 'none' ? [] : pieces(order.lines);
    const stale = holds[i]!.reservationId !== null && (need === 'none' || order.linesChanged);
    if (stale) {
      releasing.set(i, requests.length);
      requests.push({ kind: 'end', actor, reservationId: holds[i]!.reservationId!, as: 'released' });
      holds[i]!.reservationId = null;
    }
    if (holds[i]!.reservationId !== null || wanted?.length === 0) return;
    // Shipped before it was ever held: the pieces left by a way we did not see, and a later count will tell.
    if (need === 'sale' && !stale) return;
    if (wanted === null) {
      holds[i]!.lacksStock = need === 'hold';
      return;
    }
    reserving.set(i, requests.length);
    requests.push({ kind: 'reserve', actor, lines: wanted, reference: `order:${order.id}`, expiresAt: null });
  });
  const outcomes = requests.length === 0 ? [] : await applyStock(tx, requests, settings);
  for (const [i, n] of reserving) {
    const outcome = outcomes[n]!;
    if (outcome.ok && outcome.reservation !== null) holds[i]!.reservationId = outcome.reservation.id;
    else holds[i]!.lacksStock = needOf(orders[i]!) === 'hold';
  }
  await holdFormerLines(tx, orders, holds, (i) => outcomes[releasing.get(i) ?? -1], settings);
  await sell(tx, orders, holds, settings);
  return holds;
}

/** An order shipped with more than there is leaves at least with what was held for it. */
async function holdFormerLines(
  tx: TenantTx,
  orders: OrderNeed[],
  holds: OrderHold[],
  released: (index: number) => StockOutcome | undefined,
  settings: StockSettings,
): Promise<void> {
  const former = orders.flatMap((order, i) => {
    const outcome = released(i);
    const left = needOf(order) === 'sale' && holds[i]!.reservationId === null;
    return left && outcome?.ok && outcome.reservation !== null
      ? [{ i, order, lines: outcome.reservation.lines }]
      : [];
  });
  if (former.length === 0) return;
  const outcomes = await applyStock(
    tx,
    former.map(({ order, lines }) => ({
      kind: 'reserve',
      actor: tx.actor,
      lines: lines.map(({ variantId, location, quantity }) => ({ variantId, location, quantity })),
      reference: `order:${order.id}`,
      expiresAt: null,
    })),
    settings,
  );
  for (const [n, { i }] of former.entries()) {
    const outcome = outcomes[n]!;
    if (outcome.ok) holds[i]!.reservationId = outcome.reservation?.id ?? null;
  }
}

/** Pieces held for orders that have been shipped leave the stock. */
async function sell(
  tx: TenantTx,
  orders: OrderNeed[],
  holds: OrderHold[],
  settings: StockSettings,
): Promise<void> {
  const shipped = orders.flatMap((order, i) => {
    const reservationId = holds[i]!.reservationId;
    const sold = order.reservationStatus === 'confirmed';
    return reservationId !== null && !sold && needOf(order) === 'sale' ? [reservationId] : [];
  });
  if (shipped.length === 0) return;
  const outcomes = await applyStock(
    tx,
    shipped.map((reservationId) => ({ kind: 'end', actor: tx.actor, reservationId, as: 'confirmed' })),
    settings,
  );
  const refused = outcomes.find((o) => !o.ok && o.refusal.reason === 'reservation_not_found');
  if (refused !== undefined) throw new Error('an order points to a reservation that does not exist');
}
