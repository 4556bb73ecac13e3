import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { StockLevel } from '@tradepost/contracts';
import { type ReactNode, useCallback, useMemo } from 'react';
import { list } from '../../api/queries.ts';
import { rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { FilterMenu, SearchField } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import type { StockFilters } from '../../routes/stock.ts';
import { ExportMenu } from '../imports/export-menu.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { ViewBar } from '../views/view-bar.tsx';
import { useStockColumns } from './stock-columns.tsx';
import { StockTabs } from './stock-tabs.tsx';

export const Route = createLazyRoute('/frame/stock')({ component: StockPage });

const rowId = (level: StockLevel) => `${level.variantId} ${level.location}`;

function StockPage() {
  const { stock } = useText();
  const { q, low, location, level: opened } = Route.useSearch();
  const navigate = Route.useNavigate();
  const { sku } = useParams({ strict: false });
  const columns = useStockColumns();
  const locations = useLocations();
  const levels = useInfiniteQuery(
    list('listStockLevels', { query: { search: q, location, low: low ? 'true' : undefined } }),
  );
  const rows = useMemo(() => levels.data?.pages.flatMap((page) => page.items), [levels.data]);
  // A SKU has a row per location; marked is the one that was opened, or else the one its detail begins with.
  const ofItem = (rows ?? []).filter((row) => row.sku === sku);
  const selected = ofItem.find((row) => row.location === opened) ?? locations.byRank(ofItem)[0];
  const setFilters = useCallback(
    (change: { [K in keyof StockFilters]?: StockFilters[K] | undefined }) => {
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
    },
    [navigate],
  );
  const setSearch = useCallback((typed: string) => setFilters({ q: typed || undefined }), [setFilters]);
  const rowLink = locations.several ? linkToLevel : linkToItem;
  return (
    <ListDetail
      list={
        <Page
          title={stock.title}
          aside={
            <ViewBar
              list="stock"
              filters={{ q, low, location }}
              onApply={(search) => void navigate({ search })}
              detailOpen={sku !== undefined}
            />
          }
          body="fill"
          actions={<ExportMenu operation="exportStock" query={{ location }} kind="stock" />}
          toolbar={
            <>
              <StockTabs />
              <SearchField label={stock.search} value={q ?? ''} onChange={setSearch} />
              {locations.several && (
                <FilterMenu
                  label={stock.location}
                  options={locations.all.map(({ code, name }) => ({ value: code, label: name }))}
                  value={location}
                  onChange={(code) => setFilters({ location: code })}
                />
              )}
              <Button
                variant={low ? 'light' : 'default'}
                aria-pressed={low === true}
                onClick={() => setFilters({ low: low ? undefined : true })}
              >
                {stock.lowOnly}
              </Button>
            </>
          }
        >
          <DataTable
            key={`${q} ${low} ${location}`}
            label={stock.title}
            name="stock"
            rows={rows}
            columns={columns}
            rowId={rowId}
            rowLink={rowLink}
            selectedId={selected && rowId(selected)}
            {...pagingOf(levels)}
            empty={
              q || low || location ? (
                <EmptyState title={stock.noMatch.title} help={stock.noMatch.help} />
              ) : (
                <EmptyState title={stock.empty.title} help={stock.empty.help} />
              )
            }
          />
        </Page>
      }
      detail={sku ? <Outlet /> : null}
    />
  );
}

function linkToItem({ sku }: StockLevel, children: ReactNode) {
  return (
    <Link to="/stock/$sku" params={{ sku }} search={withoutLevel} {...rowLinkProps}>
      {children}
    </Link>
  );
}

function linkToLevel({ sku, location }: StockLevel, children: ReactNode) {
  return (
    <Link
      to="/stock/$sku"
      params={{ sku }}
      search={(before) => ({ ...withoutLevel(before), level: location })}
      {...rowLinkProps}
    >
      {children}
    </Link>
  );
}

function withoutLevel({ level: _, ...filters }: StockFilters): StockFilters {
  return filters;
}
