/** Corrects the alerts of a tenant's levels, in portions. */
import type { TaskContext } from '#platform/jobs';
import type { StockSettings } from '../apply-stock.ts';
import { listWrong } from './check-alerts.ts';
import { correctAlerts } from './reassess.ts';

const portion = 200;

export async function run(ctx: TaskContext, settings: StockSettings): Promise<{ corrected: number }> {
  let corrected = 0;
  for (let after: string | null = null; ; ) {
    ctx.signal.throwIfAborted();
    const variantIds: string[] = await ctx.transaction(async (tx) => {
      const ids = await listWrong(tx, after, portion, settings);
      corrected += await correctAlerts(tx, ids, settings);
      return ids;
    });
    ctx.progress(corrected, null);
    if (variantIds.length < portion) return { corrected };
    after = variantIds.at(-1)!;
  }
}
