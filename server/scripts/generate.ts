/**
 * Makes what is derived: the types of the migrated database. Needs nothing running: it starts a scratch PostgreSQL.
 * `--check` writes nothing and fails when a file is stale.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { migrate } from '../src/platform/db/migrate.ts';

const run = promisify(execFile);

/** TypeScript of the tables of a migrated database, as kysely-codegen prints it. */
export async function databaseTypes(url: string): Promise<string> {
  const cli = fileURLToPath(import.meta.resolve('kysely-codegen/dist/cli/bin.js'));
  const { stdout } = await run(process.execPath, [
    cli,
    '--url',
    url,
    '--dialect',
    'postgres',
    '--print',
    '--exclude-pattern',
    'public.event_[0-9]*',
    '--default-schema',
    'public',
    '--type-mapping',
    JSON.stringify({ int8: 'number' }),
  ]);
  return stdout.slice(Math.max(0, stdout.indexOf('/**')));
}

export const databaseTypesFile = fileURLToPath(new URL('../src/platform/db/types.gen.ts', import.meta.url));

if (import.meta.main) {
  const dataDir = await mkdtemp(join(tmpdir(), 'tradepost-generate-'));
  const server = await startEmbeddedPostgres({ dataDir, log: () => {}, settings: { fsync: 'off' } });
  try {
    await migrate(server.url);
    const types = await databaseTypes(server.url);
    const stale = (await readFile(databaseTypesFile, 'utf8').catch(() => '')) !== types;
    if (process.argv.includes('--check')) {
      if (stale) throw new Error('server/src/platform/db/types.gen.ts is stale: run npm run generate');
    } else {
      await writeFile(databaseTypesFile, types);
      console.log(
        stale
          ? 'wrote server/src/platform/db/types.gen.ts'
          : 'server/src/platform/db/types.gen.ts is up to date',
      );
    }
  } finally {
    await server.stop('immediate');
    await rm(dataDir, { recursive: true, force: true });
  }
}
