import type { StockPoint } from '@tradepost/contracts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './time-machine.module.css';

/** The figures behind the chart, newest first, to read and to copy. */
export function PointTable({ points }: { points: readonly StockPoint[] }) {
  const { timeMachine } = useText();
  const formats = useFormats();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.tableScroll} tabIndex={0} aria-label={timeMachine.table}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{timeMachine.instant}</th>
            <th>{timeMachine.onHand}</th>
            <th>{timeMachine.reserved}</th>
            <th>{timeMachine.incoming}</th>
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => (
            <tr key={point.at}>
              <td>{formats.exact(new Date(point.at))}</td>
              <td>{formats.number(point.onHand)}</td>
              <td>{formats.number(point.reserved)}</td>
              <td>{formats.number(point.incoming)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
