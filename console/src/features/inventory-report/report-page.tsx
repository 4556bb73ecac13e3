import { IconChartBar, IconChartBarOff } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import type { InventoryReport } from '@tradepost/contracts';
import { CallFailed } from '../../api/call.ts';
import { query } from '../../api/queries.ts';
import { When } from '../../components/figures.tsx';
import { FilterMenu } from '../../components/filters.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Lines } from '../../components/states.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import type { ReportFilters } from '../../routes/stock.ts';
import { StockTabs } from '../stock/stock-tabs.tsx';
import { Bars } from './bars.tsx';
import { Cards } from './cards.tsx';
import { Classes } from './classes.tsx';
import { Best, Dead } from './items.tsx';
import { Movements } from './movements.tsx';
import { Panel } from './panel.tsx';
import classes from './report.module.css';
import { Thresholds } from './thresholds.tsx';

export const Route = createLazyRoute('/frame/report')({ component: ReportPage });

const periods = [30, 90, 180, 365] as const;
const USUAL_DAYS = 90;

function ReportPage() {
  const { report, stock } = useText();
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  const { class: among, ...asked } = filters;
  const { days = USUAL_DAYS } = asked;
  const found = useQuery({
    ...query('getInventoryReport', { query: asked }),
    placeholderData: keepPreviousData,
  });
  const setFilters = (change: { [K in keyof ReportFilters]?: ReportFilters[K] | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const isOff = found.error instanceof CallFailed && found.error.problem?.code === 'STATE_CONFLICT';
  return (
    <Page
      title={stock.title}
      toolbar={
        <>
          <StockTabs />
          {!isOff && (
            <>
              <FilterMenu
                label={days === USUAL_DAYS ? report.lastDays(USUAL_DAYS) : report.period}
                options={periods.map((each) => ({ value: String(each), label: report.lastDays(each) }))}
                value={days === USUAL_DAYS ? undefined : String(days)}
                onChange={(next) => setFilters({ days: next === undefined ? undefined : Number(next) })}
              />
              <Thresholds filters={filters} onChange={setFilters} />
              {found.data && (
                <span className="dim">
                  {report.asOf} <When at={found.data.value.computedAt} />
                </span>
              )}
            </>
          )}
        </>
      }
    >
      {isOff ? (
        <EmptyState
          icon={<IconChartBarOff size={28} stroke={1.5} aria-hidden />}
          title={report.off.title}
          help={report.off.help}
        />
      ) : found.data === undefined ? (
        found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Lines count={14} />
        )
      ) : isEmpty(found.data) ? (
        <EmptyState
          icon={<IconChartBar size={28} stroke={1.5} aria-hidden />}
          title={report.empty.title}
          help={report.empty.help}
        />
      ) : (
        <Loaded
          data={found.data}
          deadDays={asked.deadDays ?? USUAL_DAYS}
          among={among}
          stale={found.isPlaceholderData}
        />
      )}
    </Page>
  );
}

function isEmpty({ value, sales }: InventoryReport): boolean {
  return value.pieces === 0 && sales.sold.pieces === 0 && sales.receivedPieces === 0;
}

interface LoadedProps {
  data: InventoryReport;
  deadDays: number;
  among: string | undefined;
  /** Of other filters than those chosen now, whose answer is on its way. */
  stale: boolean;
}

function Loaded({ data, deadDays, among, stale }: LoadedProps) {
  const { report, purchasing } = useText();
  const formats = useFormats();
  const { currency, value, sales } = data;
  const money = (minor: number) => formats.money(Math.round(minor), currency);
  const amount = ({ pieces, costMinor }: { pieces: number; costMinor: number }) => ({
    amount: costMinor,
    words: money(costMinor),
    note: purchasing.pieces(pieces),
  });
  const notes = [
    ...(value.withoutCost.pieces > 0
      ? [report.withoutCost(report.skus(value.withoutCost.skus), report.pieces(value.withoutCost.pieces))]
      : []),
    ...(value.otherCurrency.pieces > 0
      ? [
          report.otherCurrency(
            report.skus(value.otherCurrency.skus),
            report.pieces(value.otherCurrency.pieces),
          ),
        ]
      : []),
  ];
  return (
    <div className={classes.page} data-stale={stale || undefined}>
      <h2 className="visually-hidden">{report.heading}</h2>
      <Cards data={data} deadDays={deadDays} />
      {notes.map((note) => (
        <p key={note} className={classes.note}>
          {note}
        </p>
      ))}
      <Movements sales={sales} />
      <div className={classes.pair}>
        <Panel title={report.ageing} help={report.ageingHelp}>
          <Bars
            label={report.ageing}
            rows={value.ageing.map((band) => ({
              key: String(band.fromDays),
              name:
                band.toDays === null
                  ? report.ageBandOpen(formats.number(band.fromDays))
                  : report.ageBand(formats.number(band.fromDays), formats.number(band.toDays)),
              ...amount(band),
            }))}
          />
          {value.ageUnknown.pieces > 0 && (
            <p className={classes.below}>{report.ageUnknown(report.pieces(value.ageUnknown.pieces))}</p>
          )}
        </Panel>
        <Panel title={report.byLocation}>
          <Bars
            label={report.byLocation}
            rows={value.byLocation.map((each) => ({
              key: each.location,
              name: each.name,
              ...amount(each),
            }))}
          />
        </Panel>
      </div>
      <Classes sales={sales} among={among} />
      <Best sales={sales} currency={currency} among={among} />
      <Dead sales={sales} currency={currency} />
    </div>
  );
}
