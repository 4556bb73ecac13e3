/** Files, seen from the server: a thread reads them and says what is in them. */
import { Worker } from 'node:worker_threads';
import type { ImportReading } from '@tradepost/contracts';
import { FileError, type FileRow } from './file-error.ts';

export { type Cell, FileError, type FileRow } from './file-error.ts';

/** What is asked of the reading, over what would be guessed. */
export type WantedReading = {
  [K in keyof Omit<ImportReading, 'format' | 'sheets'>]?: ImportReading[K] | undefined;
};

export interface FileBeginning
  extends Pick<ImportReading, 'format' | 'encoding' | 'separator' | 'sheet' | 'sheets'> {
  rows: FileRow[];
}

export interface ReadBatch {
  rows: FileRow[];
  /** Of the file that was read so far: 0 to 1. */
  share: number;
}

export type WorkerJob =
  | { type: 'beginning'; path: string; wanted: WantedReading }
  /** Rows up to `after` are passed over. Cells of other columns than `only` come empty; default: all are read. */
  | { type: 'rows'; path: string; bytes: number; reading: ImportReading; after: number; only?: number[] };

export type WorkerAnswer =
  | { type: 'beginning'; beginning: FileBeginning }
  | { type: 'batch'; batch: ReadBatch }
  | { type: 'refused'; message: string }
  | { type: 'end' };

/** A thread beyond it is ended; the server's own memory is untouched. Rows are short-lived: little room for young objects does. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, stackSizeMb: 4 };
/** A workbook keeps its texts while it is read; until it is known what a file is, it may be one. */
const oldGenerationMb = { csv: 64, xlsx: 192 };
const beginningTimeoutMs = 20_000;

/** How a file seems to be written, with its first rows. @throws FileError */
export async function readFileBeginning(path: string, wanted: WantedReading): Promise<FileBeginning> {
  const signal = AbortSignal.timeout(beginningTimeoutMs);
  for await (const answer of answersOf({ type: 'beginning', path, wanted }, signal))
    if (answer.type === 'beginning') return answer.beginning;
  throw new FileError(`The beginning of the file could not be read within ${beginningTimeoutMs / 1000} s.`);
}

/** All rows of a file behind `after`, as they are read: not much faster than they are taken. @throws FileError */
export async function* readFileRows(
  job: Omit<Extract<WorkerJob, { type: 'rows' }>, 'type'>,
  signal: AbortSignal,
): AsyncGenerator<ReadBatch> {
  for await (const answer of answersOf({ type: 'rows', ...job }, signal))
    if (answer.type === 'batch') yield answer.batch;
  signal.throwIfAborted();
}

/** Ends early, without an error, when the signal aborts. */
async function* answersOf(job: WorkerJob, signal: AbortSignal): AsyncGenerator<WorkerAnswer> {
  const format = job.type === 'rows' ? job.reading.format : 'xlsx';
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { job },
    resourceLimits: { ...resourceLimits, maxOldGenerationSizeMb: oldGenerationMb[format] },
  });
  const answers: WorkerAnswer[] = [];
  let failure: Error | undefined;
  let ended = false;
  let wake = () => {};
  worker.on('message', (answer: WorkerAnswer) => {
    answers.push(answer);
    wake();
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    failure =
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? new FileError('The file needs more memory than is given to one; split it, or save it as CSV.')
        : error;
    wake();
  });
  worker.on('exit', () => {
    ended = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const answer = answers.shift();
      if (answer !== undefined) {
        if (answer.type === 'end') return;
        if (answer.type === 'refused') throw new FileError(answer.message);
        yield answer;
        if (answer.type === 'batch') worker.postMessage('taken');
      } else if (failure !== undefined) throw failure;
      else if (ended) throw new Error('the thread that reads the file ended without an answer');
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}
