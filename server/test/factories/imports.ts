/** Imports whose runs are made by hand: a file, its dry run, what applying and undoing make of it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Import, ImportField, ImportKind, ImportRow } from '@tradepost/contracts';
import { onTestFinished } from 'vitest';
import { newId } from '#platform/crypto';
import type { Database, TenantContext } from '#platform/db';
import type { TaskContext } from '#platform/jobs';
import { run as check } from '../../src/flows/imports/check.handler.ts';
import { createImportFiles } from '../../src/flows/imports/files.ts';
import { guessColumns } from '../../src/flows/imports/guess-columns.ts';
import {
  getImport,
  insertImport,
  listRows,
  presentImport,
  updateImport,
} from '../../src/flows/imports/import-records.ts';
import type { ImportsDeps } from '../../src/flows/imports/index.ts';
import type { WantedReading } from '../../src/flows/imports/read-file/reader.ts';
import { sampleFile } from '../../src/flows/imports/sample-file.ts';
import { run as walk, ways } from '../../src/flows/imports/walk-rows.handler.ts';
import { contextOf } from './market.ts';
import { settings } from './stock.ts';

export interface TestImport {
  id: string;
  deps: ImportsDeps;
  check(): Promise<Import>;
  apply(ctx?: TaskContext): Promise<Import>;
  undo(ctx?: TaskContext): Promise<Import>;
  read(): Promise<Import>;
  rows(outcome?: ImportRow['outcome']): Promise<ImportRow[]>;
}

export interface ImportOptions {
  columns?: (ImportField | null)[];
  reading?: WantedReading;
  emptyCells?: 'keep' | 'clear';
}

/** Its file ends with the test. */
export async function startImport(
  db: Database,
  tenant: TenantContext,
  kind: ImportKind,
  content: string | Buffer,
  { columns: fields, reading: wanted, emptyCells = 'keep' }: ImportOptions = {},
): Promise<TestImport> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tradepost-import-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const files = createImportFiles({ dataDir, maxBytes: 1e9 });
  const deps: ImportsDeps = { db, settings, files };
  const id = newId();
  await mkdir(join(dataDir, 'imports'));
  await writeFile(files.pathOf(id), content);
  const { reading, columns } = await sampleFile(files.pathOf(id), kind, wanted);
  const guessed = fields ?? guessColumns(kind, columns);
  const named = columns.map((column, i) => ({ ...column, field: guessed[i] ?? null }));
  const file = { kind, fileName: `${kind}.${reading.format}`, fileBytes: Buffer.byteLength(content) };
  await db.withTenant(tenant, async (tx) => {
    await insertImport(tx, { ...file, reading, columns: named }, id);
    await updateImport(tx, id, { empty_cells: emptyCells });
  });
  const read = () => db.withTenant(tenant, async (tx) => presentImport(tx, await getImport(tx, id)));
  const started = async (change: Record<string, unknown>, work: () => Promise<unknown>) => {
    await db.withTenant(tenant, (tx) => updateImport(tx, id, change));
    await work();
    return read();
  };
  const context = () => contextOf(db, tenant);
  return {
    ...{ id, deps, read },
    check: () =>
      started({ status: 'checking', checked_through: null }, () => check(context(), { importId: id }, deps)),
    apply: (ctx = context()) =>
      started({ status: 'applying' }, () => walk(ctx, { importId: id }, deps, ways.apply)),
    undo: (ctx = context()) =>
      started({ status: 'undoing' }, () => walk(ctx, { importId: id }, deps, ways.undo)),
    rows: (outcome) =>
      db.withTenant(tenant, async (tx) => {
        const { items } = await listRows(tx, await getImport(tx, id), { outcome, limit: 100_000 });
        return items;
      }),
  };
}
