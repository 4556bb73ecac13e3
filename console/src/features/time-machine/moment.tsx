import type { PastReservation, StockMoment, StockPoint } from '@tradepost/contracts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Section } from '../../components/page.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { StockLinks } from '../stock/movement-links.tsx';
import { useMovementColumns } from '../stock/movements.tsx';
import classes from './time-machine.module.css';

interface Props {
  moment: StockMoment;
  /** The instant that is looked at; `moment` may still be the one before. */
  atMs: number;
  isNow: boolean;
  /** Figures that are nearer to the instant than those of `moment`. */
  figures: StockPoint | undefined;
}

/** One level at one instant: its figures, what made them so, what came after, and who held pieces then. */
export function Moment({ moment, atMs, isNow, figures }: Props) {
  const { timeMachine, stock } = useText();
  const formats = useFormats();
  const columns = useMovementColumns(false);
  const { onHand, reserved, incoming } = figures ?? moment;
  const time = (at: string) => formats.exact(new Date(at));
  const shown = [
    [timeMachine.onHand, onHand],
    [timeMachine.reserved, reserved],
    [timeMachine.available, onHand - reserved],
    [timeMachine.incoming, incoming],
  ] as const;
  const stale = figures !== undefined;
  return (
    <>
      <section className={classes.moment} aria-live="polite">
        <h2 className={classes.momentTitle}>
          {isNow ? timeMachine.now : timeMachine.at(formats.exact(new Date(atMs)))}
        </h2>
        <dl className={classes.figures}>
          {shown.map(([word, value]) => (
            <div key={word} className={classes.figure}>
              <dt>{word}</dt>
              <dd>{formats.number(value)}</dd>
            </div>
          ))}
        </dl>
        <p className="dim">
          {moment.since === null ? timeMachine.fromStart : timeMachine.since(time(moment.since))},{' '}
          {moment.until === null ? timeMachine.stillSo : timeMachine.until(time(moment.until))}
          {moment.precision === 'ledger' && ` · ${timeMachine.ledger}`}
        </p>
      </section>
      <div className={classes.around} data-stale={stale || undefined}>
        <div className={classes.pair}>
          <div>
            <Section title={timeMachine.before}>
              <DataTable
                mode="card"
                label={timeMachine.before}
                rows={moment.before}
                columns={columns}
                rowId={(movement) => movement.id}
                empty={<p className={classes.none}>{timeMachine.noneBefore}</p>}
              />
            </Section>
          </div>
          <div>
            <Section title={timeMachine.after}>
              <DataTable
                mode="card"
                label={timeMachine.after}
                rows={moment.after}
                columns={columns}
                rowId={(movement) => movement.id}
                empty={<p className={classes.none}>{timeMachine.noneAfter}</p>}
              />
            </Section>
          </div>
        </div>
        <Section title={timeMachine.reservations} aside={`${stock.reserved} ${formats.number(reserved)}`}>
          <Held reservations={moment.reservations} />
        </Section>
      </div>
    </>
  );
}

function Held({ reservations }: { reservations: readonly PastReservation[] }) {
  const { timeMachine } = useText();
  const formats = useFormats();
  const columns: readonly Column<PastReservation>[] = [
    {
      key: 'for',
      header: timeMachine.heldFor,
      width: 'minmax(120px, 2fr)',
      cell: (held) =>
        held.links.length > 0 ? (
          <span className={classes.links}>
            <StockLinks links={held.links} />
          </span>
        ) : (
          (held.reference ?? <span className="dim">{timeMachine.nobody}</span>)
        ),
      card: 'title',
    },
    {
      key: 'since',
      header: timeMachine.heldSince,
      width: 'minmax(110px, 1fr)',
      cell: (held) => formats.dayAndTime(new Date(held.createdAt)),
      card: 'line',
    },
    {
      key: 'became',
      header: timeMachine.became,
      width: 'minmax(110px, 1fr)',
      cell: (held) => timeMachine.reservationStates[held.status],
      card: 'note',
    },
    {
      key: 'pieces',
      header: timeMachine.held,
      width: '64px',
      align: 'right',
      cell: (held) => formats.number(held.quantity),
      card: 'aside',
    },
  ];
  return (
    <DataTable
      mode="card"
      label={timeMachine.reservations}
      rows={reservations}
      columns={columns}
      rowId={(held) => held.id}
      empty={<p className={classes.none}>{timeMachine.noReservations}</p>}
    />
  );
}
