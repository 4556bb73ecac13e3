import { Link } from '@tanstack/react-router';
import { useText } from '../../i18n/locale.tsx';
import { StepChart } from './step-chart.tsx';
import classes from './time-machine.module.css';
import { useSeries } from './use-series.ts';

const DAYS = 7;

/** The last days of a level in small, and the way to the whole. */
export function GlanceBack({ sku, location }: { sku: string; location: string }) {
  const { timeMachine } = useText();
  const series = useSeries(sku, location, DAYS, 120);
  return (
    <Link
      to="/time-machine/$sku"
      params={{ sku }}
      search={{ location, days: DAYS }}
      className={classes.glance}
    >
      <span className="visually-hidden">{timeMachine.of(sku)}</span>
      {series.data && series.data.points.length > 0 ? (
        <StepChart series={series.data} height={96} />
      ) : (
        <span className="dim">{series.data && timeMachine.noPoints}</span>
      )}
    </Link>
  );
}
