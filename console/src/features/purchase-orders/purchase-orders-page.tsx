import { Button } from '@mantine/core';
import { IconPlus, IconTruckDelivery } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { list, query } from '../../api/queries.ts';
import { DataTable } from '../../components/data-table.tsx';
import { FilterMenu, SearchField } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import type { PurchaseOrderFilters } from '../../routes/purchasing.ts';
import { purchaseOrderStates } from '../../words.ts';
import { ExportMenu } from '../imports/export-menu.tsx';
import { PickFilter } from '../products/pick-filter.tsx';
import { useCan } from '../session/session.ts';
import { ViewBar } from '../views/view-bar.tsx';
import { NewOrderDialog } from './new-order-dialog.tsx';
import { orderRowLinkHere, usePurchaseOrderColumns } from './order-columns.tsx';
import { PurchasingTabs } from './purchasing-tabs.tsx';

export const Route = createLazyRoute('/frame/purchasing/orders')({ component: PurchaseOrdersPage });

function PurchaseOrdersPage() {
  const { purchaseOrders, suppliers, nav, purchasing } = useText();
  const filters = Route.useSearch();
  const { status, supplier, variant, q } = filters;
  const navigate = Route.useNavigate();
  const { purchaseOrderId } = useParams({ strict: false });
  const mayWrite = useCan('purchasing.write');
  const [creating, setCreating] = useState(false);
  const columns = usePurchaseOrderColumns();
  const known = useQuery(query('listSuppliers', { query: { limit: 200 } }));
  const found = useInfiniteQuery(
    list('listPurchaseOrders', {
      query: { status, supplierId: supplier, variantId: variant, search: q },
    }),
  );
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items), [found.data]);
  const setFilters = useCallback(
    (change: { [K in keyof PurchaseOrderFilters]?: PurchaseOrderFilters[K] | undefined }) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  );
  const setSearch = useCallback((typed: string) => setFilters({ q: typed || undefined }), [setFilters]);
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setCreating(true)} data-create>
      {purchaseOrders.create}
    </Button>
  );
  return (
    <ListDetail
      list={
        <Page
          title={nav.purchasing}
          aside={
            <ViewBar
              list="purchase-orders"
              filters={filters}
              onApply={(search) => void navigate({ search })}
              detailOpen={purchaseOrderId !== undefined}
            />
          }
          body="fill"
          actions={
            <>
              <ExportMenu operation="exportPurchaseOrders" />
              {create}
            </>
          }
          toolbar={
            <>
              <PurchasingTabs />
              <SearchField label={purchaseOrders.search} value={q ?? ''} onChange={setSearch} />
              <FilterMenu
                label={purchaseOrders.status}
                options={(['open', ...purchaseOrderStates] as const).map((value) => ({
                  value,
                  label: purchaseOrders.states[value],
                }))}
                value={status}
                onChange={(next) => setFilters({ status: next })}
              />
              <PickFilter
                label={suppliers.supplier}
                options={(known.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
                value={supplier}
                onChange={(next) => setFilters({ supplier: next })}
              />
              {variant && (
                <FilterMenu
                  label={suppliers.item}
                  options={[{ value: variant, label: purchasing.items(1) }]}
                  value={variant}
                  onChange={(next) => setFilters({ variant: next })}
                />
              )}
            </>
          }
        >
          <DataTable
            key={JSON.stringify(filters)}
            label={purchaseOrders.title}
            name="purchase-orders"
            rows={rows}
            columns={columns}
            rowId={(order) => order.id}
            rowLink={orderRowLinkHere}
            selectedId={purchaseOrderId}
            {...pagingOf(found)}
            empty={
              Object.keys(filters).length > 0 ? (
                <EmptyState title={purchaseOrders.noMatch.title} help={purchaseOrders.noMatch.help} />
              ) : (
                <EmptyState
                  icon={<IconTruckDelivery size={28} stroke={1.5} aria-hidden />}
                  title={purchaseOrders.empty.title}
                  help={purchaseOrders.empty.help}
                  action={
                    <Link to="/purchasing" className="link">
                      {purchasing.toOrder}
                    </Link>
                  }
                />
              )
            }
          />
          {creating && <NewOrderDialog onClose={() => setCreating(false)} />}
        </Page>
      }
      detail={purchaseOrderId ? <Outlet /> : null}
    />
  );
}
