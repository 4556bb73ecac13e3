import { IconAlertTriangle, IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './proof.module.css';

const icons = { good: IconShieldCheck, bad: IconShieldX, warn: IconAlertTriangle };

interface Props {
  tone: keyof typeof icons;
  title: string;
  /** When, and of how much. */
  aside: ReactNode;
  children?: ReactNode;
}

/** The answer, before everything that is behind it. */
export function Verdict({ tone, title, aside, children }: Props) {
  const Icon = icons[tone];
  return (
    <div className={classes.verdict} data-tone={tone} role="status">
      <Icon size={24} stroke={1.75} aria-hidden className={classes.verdictIcon} />
      <div>
        <p className={classes.verdictTitle}>{title}</p>
        {children}
        <p className={classes.aside}>{aside}</p>
      </div>
    </div>
  );
}
