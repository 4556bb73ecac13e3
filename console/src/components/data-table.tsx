/**
 * The table of every list: 36 px rows, sticky header, columns that step aside when it gets narrow, cards on a phone,
 * new rows sliding in above, and a pill in their stead while someone reads further down.
 *
 * Built of divs with table roles, because a row must be able to become a card and to be one link's target as a whole.
 * Of a long list only the rows in sight are drawn, which is what makes ten thousand of them scroll smoothly.
 */
import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconArrowUp } from '@tabler/icons-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useText } from '../i18n/locale.tsx';
import { type Column, DataRow } from './data-row.tsx';
import classes from './data-table.module.css';
import { ErrorState, Lines } from './states.tsx';
import { useLiveRows } from './use-live-rows.ts';
import { useWindow } from './use-window.ts';

interface Props<T> {
  label: string;
  rows: readonly T[] | undefined;
  columns: readonly Column<T>[];
  rowId: (row: T) => string;
  /** Wraps the first cell in the row's link; the whole row is its target. */
  rowLink?: (row: T, children: ReactNode) => ReactNode;
  /** The row whose detail is open. */
  selectedId?: string | undefined;
  error?: unknown;
  onRetry?: () => void;
  empty: ReactNode;
  /** Keyset paging: shown as "Show more" below the last row. */
  more?: { has: boolean; loading: boolean; load: () => void };
  /** `page`: the table scrolls in the height it is given; `inline`: it is as high as its rows; `card`: the same, framed. */
  mode?: 'page' | 'inline' | 'card';
}

/** Below this width rows become cards. */
const CARD_WIDTH = 520;
/** As in the style sheet. */
const ROW_HEIGHT_PX = 36;
const CARD_HEIGHT_PX = 60;

export function DataTable<T>(props: Props<T>) {
  const { label, columns, rowId, rowLink, selectedId, error, onRetry, empty, more, mode = 'page' } = props;
  const text = useText();
  const { ref, width } = useElementSize();
  const [scrolled, setScrolled] = useState(false);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const live = useLiveRows(props.rows, rowId, scrolled);

  const cards = width > 0 && width < CARD_WIDTH;
  const shown = useMemo(
    () => (cards ? columns : columns.filter((column) => width >= (column.from ?? 0))),
    [cards, columns, width],
  );
  const drawn = useWindow(live.rows.length, cards ? CARD_HEIGHT_PX : ROW_HEIGHT_PX);
  const template = shown.map((column) => column.width).join(' ');

  let body: ReactNode;
  if (props.rows === undefined) {
    body = error ? (
      <ErrorState error={error} {...(onRetry ? { onRetry } : {})} />
    ) : (
      <div className={classes.loading}>
        <Lines count={mode === 'page' ? 12 : 4} />
      </div>
    );
  } else if (props.rows.length === 0) {
    body = empty;
  } else {
    body = (
      <>
        {/* biome-ignore lint/a11y/useSemanticElements: a real table's rows cannot become cards */}
        <div
          role="table"
          aria-label={label}
          aria-rowcount={live.rows.length + 1}
          className={classes.table}
          data-cards={cards || undefined}
          data-list
        >
          {/* biome-ignore lint/a11y/useSemanticElements: part of the same table */}
          <div role="rowgroup" className={classes.head}>
            {/* biome-ignore lint/a11y/useSemanticElements: part of the same table */}
            {/* biome-ignore lint/a11y/useFocusableInteractive: header rows take no focus */}
            <div role="row" className={classes.headRow} style={{ gridTemplateColumns: template }}>
              {shown.map((column) => (
                // biome-ignore lint/a11y/useSemanticElements: part of the same table
                // biome-ignore lint/a11y/useFocusableInteractive: column headers take no focus
                <div
                  key={column.key}
                  role="columnheader"
                  className={classes.headCell}
                  data-align={column.align}
                >
                  <span className={column.headerHidden ? 'visually-hidden' : undefined}>{column.header}</span>
                </div>
              ))}
            </div>
          </div>
          {/* biome-ignore lint/a11y/useSemanticElements: part of the same table */}
          <div
            role="rowgroup"
            style={{ paddingTop: drawn.abovePx, paddingBottom: drawn.belowPx }}
            {...live.pointerProps}
          >
            {live.rows.slice(drawn.from, drawn.to).map((row, offset) => {
              const id = rowId(row);
              return (
                <DataRow
                  key={id}
                  row={row}
                  columns={shown}
                  rowLink={rowLink}
                  rowIndex={drawn.from + offset + 2}
                  template={cards ? undefined : template}
                  fresh={live.isFresh(id)}
                  selected={id === selectedId}
                />
              );
            })}
          </div>
        </div>
        {more?.has && (
          <div className={classes.more}>
            <Button variant="default" loading={more.loading} onClick={more.load}>
              {text.actions.more}
            </Button>
          </div>
        )}
      </>
    );
  }

  return (
    <div
      className={mode === 'page' ? classes.page : `${classes.inline} ${mode === 'card' ? classes.card : ''}`}
      ref={ref}
    >
      {live.held > 0 && (
        <button
          type="button"
          className={classes.pill}
          onClick={() => {
            live.release();
            scroller?.scrollTo({ top: 0 });
          }}
        >
          <IconArrowUp size={14} aria-hidden />
          {text.live.newRows(live.held)}
        </button>
      )}
      {mode !== 'page' ? (
        width > 0 && body
      ) : (
        <div
          ref={setScroller}
          className={classes.scroller}
          onScroll={(event) => {
            setScrolled(event.currentTarget.scrollTop > 12);
            drawn.onScroll(event.currentTarget);
          }}
        >
          {width > 0 && body}
        </div>
      )}
      <span className="visually-hidden" aria-live="polite">
        {live.held > 0 && text.live.newRows(live.held)}
      </span>
    </div>
  );
}
