/** What the three runs of an import have in common. */
import type { Logger } from 'pino';
import { HttpProblem } from '#platform/http';
import { type TaskContext, TaskFailure } from '#platform/jobs';
import { getImport, type ImportRecord } from './import-records.ts';
import type { ImportsDeps } from './index.ts';
import type { ImportKindDoor } from './kind.ts';
import { kinds } from './kinds.ts';

export interface ImportRun {
  ctx: TaskContext;
  importId: string;
  door: ImportKindDoor;
  deps: ImportsDeps;
  log: Logger;
}

/** Null: the import is gone, or has no such run to do any more. */
export async function beginRun(
  ctx: TaskContext,
  importId: string,
  status: ImportRecord['status'],
  deps: ImportsDeps,
): Promise<{ run: ImportRun; record: ImportRecord } | null> {
  const record = await ctx
    .transaction((tx) => getImport(tx, importId))
    .catch((error: unknown) => {
      if (error instanceof HttpProblem && error.code === 'NOT_FOUND') return null;
      throw error;
    });
  if (record?.status !== status) return null;
  return { run: { ctx, importId, door: kinds[record.kind], deps, log: ctx.log }, record };
}

/** Done again by itself when somebody else took a SKU or a name in the moment between looking and writing. */
export async function tryPiece<R>(piece: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await piece();
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      if (error.code === 'ALREADY_EXISTS' && attempt < 3) continue;
      throw new TaskFailure(error.code, error.detail, { retry: false, cause: error });
    }
  }
}
