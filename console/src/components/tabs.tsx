/** Links between the parts of one place, such as the catalogue or the settings. */
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import classes from './tabs.module.css';

export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  const bar = useRef<HTMLElement>(null);
  // On a phone the bar is wider than the screen: the part one is in must be in sight.
  useLayoutEffect(() => {
    const active = bar.current?.querySelector<HTMLElement>('[data-status="active"]');
    if (bar.current && active)
      bar.current.scrollLeft = active.offsetLeft - (bar.current.clientWidth - active.offsetWidth) / 2;
  }, []);
  return (
    <nav ref={bar} className={classes.tabs} aria-label={label}>
      {children}
    </nav>
  );
}
