/** Orders as a table: on their own page, and the latest ones on Today. */
import { Link } from '@tanstack/react-router';
import type { OrderSummary } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { Money, When } from '../../components/figures.tsx';
import { OrderStatus } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';

export function useOrderColumns(): readonly Column<OrderSummary>[] {
  const { orders } = useText();
  const formats = useFormats();
  return [
    {
      key: 'order',
      header: orders.order,
      width: 'minmax(108px, 132px)',
      cell: (order) => <span className="mono">{order.externalId}</span>,
      copy: (order) => order.externalId,
      card: 'title',
    },
    {
      key: 'status',
      header: orders.status,
      width: 'minmax(116px, 150px)',
      cell: (order) => <OrderStatus status={order.status} />,
      card: 'note',
    },
    {
      key: 'customer',
      header: orders.customer,
      width: 'minmax(120px, 2fr)',
      cell: (order) => order.customerName ?? <span className="dim">{orders.noCustomer}</span>,
      card: 'line',
    },
    {
      key: 'account',
      header: orders.account,
      width: 'minmax(90px, 1fr)',
      cell: (order) => order.accountName,
      from: 720,
      card: 'hidden',
    },
    {
      key: 'lines',
      header: orders.lines,
      width: '52px',
      align: 'right',
      cell: (order) => formats.number(order.lineCount),
      from: 860,
      card: 'hidden',
    },
    {
      key: 'total',
      header: orders.total,
      width: 'minmax(104px, 130px)',
      align: 'right',
      cell: (order) => <Money minor={order.totalMinor} currency={order.currency} />,
      card: 'aside',
    },
    {
      key: 'placed',
      header: orders.placed,
      width: '104px',
      align: 'right',
      cell: (order) => <When at={order.placedAt} />,
      from: 600,
      card: 'hidden',
    },
  ];
}

export function orderRowLink(order: OrderSummary, children: ReactNode) {
  return (
    <Link to="/orders/$orderId" params={{ orderId: order.id }} search {...rowLinkProps}>
      {children}
    </Link>
  );
}
