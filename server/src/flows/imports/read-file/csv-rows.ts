/** Rows of a CSV file, read as a stream. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ImportReading } from '@tradepost/contracts';
import { type CsvError, parse } from 'csv-parse';
import { withoutApostrophe } from '#platform/csv';
import { FileError, type FileRow, maxCellLength, maxColumns } from './file-error.ts';

/** Bytes of one row: above this a quote was not closed. */
const maxRowBytes = 1_048_576;

export interface CsvSource {
  path: string;
  reading: Pick<ImportReading, 'encoding' | 'separator'>;
  /** Told the bytes read so far. */
  onRead?: (bytes: number) => void;
}

/** @throws FileError naming the row from which on it cannot be read */
export async function* csvRows({ path, reading, onRead }: CsvSource): AsyncGenerator<FileRow> {
  let row = 0;
  const parser = parse({
    delimiter: reading.separator,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: maxRowBytes,
    skip_empty_lines: false,
  });
  const source = Readable.from(decoded(path, reading.encoding, onRead), { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  try {
    for await (const record of source.pipe(parser) as AsyncIterable<string[]>) {
      row++;
      if (record.length > maxColumns) {
        throw new FileError(
          `Row ${row} has ${record.length} columns; at most ${maxColumns} are read. Is “${reading.separator}” what parts them?`,
        );
      }
      if (record.some((cell) => cell.length > maxCellLength))
        throw new FileError(`Row ${row} has a cell of more than ${maxCellLength} characters.`);
      if (record.every((cell) => cell.trim() === '')) continue;
      yield { row, cells: record.map((cell) => withoutApostrophe(cell)) };
    }
  } catch (error) {
    throw explain(error, row + 1);
  } finally {
    source.destroy();
  }
}

function explain(error: unknown, row: number): unknown {
  switch ((error as CsvError).code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return new FileError(`Row ${row} begins a quoted cell that is not closed.`);
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return new FileError(`Row ${row} has text behind a closing quote.`);
    default:
      return error;
  }
}

async function* decoded(
  path: string,
  encoding: ImportReading['encoding'],
  onRead: CsvSource['onRead'],
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    try {
      yield decoder.decode(chunk, { stream: true });
    } catch {
      throw new FileError(
        `Between its bytes ${bytes} and ${bytes + chunk.length} the file holds what is no ${encoding}; choose another encoding.`,
      );
    }
    bytes += chunk.length;
    onRead?.(bytes);
  }
  try {
    yield decoder.decode();
  } catch {
    throw new FileError(`The file ends in the middle of a character of ${encoding}.`);
  }
}
