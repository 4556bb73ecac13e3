/** A list as a file: its columns, and how its rows are read, portion by portion. */
import type { TenantTx } from '#platform/db';

/** Text that looks like a number stays text. */
export type ExportCell = string | number | null;

/** What tells where a portion ended: texts that the next one's query compares with. */
export type Place = (string | number)[];

export interface ExportList {
  name: string;
  columns: readonly string[];
  /** Up to `rowsPerRead` or so rows behind a place; `next` is null when there are no more. */
  read(tx: TenantTx, after: Place | null): Promise<{ rows: ExportCell[][]; next: Place | null }>;
}

/** Rows read in one transaction, which is over before they are sent. */
export const rowsPerRead = 2000;

/**
 * A list that one statement reads. `$1` is the tenant, `$2` the number of rows; the place follows from `$3` on, all null at
 * the beginning, and then `values`.
 */
export function listBySql<Row>(list: {
  name: string;
  columns: readonly string[];
  sql: string;
  placeLength: number;
  values?: readonly unknown[];
  placeOf(row: Row): Place;
  cellsOf(row: Row): ExportCell[];
}): ExportList {
  const { name, columns, values = [] } = list;
  const start: null[] = Array.from({ length: list.placeLength }, () => null);
  return {
    name,
    columns,
    async read(tx, after) {
      const rows = await tx.query<Row>(list.sql, [tx.tenantId, rowsPerRead, ...(after ?? start), ...values]);
      const next = rows.length < rowsPerRead ? null : list.placeOf(rows.at(-1)!);
      return { rows: rows.map(list.cellsOf), next };
    },
  };
}
