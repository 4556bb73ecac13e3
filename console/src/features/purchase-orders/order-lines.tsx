import { Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { PurchaseOrder } from '@tradepost/contracts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { isOpen } from './order-columns.tsx';
import classes from './purchase-orders.module.css';

/** The lines of an order that is written: what was asked for, and what has come of it. */
export function OrderLines({ order }: { order: PurchaseOrder }) {
  const { purchaseOrders } = useText();
  const formats = useFormats();
  const money = (minor: number) => formats.money(minor, order.currency);
  if (order.lines.length === 0) return <p className={classes.none}>{purchaseOrders.noLines}</p>;
  return (
    <ul className={classes.lines}>
      {order.lines.map((line) => (
        <li key={line.variantId} className={classes.line}>
          <span className={classes.lineName}>
            <Link to="/stock/$sku" params={{ sku: line.sku }} className="link">
              {line.name}
            </Link>
            <span className="mono">{line.sku}</span>
            {line.supplierSku && line.supplierSku !== line.sku && (
              <span className="dim mono">{line.supplierSku}</span>
            )}
          </span>
          <span className="num">{money(line.totalMinor)}</span>
          <span className={classes.lineFigures}>
            <span>
              {formats.number(line.quantity)} × {money(line.unitCostMinor)}
            </span>
            {order.sentAt !== null && (
              <>
                <span>
                  {purchaseOrders.received}:{' '}
                  {purchaseOrders.ofQuantity(formats.number(line.received), formats.number(line.quantity))}
                </span>
                <Progress
                  className={classes.bar}
                  value={(100 * line.received) / line.quantity}
                  size={6}
                  radius="xl"
                  aria-label={`${purchaseOrders.received}: ${line.sku}`}
                />
                {isOpen(order) && line.open > 0 && (
                  <span>{purchaseOrders.stillOpen(formats.number(line.open))}</span>
                )}
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
