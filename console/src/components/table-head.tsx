import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useText } from '../i18n/locale.tsx';
import type { Column } from './data-row.tsx';
import classes from './data-table.module.css';

/** By which column a list is sorted. */
export interface Sort {
  key: string;
  descending: boolean;
}

interface Props<T> {
  columns: readonly Column<T>[];
  template: string;
  sort: Sort | null | undefined;
  onSort: ((sort: Sort) => void) | undefined;
  /** Of the loaded rows; absent where rows cannot be checked. */
  checks: { all: boolean; some: boolean; set: (on: boolean) => void } | undefined;
  /** Stands at the right edge, over the header's padding. */
  menu: ReactNode;
}

export function TableHead<T>({ columns, template, sort, onSort, checks, menu }: Props<T>) {
  const { table } = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the same table
    // biome-ignore lint/a11y/useFocusableInteractive: header rows take no focus
    <div role="row" className={classes.headRow} style={{ gridTemplateColumns: template }}>
      {checks && (
        // biome-ignore lint/a11y/useSemanticElements: part of the same table
        // biome-ignore lint/a11y/useFocusableInteractive: the box in it takes the focus
        <div role="columnheader" className={classes.checkCell}>
          <CheckAll label={table.selectAll} {...checks} />
        </div>
      )}
      {columns.map((column) => {
        const sorted = sort?.key === column.key ? sort : null;
        const Arrow = sorted?.descending ? IconArrowDown : IconArrowUp;
        return (
          // biome-ignore lint/a11y/useSemanticElements: part of the same table
          // biome-ignore lint/a11y/useFocusableInteractive: column headers take no focus
          <div
            key={column.key}
            role="columnheader"
            className={classes.headCell}
            data-align={column.align}
            aria-sort={sorted ? (sorted.descending ? 'descending' : 'ascending') : undefined}
          >
            {column.sortable && onSort ? (
              <button
                type="button"
                className={classes.sort}
                data-sorted={sorted ? true : undefined}
                // Figures are looked at from the largest, names from the first letter.
                onClick={() =>
                  onSort({
                    key: column.key,
                    descending: sorted ? !sorted.descending : column.align === 'right',
                  })
                }
              >
                <span className={column.headerHidden ? 'visually-hidden' : classes.sortWord}>
                  {column.header}
                </span>
                <Arrow size={12} aria-hidden className={classes.arrow} />
              </button>
            ) : (
              <span className={column.headerHidden ? 'visually-hidden' : undefined}>{column.header}</span>
            )}
          </div>
        );
      })}
      {menu && (
        // biome-ignore lint/a11y/useSemanticElements: part of the same table
        // biome-ignore lint/a11y/useFocusableInteractive: the button in it takes the focus
        <div role="columnheader" className={classes.menuCell}>
          {menu}
        </div>
      )}
    </div>
  );
}

function CheckAll(props: { label: string; all: boolean; some: boolean; set: (on: boolean) => void }) {
  const { label, all, some, set } = props;
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = some && !all;
  }, [all, some]);
  return (
    <label className={classes.checkTarget}>
      <input
        ref={box}
        type="checkbox"
        className={classes.check}
        aria-label={label}
        checked={all}
        onChange={() => set(!all)}
      />
    </label>
  );
}
