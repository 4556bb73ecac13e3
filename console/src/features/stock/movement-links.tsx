/** Ways from a movement or a reservation to what is behind it. */
import { Link } from '@tanstack/react-router';
import type { StockLink } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { useText } from '../../i18n/locale.tsx';
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
  const { kind, id } = link;
  const words = stock.links[kind](link.label ?? shortened(id));
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
    // Nothing of their own to open: the name says it.
    case 'person':
    case 'key':
    case 'reservation':
    case 'purchase_order':
    case 'import':
      return <span>{words}</span>;
  }
}

/** A UUID is told apart by its end: those made together begin alike. */
function shortened(id: string): string {
  return id.length > 12 ? `…${id.slice(-6)}` : id;
}
