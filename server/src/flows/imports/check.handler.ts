/**
 * The dry run: reads the file from its beginning, compares piece by piece, keeps what each row would change. Behind a
 * piece that is kept stands how far it came; a run that begins anew passes over the rows before.
 */
import { MAX_IMPORT_ROWS } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { type TaskContext, TaskFailure } from '#platform/jobs';
import type { ImportPayload } from './definitions.ts';
import {
  deleteRows,
  findKeys,
  type ImportRecord,
  insertRows,
  lockImport,
  updateImport,
} from './import-records.ts';
import type { ImportsDeps } from './index.ts';
import { type CheckedRow, type KeyedRow, wrongRow } from './kind.ts';
import { FileError, readFileRows } from './read-file/reader.ts';
import { beginRun, type ImportRun, tryPiece } from './run.ts';
import { type UnderstoodRow, understand } from './values.ts';

const deletedAtOnce = 20_000;

export async function run(
  ctx: TaskContext,
  { importId }: ImportPayload,
  deps: ImportsDeps,
): Promise<unknown> {
  const begun = await beginRun(ctx, importId, 'checking', deps);
  if (begun === null) return null;
  const { run, record } = begun;
  if (record.checkedThrough === null) await forgetDryRun(run);
  const path = deps.files.pathOf(importId);
  if (!(await deps.files.exists(importId)))
    throw new TaskFailure('FILE_MISSING', `The file of the import is not in this server's DATA_DIR.`, {
      retry: false,
    });
  let checked = record.newRows + record.changedRows + record.unchangedRows + record.wrongRows;
  try {
    const { reading, columns, fileBytes: bytes } = record;
    const fields = columns.map((column) => column.field);
    const only = fields.flatMap((field, i) => (field === null ? [] : [i]));
    const job = { path, bytes, reading, after: record.checkedThrough ?? 0, only };
    const names = columns.map((column) => column.name);
    for await (const { rows, share } of readFileRows(job, ctx.signal)) {
      checked += rows.length;
      if (checked > MAX_IMPORT_ROWS)
        throw new FileError(`The file has more than ${MAX_IMPORT_ROWS} rows; split it.`);
      const understood = rows.map((row) => understand(row, fields, names, reading.decimal));
      await tryPiece(() => ctx.transaction((tx) => checkPiece(tx, run, understood)));
      ctx.progress(Math.floor(share * 100), 100, `${checked} rows checked`);
    }
  } catch (error) {
    if (error instanceof FileError)
      throw new TaskFailure('FILE_UNREADABLE', error.message, { retry: false, cause: error });
    throw error;
  }
  const ended = await ctx.transaction((tx) =>
    updateImport(tx, importId, { status: 'checked', checked_at: tx.clock.now() }),
  );
  const { newRows, changedRows, unchangedRows, wrongRows } = ended;
  return { new: newRows, changed: changedRows, unchanged: unchangedRows, wrong: wrongRows };
}

/** Deletes the rows of a dry run before this one, in pieces, and stands at the beginning then. */
async function forgetDryRun({ ctx, importId }: ImportRun): Promise<void> {
  for (let deleted = deletedAtOnce; deleted === deletedAtOnce; ) {
    ctx.signal.throwIfAborted();
    deleted = await ctx.transaction((tx) => deleteRows(tx, importId, deletedAtOnce));
  }
  await ctx.transaction((tx) =>
    updateImport(tx, importId, {
      ...{ checked_through: 0, new_rows: 0, changed_rows: 0, unchanged_rows: 0, wrong_rows: 0 },
    }),
  );
}

async function checkPiece(tx: TenantTx, run: ImportRun, rows: UnderstoodRow[]): Promise<void> {
  const { importId, door, deps } = run;
  const record = await lockImport(tx, importId);
  const keyed = rows.map((row): KeyedRow => ({ ...row, ...door.keyOf(row.said) }));
  const sound = await tellDuplicates(tx, record, keyed);
  const { emptyCells } = record;
  const compared = await door.check({ tx, importId, emptyCells, settings: deps.settings }, sound.good);
  const checked = [...compared, ...sound.wrong];
  await insertRows(tx, importId, checked);
  const count = (outcome: CheckedRow['outcome']) => checked.filter((row) => row.outcome === outcome).length;
  await updateImport(tx, importId, {
    checked_through: rows.at(-1)!.row,
    new_rows: record.newRows + count('new'),
    changed_rows: record.changedRows + count('changed'),
    unchanged_rows: record.unchangedRows + count('unchanged'),
    wrong_rows: record.wrongRows + count('wrong'),
  });
}

/** Parts rows that can be compared from those that are wrong by themselves, or say again what a row before said. */
async function tellDuplicates(
  tx: TenantTx,
  { id, columns, kind }: ImportRecord,
  rows: KeyedRow[],
): Promise<{ good: KeyedRow[]; wrong: CheckedRow[] }> {
  const keyField = kind === 'suppliers' ? 'name' : 'sku';
  const column = columns.find(({ field }) => field === keyField)?.name ?? null;
  const placeOf = (row: { key: string | null; location: string }) => `${row.key}\n${row.location}`;
  const known = await findKeys(tx, id, [...new Set(rows.flatMap((row) => row.key ?? []))]);
  const seen = new Map(known.map((row) => [placeOf(row), row.row]));
  const good: KeyedRow[] = [];
  const wrong: CheckedRow[] = [];
  for (const row of rows) {
    const first = seen.get(placeOf(row));
    if (row.issues.length > 0)
      wrong.push(wrongRow({ ...row, issues: row.issues.slice(0, -1) }, row.issues.at(-1)!));
    else if (row.key === null) wrong.push(wrongRow(row, { column, message: 'must not be empty' }));
    else if (first !== undefined)
      wrong.push(
        wrongRow(row, { column, value: row.key, message: `must not repeat; row ${first} has it already` }),
      );
    else {
      seen.set(placeOf(row), row.row);
      good.push(row);
    }
  }
  return { good, wrong };
}
