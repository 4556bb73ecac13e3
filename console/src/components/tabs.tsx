/** Links between the parts of one place, such as the catalogue or the settings. */
import type { ReactNode } from 'react';
import classes from './tabs.module.css';

export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {children}
    </nav>
  );
}
