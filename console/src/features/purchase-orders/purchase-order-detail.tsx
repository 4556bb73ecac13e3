import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { PurchaseOrder } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { addressOf } from '../../api/call.ts';
import { query } from '../../api/queries.ts';
import { Copyable, Money, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { Timeline } from '../../components/timeline.tsx';
import { useFormats, useLocale, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { useRemember } from '../palette/recent.ts';
import { useCan } from '../session/session.ts';
import { DraftLines } from './draft-lines.tsx';
import { EditOrderDialog } from './edit-order-dialog.tsx';
import { OrderActions } from './order-actions.tsx';
import { Expected, PurchaseOrderStatus } from './order-columns.tsx';
import { OrderLines } from './order-lines.tsx';
import classes from './purchase-orders.module.css';

export const Route = createLazyRoute('/frame/purchasing/orders/$purchaseOrderId')({
  component: PurchaseOrderDetail,
});

function PurchaseOrderDetail() {
  const { purchaseOrders } = useText();
  const { purchaseOrderId } = Route.useParams();
  const { data, error, refetch } = useQuery(query('getPurchaseOrder', { params: { id: purchaseOrderId } }));
  useRemember('purchase_order', purchaseOrderId, data?.number, data?.supplierName);
  const close = (
    <Link to="/purchasing/orders" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (data === undefined) {
    return (
      <Detail tabTitle={purchaseOrders.order} close={close}>
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Lines count={10} />}
      </Detail>
    );
  }
  return <Loaded key={data.id} order={data} close={close} />;
}

function Loaded({ order, close }: { order: PurchaseOrder; close: ReactNode }) {
  const { purchaseOrders } = useText();
  const { locale } = useLocale();
  const mayWrite = useCan('purchasing.write');
  const [editing, setEditing] = useState(false);
  const [unsaved, setUnsaved] = useState(false);
  const params = { id: order.id };
  const editable = order.status === 'draft' && mayWrite;
  return (
    <Detail
      tabTitle={order.number}
      name={<Copyable value={order.number} />}
      state={<PurchaseOrderStatus status={order.status} />}
      actions={mayWrite && <OrderActions order={order} unsaved={unsaved} onEdit={() => setEditing(true)} />}
      close={close}
    >
      <Section
        title={purchaseOrders.facts}
        aside={
          <span className={classes.files}>
            <a
              className="link"
              href={addressOf('getPurchaseOrderPdf', { params, query: { language: locale } })}
              target="_blank"
              rel="noreferrer"
            >
              {purchaseOrders.pdf}
            </a>
            <a className="link" href={addressOf('getPurchaseOrderCsv', { params })} download>
              {purchaseOrders.csv}
            </a>
          </span>
        }
      >
        <OrderFacts order={order} />
        {order.notes && <p className={classes.notes}>{order.notes}</p>}
      </Section>
      <Section
        title={purchaseOrders.lines}
        aside={!editable && <Money minor={order.totalMinor} currency={order.currency} />}
      >
        {editable ? <DraftLines order={order} onUnsaved={setUnsaved} /> : <OrderLines order={order} />}
      </Section>
      <Section title={purchaseOrders.history}>
        <History order={order} />
      </Section>
      {editing && <EditOrderDialog order={order} onClose={() => setEditing(false)} />}
    </Detail>
  );
}

function OrderFacts({ order }: { order: PurchaseOrder }) {
  const { purchaseOrders, suppliers } = useText();
  const formats = useFormats();
  const { nameOf } = useLocations();
  return (
    <Facts
      items={[
        [
          suppliers.supplier,
          <Link
            key="supplier"
            to="/purchasing/suppliers/$supplierId"
            params={{ supplierId: order.supplierId }}
            className="link"
          >
            {order.supplierName}
          </Link>,
        ],
        [purchaseOrders.location, nameOf(order.location)],
        [purchaseOrders.expected, <Expected key="expected" order={order} />],
        [purchaseOrders.total, <Money key="total" minor={order.totalMinor} currency={order.currency} />],
        ...(order.supplierReference ? [[purchaseOrders.theirNumber, order.supplierReference] as const] : []),
        ...(order.exchangeRate
          ? [[purchaseOrders.exchangeRate, formats.number(order.exchangeRate)] as const]
          : []),
        [
          purchaseOrders.created,
          <span key="created">
            <When at={order.createdAt} />
            {order.origin === 'auto' && <span className="dim"> · {purchaseOrders.auto}</span>}
          </span>,
        ],
      ]}
    />
  );
}

function History({ order }: { order: PurchaseOrder }) {
  const { purchaseOrders, purchasing } = useText();
  const formats = useFormats();
  const { events } = purchaseOrders;
  const at = (key: 'sent' | 'cancelled' | 'complete', when: string | null) =>
    when === null ? [] : [{ key, at: when, what: events[key], detail: null }];
  const entries = [
    {
      key: 'created',
      at: order.createdAt,
      what: events.created,
      detail: order.origin === 'auto' ? purchaseOrders.auto : null,
    },
    ...at('sent', order.sentAt),
    ...order.receipts.map((receipt) => ({
      key: receipt.id,
      at: receipt.receivedAt,
      what: events.receipt(purchasing.pieces(receipt.lines.reduce((sum, line) => sum + line.quantity, 0))),
      detail: [
        receipt.lines.map(({ sku, quantity }) => `${sku} × ${formats.number(quantity)}`).join(', '),
        ...(receipt.note ? [receipt.note] : []),
      ].join(' · '),
    })),
    ...at('complete', order.receivedAt),
    ...at('cancelled', order.cancelledAt),
  ];
  return <Timeline entries={entries} />;
}
