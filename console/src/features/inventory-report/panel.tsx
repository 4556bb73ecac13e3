import type { ReactNode } from 'react';
import classes from './report.module.css';

interface Props {
  title: string;
  help?: string;
  aside?: ReactNode;
  children: ReactNode;
}

/** One question of the report and its answer. */
export function Panel({ title, help, aside, children }: Props) {
  return (
    <section className={classes.panel} aria-label={title}>
      <header className={classes.panelHeader}>
        <h3 className={classes.panelTitle}>{title}</h3>
        {aside}
        {help && <p className={classes.help}>{help}</p>}
      </header>
      {children}
    </section>
  );
}
