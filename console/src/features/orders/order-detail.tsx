import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { Order } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { query } from '../../api/queries.ts';
import { Copyable, Money, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { OrderStatus } from '../../components/status-badge.tsx';
import { Timeline } from '../../components/timeline.tsx';
import { useText } from '../../i18n/locale.tsx';
import { isOrderState } from '../../words.ts';
import { useRemember } from '../palette/recent.ts';
import classes from './order-detail.module.css';
import { OrderLines } from './order-lines.tsx';

export const Route = createLazyRoute('/frame/orders/$orderId')({ component: OrderDetail });

function OrderDetail() {
  const text = useText();
  const { orderId } = Route.useParams();
  const { data: order, error, refetch } = useQuery(query('getOrder', { params: { id: orderId } }));
  useRemember('order', orderId, order?.externalId, order?.customerName ?? undefined);
  const close = (
    <Link to="/orders" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (order === undefined) {
    return (
      <Detail tabTitle={text.orders.order} close={close}>
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Lines count={10} />}
      </Detail>
    );
  }
  return (
    <Detail
      tabTitle={text.orders.detailTitle(order.externalId)}
      name={
        <>
          {text.orders.order} <Copyable value={order.externalId} />
        </>
      }
      state={<OrderStatus status={order.status} />}
      close={close}
    >
      {order.status === 'backordered' && <p className={classes.callout}>{text.orders.backorderedHelp}</p>}
      <Section title={text.orders.facts}>
        <Facts items={factsOf(order, text)} />
      </Section>
      <Section title={text.orders.lines}>
        <OrderLines order={order} />
      </Section>
      <Section title={text.orders.timeline}>
        <Timeline
          entries={order.timeline.map((entry) => ({
            key: `${entry.at} ${entry.what} ${entry.detail}`,
            at: entry.at,
            what: text.orders.events[entry.what],
            detail: statusWords(entry.detail, text.orders.states),
          }))}
        />
      </Section>
    </Detail>
  );
}

function factsOf(order: Order, text: ReturnType<typeof useText>): (readonly [string, ReactNode])[] {
  const { orders } = text;
  const { customer } = order;
  const optional = (term: string, value: string | null): (readonly [string, ReactNode])[] =>
    value === null || value === '' ? [] : [[term, value]];
  return [
    [orders.customer, customer.name ?? order.customerName ?? orders.noCustomer],
    [orders.total, <Money key="total" minor={order.totalMinor} currency={order.currency} />],
    [orders.account, order.accountName],
    [orders.fulfilment, orders.fulfilments[order.fulfilment]],
    [orders.placed, <When key="placed" at={order.placedAt} />],
    [orders.imported, <When key="imported" at={order.importedAt} />],
    ...(order.fulfilment === 'seller'
      ? [[orders.acknowledged, <When key="acknowledged" at={order.acknowledgedAt} />] as const]
      : []),
    ...optional(orders.phone, customer.phone),
    ...optional(orders.email, customer.email),
    ...optional(orders.payment, order.paymentMode),
    ...optional(orders.delivery, order.deliveryMode),
    ...optional(orders.shippingAddress, customer.shippingAddress),
    ...(customer.billingAddress !== customer.shippingAddress
      ? optional(orders.billingAddress, customer.billingAddress)
      : []),
  ];
}

/** A detail that is only the name of a state is said in the screen's language. */
function statusWords(
  detail: string | null,
  states: ReturnType<typeof useText>['orders']['states'],
): string | null {
  if (detail === null) return null;
  return isOrderState(detail) ? states[detail] : detail;
}
