import { IconCheck, IconCopy } from '@tabler/icons-react';
import { memo, type ReactNode, useEffect, useState } from 'react';
import { useText } from '../i18n/locale.tsx';
import { copyText } from './copy-text.ts';
import classes from './data-table.module.css';

/** Where a cell stands in a phone's card: two lines with a left and a right end. */
type CardPlace = 'title' | 'aside' | 'line' | 'note' | 'hidden';

export interface Column<T> {
  key: string;
  header: string;
  /** The column speaks for itself: its header is there for screen readers only. */
  headerHidden?: boolean;
  /** A CSS grid track such as `minmax(120px, 1fr)`. */
  width: string;
  cell: (row: T) => ReactNode;
  align?: 'right';
  /** Table width in px from which the column is shown. */
  from?: number;
  card: CardPlace;
  /** The list can be sorted by it: its key is what the page is told. */
  sortable?: boolean;
  /** What a click beside the cell, or `c` on the row, copies: an id, a SKU. */
  copy?: (row: T) => string | null;
}

interface RowProps<T> {
  row: T;
  id: string;
  columns: readonly Column<T>[];
  rowLink: ((row: T, children: ReactNode) => ReactNode) | undefined;
  /** Place in the whole list, counted from 1 with the header. */
  rowIndex: number;
  /** The grid's tracks; none for a card. */
  template: string | undefined;
  fresh: boolean;
  selected: boolean;
  checked: boolean;
  /** Absent where rows cannot be checked. */
  onCheck: ((id: string, range: boolean) => void) | undefined;
}

function Row<T>(props: RowProps<T>) {
  const { row, id, columns, rowLink, rowIndex, template, fresh, selected, checked, onCheck } = props;
  const { table } = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a real table's rows cannot become cards
    // biome-ignore lint/a11y/useFocusableInteractive: the link in its first cell takes the focus
    <div
      role="row"
      aria-rowindex={rowIndex}
      className={classes.row}
      style={template === undefined ? undefined : { gridTemplateColumns: template }}
      data-fresh={fresh || undefined}
      data-selected={selected || undefined}
      data-checked={checked || undefined}
      data-linked={rowLink ? true : undefined}
    >
      {onCheck && (
        // biome-ignore lint/a11y/useSemanticElements: part of the same table
        <div role="cell" className={classes.checkCell}>
          <label className={classes.checkTarget}>
            <input
              type="checkbox"
              className={classes.check}
              aria-label={table.selectRow(rowIndex - 1)}
              checked={checked}
              onChange={({ nativeEvent }) =>
                onCheck(id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
              }
              data-check
            />
          </label>
        </div>
      )}
      {columns.map((column, index) => {
        const content = column.cell(row);
        const copied = column.copy?.(row) ?? null;
        return (
          // biome-ignore lint/a11y/useSemanticElements: part of the same table
          <div
            key={column.key}
            role="cell"
            className={classes.cell}
            data-align={column.align}
            data-card={column.card}
          >
            {index === 0 && rowLink ? rowLink(row, content) : content}
            {copied !== null && <CopyCell value={copied} />}
          </div>
        );
      })}
    </div>
  );
}

/** Out of the order of Tab, which would stop at every row: the key `c` does the same. */
function CopyCell({ value }: { value: string }) {
  const { actions } = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_200);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className={classes.copy}
      tabIndex={-1}
      title={copied ? actions.copied : actions.copy}
      aria-label={copied ? actions.copied : `${actions.copy} ${value}`}
      data-copied={copied || undefined}
      data-copy
      onClick={() => void copyText(value).then(() => setCopied(true))}
    >
      {copied ? <IconCheck size={12} aria-hidden /> : <IconCopy size={12} aria-hidden />}
    </button>
  );
}

/** One row of a table. Scrolling draws the rows that come into sight and leaves the others alone. */
export const DataRow = memo(Row) as typeof Row;

/** Marks a row's link, so that the keys find it and the whole row becomes its target. */
export const rowLinkProps = { className: classes.rowLink, 'data-row-link': true } as const;
