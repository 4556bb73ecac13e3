/** HTTP face of imports. */
import { importRoutes as contracts, type Import, importFields, type Permission } from '@tradepost/contracts';
import { presentTask } from '#modules/tasks';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import {
  invalidField,
  problem,
  type RequestContext,
  type RouteRegistration,
  route,
  withIdempotency,
} from '#platform/http';
import { enqueueTask, type TaskDefinition } from '#platform/jobs';
import { applyImportTask, checkImportTask, type ImportPayload, undoImportTask } from './definitions.ts';
import { guessColumns } from './guess-columns.ts';
import {
  getImport,
  type ImportRecord,
  insertImport,
  isUnderWay,
  listImports,
  listRows,
  lockImport,
  missingFields,
  presentImport,
  updateImport,
} from './import-records.ts';
import type { ImportsDeps } from './index.ts';
import { kinds } from './kinds.ts';
import { FileError } from './read-file/reader.ts';
import { type FileSample, sampleFile } from './sample-file.ts';

/** Of each column. */
const shownSamples = 3;

const withFields = (kind: ImportRecord['kind'], columns: FileSample['columns']) => {
  const guessed = guessColumns(kind, columns);
  return columns.map(({ name, samples }, i) => ({
    name,
    field: guessed[i] ?? null,
    samples: samples.slice(0, shownSamples),
  }));
};

/** @throws HttpProblem FORBIDDEN */
function requirePermission(ctx: RequestContext, permission: Permission): void {
  if (!ctx.permissions.has(permission))
    throw problem('FORBIDDEN', `This needs the permission ${permission}.`);
}

async function sample(...args: Parameters<typeof sampleFile>): Promise<FileSample> {
  try {
    return await sampleFile(...args);
  } catch (error) {
    if (error instanceof FileError) throw invalidField('file', error.message);
    throw error;
  }
}

export function importRoutes(deps: ImportsDeps): RouteRegistration[] {
  const { db, files } = deps;

  /** Brings an import into the state in which its task works, with the task. */
  async function start(
    tx: TenantTx,
    record: ImportRecord,
    task: TaskDefinition<ImportPayload>,
    change: Record<string, unknown>,
  ) {
    const options = { subject: record.fileName };
    const { task: row } = await enqueueTask(tx, task, { importId: record.id }, options);
    await updateImport(tx, record.id, { ...change, task_id: row.id });
    return { status: 202 as const, body: presentTask(row) };
  }

  return [
    route(contracts.createImport, async ({ query, ctx, request }) => {
      requirePermission(ctx, kinds[query.kind].permission);
      const id = newId();
      const received = await files.receive(request, id);
      try {
        const { kind } = query;
        const found = await sample(files.pathOf(id), kind);
        const fileName = query.fileName ?? received.fileName ?? `${kind}.${found.reading.format}`;
        // The file stands for the body: the same one under the same key is the same request.
        request.body = { kind, fileName, sha256: received.sha256 };
        const answer = await withIdempotency(db, ctx, request, 'createImport', async (tx) => {
          const columns = withFields(kind, found.columns);
          const file = { kind, fileName: fileName.slice(0, 255), fileBytes: received.bytes };
          const record = await insertImport(tx, { ...file, reading: found.reading, columns }, id);
          return { status: 201 as const, body: await presentImport(tx, record) };
        });
        if (answer.body.id !== id) await files.remove(id);
        return answer;
      } catch (error) {
        await files.remove(id);
        throw error;
      }
    }),
    route(contracts.listImports, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listImports(tx, query)),
    })),
    route(contracts.getImport, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, async (tx) => presentImport(tx, await getImport(tx, params.id))),
    })),
    route(contracts.mapImport, async ({ params, body, ctx, request }) => {
      const before = await db.withTenant(ctx, (tx) => getImport(tx, params.id));
      const wanted = body.reading;
      const found =
        wanted === undefined
          ? null
          : await sample(files.pathOf(before.id), before.kind, { ...before.reading, ...wanted });
      return withIdempotency(db, ctx, request, 'mapImport', async (tx) => {
        const record = await lockImport(tx, params.id);
        await requireState(tx, record, ['draft', 'checking', 'checked'], 'mapped anew');
        const read = found === null ? record.columns : withFields(record.kind, found.columns);
        const columns = mapColumns(record.kind, read, body.columns);
        const changed = await updateImport(tx, record.id, {
          ...{ status: 'draft', task_id: null, checked_through: null, checked_at: null },
          reading: JSON.stringify(found?.reading ?? record.reading),
          columns: JSON.stringify(columns),
          empty_cells: body.emptyCells ?? record.emptyCells,
        });
        return { status: 200 as const, body: await presentImport(tx, changed) };
      });
    }),
    route(contracts.checkImport, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'checkImport', async (tx) => {
        const record = await lockImport(tx, params.id);
        await requireState(tx, record, ['draft', 'checking', 'checked'], 'checked');
        const missing = missingFields(record);
        if (missing.length > 0)
          throw problem(
            'STATE_CONFLICT',
            `No column is taken for ${missing.join(', ')}; correct the mapping first.`,
          );
        return start(tx, record, checkImportTask, {
          status: 'checking',
          checked_through: null,
          checked_at: null,
        });
      }),
    ),
    route(contracts.listImportRows, async ({ params, query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, async (tx) => listRows(tx, await getImport(tx, params.id), query)),
    })),
    route(contracts.applyImport, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'applyImport', async (tx) => {
        const record = await lockImport(tx, params.id);
        requirePermission(ctx, kinds[record.kind].permission);
        await requireState(tx, record, ['checked', 'applying'], 'applied');
        return start(tx, record, applyImportTask, {
          ...{ status: 'applying', applied_through: record.appliedThrough ?? 0 },
        });
      }),
    ),
    route(contracts.undoImport, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'undoImport', async (tx) => {
        const record = await lockImport(tx, params.id);
        requirePermission(ctx, kinds[record.kind].permission);
        await requireState(tx, record, ['applying', 'applied', 'undoing'], 'undone');
        return start(tx, record, undoImportTask, {
          ...{ status: 'undoing', undone_through: record.undoneThrough ?? 0 },
        });
      }),
    ),
    // Doing it twice is a 404 that changes nothing, so a key is not needed.
    route(contracts.deleteImport, async ({ params, ctx }) => {
      await db.withTenant(ctx, async (tx) => {
        const record = await lockImport(tx, params.id);
        await requireState(tx, record, [record.status], 'deleted');
        await tx.execute('delete from import where tenant_id = $1 and id = $2', [tx.tenantId, record.id]);
      });
      await files.remove(params.id);
      return { status: 204 };
    }),
  ];
}

/** @throws HttpProblem STATE_CONFLICT */
async function requireState(
  tx: TenantTx,
  record: ImportRecord,
  states: Import['status'][],
  what: string,
): Promise<void> {
  if (!states.includes(record.status))
    throw problem('STATE_CONFLICT', `The import is ${record.status}; it cannot be ${what}.`);
  // In another state its task has done all it had to, though its ending may not be written yet.
  const works = ['checking', 'applying', 'undoing'].includes(record.status);
  if (works && (await isUnderWay(tx, record)))
    throw problem('STATE_CONFLICT', 'A task of this import waits or runs; cancel it first.');
}

/** @throws HttpProblem VALIDATION_FAILED */
function mapColumns(
  kind: Import['kind'],
  columns: Import['columns'],
  wanted: Import['columns'][number]['field'][] | undefined,
): Import['columns'] {
  if (wanted === undefined) return columns;
  if (wanted.length !== columns.length)
    throw invalidField(
      'body.columns',
      `must have ${columns.length} entries, as the file has columns`,
      wanted.length,
    );
  const fields: readonly string[] = importFields[kind];
  wanted.forEach((field, i) => {
    if (field === null) return;
    if (!fields.includes(field))
      throw invalidField(`body.columns.${i}`, `must be one of ${fields.join(', ')}`, field);
    if (wanted.indexOf(field) !== i)
      throw invalidField(`body.columns.${i}`, 'must not be what another column is taken for', field);
  });
  return columns.map((column, i) => ({ ...column, field: wanted[i] ?? null }));
}
