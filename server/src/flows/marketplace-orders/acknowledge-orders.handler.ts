/**
 * Tells the marketplace that its new orders are ours. Runs after they are stored, never before. A process killed between
 * eMAG's answer and our commit acknowledges again, and eMAG's "already in progress" is as good as a yes.
 *
 * Source: emag-api.md 3.8.
 */
import { type Acknowledgement, acknowledgeOrder, recordProgress } from '#modules/marketplaces';
import { listToAcknowledge, markAcknowledged } from '#modules/orders';
import type { TaskContext } from '#platform/jobs';
import { countingTransaction, type MarketplaceOrdersDeps, runOverAccount } from './account-run.ts';
import type { AccountPayload } from './definitions.ts';

/** Acknowledged at once, then committed together: a crash repeats at most these. */
const together = 10;

export async function run(
  ctx: TaskContext,
  { accountId }: AccountPayload,
  deps: MarketplaceOrdersDeps,
): Promise<unknown> {
  return runOverAccount(ctx, deps, accountId, 'acknowledge_orders', async (run, _account, client) => {
    let after: string | null = null;
    for (;;) {
      ctx.signal.throwIfAborted();
      const batch = await ctx.transaction((tx) => listToAcknowledge(tx, accountId, after, together));
      if (batch.length === 0) return;
      const answers = await Promise.allSettled(
        batch.map((order) => acknowledgeOrder(client, order.externalId, ctx.signal, deps.lockWaitMs)),
      );
      const said = (i: number): Acknowledgement | null =>
        answers[i]!.status === 'fulfilled' ? answers[i]!.value : null;
      const done = batch.filter((_, i) => said(i)?.ok);
      const refused = batch.flatMap((order, i) => {
        const answer = said(i);
        return answer !== null && !answer.ok ? [`order ${order.externalId}: ${answer.message}`] : [];
      });
      for (const text of refused) ctx.log.warn(`not acknowledged: ${text}`);
      await countingTransaction(ctx, run, async (tx) => {
        run.counts.acknowledged += await markAcknowledged(
          tx,
          done.map((o) => o.id),
        );
        run.counts.failed += refused.length;
        await recordProgress(tx, run, refused[0] ?? `${run.counts.acknowledged} acknowledged`);
      });
      ctx.progress(run.counts.acknowledged, null);
      // What went well is kept; a failed call then ends the run.
      const broken = answers.find((a) => a.status === 'rejected');
      if (broken !== undefined) throw broken.reason;
      after = batch.at(-1)!.id;
    }
  });
}
