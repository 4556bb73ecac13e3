/** Forward-only migrations: plain .sql files, each in a transaction of its own, all under one advisory lock. */
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { sha256 } from '../crypto/index.ts';

export const migrationsDir = new URL('../../../migrations/', import.meta.url);

export class MigrationError extends Error {
  override name = 'MigrationError';
}

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

export async function readMigrations(dir: URL = migrationsDir): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, dir), 'utf8');
      return { name, sql, checksum: sha256(sql).toString('hex') };
    }),
  );
}

/**
 * Brings the database up to date and returns the names applied. Several processes may call it at once: one works, the
 * others wait for the lock and find nothing to do. A process killed in the middle leaves the file it was in undone, and
 * the next start goes on from there.
 *
 * @throws MigrationError when an applied file has changed since, or the database is newer than this program.
 */
export async function migrate(
  url: string,
  options: { dir?: URL; log?: (line: string) => void } = {},
): Promise<string[]> {
  const log = options.log ?? (() => {});
  const files = await readMigrations(options.dir);
  const client = new pg.Client({ connectionString: url, application_name: 'tradepost: migrate' });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtext('tradepost.migrate'))");
    await client.query(
      'create table if not exists schema_migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
    );
    const applied = new Map(
      (await client.query('select name, checksum from schema_migration')).rows.map((r) => [
        r.name as string,
        r.checksum as string,
      ]),
    );
    const known = new Set(files.map((f) => f.name));
    const foreign = [...applied.keys()].filter((name) => !known.has(name));
    if (foreign.length > 0) {
      throw new MigrationError(
        `the database is newer than this program: it has ${foreign.join(', ')}. Start the release that made it.`,
      );
    }
    const done: string[] = [];
    for (const file of files) {
      const before = applied.get(file.name);
      if (before === file.checksum) continue;
      if (before !== undefined) {
        throw new MigrationError(
          `${file.name} was changed after it was applied. Put it back and write a new file.`,
        );
      }
      try {
        await client.query('begin');
        await client.query(file.sql);
        await client.query('insert into schema_migration (name, checksum) values ($1, $2)', [
          file.name,
          file.checksum,
        ]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw new MigrationError(`${file.name}: ${(error as Error).message}`, { cause: error });
      }
      log(`applied ${file.name}`);
      done.push(file.name);
    }
    return done;
  } finally {
    await client.end();
  }
}

export interface MigrationPlan {
  /** Still to be applied, in order. */
  pending: { name: string; purpose: string }[];
  /** Applied by a newer release: this program does not have them. */
  foreign: string[];
  /** Applied, and another text since. */
  changed: string[];
}

/**
 * What `migrate` would do, without doing it: nothing is written, no lock is taken.
 *
 * @param client null for a database that is not made yet
 */
export async function planMigrations(
  client: pg.ClientBase | null,
  options: { dir?: URL } = {},
): Promise<MigrationPlan> {
  const applied = client === null ? new Map<string, string>() : await readApplied(client);
  const files = await readMigrations(options.dir);
  const known = new Set(files.map((file) => file.name));
  return {
    pending: files
      .filter((file) => !applied.has(file.name))
      .map(({ name, sql }) => ({ name, purpose: purposeOf(sql) })),
    foreign: [...applied.keys()].filter((name) => !known.has(name)).sort(),
    changed: files
      .filter((file) => (applied.get(file.name) ?? file.checksum) !== file.checksum)
      .map((file) => file.name),
  };
}

async function readApplied(client: pg.ClientBase): Promise<Map<string, string>> {
  const { rows: tables } = await client.query("select to_regclass('schema_migration') is not null as there");
  if (!tables[0].there) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migration',
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

/** The header's `Purpose:`, which goes on until the next heading. */
function purposeOf(sql: string): string {
  const purpose = /^-- Purpose: (.*(?:\n-- (?![A-Z][\w ]*:).*)*)/m.exec(sql)?.[1] ?? '';
  return purpose.replaceAll('\n--', '');
}

/** Refuses a database whose roles would not be held by row-level security. */
export async function checkRoles(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query(
    `select r.rolname, r.rolsuper, r.rolbypassrls,
            exists (select from pg_class c where c.relowner = r.oid and c.relnamespace = 'public'::regnamespace) as owns
     from pg_roles r where r.rolname in ('tradepost_app', 'tradepost_system', 'tradepost_auth')`,
  );
  for (const role of rows) {
    const wrong = role.rolsuper
      ? 'is a superuser'
      : role.rolbypassrls
        ? 'bypasses row-level security'
        : role.owns
          ? 'owns tables'
          : null;
    if (wrong !== null) {
      throw new MigrationError(
        `the role ${role.rolname} ${wrong}; tenants would not be kept apart. Take that right away from it.`,
      );
    }
  }
  if (rows.length !== 3)
    throw new MigrationError('the roles tradepost_app, tradepost_system, tradepost_auth are missing');
}
