import { Link } from '@tanstack/react-router';
import type { InventoryReport } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './report.module.css';

/** The figures one looks for first. */
export function Cards({ data, deadDays }: { data: InventoryReport; deadDays: number }) {
  const { report } = useText();
  const formats = useFormats();
  const { currency, value, sales } = data;
  const money = (minor: number) => formats.money(Math.round(minor), currency);
  const tenth = (number: number) => formats.number(Math.round(number * 10) / 10);
  return (
    <dl className={classes.cards}>
      <Card name={report.value} figure={money(value.costMinor)}>
        {report.atPrices(money(value.priceMinor))} · {report.pieces(value.pieces)} · {report.skus(value.skus)}
      </Card>
      <Card name={report.soldFor} figure={money(sales.sold.priceMinor)}>
        {report.soldPieces(report.pieces(sales.sold.pieces), money(sales.sold.costMinor))}
      </Card>
      <Card
        name={report.turnover}
        figure={sales.turnover === null ? report.unknown : report.times(tenth(sales.turnover))}
      >
        {sales.turnover !== null && report.turnoverHelp(money(sales.averageStock.costMinor))}
      </Card>
      <Card
        name={report.daysOfStock}
        figure={sales.daysOfStock === null ? report.unknown : report.days(Math.round(sales.daysOfStock))}
      >
        {sales.daysOfStock !== null && report.atThisRate}
      </Card>
      <Card name={report.dead} figure={money(sales.dead.costMinor)}>
        {report.deadHelp(report.skus(sales.dead.skus), report.days(deadDays))}
      </Card>
      <Card
        name={report.alerts}
        figure={
          <Link to="/alerts" className="link">
            {formats.number(value.alerts.low + value.alerts.out)}
          </Link>
        }
      >
        {report.alertsNow(formats.number(value.alerts.low), formats.number(value.alerts.out))}
        {' · '}
        {report.alertsPeriod(formats.number(value.alerts.opened), formats.number(value.alerts.resolved))}
      </Card>
    </dl>
  );
}

function Card({ name, figure, children }: { name: string; figure: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.card}>
      <dt>{name}</dt>
      <dd className={classes.cardFigure}>{figure}</dd>
      <dd className={classes.cardNote}>{children}</dd>
    </div>
  );
}
