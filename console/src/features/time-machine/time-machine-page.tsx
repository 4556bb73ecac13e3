import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { query } from '../../api/queries.ts';
import { BackMark, Page } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useKept } from '../../preferences/kept.ts';
import { resolveZone, tenantZoneKept, zoneKept } from '../../preferences/preferences.ts';
import type { MomentSearch } from '../../routes/stock.ts';
import { useLocations } from '../locations/use-locations.ts';
import { useLevels } from '../stock/use-levels.ts';
import { pointAt, spanOf } from './chart-shape.ts';
import { Moment } from './moment.tsx';
import { PointTable } from './point-table.tsx';
import { StepChart } from './step-chart.tsx';
import classes from './time-machine.module.css';
import { useSeries } from './use-series.ts';
import { fromWallClock, toWallClock } from './wall-clock.ts';

export const Route = createLazyRoute('/frame/time-machine/$sku')({ component: TimeMachinePage });

const ranges = { day: 1, week: 7, month: 30, quarter: 90 } as const;
type Range = keyof typeof ranges;

/** How long the cursor rests before what is behind the figure is asked for. */
const REST_MS = 150;

function TimeMachinePage() {
  const { timeMachine } = useText();
  const { sku } = Route.useParams();
  const { location, at, days = 30 } = Route.useSearch();
  const navigate = Route.useNavigate();
  const formats = useFormats();
  const { nameOf } = useLocations();
  const { levels } = useLevels(sku);
  const [asTable, setAsTable] = useState(false);
  const series = useSeries(sku, location, days, 300);
  const moment = useQuery({
    ...query('getStockMoment', { query: { sku, location, at } }),
    placeholderData: keepPreviousData,
  });
  const set = (change: { [K in keyof MomentSearch]?: MomentSearch[K] | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const { atMs, moving, moveTo } = useCursor(at, (instant) => set({ at: instant }));
  const span = series.data && spanOf(series.data);
  const cursorMs = atMs ?? span?.toMs ?? Date.now();
  const point = series.data && pointAt(series.data.points, cursorMs);
  const range = (Object.keys(ranges) as Range[]).find((each) => ranges[each] === days);
  return (
    <Page
      title={timeMachine.title}
      aside={
        <Link
          to="/stock/$sku"
          params={{ sku }}
          search={location ? { level: location } : {}}
          className={`link ${classes.item}`}
          data-close-detail
        >
          <BackMark />
          <span className={classes.itemName}>{moment.data?.name ?? sku}</span>
          <span className="mono">{sku}</span>
        </Link>
      }
      toolbar={
        <>
          <SegmentedControl
            size="xs"
            aria-label={timeMachine.range}
            {...(range ? { value: range } : {})}
            onChange={(value) => set({ days: ranges[value as Range] })}
            data={(Object.keys(ranges) as Range[]).map((value) => ({
              value,
              label: timeMachine.ranges[value],
            }))}
          />
          {levels !== undefined && levels.length > 1 && (
            <NativeSelect
              size="xs"
              aria-label={timeMachine.title}
              value={location ?? moment.data?.location}
              onChange={(event) => set({ location: event.currentTarget.value })}
              data={levels.map((level) => ({ value: level.location, label: nameOf(level.location) }))}
            />
          )}
          <InstantField atMs={cursorMs} onInstant={moveTo} />
          {/* The field writes it as the browser is used to, which need not be how the console does. */}
          <span className="dim">{formats.exact(new Date(cursorMs))}</span>
          {at !== undefined && (
            <Button variant="subtle" onClick={() => moveTo(null)}>
              {timeMachine.toNow}
            </Button>
          )}
        </>
      }
    >
      <div className={classes.page}>
        {series.data === undefined ? (
          series.error ? (
            <ErrorState error={series.error} onRetry={() => void series.refetch()} />
          ) : (
            <Lines count={7} />
          )
        ) : (
          <section className={classes.panel} aria-label={timeMachine.title}>
            <header className={classes.panelHeader}>
              <ul className={classes.legend}>
                <li data-figure="onHand">{timeMachine.onHand}</li>
                <li data-figure="reserved">{timeMachine.reserved}</li>
              </ul>
              <Button variant="subtle" size="compact-xs" onClick={() => setAsTable(!asTable)}>
                {asTable ? timeMachine.showChart : timeMachine.showTable}
              </Button>
            </header>
            {series.data.points.length === 0 ? (
              <p className="dim">{timeMachine.noPoints}</p>
            ) : asTable ? (
              <PointTable points={series.data.points} />
            ) : (
              <StepChart series={series.data} height={220} cursor={{ atMs: cursorMs, onMove: moveTo }} />
            )}
            <p className={classes.hint}>
              {timeMachine.lead}
              {series.data.dailyUntil !== null &&
                Date.parse(series.data.dailyUntil) > Date.parse(series.data.from) &&
                ` ${timeMachine.daily(formats.dayAndTime(new Date(series.data.dailyUntil)))}`}
            </p>
          </section>
        )}
        <div className={classes.steps}>
          <Button
            variant="default"
            leftSection={<IconArrowLeft size={14} aria-hidden />}
            disabled={moment.data?.since == null}
            onClick={() => moment.data?.since && moveTo(Date.parse(moment.data.since) - 1)}
          >
            {timeMachine.previous}
          </Button>
          <Button
            variant="default"
            rightSection={<IconArrowRight size={14} aria-hidden />}
            disabled={moment.data?.until == null}
            onClick={() => moment.data?.until && moveTo(Date.parse(moment.data.until))}
          >
            {timeMachine.next}
          </Button>
        </div>
        {moment.data === undefined ? (
          moment.error ? (
            <ErrorState error={moment.error} onRetry={() => void moment.refetch()} />
          ) : (
            <Lines count={6} />
          )
        ) : (
          <Moment
            moment={moment.data}
            atMs={cursorMs}
            isNow={atMs === null}
            // While the cursor moves the chart knows the figure before the server has said it.
            figures={moving || moment.isPlaceholderData ? point : undefined}
          />
        )}
      </div>
    </Page>
  );
}

/** The cursor follows the hand at once, the address and the call when it rests. `null` is now. */
function useCursor(at: string | undefined, onRest: (instant: string | undefined) => void) {
  const [moving, setMoving] = useState<number | null | undefined>(undefined);
  const rest = useDebouncedCallback(
    (ms: number | null) => onRest(ms === null ? undefined : new Date(ms).toISOString()),
    REST_MS,
  );
  // The address has caught up, or was changed otherwise: it counts.
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each change of the address
  useEffect(() => setMoving(undefined), [at]);
  return {
    atMs: moving !== undefined ? moving : at === undefined ? null : Date.parse(at),
    moving: moving !== undefined,
    moveTo: (ms: number | null) => {
      setMoving(ms);
      rest(ms);
    },
  };
}

/** The instant typed, in the zone that all times are shown in. */
function InstantField({ atMs, onInstant }: { atMs: number; onInstant: (atMs: number) => void }) {
  const { timeMachine } = useText();
  const [zone] = useKept(zoneKept);
  const [tenantZone] = useKept(tenantZoneKept);
  const named = resolveZone(zone, tenantZone);
  const shown = toWallClock(new Date(atMs), named);
  const [typed, setTyped] = useState<string | null>(null);
  const take = () => {
    const at = typed === null ? null : fromWallClock(typed, named);
    setTyped(null);
    if (at !== null) onInstant(Math.min(at.getTime(), Date.now()));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        aria-label={timeMachine.instant}
        value={typed ?? shown}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={take}
      />
    </form>
  );
}
