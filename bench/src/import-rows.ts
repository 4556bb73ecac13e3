/**
 * A file of 100,000 rows of stock: dry run and applying in rows a second, and how much the memory of the process grows, its
 * reading thread included. Beside them, the limit: the same file only read by that thread.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { run as check } from '../../server/src/flows/imports/check.handler.ts';
import { createImportFiles } from '../../server/src/flows/imports/files.ts';
import { guessColumns } from '../../server/src/flows/imports/guess-columns.ts';
import { insertImport, updateImport } from '../../server/src/flows/imports/import-records.ts';
import type { ImportsDeps } from '../../server/src/flows/imports/index.ts';
import { readFileRows } from '../../server/src/flows/imports/read-file/reader.ts';
import { sampleFile } from '../../server/src/flows/imports/sample-file.ts';
import { run as walk, ways } from '../../server/src/flows/imports/walk-rows.handler.ts';
import { newId } from '../../server/src/platform/crypto/index.ts';
import type { Database, TenantContext } from '../../server/src/platform/db/index.ts';
import type { TaskContext } from '../../server/src/platform/jobs/index.ts';
import { type BenchResult, ratio } from './report.ts';
import { startBenchDatabase } from './support/database.ts';

const rows = 100_000;
/** Imported before the memory is looked at, so that what a server has loaded anyway is. */
const warmUpRows = 5000;
const targetPerSecond = 10_000;
const targetMegabytes = 100;
const loadingTimeoutMs = 120_000;

/** A product with one variant and 5 pieces for each row. Loaded without the triggers, which are no part of this. */
async function loadStock(db: Database, tenant: { tenantId: string; locationId: string }): Promise<void> {
  const client = await db.pool.connect();
  const id = (kind: string) => `md5('${kind}' || n)::uuid`;
  const all = `from generate_series(0, ${rows - 1}) n`;
  const given = `'${tenant.tenantId}'::uuid`;
  try {
    for (const text of [
      'set session_replication_role = replica; set statement_timeout = 0; set transaction_timeout = 0',
      `insert into product (tenant_id, id, name, created_at, updated_at) select ${given}, ${id('p')}, 'P', now(), now() ${all}`,
      `insert into variant (tenant_id, id, product_id, sku, name, price_minor, currency, created_at)
       select ${given}, ${id('v')}, ${id('p')}, 'SKU-' || n, 'V', 1000, 'RON', now() ${all}`,
      `insert into stock_level (tenant_id, variant_id, location_id, on_hand, updated_at)
       select ${given}, ${id('v')}, '${tenant.locationId}', 5, now() ${all}`,
      'vacuum analyze product, variant, stock_level',
    ]) {
      const statement = { text, query_timeout: loadingTimeoutMs };
      await client.query(statement);
    }
  } finally {
    client.release(true);
  }
}

async function makeImport(deps: ImportsDeps, tenant: TenantContext, count: number): Promise<string> {
  const { db, files } = deps;
  const id = newId();
  const lines = Array.from({ length: count }, (_, i) => `SKU-${i},main,${6 + ((i + count) % 90)}\n`);
  const content = `sku,location,stock\n${lines.join('')}`;
  await writeFile(files.pathOf(id), content);
  const { reading, columns } = await sampleFile(files.pathOf(id), 'stock');
  const fields = guessColumns('stock', columns);
  const named = columns.map((column, i) => ({ ...column, field: fields[i] ?? null }));
  await db.withTenant(tenant, async (tx) => {
    const file = { kind: 'stock' as const, fileName: 'stock.csv', fileBytes: content.length };
    await insertImport(tx, { ...file, reading, columns: named }, id);
    await updateImport(tx, id, { status: 'checking' });
  });
  return id;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'tradepost-bench-import-'));
  try {
    const made = await bench.createTenant();
    const tenant: TenantContext = { tenantId: made.tenantId, actor: 'system' };
    await loadStock(bench.db, made);
    await mkdir(join(dataDir, 'imports'));
    const files = createImportFiles({ dataDir, maxBytes: 1e9 });
    const deps: ImportsDeps = {
      db: bench.db,
      settings: { lowStockThreshold: 5, alertsEnabled: true },
      files,
    };
    const { signal } = new AbortController();
    const ctx: TaskContext = {
      ...{ tenantId: made.tenantId, taskId: newId(), attempt: 1, signal, log: pino({ level: 'silent' }) },
      transaction: (work) => bench.db.withTenant(tenant, work),
      progress() {},
    };
    const importRows = async (importId: string) => {
      const checkSeconds = await timed(() => check(ctx, { importId }, deps));
      await bench.db.withTenant(tenant, (tx) => updateImport(tx, importId, { status: 'applying' }));
      const applySeconds = await timed(() => walk(ctx, { importId }, deps, ways.apply));
      return { checkSeconds, applySeconds };
    };
    await importRows(await makeImport(deps, tenant, warmUpRows));
    // The file is ours to make: what that takes is no part of the import.
    const importId = await makeImport(deps, tenant, rows);
    const restBytes = process.memoryUsage.rss();
    let peakBytes = restBytes;
    const watch = setInterval(() => {
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    }, 20);
    const { checkSeconds, applySeconds } = await importRows(importId);
    clearInterval(watch);
    const path = files.pathOf(importId);
    const { reading } = await sampleFile(path, 'stock');
    const readSeconds = await timed(async () => {
      for await (const _ of readFileRows({ path, bytes: 1, reading, after: 0 }, signal));
    });
    const megabytes = (peakBytes - restBytes) / 1_048_576;
    const perSecond = { check: rows / checkSeconds, apply: rows / applySeconds, read: rows / readSeconds };
    return {
      name: 'import-rows',
      rows: [
        { name: 'dry run', value: perSecond.check, unit: 'rows/s' },
        { name: 'applied', value: perSecond.apply, unit: 'rows/s' },
        { name: 'only read', value: perSecond.read, unit: 'rows/s' },
        { name: 'memory, at most more than at rest', value: megabytes, unit: 'MB' },
      ],
      ratios: [
        ratio('dry run, rows/s', perSecond.check, targetPerSecond),
        ratio('applied, rows/s', perSecond.apply, targetPerSecond),
        ratio('memory, MB more than at rest', megabytes, targetMegabytes, true),
      ],
    };
  } finally {
    await bench.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
