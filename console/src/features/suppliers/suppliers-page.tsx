import { Button } from '@mantine/core';
import { IconBuildingWarehouse, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { Supplier } from '@tradepost/contracts';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { SearchField } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { ExportMenu } from '../imports/export-menu.tsx';
import { PurchasingTabs } from '../purchase-orders/purchasing-tabs.tsx';
import { useCan } from '../session/session.ts';
import { SupplierDialog } from './supplier-dialog.tsx';

export const Route = createLazyRoute('/frame/purchasing/suppliers')({ component: SuppliersPage });

function SuppliersPage() {
  const { suppliers, nav } = useText();
  const { q, archived } = Route.useSearch();
  const navigate = Route.useNavigate();
  const { supplierId } = useParams({ strict: false });
  const mayWrite = useCan('purchasing.write');
  const [creating, setCreating] = useState(false);
  const columns = useSupplierColumns();
  const found = useInfiniteQuery(
    list('listSuppliers', { query: { search: q, archived: archived ? 'true' : 'false' } }),
  );
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items), [found.data]);
  const setSearch = useCallback(
    (typed: string) =>
      void navigate({ search: (before) => ({ ...before, q: typed || undefined }), replace: true }),
    [navigate],
  );
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setCreating(true)} data-create>
      {suppliers.create}
    </Button>
  );
  return (
    <ListDetail
      list={
        <Page
          title={nav.purchasing}
          body="fill"
          actions={
            <>
              <ExportMenu operation="exportSuppliers" kind="suppliers" />
              {create}
            </>
          }
          toolbar={
            <>
              <PurchasingTabs />
              <SearchField label={suppliers.search} value={q ?? ''} onChange={setSearch} />
              <Button
                variant={archived ? 'light' : 'default'}
                aria-pressed={archived === true}
                onClick={() =>
                  void navigate({
                    search: (before) => ({ ...before, archived: archived ? undefined : true }),
                    replace: true,
                  })
                }
              >
                {suppliers.archivedOnly}
              </Button>
            </>
          }
        >
          <DataTable
            key={`${q} ${archived}`}
            label={suppliers.title}
            name="suppliers"
            rows={rows}
            columns={columns}
            rowId={(supplier) => supplier.id}
            rowLink={supplierRowLink}
            selectedId={supplierId}
            {...pagingOf(found)}
            empty={
              q ? (
                <EmptyState title={suppliers.noMatch.title} help={suppliers.noMatch.help} />
              ) : archived ? (
                <EmptyState title={suppliers.noArchived.title} help={suppliers.noArchived.help} />
              ) : (
                <EmptyState
                  icon={<IconBuildingWarehouse size={28} stroke={1.5} aria-hidden />}
                  title={suppliers.empty.title}
                  help={suppliers.empty.help}
                  action={create}
                />
              )
            }
          />
          {creating && (
            <SupplierDialog
              supplier={null}
              onClose={() => setCreating(false)}
              onSaved={({ id }) =>
                void navigate({ to: '/purchasing/suppliers/$supplierId', params: { supplierId: id } })
              }
            />
          )}
        </Page>
      }
      detail={supplierId ? <Outlet /> : null}
    />
  );
}

function supplierRowLink({ id }: Supplier, children: ReactNode) {
  return (
    <Link to="/purchasing/suppliers/$supplierId" params={{ supplierId: id }} search {...rowLinkProps}>
      {children}
    </Link>
  );
}

function useSupplierColumns(): readonly Column<Supplier>[] {
  const { suppliers, purchasing } = useText();
  return useMemo(
    () => [
      {
        key: 'name',
        header: suppliers.name,
        width: 'minmax(120px, 2fr)',
        cell: (supplier) => supplier.name,
        card: 'title',
      },
      {
        key: 'contact',
        header: suppliers.contact,
        width: 'minmax(120px, 1.6fr)',
        cell: ({ email, phone }) => email ?? phone ?? <span className="dim">{suppliers.none}</span>,
        from: 640,
        card: 'line',
      },
      {
        key: 'leadTime',
        header: suppliers.leadTime,
        width: '124px',
        align: 'right',
        cell: (supplier) => purchasing.days(supplier.leadTimeDays),
        card: 'note',
      },
      {
        key: 'review',
        header: suppliers.review,
        width: '104px',
        align: 'right',
        cell: (supplier) => purchasing.days(supplier.reviewPeriodDays),
        from: 820,
        card: 'hidden',
      },
      {
        key: 'prices',
        header: suppliers.prices,
        width: '72px',
        align: 'right',
        cell: (supplier) => <Figure value={supplier.priceCount} />,
        from: 420,
        card: 'hidden',
      },
      {
        key: 'currency',
        header: suppliers.currency,
        width: '72px',
        cell: (supplier) => supplier.currency,
        card: 'aside',
      },
      {
        key: 'changed',
        header: suppliers.changed,
        width: '104px',
        align: 'right',
        cell: (supplier) => <When at={supplier.updatedAt} />,
        from: 940,
        card: 'hidden',
      },
    ],
    [suppliers, purchasing],
  );
}
