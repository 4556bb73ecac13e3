/** Applies a count in portions. Each line says that it was applied, in the same commit: a run after a killed one goes on there. */
import type { TaskContext } from '#platform/jobs';
import type { StockSettings } from '../apply-stock.ts';
import { applyLines, countDue } from './apply-count.ts';
import { enter, lockCount } from './count-steps.ts';

const portion = 200;

export async function run(
  ctx: TaskContext,
  { countId }: { countId: string },
  settings: StockSettings,
): Promise<{ applied: number }> {
  const total = await ctx.transaction((tx) => countDue(tx, countId));
  for (let applied = 0; ; ) {
    ctx.signal.throwIfAborted();
    const lines = await ctx.transaction(async (tx) => {
      const count = await lockCount(tx, countId);
      if (count.status !== 'applying') return 0;
      const done = await applyLines(tx, count, portion, settings);
      if (done < portion) await enter(tx, count, 'applied');
      return done;
    });
    applied += lines;
    ctx.progress(applied, total, `${applied} items applied`);
    if (lines < portion) return { applied };
  }
}
