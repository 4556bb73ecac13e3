/** Goes through the backordered orders, oldest first, and holds stock for those that can have it now. */
import type { StockSettings } from '#modules/inventory';
import type { TaskContext } from '#platform/jobs';
import { holdAnew } from './hold-anew.ts';
import { type BackorderPlace, lockBackordered } from './queries.ts';

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
      return { orders: orders.length, filled: await holdAnew(tx, orders, settings), last };
    });
    checked += batch.orders;
    filled += batch.filled;
    ctx.progress(checked, null);
    if (batch.last === null) return { checked, filled };
    after = batch.last;
  }
}
