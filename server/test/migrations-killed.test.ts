import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { migrate, readMigrations } from '#platform/db';
import { newId } from '../src/platform/crypto/index.ts';

const migrationsDir = fileURLToPath(new URL('../migrations', import.meta.url));

/** An empty database, gone after the test. */
async function emptyDatabase(): Promise<{ url: string; sql: pg.Client }> {
  const name = `killed_${newId().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  const sql = new pg.Client({ connectionString: url.href });
  await sql.connect();
  onTestFinished(async () => {
    await sql.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
  return { url: url.href, sql };
}

const names = (await readMigrations()).map(({ name }) => name);

test.for([names[2]!, names[7]!, names.at(-1)!])(
  'kill -9 in the middle of %s leaves it undone; the next start completes it',
  { timeout: 60_000 },
  async (victim) => {
    const { url, sql } = await emptyDatabase();
    const dir = await mkdtemp(join(tmpdir(), 'tradepost-migrations-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    await cp(migrationsDir, dir, { recursive: true });
    // All of the file's work is done, and its transaction stands still.
    await writeFile(join(dir, victim), `${await readFile(join(dir, victim), 'utf8')}\nselect pg_sleep(2);\n`);
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('factories/migrate-process.ts', import.meta.url))],
      {
        env: { ...process.env, DATABASE_URL: url, MIGRATIONS_DIR: dir },
        stdio: 'inherit',
      },
    );
    const ended = once(child, 'exit');
    await vi.waitFor(
      async () => {
        const { rows } = await sql.query(
          "select from pg_stat_activity where application_name = 'tradepost: migrate' and datname = current_database() and wait_event = 'PgSleep'",
        );
        expect(rows).toHaveLength(1);
      },
      { timeout: 30_000 },
    );
    child.kill('SIGKILL');
    await ended;
    const { rows } = await sql.query('select name from schema_migration order by name');
    expect(rows.map((r) => r.name)).toEqual(names.filter((name) => name < victim));
    expect(await migrate(url)).toEqual(names.filter((name) => name >= victim));
  },
);
