import type { ReactNode } from 'react';
import classes from './stock.module.css';

/** What a cell says besides, where its row is a card and has no room for a column of its own. */
export function InCard({ children }: { children: ReactNode }) {
  return <span className={classes.inCard}>{children}</span>;
}
