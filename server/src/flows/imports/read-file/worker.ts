/**
 * Reads files in a thread of its own, whose memory is bounded: what is in a file cannot hold up or bring down the server.
 * It imports little, so that it starts at once.
 */
import { open } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { csvRows } from './csv-rows.ts';
import { guessEncoding, guessSeparator } from './csv-text.ts';
import { FileError, type FileRow } from './file-error.ts';
import type { FileBeginning, ReadBatch, WorkerAnswer, WorkerJob } from './reader.ts';
import { Workbook } from './xlsx-rows.ts';

/** Enough to see how a CSV file is written. */
const beginningBytes = 4 * 1_048_576;
const sampledRows = 200;
const rowsPerBatch = 500;
/** Rows may be of a megabyte: of such there are fewer at a time. */
const charactersAtOnce = 2_000_000;
const lengthOf = ({ cells }: FileRow): number =>
  cells.reduce<number>((sum, cell) => sum + String(cell).length, 0);

const port = parentPort!;
const say = (answer: WorkerAnswer) => port.postMessage(answer);

async function readBeginning({
  path,
  wanted,
}: Extract<WorkerJob, { type: 'beginning' }>): Promise<FileBeginning> {
  const bytes = await firstBytes(path);
  if (bytes.length === 0) throw new FileError('The file is empty.');
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  if (magic === 0xd0cf11e0)
    throw new FileError(
      'This is a workbook of an old Excel, or one with a password; save it as .xlsx or CSV.',
    );
  const rows: FileRow[] = [];
  const take = async (source: AsyncIterable<FileRow>) => {
    let characters = 0;
    for await (const row of source) {
      characters += lengthOf(row);
      if (rows.push(row) === sampledRows || characters >= charactersAtOnce) break;
    }
  };
  if (magic === 0x504b0304) {
    const workbook = await Workbook.open(path);
    const { sheets } = workbook;
    const sheet = wanted.sheet ?? sheets[0]!;
    await take(workbook.rows(sheet));
    workbook.close();
    return { format: 'xlsx', encoding: 'utf-8', separator: ',', sheet, sheets, rows };
  }
  const encoding = wanted.encoding ?? guessEncoding(bytes);
  const text = new TextDecoder(encoding).decode(bytes.subarray(0, 65_536));
  const separator = wanted.separator ?? guessSeparator(text);
  await take(csvRows({ path, reading: { encoding, separator } }));
  return { format: 'csv', encoding, separator, sheet: null, sheets: [], rows };
}

async function firstBytes(path: string): Promise<Buffer> {
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
async function readAll({ path, bytes, reading, after, only }: Extract<WorkerJob, { type: 'rows' }>) {
  const needed = only && new Set(only);
  let share = 0;
  let batch: ReadBatch['rows'] = [];
  let characters = 0;
  let ahead = 2;
  let taken = () => {};
  port.on('message', () => {
    ahead++;
    taken();
  });
  const send = async () => {
    while (ahead === 0) {
      await new Promise<void>((resolve) => {
        taken = resolve;
      });
    }
    ahead--;
    say({ type: 'batch', batch: { rows: batch, share } });
    batch = [];
    characters = 0;
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
    if (needed) row.cells = row.cells.map((cell, i) => (needed.has(i) ? cell : ''));
    characters += lengthOf(row);
    batch.push(row);
    if (batch.length === rowsPerBatch || characters >= charactersAtOnce) await send();
  }
  if (batch.length > 0) await send();
  workbook?.close();
}

try {
  const { job } = workerData as { job: WorkerJob };
  if (job.type === 'rows') await readAll(job);
  else say({ type: 'beginning', beginning: await readBeginning(job) });
  say({ type: 'end' });
} catch (error) {
  if (!(error instanceof FileError)) throw error;
  say({ type: 'refused', message: error.message });
} finally {
  port.close();
}
