import { Button } from '@mantine/core';
import type { StockSales } from '@tradepost/contracts';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { daysIn, gather, type MovedIn, stepOf } from './gather.ts';
import { Panel } from './panel.tsx';
import classes from './report.module.css';

/** The chart library weighs as much as the rest of the page: it comes after the page. */
const MovementChart = lazy(() => import('./movement-chart.tsx'));

/** How many pieces moved, and why, in steps that leave bars wide enough to see. */
export function Movements({ sales }: { sales: StockSales }) {
  const { report, today } = useText();
  const formats = useFormats();
  const [asTable, setAsTable] = useState(false);
  const step = stepOf(daysIn(sales));
  const moved = useMemo(() => gather(sales.movementRates, sales, step), [sales, step]);
  const steps = { day: report.perDay, week: report.perWeek, month: report.perMonth };
  return (
    <Panel
      title={`${report.movements} ${steps[step]}`}
      help={report.upTo(formats.calendarDay(sales.from), formats.calendarDay(sales.to))}
      aside={
        <Button variant="subtle" size="compact-xs" onClick={() => setAsTable(!asTable)}>
          {asTable ? today.showChart : today.showTable}
        </Button>
      }
    >
      {sales.movementRates.length === 0 ? (
        <p className={classes.below}>{report.nothingMoved}</p>
      ) : asTable ? (
        <MovementTable moved={moved} />
      ) : (
        <div className={classes.chart}>
          <Suspense>
            <MovementChart moved={moved} />
          </Suspense>
        </div>
      )}
    </Panel>
  );
}

const kinds = ['sold', 'received', 'returned', 'other'] as const;

function MovementTable({ moved }: { moved: readonly MovedIn[] }) {
  const { report } = useText();
  const formats = useFormats();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className={classes.tableScroll} tabIndex={0}>
      <table className={classes.figures}>
        <thead>
          <tr>
            <th scope="col">{report.from}</th>
            {kinds.map((kind) => (
              <th key={kind} scope="col" title={kind === 'other' ? report.otherHelp : undefined}>
                {report[kind]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {moved.toReversed().map((each) => (
            <tr key={each.from}>
              <th scope="row">{formats.calendarDay(each.from)}</th>
              {kinds.map((kind) => (
                <td key={kind}>{formats.number(each[kind])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
