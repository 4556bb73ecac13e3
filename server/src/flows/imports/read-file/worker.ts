/** Reads files in a thread of its own, whose memory is bounded: what is in a file cannot hold up or bring down the server. */
import { open } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { ImportKind } from '@tradepost/contracts';
import { countKnownNames } from '../guess-columns.ts';
import { textOf, understand } from '../values.ts';
import { csvRows } from './csv-rows.ts';
import { guessDecimal, guessEncoding, guessSeparator } from './csv-text.ts';
import { type Cell, FileError, type FileRow } from './file-error.ts';
import type { FileSample, ReadBatch, WorkerAnswer, WorkerJob } from './reader.ts';
import { Workbook } from './xlsx-rows.ts';

/** Enough to see how a CSV file is written. */
const beginningBytes = 4 * 1_048_576;
const sampledRows = 200;
/** Rows among which the one that names the columns is looked for. */
const searchedRows = 20;
const rowsPerBatch = 1000;

const port = parentPort!;
const say = (answer: WorkerAnswer) => port.postMessage(answer);

async function sample({ path, kind, wanted }: Extract<WorkerJob, { type: 'sample' }>): Promise<FileSample> {
  const beginning = await readBeginning(path);
  if (beginning.length === 0) throw new FileError('The file is empty.');
  if (beginning.readUInt32BE(0) === 0xd0cf11e0)
    throw new FileError(
      'This is a workbook of an old Excel, or one with a password; save it as .xlsx or CSV.',
    );
  const isZip = beginning.length > 4 && beginning.readUInt32BE(0) === 0x504b0304;
  const sampled: FileRow[] = [];
  const take = async (rows: AsyncIterable<FileRow>) => {
    for await (const row of rows) if (sampled.push(row) === sampledRows) break;
  };
  let sheets: string[] = [];
  let sheet: string | null = null;
  let encoding: FileSample['reading']['encoding'] = 'utf-8';
  let separator: FileSample['reading']['separator'] = ',';
  if (isZip) {
    const workbook = await Workbook.open(path);
    sheets = workbook.sheets;
    sheet = wanted.sheet ?? sheets[0]!;
    await take(workbook.rows(sheet));
    workbook.close();
  } else {
    encoding = wanted.encoding ?? guessEncoding(beginning);
    const text = new TextDecoder(encoding).decode(beginning.subarray(0, 65_536));
    separator = wanted.separator ?? guessSeparator(text);
    await take(csvRows({ path, reading: { encoding, separator } }));
  }
  if (sampled.length === 0) throw new FileError('The file holds no row.');
  const headerRow = wanted.headerRow ?? guessHeaderRow(sampled, kind);
  const header = sampled.find(({ row }) => row === headerRow)?.cells.map(cellText) ?? [];
  const rows = sampled.filter(({ row }) => row > headerRow).map(({ cells }) => cells);
  const width = Math.max(header.length, ...rows.map((cells) => cells.length));
  const decimal = wanted.decimal ?? guessDecimal(rows, separator);
  return {
    reading: { format: isZip ? 'xlsx' : 'csv', encoding, separator, decimal, headerRow, sheet, sheets },
    columns: Array.from({ length: width }, (_, i) => ({
      name: (header[i] || letterOf(i)).slice(0, 200),
      samples: rows.flatMap((cells) => cellText(cells[i] ?? '') || []).slice(0, 20),
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

async function readBeginning(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(Math.min(beginningBytes, (await file.stat()).size));
    let read = 0;
    while (read < buffer.length) {
      const { bytesRead } = await file.read(buffer, read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return buffer.subarray(0, read);
  } finally {
    await file.close();
  }
}

/** Says all rows below the header in batches; the next one only when one of the last two was taken. */
async function readAll({ path, bytes, reading, fields, names, after }: Extract<WorkerJob, { type: 'rows' }>) {
  let share = 0;
  let batch: ReadBatch['rows'] = [];
  let ahead = 2;
  let taken = () => {};
  port.on('message', () => {
    ahead++;
    taken();
  });
  const send = async () => {
    while (ahead === 0) await new Promise<void>((resolve) => (taken = resolve));
    ahead--;
    say({ type: 'batch', batch: { rows: batch, share } });
    batch = [];
  };
  const onShare = (read: number) => {
    share = read;
  };
  const workbook = reading.format === 'xlsx' ? await Workbook.open(path) : null;
  const rows =
    workbook === null
      ? csvRows({ path, reading, onRead: (read) => onShare(read / bytes) })
      : workbook.rows(reading.sheet ?? workbook.sheets[0]!, onShare);
  for await (const row of rows) {
    if (row.row <= reading.headerRow || row.row <= after) continue;
    batch.push(understand(row, fields, names, reading.decimal));
    if (batch.length === rowsPerBatch) await send();
  }
  if (batch.length > 0) await send();
  workbook?.close();
  port.removeAllListeners('message');
}

try {
  const { job } = workerData as { job: WorkerJob };
  if (job.type === 'sample') say({ type: 'sample', sample: await sample(job) });
  else await readAll(job);
  say({ type: 'end' });
} catch (error) {
  if (!(error instanceof FileError)) throw error;
  say({ type: 'refused', message: error.message });
}
