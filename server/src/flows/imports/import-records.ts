/** Imports and their rows, as the database has them. */
import type {
  Import,
  ImportColumn,
  ImportKind,
  ImportReading,
  ImportRow,
  ImportState,
  RowOutcome,
} from '@tradepost/contracts';
import { requiredImportFields } from '@tradepost/contracts';
import { z } from 'zod';
import { presentTask } from '#modules/tasks';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { decodeCursor, InstantText, pageOf, problem } from '#platform/http';
import { type TaskRow, taskColumns } from '#platform/jobs';
import { type Before, type CheckedRow, changesOf, type RowResult, type StoredRow } from './kind.ts';
import type { Said } from './values.ts';

export interface ImportRecord {
  id: string;
  kind: ImportKind;
  status: ImportState;
  fileName: string;
  fileBytes: number;
  reading: ImportReading;
  columns: ImportColumn[];
  emptyCells: 'keep' | 'clear';
  taskId: string | null;
  newRows: number;
  changedRows: number;
  unchangedRows: number;
  wrongRows: number;
  appliedRows: number;
  skippedRows: number;
  restoredRows: number;
  leftRows: number;
  /** How far a run came, as a row of the file. Null: not begun. */
  checkedThrough: number | null;
  appliedThrough: number | null;
  undoneThrough: number | null;
  actor: string;
  createdAt: Date;
  checkedAt: Date | null;
  appliedAt: Date | null;
  undoneAt: Date | null;
}

const columns = `id, kind, status, file_name as "fileName", file_bytes::float8 as "fileBytes", reading, columns, empty_cells as "emptyCells",
  task_id as "taskId", new_rows as "newRows", changed_rows as "changedRows", unchanged_rows as "unchangedRows", wrong_rows as "wrongRows",
  applied_rows as "appliedRows", skipped_rows as "skippedRows", restored_rows as "restoredRows", left_rows as "leftRows",
  checked_through as "checkedThrough", applied_through as "appliedThrough", undone_through as "undoneThrough",
  actor, created_at as "createdAt", checked_at as "checkedAt", applied_at as "appliedAt", undone_at as "undoneAt"`;

export async function insertImport(
  tx: TenantTx,
  file: {
    kind: ImportKind;
    fileName: string;
    fileBytes: number;
    reading: ImportReading;
    columns: ImportColumn[];
  },
  id = newId(),
): Promise<ImportRecord> {
  return tx.one<ImportRecord>(
    `insert into import (tenant_id, id, kind, status, file_name, file_bytes, reading, columns, actor, created_at)
     values ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9) returning ${columns}`,
    [
      ...[tx.tenantId, id, file.kind, file.fileName, file.fileBytes],
      ...[JSON.stringify(file.reading), JSON.stringify(file.columns), tx.actor, tx.clock.now()],
    ],
  );
}

/** @throws HttpProblem NOT_FOUND */
export async function getImport(tx: TenantTx, id: string, lock = ''): Promise<ImportRecord> {
  const row = await tx.maybeOne<ImportRecord>(
    `select ${columns} from import where tenant_id = $1 and id = $2 ${lock}`,
    [tx.tenantId, id],
  );
  if (row === undefined) throw problem('NOT_FOUND', 'There is no such import.');
  return row;
}

export const lockImport = (tx: TenantTx, id: string): Promise<ImportRecord> =>
  getImport(tx, id, 'for update');

/** Holds the place behind a row until the transaction ends, or waits for who holds it. */
export async function lockPlace(tx: TenantTx, id: string, row: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`import ${id} ${row}`]);
}

/** Writes columns of an import. Names are ours alone. */
export async function updateImport(
  tx: TenantTx,
  id: string,
  change: Record<string, unknown>,
): Promise<ImportRecord> {
  const names = Object.keys(change);
  return tx.one<ImportRecord>(
    `update import set ${names.map((name, i) => `${name} = $${i + 3}`).join(', ')} where tenant_id = $1 and id = $2 returning ${columns}`,
    [tx.tenantId, id, ...Object.values(change)],
  );
}

const ListKey = z.tuple([InstantText, z.uuid()]);

export async function listImports(
  tx: TenantTx,
  filter: {
    kind?: ImportKind | undefined;
    status?: ImportState | undefined;
    limit: number;
    cursor?: string | undefined;
  },
) {
  const before = decodeCursor(ListKey, filter.cursor) ?? [null, null];
  const rows = await tx.query<ImportRecord>(
    `select ${columns} from import where tenant_id = $1 and ($2::text is null or kind = $2) and ($3::text is null or status = $3)
       and ($4::timestamptz is null or (created_at, id) < ($4, $5::uuid))
     order by created_at desc, id desc limit $6`,
    [tx.tenantId, filter.kind ?? null, filter.status ?? null, ...before, filter.limit + 1],
  );
  const tasks = await readTasks(tx, rows);
  return pageOf(
    rows,
    filter.limit,
    (row) => present(row, tasks),
    (row) => [row.createdAt.toISOString(), row.id],
  );
}

export async function presentImport(tx: TenantTx, row: ImportRecord): Promise<Import> {
  return present(row, await readTasks(tx, [row]));
}

async function readTasks(tx: TenantTx, rows: ImportRecord[]): Promise<Map<string, TaskRow>> {
  const ids = rows.flatMap((row) => row.taskId ?? []);
  if (ids.length === 0) return new Map();
  const tasks = await tx.query<TaskRow>(
    `select ${taskColumns} from task where tenant_id = $1 and id = any ($2)`,
    [tx.tenantId, ids],
  );
  return new Map(tasks.map((task) => [task.id, task]));
}

/** Whether a task of the import waits or runs. */
export async function isUnderWay(tx: TenantTx, row: ImportRecord): Promise<boolean> {
  const task = (await readTasks(tx, [row])).get(row.taskId ?? '');
  return task !== undefined && ['queued', 'running', 'retrying'].includes(task.status);
}

export const missingFields = ({ kind, columns }: Pick<ImportRecord, 'kind' | 'columns'>) =>
  requiredImportFields[kind].filter((field) => !columns.some((column) => column.field === field));

function present(row: ImportRecord, tasks: Map<string, TaskRow>): Import {
  const task = tasks.get(row.taskId ?? '');
  const { newRows, changedRows, unchangedRows, wrongRows } = row;
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    fileName: row.fileName,
    fileBytes: row.fileBytes,
    reading: row.reading,
    columns: row.columns,
    missing: missingFields(row),
    emptyCells: row.emptyCells,
    counts:
      row.checkedThrough === null
        ? null
        : {
            total: newRows + changedRows + unchangedRows + wrongRows,
            ...{ new: newRows, changed: changedRows, unchanged: unchangedRows, wrong: wrongRows },
          },
    applied: row.appliedThrough === null ? null : { done: row.appliedRows, skipped: row.skippedRows },
    undone: row.undoneThrough === null ? null : { restored: row.restoredRows, left: row.leftRows },
    task: task === undefined ? null : presentTask(task),
    actor: row.actor,
    createdAt: row.createdAt.toISOString(),
    checkedAt: row.checkedAt?.toISOString() ?? null,
    appliedAt: row.appliedAt?.toISOString() ?? null,
    undoneAt: row.undoneAt?.toISOString() ?? null,
  };
}

export async function insertRows(tx: TenantTx, importId: string, rows: CheckedRow[]): Promise<void> {
  const written = rows.map(({ issues, ...row }) => ({ ...row, issues: issues.length === 0 ? null : issues }));
  // As one value: the driver takes far longer to write an array of JSON texts.
  await tx.execute(
    `insert into import_row (tenant_id, import_id, row_no, outcome, key, location, group_key, said, before, issues, target_id)
     select $1, $2, r.row, r.outcome, r.key, r.location, r."groupKey", r.said, r.before, r.issues, r."targetId"
     from jsonb_to_recordset($3::jsonb) as r (row int, outcome text, key text, location text, "groupKey" text, said jsonb,
       before jsonb, issues jsonb, "targetId" uuid)`,
    [tx.tenantId, importId, JSON.stringify(written)],
  );
}

/** Deletes up to `limit` rows of a dry run. Returns how many. */
export async function deleteRows(tx: TenantTx, importId: string, limit: number): Promise<number> {
  return tx.execute(
    `delete from import_row where tenant_id = $1 and import_id = $2 and row_no = any (array(
       select row_no from import_row where tenant_id = $1 and import_id = $2 limit $3))`,
    [tx.tenantId, importId, limit],
  );
}

/** Rows of the import that name one of these keys already, not those that are wrong. */
export async function findKeys(
  tx: TenantTx,
  importId: string,
  keys: string[],
): Promise<{ key: string; location: string; row: number }[]> {
  return tx.query(
    `select key, location, row_no as row from import_row
     where tenant_id = $1 and import_id = $2 and key = any ($3) and outcome <> 'wrong'`,
    [tx.tenantId, importId, keys],
  );
}

/** The next rows to apply, or to take back: those are the ones that were applied. */
export async function readNextRows(
  tx: TenantTx,
  importId: string,
  { after, through, limit }: { after: number; through: number | null; limit: number },
): Promise<StoredRow[]> {
  return tx.query<StoredRow>(
    `select row_no as row, outcome, key, location, group_key as "groupKey", said, before, target_id as "targetId" from import_row
     where tenant_id = $1 and import_id = $2 and row_no > $3 and ($4::int is null or row_no <= $4)
       and outcome in ('new', 'changed') and result is null
     order by row_no limit $5`,
    [tx.tenantId, importId, after, through, limit],
  );
}

/** Keeps what there is to say of rows; most rows have nothing. */
export async function saveResults(
  tx: TenantTx,
  importId: string,
  results: RowResult[],
  refused: 'skipped' | 'left',
): Promise<void> {
  const told = results.filter((r) => !r.done || r.note !== undefined || r.made !== undefined);
  if (told.length === 0) return;
  await tx.execute(
    `update import_row i set result = case when r.done then i.result else $4 end, note = coalesce(r.note, i.note),
       target_id = coalesce(r.target_id, i.target_id), before = coalesce(r.before, i.before)
     from unnest($3::int[], $5::boolean[], $6::text[], $7::uuid[], $8::jsonb[]) as r (row_no, done, note, target_id, before)
     where i.tenant_id = $1 and i.import_id = $2 and i.row_no = r.row_no`,
    [
      tx.tenantId,
      importId,
      told.map((r) => r.row),
      refused,
      told.map((r) => r.done),
      told.map((r) => r.note ?? null),
      told.map((r) => r.made?.targetId ?? null),
      told.map((r) => (r.made === undefined ? null : JSON.stringify(r.made.before))),
    ],
  );
}

interface ListedRow {
  row: number;
  outcome: RowOutcome;
  key: string | null;
  location: string;
  said: Said;
  before: Before | null;
  issues: ImportRow['issues'] | null;
  result: 'skipped' | 'left' | null;
  note: string | null;
}

export async function listRows(
  tx: TenantTx,
  record: ImportRecord,
  filter: {
    outcome?: RowOutcome | undefined;
    result?: 'skipped' | 'left' | undefined;
    limit: number;
    cursor?: string | undefined;
  },
) {
  const rows = await tx.query<ListedRow>(
    `select row_no as row, outcome, key, location, said, before, issues, result, note from import_row
     where tenant_id = $1 and import_id = $2 and row_no > $3 and ($5::text is null or outcome = $5) and ($6::text is null or result = $6)
     order by row_no limit $4`,
    [
      ...[tx.tenantId, record.id, decodeCursor(z.int().min(0).max(2_147_483_647), filter.cursor) ?? 0],
      ...[filter.limit + 1, filter.outcome ?? null, filter.result ?? null],
    ],
  );
  return pageOf(
    rows,
    filter.limit,
    (row) => presentRow(record, row),
    (row) => row.row,
  );
}

function presentRow(record: ImportRecord, row: ListedRow): ImportRow {
  const applies = row.outcome === 'new' || row.outcome === 'changed';
  const within = (through: number | null) => through !== null && row.row <= through;
  const reached = within(record.undoneThrough)
    ? 'undone'
    : within(record.appliedThrough)
      ? 'applied'
      : 'waiting';
  return {
    row: row.row,
    outcome: row.outcome,
    key: row.key,
    location: row.location === '' ? null : row.location,
    values: row.said,
    changes: row.outcome === 'changed' ? changesOf(row.said, row.before ?? {}) : [],
    issues: row.issues ?? [],
    result: applies ? (row.result ?? reached) : null,
    note: row.note ?? (row.before?.restored === true ? 'Its product is deleted; this brings it back.' : null),
  };
}
