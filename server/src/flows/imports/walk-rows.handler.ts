/**
 * Applies the rows of a dry run, or takes back those that were applied, in pieces. Each piece is one commit with the place
 * behind it: killed at any moment, the next run goes on there, and no row is lost or done twice.
 */
import type { TenantTx } from '#platform/db';
import type { TaskContext } from '#platform/jobs';
import type { ImportPayload } from './definitions.ts';
import { type ImportRecord, lockImport, readNextRows, saveResults, updateImport } from './import-records.ts';
import type { ImportsDeps } from './index.ts';
import { beginRun, type ImportRun, tryPiece } from './run.ts';

interface Way {
  during: ImportRecord['status'];
  ended: ImportRecord['status'];
  refused: 'skipped' | 'left';
  act: 'apply' | 'undo';
  rowsOf(record: ImportRecord): { after: number; through: number | null };
  totalOf(record: ImportRecord): number;
  countsOf(record: ImportRecord): { done: number; refused: number };
  columns: { through: string; done: string; refused: string; at: string };
  words: string;
}

export const ways = {
  apply: {
    ...{ during: 'applying', ended: 'applied', refused: 'skipped', act: 'apply', words: 'applied' },
    rowsOf: (record) => ({ after: record.appliedThrough ?? 0, through: null }),
    totalOf: (record) => record.newRows + record.changedRows,
    countsOf: (record) => ({ done: record.appliedRows, refused: record.skippedRows }),
    columns: { through: 'applied_through', done: 'applied_rows', refused: 'skipped_rows', at: 'applied_at' },
  },
  undo: {
    ...{ during: 'undoing', ended: 'undone', refused: 'left', act: 'undo', words: 'taken back' },
    rowsOf: (record) => ({ after: record.undoneThrough ?? 0, through: record.appliedThrough ?? 0 }),
    totalOf: (record) => record.appliedRows,
    countsOf: (record) => ({ done: record.restoredRows, refused: record.leftRows }),
    columns: { through: 'undone_through', done: 'restored_rows', refused: 'left_rows', at: 'undone_at' },
  },
} as const satisfies Record<string, Way>;

export async function run(
  ctx: TaskContext,
  { importId }: ImportPayload,
  deps: ImportsDeps,
  way: Way,
): Promise<unknown> {
  const begun = await beginRun(ctx, importId, way.during, deps);
  if (begun === null) return null;
  const total = way.totalOf(begun.record);
  for (;;) {
    ctx.signal.throwIfAborted();
    const { record, ended } = await tryPiece(() => ctx.transaction((tx) => walkPiece(tx, begun.run, way)));
    const { done, refused } = way.countsOf(record);
    if (ended) return { done, [way.refused]: refused };
    ctx.progress(done + refused, total, `${done + refused} of ${total} rows ${way.words}`);
  }
}

async function walkPiece(
  tx: TenantTx,
  { importId, door, deps }: ImportRun,
  way: Way,
): Promise<{ record: ImportRecord; ended: boolean }> {
  const before = await lockImport(tx, importId);
  const rows = await readNextRows(tx, importId, { ...way.rowsOf(before), limit: door.rowsPerPiece });
  const { columns } = way;
  if (rows.length === 0) {
    const change = { status: way.ended, [columns.at]: tx.clock.now() };
    return { record: await updateImport(tx, importId, change), ended: true };
  }
  const scope = { tx, importId, emptyCells: before.emptyCells, settings: deps.settings };
  const results = await door[way.act](scope, rows);
  await saveResults(tx, importId, results, way.refused);
  const done = results.filter((result) => result.done).length;
  const counts = way.countsOf(before);
  const record = await updateImport(tx, importId, {
    [columns.through]: rows.at(-1)!.row,
    [columns.done]: counts.done + done,
    [columns.refused]: counts.refused + results.length - done,
  });
  return { record, ended: false };
}
