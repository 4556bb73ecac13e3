/**
 * Storing orders as a marketplace sent them. Whatever comes twice, late, in another order or half, the outcome is the same:
 * one order per (tenant, account, external id), in its newest state, with its stock held once.
 */
import { type EventData, type OrderState, toMajor } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { holdStock, type OrderNeed } from './hold-stock.ts';
import type { ImportedOrder } from './imported-order.ts';
import {
  findVariants,
  lockAccount,
  lockOrders,
  logStatusChanges,
  type OrderWrite,
  type StoredOrder,
  writeOrders,
} from './queries.ts';
import { isFurther, orderState } from './states.ts';

export interface ImportCounts {
  created: number;
  changed: number;
}

/**
 * Imports a page of an account's orders in the caller's transaction: orders, lines, stock and events are one commit.
 *
 * Source: emag-api.md 6.4 (races every client meets).
 */
export async function importOrders(
  tx: TenantTx,
  account: { id: string; name: string },
  page: ImportedOrder[],
  settings: StockSettings,
): Promise<ImportCounts> {
  if (!(await lockAccount(tx, account.id)))
    throw new Error('the marketplace account does not exist any more');
  const newest = newestCopies(page);
  const stored = new Map(
    (await lockOrders(tx, account.id, [...newest.keys()])).map((o) => [o.externalId, o]),
  );
  const todo = [...newest.values()].filter((order) => {
    const before = stored.get(order.externalId);
    return before === undefined || isNewer(order, before);
  });
  // Older orders first: who came first gets the last piece.
  todo.sort((a, b) => a.placedAt.getTime() - b.placedAt.getTime() || (a.externalId < b.externalId ? -1 : 1));

  const skus = new Set(todo.flatMap((o) => o.lines.flatMap((l) => l.sku ?? [])));
  const variants = await findVariants(tx, [...skus]);
  const needs = todo.map((order) => needOf(order, stored.get(order.externalId), variants));
  const holds = await holdStock(tx, needs, settings);

  const writes: OrderWrite[] = todo.map((order, i) => ({
    id: needs[i]!.id,
    isNew: !stored.has(order.externalId),
    order,
    status: orderState(order.externalStatus, holds[i]!.lacksStock),
    reservationId: holds[i]!.reservationId,
    acknowledgedAt: acknowledgedAt(order, stored.get(order.externalId), tx.clock.now()),
    variantIds: needs[i]!.lines.map((l) => l.variantId),
  }));
  await writeOrders(tx, account.id, writes);
  await logStatusChanges(
    tx,
    writes.flatMap((w) => {
      const from = stored.get(w.order.externalId)?.status ?? null;
      return from === w.status ? [] : [{ id: newId(), orderId: w.id, from, to: w.status }];
    }),
  );
  for (const write of writes) {
    const before = stored.get(write.order.externalId);
    if (before === undefined) tx.emit('order_new', presentNew(write, account, tx.clock.now()));
    else announceChange(tx, { ...before, acknowledgedAt: write.acknowledgedAt }, write.status);
  }
  const created = writes.filter((w) => w.isNew).length;
  return { created, changed: writes.length - created };
}

/** One page can hold an order twice, when it moved while the page was made. */
function newestCopies(page: ImportedOrder[]): Map<string, ImportedOrder> {
  const newest = new Map<string, ImportedOrder>();
  for (const order of page) {
    const other = newest.get(order.externalId);
    if (other === undefined || isNewer(order, { ...other, lines: [] }, false))
      newest.set(order.externalId, order);
  }
  return newest;
}

/**
 * Is this copy newer than what is stored? Times are whole seconds, so within one second the copy further on wins, and of
 * two equally far the one whose lines differ.
 */
function isNewer(
  order: ImportedOrder,
  than: { modifiedAt: Date | null; externalStatus: number; complete: boolean; lines: StoredOrder['lines'] },
  compareLines = true,
): boolean {
  const ours = than.modifiedAt?.getTime() ?? 0;
  const theirs = order.modifiedAt?.getTime() ?? 0;
  if (theirs !== ours) return theirs > ours;
  if (order.externalStatus !== than.externalStatus)
    return isFurther(order.externalStatus, than.externalStatus);
  if (order.complete !== than.complete) return order.complete;
  return compareLines && linesDiffer(order, than.lines);
}

/** When it was acknowledged, also by somebody else: an order past status 1 has been. */
function acknowledgedAt(order: ImportedOrder, before: StoredOrder | undefined, now: Date): Date | null {
  if (before !== undefined && before.acknowledgedAt !== null) return before.acknowledgedAt;
  const past = order.fulfilment === 'seller' && order.externalStatus >= 2;
  return past ? (order.modifiedAt ?? now) : null;
}

function linesDiffer(order: ImportedOrder, lines: StoredOrder['lines']): boolean {
  const key = (l: { externalId: string; quantity: number; cancelled: boolean; sku: string | null }): string =>
    `${l.externalId}/${l.sku}/${l.quantity}/${l.cancelled}`;
  return order.lines.map(key).sort().join() !== lines.map(key).sort().join();
}

function needOf(
  order: ImportedOrder,
  before: StoredOrder | undefined,
  variants: Map<string, string>,
): OrderNeed {
  const known = new Map(before?.lines.map((l) => [l.externalId, l]));
  return {
    id: before?.id ?? newId(),
    fulfilment: order.fulfilment,
    externalStatus: order.externalStatus,
    complete: order.complete,
    reservationId: before?.reservationId ?? null,
    reservationStatus: before?.reservationStatus ?? null,
    linesChanged: before !== undefined && linesDiffer(order, before.lines),
    // A merchant may give a SKU to another product later: a line keeps the variant it was first matched with.
    lines: order.lines.map((line) => {
      const same = known.get(line.externalId);
      const kept = same !== undefined && same.sku === line.sku ? same.variantId : null;
      return {
        variantId: kept ?? variants.get(line.sku ?? '') ?? null,
        quantity: line.quantity,
        cancelled: line.cancelled,
      };
    }),
  };
}

function presentNew(
  write: OrderWrite,
  account: { id: string; name: string },
  now: Date,
): EventData<'order_new'> {
  const { order } = write;
  return {
    orderId: write.id,
    externalId: order.externalId,
    accountId: account.id,
    accountName: account.name,
    fulfilment: order.fulfilment,
    status: write.status,
    customerName: order.customerName,
    totalMinor: order.totalMinor,
    currency: order.currency,
    lineCount: order.lines.length,
    placedAt: order.placedAt.toISOString(),
    importedAt: now.toISOString(),
    acknowledgedAt: write.acknowledgedAt?.toISOString() ?? null,
    version: 1,
    order_id: order.externalId,
    customer_name: order.customerName,
    total_amount: toMajor(order.totalMinor, order.currency),
    account_type: order.fulfilment === 'seller' ? 'main' : 'fbe',
  };
}

/** Announces a stored order whose next version was written in this transaction. */
export function announceChange(
  tx: TenantTx,
  before: Pick<StoredOrder, 'id' | 'externalId' | 'status' | 'acknowledgedAt' | 'version'> & {
    accountId: string;
  },
  status: OrderState,
): void {
  tx.emit('order_update', {
    orderId: before.id,
    externalId: before.externalId,
    accountId: before.accountId,
    previousStatus: before.status,
    status,
    acknowledgedAt: before.acknowledgedAt?.toISOString() ?? null,
    version: before.version + 1,
    order_id: before.externalId,
    old_status: before.status,
    new_status: status,
  });
}
