/**
 * Makes what is derived: the types of the migrated database, the reference pages. Needs nothing running: it starts a
 * scratch PostgreSQL.
 * `--check` writes nothing and fails when a file is stale.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { migrate } from '../src/platform/db/migrate.ts';
import { referencePages } from './reference.ts';

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

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Writes the file, or with `--check` fails when it is not what it should be. */
async function settle(path: string, text: string): Promise<void> {
  const file = join(root, path);
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return;
  if (process.argv.includes('--check')) throw new Error(`${path} is stale: run npm run generate`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`wrote ${path}`);
}

if (import.meta.main) {
  const dataDir = await mkdtemp(join(tmpdir(), 'tradepost-generate-'));
  const server = await startEmbeddedPostgres({ dataDir, log: () => {}, settings: { fsync: 'off' } });
  try {
    await migrate(server.url);
    await settle('server/src/platform/db/types.gen.ts', await databaseTypes(server.url));
    for (const [path, make] of Object.entries(referencePages)) await settle(path, make());
  } finally {
    await server.stop('immediate');
    await rm(dataDir, { recursive: true, force: true });
  }
}
