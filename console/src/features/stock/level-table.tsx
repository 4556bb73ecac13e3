import { Link } from '@tanstack/react-router';
import type { StockLevel } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure } from '../../components/figures.tsx';
import { StockState } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';

/** One item at each of its locations; choosing a row shows that level below. */
export function LevelTable({ levels, opened }: { levels: readonly StockLevel[]; opened: string }) {
  const { stock } = useText();
  const { nameOf } = useLocations();
  const figure = (
    key: 'onHand' | 'reserved' | 'available' | 'incoming',
    card: 'aside' | 'hidden',
  ): Column<StockLevel> => ({
    key,
    header: stock[key],
    width: '68px',
    align: 'right',
    cell: (level) => <Figure value={level[key]} />,
    card,
  });
  const columns: readonly Column<StockLevel>[] = [
    {
      key: 'location',
      header: stock.location,
      width: 'minmax(80px, 1fr)',
      cell: (level) => nameOf(level.location),
      card: 'title',
    },
    figure('onHand', 'hidden'),
    figure('reserved', 'hidden'),
    figure('available', 'aside'),
    figure('incoming', 'hidden'),
    {
      key: 'state',
      header: stock.state,
      width: '84px',
      cell: (level) => <StockState available={level.available} low={level.low} />,
      from: 520,
      card: 'line',
    },
  ];
  return (
    <DataTable
      mode="card"
      label={stock.perLocation}
      rows={levels}
      columns={columns}
      rowId={(level) => level.location}
      rowLink={linkToLevel}
      selectedId={opened}
      empty={null}
    />
  );
}

function linkToLevel({ sku, location }: StockLevel, children: ReactNode) {
  return (
    <Link
      to="/stock/$sku"
      params={{ sku }}
      search={(before) => ({ ...before, level: location })}
      {...rowLinkProps}
    >
      {children}
    </Link>
  );
}
