/** What an import of some kind knows: how its rows differ from what there is, how they are applied and taken back. */
import type { ImportField, ImportRow, Permission, RowOutcome } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import type { RowIssue, Said, SaidValue, UnderstoodRow } from './values.ts';

export interface Before extends Partial<Record<ImportField, SaidValue>> {
  /** The row brings a deleted product back. */
  restored?: boolean;
  /** A new row made the product too, and not only a variant of it. */
  madeProduct?: boolean;
}

/** A row of the dry run as it is kept. */
export interface CheckedRow {
  row: number;
  outcome: RowOutcome;
  key: string | null;
  location: string;
  groupKey: string | null;
  said: Said;
  /** Of a changed row: what it replaces. */
  before: Before | null;
  issues: RowIssue[];
  /** The variant or supplier that it names. */
  targetId: string | null;
}

/** A new or changed row that is to be applied or taken back. */
export interface StoredRow extends Omit<CheckedRow, 'issues' | 'outcome'> {
  outcome: 'new' | 'changed';
}

/** What became of a row. Without `note` there is nothing to say. */
export interface RowResult {
  row: number;
  /** Whether it was applied, or taken back. */
  done: boolean;
  note?: string;
  /** What the row made, and what undoing it must know. */
  made?: { targetId: string | null; before: Before };
}

export interface ImportScope {
  tx: TenantTx;
  importId: string;
  emptyCells: 'keep' | 'clear';
  settings: StockSettings;
}

export interface ImportKindDoor {
  /** That applying needs beside imports.write. */
  permission: Permission;
  /** Rows of one transaction. */
  rowsPerPiece: number;
  /** Whether a piece may be begun before the one before it is committed: no row is applied by what others made. */
  overlaps: boolean;
  /** What tells rows of one file apart; two with the same are one too many. Null: the row does not say. */
  keyOf(said: Said): Pick<CheckedRow, 'key' | 'location'>;
  /** Compares rows without issues, each with another key, with what there is. In their order. */
  check(scope: ImportScope, rows: KeyedRow[]): Promise<CheckedRow[]>;
  /** Applies those whose subject is still as the dry run found it. */
  apply(scope: ImportScope, rows: StoredRow[]): Promise<RowResult[]>;
  /** Takes back those whose subject is still as the import left it. */
  undo(scope: ImportScope, rows: StoredRow[]): Promise<RowResult[]>;
}

export type KeyedRow = UnderstoodRow & Pick<CheckedRow, 'key' | 'location'>;

/** A row that is wrong for a reason that only the comparison sees. */
export function wrongRow(row: KeyedRow, issue: Partial<RowIssue> & { message: string }): CheckedRow {
  return {
    ...row,
    ...{ outcome: 'wrong', groupKey: null, before: null, targetId: null },
    issues: [...row.issues, { column: null, value: null, ...issue }],
  };
}

/** What of a row is another value than what there is. Text is compared without the space around it. */
export function differences(
  said: Said,
  present: Said,
  emptyCells: 'keep' | 'clear',
  clearable: ReadonlySet<ImportField>,
): Before {
  const before: Before = {};
  for (const [name, value] of Object.entries(said)) {
    const field = name as ImportField;
    if (!(field in present)) continue;
    if (value === null && (emptyCells === 'keep' || !clearable.has(field))) continue;
    if (!sameValue(value, present[field])) before[field] = present[field] ?? null;
  }
  return before;
}

export function sameValue(a: SaidValue | undefined, b: SaidValue | undefined): boolean {
  if (isBlank(a) || isBlank(b)) return isBlank(a) && isBlank(b);
  if (typeof a === 'string' && typeof b === 'string') return a.trim() === b.trim();
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  const [x, y] = [a as Record<string, string>, b as Record<string, string>];
  const names = Object.keys(x);
  return names.length === Object.keys(y).length && names.every((name) => x[name] === y[name]);
}

const isBlank = (value: SaidValue | undefined): boolean =>
  typeof value === 'object' && value !== null
    ? Object.keys(value).length === 0
    : value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** Of a changed row: each field with both sides. */
export function changesOf(
  said: Said,
  { restored: _, madeProduct: __, ...before }: Before,
): ImportRow['changes'] {
  return Object.entries(before).map(([field, value]) => ({
    field: field as ImportField,
    before: value ?? null,
    after: said[field as ImportField] ?? null,
  }));
}
