/** A list with its detail: side by side on wide screens, one at a time on narrow ones. */
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './list-detail.module.css';

/** From here on a list and its detail have room beside each other. */
const WIDE = '(min-width: 1100px)';

export function useWide(): boolean {
  return useMediaQuery(WIDE, undefined, { getInitialValueInEffect: false });
}

/** `detail` is null when none is open. On narrow screens the list stays mounted behind it and so keeps its place. */
export function ListDetail({ list, detail }: { list: ReactNode; detail: ReactNode | null }) {
  const wide = useWide();
  const covered = detail !== null && !wide;
  return (
    <div className={classes.frame}>
      <div className={classes.list} data-covered={covered || undefined} inert={covered}>
        {list}
      </div>
      {detail !== null && (
        <div className={classes.detail} data-wide={wide || undefined}>
          {detail}
        </div>
      )}
    </div>
  );
}
