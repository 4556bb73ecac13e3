import { memo, type ReactNode } from 'react';
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
}

interface RowProps<T> {
  row: T;
  columns: readonly Column<T>[];
  rowLink: ((row: T, children: ReactNode) => ReactNode) | undefined;
  /** Place in the whole list, counted from 1 with the header. */
  rowIndex: number;
  /** The grid's tracks; none for a card. */
  template: string | undefined;
  fresh: boolean;
  selected: boolean;
}

function Row<T>({ row, columns, rowLink, rowIndex, template, fresh, selected }: RowProps<T>) {
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
      data-linked={rowLink ? true : undefined}
    >
      {columns.map((column, index) => (
        // biome-ignore lint/a11y/useSemanticElements: part of the same table
        <div
          key={column.key}
          role="cell"
          className={classes.cell}
          data-align={column.align}
          data-card={column.card}
        >
          {index === 0 && rowLink ? rowLink(row, column.cell(row)) : column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** One row of a table. Scrolling draws the rows that come into sight and leaves the others alone. */
export const DataRow = memo(Row) as typeof Row;

/** Marks a row's link, so that the keys find it and the whole row becomes its target. */
export const rowLinkProps = { className: classes.rowLink, 'data-row-link': true } as const;
