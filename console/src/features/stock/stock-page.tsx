import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { StockLevel } from '@tradepost/contracts';
import { type ReactNode, useCallback } from 'react';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { SearchField } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { StockState } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { ViewBar } from '../views/view-bar.tsx';

export const Route = createLazyRoute('/frame/stock')({ component: StockPage });

function StockPage() {
  const text = useText();
  const { q, low } = Route.useSearch();
  const navigate = Route.useNavigate();
  const { sku } = useParams({ strict: false });
  const columns = useStockColumns();
  const levels = useInfiniteQuery(
    list('listStockLevels', { query: { search: q, low: low ? 'true' : undefined } }),
  );
  const setSearch = useCallback(
    (typed: string) => {
      void navigate({ search: (before) => ({ ...before, q: typed || undefined }), replace: true });
    },
    [navigate],
  );
  return (
    <ListDetail
      list={
        <Page
          title={text.stock.title}
          aside={
            <ViewBar
              list="stock"
              filters={{ q, low }}
              onApply={(search) => void navigate({ search })}
              detailOpen={sku !== undefined}
            />
          }
          body="fill"
          toolbar={
            <>
              <SearchField label={text.stock.search} value={q ?? ''} onChange={setSearch} />
              <Button
                variant={low ? 'light' : 'default'}
                aria-pressed={low === true}
                onClick={() =>
                  void navigate({
                    search: (before) => ({ ...before, low: low ? undefined : true }),
                    replace: true,
                  })
                }
              >
                {text.stock.lowOnly}
              </Button>
            </>
          }
        >
          <DataTable
            key={`${q} ${low}`}
            label={text.stock.title}
            name="stock"
            rows={levels.data?.pages.flatMap((page) => page.items)}
            columns={columns}
            rowId={(level) => level.sku}
            rowLink={stockRowLink}
            selectedId={sku}
            error={levels.error}
            onRetry={() => void levels.refetch()}
            more={{
              has: levels.hasNextPage,
              loading: levels.isFetchingNextPage,
              load: () => void levels.fetchNextPage(),
            }}
            empty={
              q || low ? (
                <EmptyState title={text.stock.noMatch.title} help={text.stock.noMatch.help} />
              ) : (
                <EmptyState title={text.stock.empty.title} help={text.stock.empty.help} />
              )
            }
          />
        </Page>
      }
      detail={sku ? <Outlet /> : null}
    />
  );
}

export function useStockColumns(): readonly Column<StockLevel>[] {
  const { stock } = useText();
  return [
    {
      key: 'sku',
      header: stock.sku,
      width: 'minmax(108px, 160px)',
      cell: (level) => <span className="mono">{level.sku}</span>,
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
    {
      key: 'state',
      header: stock.state,
      width: 'minmax(84px, 104px)',
      cell: (level) => <StockState available={level.available} low={level.low} />,
      card: 'note',
    },
    {
      key: 'onHand',
      header: stock.onHand,
      width: '76px',
      align: 'right',
      cell: (level) => <Figure value={level.onHand} />,
      from: 600,
      card: 'hidden',
    },
    {
      key: 'reserved',
      header: stock.reserved,
      width: '76px',
      align: 'right',
      cell: (level) => <Figure value={level.reserved} />,
      from: 600,
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
      key: 'changed',
      header: stock.changed,
      width: '104px',
      align: 'right',
      cell: (level) => <When at={level.updatedAt} />,
      from: 860,
      card: 'hidden',
    },
  ];
}

export function stockRowLink(level: StockLevel, children: ReactNode) {
  return (
    <Link to="/stock/$sku" params={{ sku: level.sku }} search {...rowLinkProps}>
      {children}
    </Link>
  );
}
