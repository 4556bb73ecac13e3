/** Goes through the backordered orders, oldest first, and holds stock for those that can have it now. */
import type { StockSettings } from '#modules/inventory';
import { newId } from '#platform/crypto';
import type { TaskContext } from '#platform/jobs';
import { holdStock } from './hold-stock.ts';
import { announceChange } from './import-orders.ts';
import { type BackorderPlace, findVariants, lockBackordered, logStatusChanges } from './queries.ts';
import { orderState } from './states.ts';

const batchSize = 100;

export async function run(
  ctx: TaskContext,
  settings: StockSettings,
): Promise<{ checked: number; filled: number }> {
  let after: BackorderPlace | null = null;
  let checked = 0;
  let filled = 0;
  for (;;) {
    ctx.signal.throwIfAborted();
    const batch = await ctx.transaction(async (tx) => {
      const { orders, last } = await lockBackordered(tx, after, batchSize);
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
      const done = orders.flatMap((order, i) => {
        const { reservationId, lacksStock } = holds[i]!;
        return lacksStock ? [] : [{ order, reservationId, to: orderState(order.externalStatus, false) }];
      });
      await tx.execute(
        `update shop_order o set status = n.status, reservation_id = n.reservation_id, version = version + 1, updated_at = $5
         from unnest($2::uuid[], $3::uuid[], $4::text[]) as n (id, reservation_id, status) where o.tenant_id = $1 and o.id = n.id`,
        [
          tx.tenantId,
          done.map((d) => d.order.id),
          done.map((d) => d.reservationId),
          done.map((d) => d.to),
          tx.clock.now(),
        ],
      );
      await logStatusChanges(
        tx,
        done.map((d) => ({ id: newId(), orderId: d.order.id, from: d.order.status, to: d.to })),
      );
      for (const d of done) announceChange(tx, d.order, d.to);
      return { orders: orders.length, filled: done.length, last };
    });
    checked += batch.orders;
    filled += batch.filled;
    ctx.progress(checked, null);
    if (batch.last === null) return { checked, filled };
    after = batch.last;
  }
}
