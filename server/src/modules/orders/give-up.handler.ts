/** Holds pieces anew for orders that had to give theirs up; those that find none are backordered. */
import type { StockSettings } from '#modules/inventory';
import type { TaskContext } from '#platform/jobs';
import { holdAnew } from './hold-anew.ts';
import { lockOrdersById } from './queries.ts';

const batchSize = 100;

export async function run(
  ctx: TaskContext,
  { orderIds }: { orderIds: string[] },
  settings: StockSettings,
): Promise<{ backordered: number }> {
  let backordered = 0;
  for (let i = 0; i < orderIds.length; i += batchSize) {
    ctx.signal.throwIfAborted();
    backordered += await ctx.transaction(async (tx) => {
      const orders = await lockOrdersById(tx, orderIds.slice(i, i + batchSize));
      return holdAnew(tx, orders, settings);
    });
    ctx.progress(Math.min(i + batchSize, orderIds.length), orderIds.length);
  }
  return { backordered };
}
