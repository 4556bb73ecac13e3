import type { StockLevel } from '@tradepost/contracts';
import { useMemo } from 'react';
import type { Column } from '../../components/data-row.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { StockState } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { InCard } from './in-card.tsx';

/** Of the list of levels. Where they lie is said only when there is more than one place. */
export function useStockColumns(): readonly Column<StockLevel>[] {
  const { stock } = useText();
  const { several, nameOf } = useLocations();
  return useMemo(() => {
    // Saying the location takes the room of one and a half figures.
    const wider = several ? 130 : 0;
    return [
      {
        key: 'sku',
        header: stock.sku,
        width: 'minmax(108px, 160px)',
        cell: (level) => (
          <>
            <span className="mono">{level.sku}</span>
            {several && <InCard>{nameOf(level.location)}</InCard>}
          </>
        ),
        copy: (level) => level.sku,
        card: 'line',
      },
      {
        key: 'name',
        header: stock.name,
        width: 'minmax(120px, 3fr)',
        cell: (level) => level.name,
        card: 'title',
      },
      ...(several
        ? [
            {
              key: 'location',
              header: stock.location,
              width: 'minmax(96px, 1.5fr)',
              cell: (level: StockLevel) => nameOf(level.location),
              from: 480,
              card: 'hidden' as const,
            },
          ]
        : []),
      {
        key: 'state',
        header: stock.state,
        width: 'minmax(84px, 104px)',
        cell: (level) => <StockState {...level} />,
        card: 'note',
      },
      {
        key: 'onHand',
        header: stock.onHand,
        width: '76px',
        align: 'right',
        cell: (level) => <Figure value={level.onHand} />,
        from: 640 + wider,
        card: 'hidden',
      },
      {
        key: 'reserved',
        header: stock.reserved,
        width: '76px',
        align: 'right',
        cell: (level) => <Figure value={level.reserved} />,
        from: 640 + wider,
        card: 'hidden',
      },
      {
        key: 'available',
        header: stock.available,
        width: '84px',
        align: 'right',
        cell: (level) => <Figure value={level.available} />,
        card: 'aside',
      },
      {
        key: 'incoming',
        header: stock.incoming,
        width: '76px',
        align: 'right',
        cell: (level) => <Quiet value={level.incoming} />,
        from: 820 + wider,
        card: 'hidden',
      },
      {
        key: 'buffer',
        header: stock.buffer,
        width: '64px',
        align: 'right',
        cell: (level) => <Quiet value={level.safetyBuffer} />,
        from: 940 + wider,
        card: 'hidden',
      },
      {
        key: 'changed',
        header: stock.changed,
        width: '104px',
        align: 'right',
        cell: (level) => <When at={level.updatedAt} />,
        from: 1040 + wider,
        card: 'hidden',
      },
    ];
  }, [stock, several, nameOf]);
}

/** A figure that is zero most of the time: then it stays in the background. */
function Quiet({ value }: { value: number }) {
  return (
    <span className={value === 0 ? 'dim' : undefined}>
      <Figure value={value} />
    </span>
  );
}
