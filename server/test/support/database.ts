/** A database of a test file's own: a clone of the migrated template. */

import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { createDatabase, createPool, type Database, type TenantContext } from '#platform/db';
import { InProcessBus } from '../../src/platform/bus/index.ts';
import { type Clock, systemClock } from '../../src/platform/clock/index.ts';
import { newId } from '../../src/platform/crypto/index.ts';
import { templateName } from './global-setup.ts';

export interface TestDatabase {
  url: string;
  db: Database;
  bus: InProcessBus;
  /** A fresh tenant with its location `main`. */
  createTenant(slug?: string): Promise<TenantContext & { locationId: string }>;
  drop(): Promise<void>;
}

export async function createTestDatabase(clock: Clock = systemClock): Promise<TestDatabase> {
  const server = new URL(inject('postgresUrl'));
  const name = `test_${newId().replaceAll('-', '')}`;
  await administer(server.href, `create database ${name} template ${templateName}`);
  const url = new URL(server.href);
  url.pathname = `/${name}`;
  const pool = createPool({
    url: url.href,
    poolSize: 10,
    maxOverflow: 20,
    poolTimeoutMs: 5000,
    poolRecycleSeconds: 3600,
  });
  const bus = new InProcessBus();
  const db = createDatabase({ pool, clock, bus });
  return {
    url: url.href,
    db,
    bus,
    async createTenant(slug = `t-${newId().slice(-12)}`) {
      const tenantId = newId();
      const locationId = newId();
      await db.asSystem('test tenant', async (tx) => {
        await tx.execute('insert into auth.organization (id, name, slug) values ($1, $2, $2)', [
          tenantId,
          slug,
        ]);
        await tx.execute(
          "insert into location (tenant_id, id, code, name, priority) values ($1, $2, 'main', 'Main', 0)",
          [tenantId, locationId],
        );
      });
      return { tenantId, locationId, actor: 'system' };
    },
    async drop() {
      await db.close();
      await administer(server.href, `drop database if exists ${name} with (force)`);
    },
  };
}

/** The database of this test file, made before and dropped after its tests. */
export function useDatabase(clock?: Clock): { readonly current: TestDatabase } {
  let current: TestDatabase | undefined;
  beforeAll(async () => {
    current = await createTestDatabase(clock);
  });
  afterAll(async () => {
    await current?.drop();
  });
  return {
    get current() {
      if (current === undefined) throw new Error('the database exists only while tests run');
      return current;
    },
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    // Cloning waits for no one: two files that clone the template at once must take turns.
    await admin.query("select pg_advisory_lock(hashtext('tradepost.test.clone'))");
    await admin.query(sql);
  } finally {
    await admin.end();
  }
}
