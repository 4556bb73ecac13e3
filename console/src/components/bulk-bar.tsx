import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useText } from '../i18n/locale.tsx';
import classes from './bulk-bar.module.css';

interface Props {
  count: number;
  onClear: () => void;
  /** What can be done with them: buttons that say how many they concern. */
  children: ReactNode;
}

/** Comes from below while rows are checked. Esc, or its cross, lets them go. */
export function BulkBar({ count, onClear, children }: Props) {
  const { table } = useText();
  return (
    <section className={classes.bar} aria-label={table.bulk}>
      <span className={classes.count} role="status">
        {table.selected(count)}
      </span>
      <div className={classes.actions}>{children}</div>
      <Button
        variant="subtle"
        color="gray"
        className={classes.clear}
        onClick={onClear}
        aria-label={table.clearSelection}
        data-clear-selection
      >
        <IconX size={16} aria-hidden />
      </Button>
    </section>
  );
}
