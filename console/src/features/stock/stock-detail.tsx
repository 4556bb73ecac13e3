import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { Movement } from '@tradepost/contracts';
import { useState } from 'react';
import { list, query } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Copyable, Figure, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { StockState } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useRemember } from '../palette/recent.ts';
import { useCan } from '../session/session.ts';
import { AdjustDialog } from './adjust-dialog.tsx';
import classes from './stock.module.css';

export const Route = createLazyRoute('/frame/stock/$sku')({ component: StockDetail });

function StockDetail() {
  const text = useText();
  const { stock } = text;
  const { sku } = Route.useParams();
  const mayAdjust = useCan('inventory.write');
  const [adjusting, setAdjusting] = useState(false);
  const { data: level, error, refetch } = useQuery(query('getItemStock', { query: { productId: sku } }));
  useRemember('stock', sku, level?.name, sku);
  const close = (
    <Link to="/stock" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (level === undefined) {
    return (
      <Detail tabTitle={sku} close={close}>
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Lines count={8} />}
      </Detail>
    );
  }
  return (
    <Detail
      tabTitle={level.sku}
      name={level.name}
      state={<StockState available={level.available} low={level.low} />}
      actions={mayAdjust && <Button onClick={() => setAdjusting(true)}>{stock.adjust}</Button>}
      close={close}
    >
      <Section title={stock.title}>
        <Facts
          items={[
            [stock.sku, <Copyable key="sku" value={level.sku} />],
            [stock.location, level.location],
            [stock.onHand, <Figure key="onHand" value={level.onHand} />],
            [stock.available, <Figure key="available" value={level.available} />],
            [stock.reserved, <Figure key="reserved" value={level.reserved} />],
            [stock.incoming, <Figure key="incoming" value={level.incoming} />],
            [stock.changed, <When key="changed" at={level.updatedAt} />],
          ]}
        />
      </Section>
      <Section title={stock.movements}>
        <Movements sku={level.sku} />
      </Section>
      {adjusting && <AdjustDialog level={level} onClose={() => setAdjusting(false)} />}
    </Detail>
  );
}

function Movements({ sku }: { sku: string }) {
  const { stock } = useText();
  const formats = useFormats();
  const movements = useInfiniteQuery(list('listMovements', { query: { sku } }));
  const columns: readonly Column<Movement>[] = [
    {
      key: 'when',
      header: stock.when,
      width: '96px',
      cell: (movement) => <When at={movement.createdAt} />,
      card: 'line',
    },
    {
      key: 'why',
      header: stock.why,
      width: 'minmax(100px, 1fr)',
      cell: (movement) => (
        <span title={movement.note ?? undefined}>
          {stock.kinds[movement.kind]}
          {movement.reason && <span className="dim"> · {movement.reason}</span>}
        </span>
      ),
      card: 'title',
    },
    {
      key: 'change',
      header: stock.change,
      width: '72px',
      align: 'right',
      cell: (movement) => `${movement.quantity > 0 ? '+' : ''}${formats.number(movement.quantity)}`,
      card: 'aside',
    },
    {
      key: 'after',
      header: stock.after,
      width: '72px',
      align: 'right',
      cell: (movement) => formats.number(movement.onHandAfter),
      card: 'note',
    },
  ];
  return (
    <DataTable
      mode="card"
      label={stock.movements}
      rows={movements.data?.pages.flatMap((page) => page.items)}
      columns={columns}
      rowId={(movement) => movement.id}
      error={movements.error}
      onRetry={() => void movements.refetch()}
      more={{
        has: movements.hasNextPage,
        loading: movements.isFetchingNextPage,
        load: () => void movements.fetchNextPage(),
      }}
      empty={<p className={classes.none}>{stock.noMovements}</p>}
    />
  );
}
