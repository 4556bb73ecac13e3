import { Link } from '@tanstack/react-router';
import type { Order } from '@tradepost/contracts';
import { Money, Sku } from '../../components/figures.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './order-detail.module.css';

/** The lines with what is held for each, then what is added and taken off, then the total. */
export function OrderLines({ order }: { order: Order }) {
  const { orders } = useText();
  const formats = useFormats();
  return (
    <div className={classes.lines}>
      {order.lines.map((line) => {
        const missing = line.quantity - line.reserved;
        // Once it left the shelf nothing is held any more, and that is as it should be.
        const waits = order.fulfilment === 'seller' && order.status === 'backordered' && !line.cancelled;
        const gross = Math.round(line.quantity * line.unitPriceMinor * (1 + line.vatRate));
        return (
          <div key={line.id} className={classes.line} data-cancelled={line.cancelled || undefined}>
            <span className={classes.item}>
              {formats.number(line.quantity)} × {line.name}
            </span>
            <span className={classes.gross}>
              <Money minor={gross} currency={order.currency} />
            </span>
            <span className={classes.meta}>
              {line.sku && <Sku value={line.sku} />}
              <span>
                {orders.unitNet} <Money minor={line.unitPriceMinor} currency={order.currency} />
              </span>
              <span>
                {orders.vat} {formats.percent(line.vatRate)}
              </span>
              {order.fulfilment === 'seller' && (
                <span>
                  {orders.reserved} {formats.number(line.reserved)}
                </span>
              )}
              {line.cancelled && <span>{orders.lineCancelled}</span>}
              {waits && line.variantId === null && (
                <span className={classes.missing}>{orders.unknownSku}</span>
              )}
              {waits && line.variantId !== null && missing > 0 && (
                <>
                  <span className={classes.missing}>{orders.shortBy(formats.number(missing))}</span>
                  {line.sku && (
                    <Link to="/stock/$sku" params={{ sku: line.sku }} className="link">
                      {orders.openStock}
                    </Link>
                  )}
                </>
              )}
            </span>
          </div>
        );
      })}
      {order.shippingMinor !== 0 && (
        <div className={classes.sum}>
          <span>{orders.shipping}</span>
          <Money minor={order.shippingMinor} currency={order.currency} />
        </div>
      )}
      {order.discountMinor !== 0 && (
        <div className={classes.sum}>
          <span>{orders.discount}</span>
          <Money minor={order.discountMinor} currency={order.currency} />
        </div>
      )}
      <div className={classes.sum} data-total>
        <span>{orders.total}</span>
        <Money minor={order.totalMinor} currency={order.currency} />
      </div>
    </div>
  );
}
