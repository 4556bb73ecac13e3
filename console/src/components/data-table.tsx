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
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { useText } from '../i18n/locale.tsx';
import { useKept } from '../preferences/kept.ts';
import { type Density, densityKept } from '../preferences/preferences.ts';
import { BulkBar } from './bulk-bar.tsx';
import { type Column, DataRow } from './data-row.tsx';
import classes from './data-table.module.css';
import { ErrorState, Lines } from './states.tsx';
import { type Sort, TableHead } from './table-head.tsx';
import { TableMenu } from './table-menu.tsx';
import { useColumns } from './use-columns.ts';
import { useLiveRows } from './use-live-rows.ts';
import type { Selection } from './use-selection.ts';
import { useWindow } from './use-window.ts';

interface Props<T> {
  label: string;
  /** Names the table in what is kept of a person's choice of columns; without it there is no such choice. */
  name?: string;
  rows: readonly T[] | undefined;
  columns: readonly Column<T>[];
  rowId: (row: T) => string;
  /** Wraps the first cell in the row's link; the whole row is its target. */
  rowLink?: (row: T, children: ReactNode) => ReactNode;
  /** The row whose detail is open. */
  selectedId?: string | undefined;
  /** Rows can be checked: from `useSelection`. */
  selection?: Selection;
  /** What can be done with the checked rows; stands in a bar from below while there are any. */
  bulk?: ReactNode;
  /** How the list is sorted now, and what a click on the header of a `sortable` column asks for. */
  sort?: Sort | null;
  onSort?: (sort: Sort) => void;
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
const rowHeightsPx: Record<Density, number> = { comfortable: 36, compact: 28 };
const CARD_HEIGHT_PX = 60;
const CHECK_TRACK = '20px';

export function DataTable<T>(props: Props<T>) {
  const { label, name, rowId, rowLink, selectedId, selection, error, onRetry, empty, more } = props;
  const { mode = 'page' } = props;
  const text = useText();
  const { ref, width } = useElementSize();
  const [scrolled, setScrolled] = useState(false);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const live = useLiveRows(props.rows, rowId, scrolled);

  const [density] = useKept(densityKept);
  const columns = useColumns(name ?? '', props.columns);
  const chosen = name === undefined ? props.columns : columns.shown;

  const cards = width > 0 && width < CARD_WIDTH;
  // A card has room for what it was made for, whatever the columns chosen for wide screens.
  const shown = useMemo(
    () => (cards ? props.columns : chosen.filter((column) => width >= (column.from ?? 0))),
    [cards, props.columns, chosen, width],
  );
  const drawn = useWindow(live.rows.length, cards ? CARD_HEIGHT_PX : rowHeightsPx[density]);
  const tracks = shown.map((column) => column.width);
  const template = (selection ? [CHECK_TRACK, ...tracks] : tracks).join(' ');

  // The rows themselves must not be drawn anew because the way to check them has changed.
  const latest = useRef({ selection, rows: live.rows, rowId });
  latest.current = { selection, rows: live.rows, rowId };
  const check = useCallback((id: string, range: boolean) => {
    const now = latest.current;
    now.selection?.toggle(id, now.rows.map(now.rowId), range);
  }, []);
  const checkedRows = selection ? live.rows.filter((row) => selection.ids.has(rowId(row))).length : 0;

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
          data-density={density}
          data-checks={selection ? true : undefined}
          data-list
        >
          {/* biome-ignore lint/a11y/useSemanticElements: part of the same table */}
          <div role="rowgroup" className={classes.head}>
            <TableHead
              columns={shown}
              template={template}
              sort={props.sort}
              onSort={props.onSort}
              checks={
                selection && {
                  all: checkedRows === live.rows.length,
                  some: checkedRows > 0,
                  set: (on) => selection.setAll(live.rows.map(rowId), on),
                }
              }
              menu={name !== undefined && !cards && <TableMenu columns={columns} />}
            />
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
                  id={id}
                  columns={shown}
                  rowLink={rowLink}
                  rowIndex={drawn.from + offset + 2}
                  template={cards ? undefined : template}
                  fresh={live.isFresh(id)}
                  selected={id === selectedId}
                  checked={selection?.ids.has(id) ?? false}
                  onCheck={selection && check}
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
          data-bulk={checkedRows > 0 || undefined}
          onScroll={(event) => {
            setScrolled(event.currentTarget.scrollTop > 12);
            drawn.onScroll(event.currentTarget);
          }}
        >
          {width > 0 && body}
        </div>
      )}
      {selection && checkedRows > 0 && (
        <BulkBar count={checkedRows} onClear={selection.clear}>
          {props.bulk}
        </BulkBar>
      )}
      <span className="visually-hidden" aria-live="polite">
        {live.held > 0 && text.live.newRows(live.held)}
      </span>
    </div>
  );
}
