import { useMemo } from 'react';
import { type Kept, useKept } from '../preferences/kept.ts';
import type { Column } from './data-row.tsx';

/** A person's choice of a table's columns. Columns that came later than the choice stand where they were made to. */
interface ColumnChoice {
  /** Keys in the order chosen; empty: as made. */
  order: string[];
  hidden: string[];
}

const asMade: ColumnChoice = { order: [], hidden: [] };

function isChoice(value: unknown): value is ColumnChoice {
  const { order, hidden } = (value ?? {}) as Partial<ColumnChoice>;
  return Array.isArray(order) && Array.isArray(hidden);
}

export interface Columns<T> {
  /** Those to show, in order. The first one names the row: it always comes first. */
  shown: readonly Column<T>[];
  /** All but the first one, in order, for the menu. */
  choices: readonly { column: Column<T>; hidden: boolean }[];
  chosen: boolean;
  toggle: (key: string) => void;
  move: (key: string, step: 1 | -1) => void;
  reset: () => void;
}

/** @param table names the table in what is kept */
export function useColumns<T>(table: string, columns: readonly Column<T>[]): Columns<T> {
  const kept = useMemo<Kept<ColumnChoice>>(
    () => ({ key: `columns:${table}`, fallback: asMade, valid: isChoice }),
    [table],
  );
  const [choice, setChoice] = useKept(kept);
  return useMemo(() => {
    const sorted = arrange(columns, choice.order);
    const hidden = new Set(choice.hidden);
    const keys = sorted.slice(1).map((column) => column.key);
    return {
      shown: sorted.filter((column, index) => index === 0 || !hidden.has(column.key)),
      choices: sorted.slice(1).map((column) => ({ column, hidden: hidden.has(column.key) })),
      chosen: choice !== asMade && choice.order.length + choice.hidden.length > 0,
      toggle: (key) =>
        setChoice({
          ...choice,
          hidden: hidden.has(key) ? choice.hidden.filter((each) => each !== key) : [...choice.hidden, key],
        }),
      move: (key, step) => {
        const from = keys.indexOf(key);
        const to = from + step;
        if (from < 0 || to < 0 || to >= keys.length) return;
        setChoice({ ...choice, order: keys.toSpliced(from, 1).toSpliced(to, 0, key) });
      },
      reset: () => setChoice(asMade),
    };
  }, [columns, choice, setChoice]);
}

/** Exported for its test. */
export function arrange<T>(columns: readonly Column<T>[], order: readonly string[]): readonly Column<T>[] {
  if (order.length === 0) return columns;
  const known = order.flatMap((key) => columns.slice(1).filter((column) => column.key === key));
  const arranged = [...columns.slice(0, 1), ...known];
  // One that is not in the choice goes where its neighbour on the left is.
  for (const [index, column] of columns.entries()) {
    if (arranged.includes(column)) continue;
    const left = columns[index - 1];
    arranged.splice(left === undefined ? 0 : arranged.indexOf(left) + 1, 0, column);
  }
  return arranged;
}
