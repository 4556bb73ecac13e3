import type { MAX_IMPORT_COLUMNS } from '@tradepost/contracts';

/** What is wrong with a file as a whole, in words for whoever made it. */
export class FileError extends Error {
  override name = 'FileError';
}

/** A cell as the file has it: numbers of XLSX are numbers, all else is text. An empty cell is empty text. */
export type Cell = string | number;

/** A row that is not blank, with its place in the file as a spreadsheet counts, from 1. */
export interface FileRow {
  row: number;
  cells: Cell[];
}

/** Those that an import may have; no import of ours, so that the thread starts at once. */
export const maxColumns: typeof MAX_IMPORT_COLUMNS = 200;

/** Characters of one cell; the most that a spreadsheet holds. */
export const maxCellLength = 32_767;
