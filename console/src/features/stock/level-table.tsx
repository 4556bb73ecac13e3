import { Link } from '@tanstack/react-router';
import type { StockLevel } from '@tradepost/contracts';
import { FigureTable } from '../../components/figure-table.tsx';
import { StockState } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';

/** One item at each of its locations; choosing a row shows that level below. */
export function LevelTable({ levels, opened }: { levels: readonly StockLevel[]; opened: string }) {
  const { stock } = useText();
  const { nameOf } = useLocations();
  return (
    <FigureTable
      label={stock.perLocation}
      name={stock.location}
      headers={[
        ['onHand', stock.onHand],
        ['reserved', stock.reserved],
        ['available', stock.available],
        ['incoming', stock.incoming],
      ]}
      rows={levels.map((level) => ({
        key: level.location,
        name: (
          <Link
            to="/stock/$sku"
            params={{ sku: level.sku }}
            search={(before) => ({ ...before, level: level.location })}
            className="link"
          >
            {nameOf(level.location)}
          </Link>
        ),
        note: level.low ? <StockState {...level} /> : undefined,
        figures: level,
        selected: level.location === opened,
      }))}
    />
  );
}
