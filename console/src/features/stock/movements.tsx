import { useInfiniteQuery } from '@tanstack/react-query';
import type { ExplainedMovement } from '@tradepost/contracts';
import { list } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { pagingOf } from '../../components/paging.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { StockLinks } from './movement-links.tsx';
import classes from './stock.module.css';

/** The ledger of one item, newest first, each row with the ways to what is behind it. */
export function Movements({ sku, location }: { sku: string; location: string | undefined }) {
  const { stock } = useText();
  const columns = useMovementColumns(location === undefined);
  const movements = useInfiniteQuery(list('listMovements', { query: { sku, location } }));
  return (
    <DataTable
      mode="card"
      label={stock.movements}
      rows={movements.data?.pages.flatMap((page) => page.items)}
      columns={columns}
      rowId={(movement) => movement.id}
      {...pagingOf(movements)}
      empty={<p className={classes.none}>{stock.noMovements}</p>}
    />
  );
}

/** @param withLocation says where, as well */
export function useMovementColumns(withLocation: boolean): readonly Column<ExplainedMovement>[] {
  const { stock } = useText();
  const formats = useFormats();
  const { several, nameOf } = useLocations();
  return [
    {
      key: 'when',
      header: stock.when,
      width: '92px',
      cell: (movement) => <When at={movement.createdAt} />,
      card: 'line',
    },
    {
      key: 'why',
      header: stock.why,
      width: 'minmax(100px, 1fr)',
      cell: (movement) => (
        <span title={[movement.reason, movement.note].filter(Boolean).join('\n') || undefined}>
          {stock.kinds[movement.kind]}
          {withLocation && several && <span className="dim"> · {nameOf(movement.location)}</span>}
          <StockLinks links={movement.links} />
          {movement.reason && <span className="dim"> · {movement.reason}</span>}
        </span>
      ),
      card: 'title',
    },
    {
      key: 'change',
      header: stock.change,
      width: '60px',
      align: 'right',
      cell: (movement) => signed(formats.number(Math.abs(movement.quantity)), movement.quantity),
      card: 'aside',
    },
    {
      key: 'after',
      header: stock.after,
      width: '60px',
      align: 'right',
      cell: (movement) => formats.number(movement.onHandAfter),
      card: 'note',
    },
  ];
}

/** With a true minus sign, which is as wide as the plus. */
function signed(amount: string, value: number): string {
  return value > 0 ? `+${amount}` : value < 0 ? `−${amount}` : amount;
}
