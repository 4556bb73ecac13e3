/** Orders whose pieces are not held, or not any more: holds them where there are some, and says what became of each. */
import type { StockSettings } from '#modules/inventory';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { holdStock } from './hold-stock.ts';
import { announceChange } from './import-orders.ts';
import { findVariants, logStatusChanges, type StoredOrder } from './queries.ts';
import { orderState } from './states.ts';

/** The orders are locked. Returns how many are in another state than before. */
export async function holdAnew(
  tx: TenantTx,
  orders: StoredOrder[],
  settings: StockSettings,
): Promise<number> {
  // A product with the missing SKU may have been made meanwhile.
  const missing = orders.flatMap((o) =>
    o.lines.flatMap((l) => (l.variantId === null && l.sku !== null ? [l.sku] : [])),
  );
  const variants = await findVariants(tx, missing);
  for (const order of orders) {
    for (const line of order.lines) line.variantId ??= variants.get(line.sku ?? '') ?? null;
  }
  if (variants.size > 0) {
    await tx.execute(
      `update order_line l set variant_id = v.id from variant v
       where l.tenant_id = $1 and l.order_id = any ($2) and l.variant_id is null and v.tenant_id = $1 and v.sku = l.sku`,
      [tx.tenantId, orders.map((o) => o.id)],
    );
  }
  const holds = await holdStock(
    tx,
    orders.map((o) => ({ ...o, linesChanged: false })),
    settings,
  );
  const after = orders.map((order, i) => {
    const { reservationId, lacksStock } = holds[i]!;
    return { order, reservationId, to: orderState(order.externalStatus, lacksStock) };
  });
  const turned = after.filter(({ order, to }) => to !== order.status);
  // Held anew at once, an order is what it was; only the reservation is another.
  const written = after.filter(
    (a) => turned.includes(a) || (a.reservationId !== null && a.reservationId !== a.order.reservationId),
  );
  await tx.execute(
    `update shop_order o set status = n.status, reservation_id = n.reservation_id, version = version + (o.status <> n.status)::int, updated_at = $5
     from unnest($2::uuid[], $3::uuid[], $4::text[]) as n (id, reservation_id, status) where o.tenant_id = $1 and o.id = n.id`,
    [
      tx.tenantId,
      written.map((w) => w.order.id),
      written.map((w) => w.reservationId),
      written.map((w) => w.to),
      tx.clock.now(),
    ],
  );
  await logStatusChanges(
    tx,
    turned.map(({ order, to }) => ({ id: newId(), orderId: order.id, from: order.status, to })),
  );
  for (const { order, to } of turned) announceChange(tx, order, to);
  return turned.length;
}
