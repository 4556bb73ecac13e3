import { Link } from '@tanstack/react-router';
import type { PurchaseOrderState, PurchaseOrderSummary } from '@tradepost/contracts';
import { type ReactNode, useMemo } from 'react';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { Money, When } from '../../components/figures.tsx';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';

const looks: Record<PurchaseOrderState, Look> = {
  draft: 'new',
  sent: 'progress',
  partly_received: 'progress',
  received: 'done',
  cancelled: 'ended',
};

export function PurchaseOrderStatus({ status }: { status: PurchaseOrderState }) {
  return <StatusBadge look={looks[status]}>{useText().purchaseOrders.states[status]}</StatusBadge>;
}

/** Goods are still to come. */
export function isOpen({ status }: Pick<PurchaseOrderSummary, 'status'>): boolean {
  return status === 'sent' || status === 'partly_received';
}

/** The day the goods are expected, and that it is over while they have not come. */
export function Expected({ order }: { order: Pick<PurchaseOrderSummary, 'status' | 'expectedOn'> }) {
  const { purchaseOrders, time } = useText();
  const formats = useFormats();
  if (order.expectedOn === null) return <span className="dim">{time.notYet}</span>;
  const day = formats.calendarDay(order.expectedOn);
  const late = isOpen(order) && order.expectedOn < new Date().toISOString().slice(0, 10);
  return late ? <StatusBadge look="alert">{`${purchaseOrders.late}: ${day}`}</StatusBadge> : day;
}

export function usePurchaseOrderColumns(): readonly Column<PurchaseOrderSummary>[] {
  const { purchaseOrders, suppliers } = useText();
  const formats = useFormats();
  return useMemo(
    () => [
      {
        key: 'number',
        header: purchaseOrders.number,
        width: 'minmax(92px, 120px)',
        cell: (order) => <span className="mono">{order.number}</span>,
        copy: (order) => order.number,
        card: 'line',
      },
      {
        key: 'supplier',
        header: suppliers.supplier,
        width: 'minmax(110px, 2fr)',
        cell: (order) => order.supplierName,
        card: 'title',
      },
      {
        key: 'status',
        header: purchaseOrders.status,
        width: 'minmax(100px, 140px)',
        cell: (order) => <PurchaseOrderStatus status={order.status} />,
        card: 'note',
      },
      {
        key: 'received',
        header: purchaseOrders.received,
        width: 'minmax(84px, 110px)',
        align: 'right',
        cell: (order) => (
          <span className={order.received === 0 ? 'dim' : undefined}>
            {purchaseOrders.ofQuantity(formats.number(order.received), formats.number(order.quantity))}
          </span>
        ),
        from: 620,
        card: 'hidden',
      },
      {
        key: 'expected',
        header: purchaseOrders.expected,
        width: 'minmax(96px, 160px)',
        cell: (order) => <Expected order={order} />,
        from: 740,
        card: 'hidden',
      },
      {
        key: 'total',
        header: purchaseOrders.total,
        width: 'minmax(96px, 120px)',
        align: 'right',
        cell: (order) => <Money minor={order.totalMinor} currency={order.currency} />,
        card: 'aside',
      },
      {
        key: 'created',
        header: purchaseOrders.created,
        width: '96px',
        align: 'right',
        cell: (order) => <When at={order.createdAt} />,
        from: 880,
        card: 'hidden',
      },
    ],
    [purchaseOrders, suppliers, formats],
  );
}

export function orderRowLink({ id }: PurchaseOrderSummary, children: ReactNode) {
  return (
    <Link to="/purchasing/orders/$purchaseOrderId" params={{ purchaseOrderId: id }} {...rowLinkProps}>
      {children}
    </Link>
  );
}

/** The same within the list of orders, which stays narrowed as it is. */
export function orderRowLinkHere({ id }: PurchaseOrderSummary, children: ReactNode) {
  return (
    <Link to="/purchasing/orders/$purchaseOrderId" params={{ purchaseOrderId: id }} search {...rowLinkProps}>
      {children}
    </Link>
  );
}
