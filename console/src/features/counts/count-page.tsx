import { Button, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import type { Count } from '@tradepost/contracts';
import { query, useCall } from '../../api/queries.ts';
import { When } from '../../components/figures.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { toastError } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { useCan } from '../session/session.ts';
import { StockTabs } from '../stock/stock-tabs.tsx';
import { CountResult } from './count-result.tsx';
import { CountSheet } from './count-sheet.tsx';
import { CountStatus } from './count-words.tsx';
import classes from './counts.module.css';
import { Scanner } from './scanner.tsx';

export const Route = createLazyRoute('/frame/counts/$countId')({ component: CountPage });

/** An event tells of each step of a count, not of each line: those that others count are asked for this often. */
const refreshMs = {
  open: 5_000,
  reviewing: false,
  applying: 1_500,
  applied: false,
  cancelled: false,
} as const;

function CountPage() {
  const { counts } = useText();
  const { countId } = Route.useParams();
  const found = useQuery({
    ...query('getCount', { params: { id: countId } }),
    refetchInterval: ({ state }) => (state.data ? refreshMs[state.data.status] : false),
  });
  const count = found.data;
  return (
    <Page title={count?.name ?? counts.count} toolbar={<StockTabs />}>
      {count === undefined ? (
        found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Lines count={10} />
        )
      ) : (
        <div className={classes.count}>
          <Summary count={count} />
          {count.status === 'open' ? <MayCount count={count} /> : <CountResult count={count} />}
          <CountSheet count={count} />
        </div>
      )}
    </Page>
  );
}

function MayCount({ count }: { count: Count }) {
  return useCan('inventory.write') ? <Scanner countId={count.id} /> : null;
}

/** Where it stands, and the steps that can be taken from there. */
function Summary({ count }: { count: Count }) {
  const { counts } = useText();
  const formats = useFormats();
  const { nameOf } = useLocations();
  const { counted, lineCount } = count;
  const words = counts.countedOf(formats.number(counted), formats.number(lineCount));
  return (
    <section className={classes.summary} aria-label={counts.progress}>
      <div className={classes.facts}>
        <CountStatus status={count.status} />
        <span>{nameOf(count.location)}</span>
        <span className="dim">
          {counts.began} <When at={count.createdAt} />
        </span>
      </div>
      <div className={classes.progress}>
        <Progress
          value={lineCount === 0 ? 0 : (100 * counted) / lineCount}
          size={6}
          radius="xl"
          className={classes.bar}
          aria-label={`${counts.progress}: ${words}`}
        />
        <span className={classes.progressWords}>{words}</span>
      </div>
      <Steps count={count} />
    </section>
  );
}

function Steps({ count }: { count: Count }) {
  const { counts } = useText();
  const mayWrite = useCan('inventory.write');
  const mayApply = useCan('inventory.manage');
  const review = useCall('reviewCount');
  const reopen = useCall('reopenCount');
  const apply = useCall('applyCount', (answer) => toast('type' in answer ? counts.applying : counts.applied));
  const giveUp = useCall('cancelCount', () => toast(counts.givenUp));
  const input = { params: { id: count.id } };
  const onError = toastError;
  const busy = review.isPending || reopen.isPending || apply.isPending || giveUp.isPending;
  if (!mayWrite || (count.status !== 'open' && count.status !== 'reviewing')) return null;
  return (
    <div className={classes.steps}>
      <Button variant="subtle" color="gray" disabled={busy} onClick={() => giveUp.mutate(input, { onError })}>
        {counts.giveUp}
      </Button>
      {count.status === 'open' ? (
        <Button loading={review.isPending} onClick={() => review.mutate(input, { onError })}>
          {counts.review}
        </Button>
      ) : (
        <>
          <Button variant="default" disabled={busy} onClick={() => reopen.mutate(input, { onError })}>
            {counts.reopen}
          </Button>
          {mayApply ? (
            <Button loading={apply.isPending} onClick={() => apply.mutate(input, { onError })}>
              {count.different === 0 ? counts.applyNone : counts.apply(count.different)}
            </Button>
          ) : (
            <span className="dim">{counts.onlyManagers}</span>
          )}
        </>
      )}
    </div>
  );
}
