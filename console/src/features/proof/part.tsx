import type { ReactNode } from 'react';
import classes from './proof.module.css';

interface Props {
  title: string;
  /** What is proved, in words. */
  lead: string;
  action?: ReactNode;
  children: ReactNode;
}

/** One thing that is proved. */
export function Part({ title, lead, action, children }: Props) {
  return (
    <section className={classes.part} aria-label={title}>
      <header className={classes.head}>
        <h3 className={classes.title}>{title}</h3>
        {action}
        <p className={classes.lead}>{lead}</p>
      </header>
      {children}
    </section>
  );
}
