/** How a file is read, and what its columns are: guessed from its beginning. */
import type { ImportKind, ImportReading } from '@tradepost/contracts';
import { countKnownNames } from './guess-columns.ts';
import { guessDecimal } from './read-file/csv-text.ts';
import {
  type Cell,
  FileError,
  type FileRow,
  readFileBeginning,
  type WantedReading,
} from './read-file/reader.ts';
import { textOf } from './values.ts';

export interface FileSample {
  reading: ImportReading;
  columns: { name: string; samples: string[] }[];
}

/** Rows among which the one that names the columns is looked for. */
const searchedRows = 20;
const samplesPerColumn = 20;

/** @throws FileError */
export async function sampleFile(
  path: string,
  kind: ImportKind,
  wanted: WantedReading = {},
): Promise<FileSample> {
  const { rows, ...written } = await readFileBeginning(path, wanted);
  if (rows.length === 0) throw new FileError('The file holds no row.');
  const headerRow = wanted.headerRow ?? guessHeaderRow(rows, kind);
  const header = rows.find(({ row }) => row === headerRow)?.cells.map(cellText) ?? [];
  const below = rows.filter(({ row }) => row > headerRow).map(({ cells }) => cells);
  const width = Math.max(header.length, ...below.map((cells) => cells.length));
  const decimal = wanted.decimal ?? guessDecimal(below, written.separator);
  return {
    reading: { ...written, decimal, headerRow },
    columns: Array.from({ length: width }, (_, i) => ({
      name: header[i] || letterOf(i),
      samples: below.flatMap((cells) => cellText(cells[i] ?? '') || []).slice(0, samplesPerColumn),
    })),
  };
}

const cellText = (cell: Cell): string => textOf(cell).trim().slice(0, 200).replaceAll('\0', '␀');

/** As spreadsheets call columns: A, B, … Z, AA. */
function letterOf(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest === 0 ? '' : letterOf(rest - 1)) + String.fromCharCode(65 + (index % 26));
}

/** The row with most known names; else the first, unless it holds numbers as the rows below do. */
function guessHeaderRow(rows: FileRow[], kind: ImportKind): number {
  let best = { row: rows[0]!.row, known: 0 };
  for (const { row, cells } of rows.slice(0, searchedRows)) {
    const known = countKnownNames(kind, cells.map(cellText));
    if (known > best.known) best = { row, known };
  }
  const isNumber = (cell: Cell) => /^[-+]?\d+([.,]\d+)?$/.test(cellText(cell));
  return best.known === 0 && rows[0]!.cells.some(isNumber) ? 0 : best.row;
}
