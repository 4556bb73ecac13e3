/** Ways from a movement or a reservation to what is behind it. */
import { Link } from '@tanstack/react-router';
import type { StockLink } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { useText } from '../../i18n/locale.tsx';
import { useTaskName } from '../tasks/task-words.tsx';
import classes from './stock.module.css';

/** The documents and people behind it, each a link where there is something to open. */
export function StockLinks({ links }: { links: readonly StockLink[] }) {
  return links.map((link) => (
    <span key={`${link.kind} ${link.id}`} className={classes.link}>
      <StockLinkTo link={link} />
    </span>
  ));
}

function StockLinkTo({ link }: { link: StockLink }): ReactNode {
  const { stock } = useText();
  const taskName = useTaskName();
  const { kind, id, label } = link;
  const name = label === null ? shortened(id) : kind === 'task' ? taskName(label) : label;
  const words = stock.links[kind](name);
  if (!link.known) return <span className="dim">{words}</span>;
  switch (kind) {
    case 'order':
      return (
        <Link to="/orders/$orderId" params={{ orderId: id }} className="link">
          {words}
        </Link>
      );
    case 'task':
      return (
        <Link to="/tasks/$taskId" params={{ taskId: id }} className="link">
          {words}
        </Link>
      );
    case 'transfer':
      return (
        <Link to="/transfers/$transferId" params={{ transferId: id }} className="link">
          {words}
        </Link>
      );
    case 'count':
      return (
        <Link to="/counts/$countId" params={{ countId: id }} className="link">
          {words}
        </Link>
      );
    case 'purchase_order':
      return (
        <Link to="/purchasing/orders/$purchaseOrderId" params={{ purchaseOrderId: id }} className="link">
          {words}
        </Link>
      );
    case 'import':
      return (
        <Link to="/imports/$importId" params={{ importId: id }} className="link">
          {words}
        </Link>
      );
    // Nothing of their own to open: the name says it.
    case 'person':
    case 'key':
    case 'reservation':
      return <span>{words}</span>;
  }
}

/** A UUID is told apart by its end: those made together begin alike. */
function shortened(id: string): string {
  return id.length > 12 ? `…${id.slice(-6)}` : id;
}
