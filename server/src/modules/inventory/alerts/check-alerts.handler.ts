/** Corrects the alerts of a tenant's levels, in portions. */
import type { TaskContext } from '#platform/jobs';
import type { StockSettings } from '../apply-stock.ts';
import { type LevelKey, listWrong } from './check-alerts.ts';
import { correctAlerts } from './reassess.ts';

const portion = 200;

export async function run(ctx: TaskContext, settings: StockSettings): Promise<{ corrected: number }> {
  let corrected = 0;
  for (let after: LevelKey | null = null; ; ) {
    ctx.signal.throwIfAborted();
    const levels: LevelKey[] = await ctx.transaction(async (tx) => {
      const wrong = await listWrong(tx, after, portion, settings);
      corrected += await correctAlerts(tx, wrong, settings);
      return wrong;
    });
    ctx.progress(corrected, null);
    if (levels.length < portion) return { corrected };
    after = levels.at(-1)!;
  }
}
