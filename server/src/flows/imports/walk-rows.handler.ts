/**
 * Applies the rows of a dry run, or takes back those that were applied, in pieces. Each piece is one commit with the place
 * behind it: killed at any moment, the next run goes on there, and no row is lost or done twice.
 *
 * Where rows do not lean on rows before them, a piece is begun while the one before it is still written. Invariants
 *   * Pieces commit in the order of their rows: each only when the place is where it begins.
 *   * One waits for the one before it in the database, where a circle with the locks of both is found and resolved.
 */
import type { TenantTx } from '#platform/db';
import type { TaskContext } from '#platform/jobs';
import type { ImportPayload } from './definitions.ts';
import {
  type ImportRecord,
  lockImport,
  lockPlace,
  readNextRows,
  saveResults,
  updateImport,
} from './import-records.ts';
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

/** The place is not where the piece begins: the one before it was rolled back, or another run is at this import. */
class OutOfTurn extends Error {}

export async function run(
  ctx: TaskContext,
  { importId }: ImportPayload,
  deps: ImportsDeps,
  way: Way,
): Promise<unknown> {
  const begun = await beginRun(ctx, importId, way.during, deps);
  if (begun === null) return null;
  const { run, record } = begun;
  const total = way.totalOf(record);
  let before = Promise.resolve(record);
  let current = before;
  try {
    for (let { after } = way.rowsOf(record); ; ) {
      ctx.signal.throwIfAborted();
      const piece = beginPiece(run, record, way, after, before);
      current = piece.committed;
      const through = await piece.through;
      const isLast = through === null;
      const { done, refused } = way.countsOf(await (isLast || !run.door.overlaps ? current : before));
      if (isLast) return { done, [way.refused]: refused };
      ctx.progress(done + refused, total, `${done + refused} of ${total} rows ${way.words}`);
      before = current;
      after = through;
    }
  } finally {
    // Of a run that ended nothing goes on.
    await Promise.allSettled([before, current]);
  }
}

/** `through` is known, and locked, long before the piece is committed; null: there are no more rows, and this ends the run. */
function beginPiece(
  run: ImportRun,
  begun: ImportRecord,
  way: Way,
  after: number,
  before: Promise<unknown>,
): { through: Promise<number | null>; committed: Promise<ImportRecord> } {
  const reached = Promise.withResolvers<number | null>();
  const walk = () =>
    tryPiece(() => run.ctx.transaction((tx) => walkPiece(tx, run, begun, way, after, reached.resolve)));
  const committed = walk().catch(async (error: unknown) => {
    if (!(error instanceof OutOfTurn)) throw error;
    await before;
    return walk();
  });
  committed.catch(reached.reject);
  return { through: reached.promise, committed };
}

async function walkPiece(
  tx: TenantTx,
  { importId, door, deps }: ImportRun,
  begun: ImportRecord,
  way: Way,
  after: number,
  onReached: (through: number | null) => void,
): Promise<ImportRecord> {
  // What leans on rows before it has to see them.
  if (!door.overlaps) await lockImport(tx, importId);
  const limits = { ...way.rowsOf(begun), after, limit: door.rowsPerPiece };
  const rows = await readNextRows(tx, importId, limits);
  const through = rows.at(-1)?.row ?? null;
  if (through !== null) await lockPlace(tx, importId, through);
  onReached(through);
  const scope = { tx, importId, emptyCells: begun.emptyCells, settings: deps.settings };
  const results = rows.length === 0 ? [] : await door[way.act](scope, rows);
  await saveResults(tx, importId, results, way.refused);
  await lockPlace(tx, importId, after);
  const present = await lockImport(tx, importId);
  if (present.status !== way.during || way.rowsOf(present).after !== after)
    throw new OutOfTurn(`the import is not at row ${after} any more`);
  const { columns } = way;
  if (through === null)
    return updateImport(tx, importId, { status: way.ended, [columns.at]: tx.clock.now() });
  const counts = way.countsOf(present);
  const done = results.filter((result) => result.done).length;
  return updateImport(tx, importId, {
    [columns.through]: through,
    [columns.done]: counts.done + done,
    [columns.refused]: counts.refused + results.length - done,
  });
}
