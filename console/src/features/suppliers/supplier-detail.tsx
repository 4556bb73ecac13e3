import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconArchive, IconDots, IconPencil, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { Supplier } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { list, query, useCall } from '../../api/queries.ts';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useRemember } from '../palette/recent.ts';
import { NewOrderDialog } from '../purchase-orders/new-order-dialog.tsx';
import { orderRowLink, usePurchaseOrderColumns } from '../purchase-orders/order-columns.tsx';
import { useCan } from '../session/session.ts';
import { Prices } from './prices.tsx';
import { SupplierDialog } from './supplier-dialog.tsx';
import classes from './suppliers.module.css';

export const Route = createLazyRoute('/frame/purchasing/suppliers/$supplierId')({
  component: SupplierDetail,
});

function SupplierDetail() {
  const { suppliers } = useText();
  const { supplierId } = Route.useParams();
  const { data, error, refetch } = useQuery(query('getSupplier', { params: { id: supplierId } }));
  useRemember('supplier', supplierId, data?.name);
  const close = (
    <Link to="/purchasing/suppliers" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (data === undefined) {
    return (
      <Detail tabTitle={suppliers.supplier} close={close}>
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Lines count={8} />}
      </Detail>
    );
  }
  return <Loaded key={data.id} supplier={data} close={close} />;
}

function Loaded({ supplier, close }: { supplier: Supplier; close: ReactNode }) {
  const { suppliers } = useText();
  const archived = supplier.archivedAt !== null;
  return (
    <Detail
      tabTitle={supplier.name}
      state={archived && <StatusBadge look="paused">{suppliers.archived}</StatusBadge>}
      actions={<SupplierActions supplier={supplier} />}
      close={close}
    >
      {archived && <p className={classes.callout}>{suppliers.isArchived}</p>}
      <Section title={suppliers.facts}>
        <SupplierFacts supplier={supplier} />
        {supplier.notes && <p className={classes.notes}>{supplier.notes}</p>}
      </Section>
      <Prices supplier={supplier} />
      <Orders supplierId={supplier.id} />
    </Detail>
  );
}

function SupplierFacts({ supplier }: { supplier: Supplier }) {
  const { suppliers, purchasing } = useText();
  const none = <span className="dim">{suppliers.none}</span>;
  const { email, phone } = supplier;
  return (
    <Facts
      items={[
        [
          suppliers.email,
          email === null ? (
            none
          ) : (
            <a key="email" href={`mailto:${email}`} className="link">
              {email}
            </a>
          ),
        ],
        [
          suppliers.phone,
          phone === null ? (
            none
          ) : (
            <a key="phone" href={`tel:${phone.replaceAll(/[^\d+]/g, '')}`} className="link">
              {phone}
            </a>
          ),
        ],
        [suppliers.leadTime, purchasing.days(supplier.leadTimeDays)],
        [suppliers.review, purchasing.days(supplier.reviewPeriodDays)],
        [suppliers.currency, supplier.currency],
        [suppliers.created, <When key="created" at={supplier.createdAt} />],
      ]}
    />
  );
}

/** Ordering is the sensible next step; of an archived supplier it is bringing it back. */
function SupplierActions({ supplier }: { supplier: Supplier }) {
  const { suppliers, purchaseOrders } = useText();
  const mayWrite = useCan('purchasing.write');
  const [asking, setAsking] = useState<'edit' | 'order' | null>(null);
  const params = { id: supplier.id };
  const restore = useCall('restoreSupplier', () => toast(suppliers.restored(supplier.name)));
  const archive = useCall('archiveSupplier', () =>
    offerUndo(suppliers.archivedDone(supplier.name), () => restore.mutateAsync({ params })),
  );
  if (!mayWrite) return null;
  if (supplier.archivedAt !== null) {
    return (
      <Button loading={restore.isPending} onClick={() => restore.mutate({ params }, { onError: toastError })}>
        {suppliers.restore}
      </Button>
    );
  }
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={suppliers.more}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setAsking('edit')}>
            {suppliers.edit}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArchive size={14} aria-hidden />}
            onClick={() => archive.mutate({ params }, { onError: toastError })}
          >
            {suppliers.archive}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setAsking('order')}>
        {purchaseOrders.create}
      </Button>
      {asking === 'edit' && <SupplierDialog supplier={supplier} onClose={() => setAsking(null)} />}
      {asking === 'order' && <NewOrderDialog supplierId={supplier.id} onClose={() => setAsking(null)} />}
    </>
  );
}

/** The latest orders; all of them are one click away. */
function Orders({ supplierId }: { supplierId: string }) {
  const { suppliers } = useText();
  const orders = useInfiniteQuery(list('listPurchaseOrders', { query: { supplierId, limit: 5 } }));
  const columns = usePurchaseOrderColumns().filter(({ key }) => key !== 'supplier');
  return (
    <Section
      title={suppliers.orders}
      aside={
        <Link to="/purchasing/orders" search={{ supplier: supplierId }} className="link">
          {suppliers.allOrders}
        </Link>
      }
    >
      <DataTable
        mode="card"
        label={suppliers.orders}
        rows={orders.data?.pages[0]?.items}
        columns={columns}
        rowId={(order) => order.id}
        rowLink={orderRowLink}
        error={orders.error}
        onRetry={() => void orders.refetch()}
        empty={<p className={classes.none}>{suppliers.noOrders}</p>}
      />
    </Section>
  );
}
