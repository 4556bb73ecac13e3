/**
 * Imports from CSV and XLSX files: uploaded, read, compared with what there is, applied, taken back. Spans catalogue,
 * inventory and purchasing.
 */
import type { StockSettings } from '#modules/inventory';
import type { Database } from '#platform/db';
import { registerTask, type Upkeep } from '#platform/jobs';
import { applyImportTask, checkImportTask, undoImportTask } from './definitions.ts';
import { createImportFiles, type ImportFiles } from './files.ts';
import { importRoutes } from './routes.ts';

export { saidOf } from './catalogue-values.ts';
export { saidOfSupplier } from './suppliers.ts';

export interface ImportsDeps {
  db: Database;
  settings: StockSettings;
  files: ImportFiles;
}

/** How long an import can be looked at and undone. */
const keptMs = 30 * 86_400_000;
/** Older than any upload under way. */
const strayMs = 86_400_000;

export function createImportsFlow(deps: {
  db: Database;
  settings: StockSettings;
  dataDir: string;
  maxFileBytes: number;
}) {
  const { db, settings } = deps;
  const files = createImportFiles({ dataDir: deps.dataDir, maxBytes: deps.maxFileBytes });
  const shared: ImportsDeps = { db, settings, files };
  const upkeep: Upkeep = {
    name: 'delete_old_imports',
    intervalMs: 3_600_000,
    async run() {
      const before = (ms: number) => new Date(db.clock.now().getTime() - ms);
      // One by one: each takes up to a million rows along.
      const deleteOldest = () =>
        db.asSystem('old imports', (tx) =>
          tx.execute(
            `delete from import where (tenant_id, id) in (
               select tenant_id, id from import where created_at < $1 order by created_at limit 1 for update skip locked)`,
            [before(keptMs)],
          ),
        );
      while ((await deleteOldest()) > 0);
      const stray = await files.listOlderThan(before(strayMs));
      const known = await db.asSystem('files of imports', (tx) =>
        tx.query<{ id: string }>('select id::text from import where id::text = any ($1)', [stray]),
      );
      const kept = new Set(known.map(({ id }) => id));
      for (const id of stray) if (!kept.has(id)) await files.remove(id);
    },
  };
  const walk = async (act: 'apply' | 'undo') => {
    const { run, ways } = await import('./walk-rows.handler.ts');
    return (ctx: Parameters<typeof run>[0], payload: Parameters<typeof run>[1]) =>
      run(ctx, payload, shared, ways[act]);
  };
  return {
    name: 'imports',
    routes: importRoutes(shared),
    upkeep: [upkeep],
    tasks: [
      registerTask(checkImportTask, async () => {
        const { run } = await import('./check.handler.ts');
        return (ctx, payload) => run(ctx, payload, shared);
      }),
      registerTask(applyImportTask, () => walk('apply')),
      registerTask(undoImportTask, () => walk('undo')),
    ],
  };
}
