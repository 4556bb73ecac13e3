import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import { useCallback } from 'react';
import { list, query } from '../../api/queries.ts';
import { DataTable } from '../../components/data-table.tsx';
import { FilterMenu, SearchField } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import type { OrderFilters } from '../../routes/work.ts';
import { orderStates } from '../../words.ts';
import { ViewBar } from '../views/view-bar.tsx';
import { orderRowLink, useOrderColumns } from './order-table.tsx';

export const Route = createLazyRoute('/frame/orders')({ component: OrdersPage });

function OrdersPage() {
  const text = useText();
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  const { orderId } = useParams({ strict: false });
  const columns = useOrderColumns();
  const accounts = useQuery(query('listMarketplaceAccounts', { query: { limit: 200 } }));
  const orders = useInfiniteQuery(
    list('listOrders', { query: { status: filters.status, accountId: filters.account, search: filters.q } }),
  );
  const filtered = Object.keys(filters).length > 0;

  const setFilters = useCallback(
    (change: Partial<OrderFilters>) => {
      void navigate({ search: (before) => withoutEmpty({ ...before, ...change }), replace: true });
    },
    [navigate],
  );
  const setSearch = useCallback((q: string) => setFilters({ q }), [setFilters]);

  return (
    <ListDetail
      list={
        <Page
          title={text.orders.title}
          aside={
            <ViewBar
              list="orders"
              filters={filters}
              onApply={(search) => void navigate({ search })}
              detailOpen={orderId !== undefined}
            />
          }
          body="fill"
          toolbar={
            <>
              <SearchField label={text.orders.search} value={filters.q ?? ''} onChange={setSearch} />
              <FilterMenu
                label={text.orders.status}
                options={orderStates.map((value) => ({ value, label: text.orders.states[value] }))}
                value={filters.status}
                onChange={(status) => setFilters({ status })}
              />
              <FilterMenu
                label={text.orders.account}
                options={(accounts.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
                value={filters.account}
                onChange={(account) => setFilters({ account })}
              />
            </>
          }
        >
          <DataTable
            key={JSON.stringify(filters)}
            label={text.orders.title}
            name="orders"
            rows={orders.data?.pages.flatMap((page) => page.items)}
            columns={columns}
            rowId={(order) => order.id}
            rowLink={orderRowLink}
            selectedId={orderId}
            {...pagingOf(orders)}
            empty={
              filtered ? (
                <EmptyState title={text.orders.noMatch.title} help={text.orders.noMatch.help} />
              ) : (
                <EmptyState
                  title={text.orders.empty.title}
                  help={text.orders.empty.help}
                  action={
                    <Link to="/marketplaces" className="link">
                      {text.today.connect}
                    </Link>
                  }
                />
              )
            }
          />
        </Page>
      }
      detail={orderId ? <Outlet /> : null}
    />
  );
}

/** An empty filter leaves the URL. */
function withoutEmpty(filters: OrderFilters): OrderFilters {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''),
  );
}
