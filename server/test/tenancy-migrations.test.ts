/** Migrations and roles as an ordinary owner has them: no superuser, a database and the right to create roles. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { InProcessBus } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { newId } from '#platform/crypto';
import { checkRoles, createDatabase, createPool, migrate, readMigrations } from '#platform/db';
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import { databaseTypes } from '../scripts/generate.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

test('a plain owner migrates, works and maintains two databases of one server', {
  timeout: 60_000,
}, async () => {
  // Roles belong to the whole server, so one whose roles nobody made yet is needed.
  const dataDir = await mkdtemp(join(tmpdir(), 'tradepost-owner-'));
  const server = await startEmbeddedPostgres({ dataDir, log: () => {}, settings: { fsync: 'off' } });
  try {
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query('create role plain login nosuperuser nobypassrls createrole');
    for (const name of ['first', 'second']) await admin.query(`create database ${name} owner plain`);
    await admin.end();
    for (const name of ['first', 'second']) {
      const url = new URL(server.url);
      url.username = 'plain';
      url.pathname = `/${name}`;
      // Two processes that start at once: one works, the other waits and finds nothing to do.
      const applied = await Promise.all([migrate(url.href), migrate(url.href)]);
      expect(applied.flat()).toEqual((await readMigrations()).map((m) => m.name));
      const pool = createPool({
        url: url.href,
        poolSize: 2,
        maxOverflow: 0,
        poolTimeoutMs: 5000,
        poolRecycleSeconds: 3600,
      });
      const db = createDatabase({ pool, clock: systemClock, bus: new InProcessBus() });
      try {
        await checkRoles(pool);
        const tenantId = newId();
        await db.asSystem('test', async (tx) => {
          await tx.execute("insert into auth.organization (id, name, slug) values ($1, 'T', 't')", [
            tenantId,
          ]);
          await tx.query('select event_maintain(3, 14)');
          await tx.query('select * from event_horizon()');
        });
        const code = await db.withTenant({ tenantId, actor: 'system' }, async (tx) => {
          tx.emit('reservation_expired', { reservationId: newId(), reference: null });
          await tx.execute(
            "insert into location (tenant_id, id, code, name) values ($1, gen_random_uuid(), 'main', 'Main')",
            [tenantId],
          );
          return tx.one('select code from location');
        });
        expect(code).toEqual({ code: 'main' });
        // The owner itself sees no tenant's row by a stray query.
        expect((await pool.query('select 1 from location')).rows).toEqual([]);
        // A tenant's end takes all of its rows along, and its keys' and members' ends are announced.
        await db.asSystem('test', (tx) =>
          tx.execute('delete from auth.organization where id = $1', [tenantId]),
        );
        expect(await db.asSystem('test', (tx) => tx.query('select 1 from location'))).toEqual([]);
      } finally {
        await db.close();
      }
    }
  } finally {
    await server.stop('immediate');
    await rm(dataDir, { recursive: true, force: true });
  }
});

test.each([
  ['superuser', 'is a superuser'],
  ['bypassrls', 'bypasses row-level security'],
])('a start under an application role with the right %s is refused', async (right, words) => {
  const client = new pg.Client({ connectionString: database.current.url });
  await client.connect();
  try {
    // Taken back, so that no other test ever sees it.
    await client.query(`begin; alter role tradepost_app ${right}`);
    const pool = { query: (sql: string) => client.query(sql) } as unknown as pg.Pool;
    await expect(checkRoles(pool)).rejects.toThrow(`the role tradepost_app ${words}`);
    await client.query('rollback');
    await checkRoles(pool);
    await client.query('begin; alter table product owner to tradepost_app');
    await expect(checkRoles(pool)).rejects.toThrow('the role tradepost_app owns tables');
  } finally {
    await client.end();
  }
});

test('types.gen.ts is what the migrated database says', async () => {
  expect(
    await readFile(new URL('../src/platform/db/types.gen.ts', import.meta.url), 'utf8'),
    'run npm run generate',
  ).toBe(await databaseTypes(database.current.url));
});
