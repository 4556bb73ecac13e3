import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { SyncRun } from '@tradepost/contracts';
import { list } from '../../api/queries.ts';
import { When } from '../../components/figures.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { RunOutcome } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './account.module.css';

/** The runs over an account, newest first: what each read, made, changed, and why it failed. */
export function Runs({ accountId }: { accountId: string }) {
  const text = useText();
  const runs = useInfiniteQuery(list('listSyncRuns', { params: { id: accountId }, query: { limit: 20 } }));
  if (runs.data === undefined) {
    return runs.error ? (
      <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
    ) : (
      <Lines count={5} />
    );
  }
  const items = runs.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className="dim">{text.marketplaces.noRuns}</p>;
  return (
    <>
      <div className={classes.runs}>
        {items.map((run) => (
          <Run key={run.id} run={run} />
        ))}
      </div>
      {runs.hasNextPage && (
        <div className={classes.more}>
          <Button
            variant="default"
            loading={runs.isFetchingNextPage}
            onClick={() => void runs.fetchNextPage()}
          >
            {text.actions.more}
          </Button>
        </div>
      )}
    </>
  );
}

function Run({ run }: { run: SyncRun }) {
  const { marketplaces } = useText();
  const formats = useFormats();
  const figures: readonly (readonly [string, number])[] =
    run.kind === 'sync_orders'
      ? [
          [marketplaces.read, run.read],
          [marketplaces.new, run.created],
          [marketplaces.changed, run.changed],
        ]
      : [[marketplaces.acknowledged, run.acknowledged]];
  const tookMs = run.finishedAt === null ? null : Date.parse(run.finishedAt) - Date.parse(run.startedAt);
  return (
    <div className={classes.run}>
      <span className={classes.runHead}>
        {marketplaces.kinds[run.kind]}
        <RunOutcome outcome={run.outcome} />
      </span>
      <span className={classes.runMeta}>
        <When at={run.startedAt} />
        {tookMs !== null && <> · {formats.duration(tookMs)}</>}
      </span>
      <span className={classes.runFigures}>
        {[...figures, ...(run.failed > 0 ? [[marketplaces.failed, run.failed] as const] : [])].map(
          ([word, count]) => (
            <span key={word}>
              {word} <b>{formats.number(count)}</b>
            </span>
          ),
        )}
      </span>
      {run.error && <span className={classes.runError}>{run.error.message}</span>}
    </div>
  );
}
