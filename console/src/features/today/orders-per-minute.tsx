import { Button } from '@mantine/core';
import type { Dashboard } from '@tradepost/contracts';
import { lazy, Suspense, useState } from 'react';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './today.module.css';

/** The chart library weighs as much as the rest of the page: it comes after the page. */
const MinuteChart = lazy(() => import('./minute-chart.tsx'));

export function OrdersPerMinute({ minutes }: { minutes: Dashboard['ordersPerMinute'] }) {
  const { today } = useText();
  const formats = useFormats();
  const [asTable, setAsTable] = useState(false);
  const total = minutes.reduce((sum, minute) => sum + minute.orders, 0);
  return (
    <section className={classes.panel}>
      <header className={classes.panelHeader}>
        <h2 className={classes.panelTitle}>{today.perMinute}</h2>
        <Button variant="subtle" size="compact-xs" onClick={() => setAsTable(!asTable)}>
          {asTable ? today.showChart : today.showTable}
        </Button>
      </header>
      <p className={classes.total}>{today.inTheHour(total)}</p>
      <div className={classes.chart}>
        {asTable ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          <div className={classes.minuteScroll} tabIndex={0}>
            <table className={classes.minuteTable}>
              <thead>
                <tr>
                  <th>{today.minute}</th>
                  <th>{today.orders}</th>
                </tr>
              </thead>
              <tbody>
                {minutes.toReversed().map(({ minute, orders }) => (
                  <tr key={minute}>
                    <td>{formats.clock(new Date(minute))}</td>
                    <td>{formats.number(orders)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : (
          <Suspense>
            <MinuteChart minutes={minutes} />
          </Suspense>
        )}
      </div>
    </section>
  );
}
