/** Stock while transactions break off and connections die: what was acknowledged is there, once. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStockGatherer } from '#modules/inventory';
import { systemClock } from '#platform/clock';
import {
  createDatabase,
  createPool,
  type Database,
  DatabaseUnavailableError,
  type TenantContext,
  type TenantTx,
} from '#platform/db';
import { expectSoundStock, keyed, levels, reserving, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const callers = 150;

/** Somebody with the right to end other people's connections. */
let admin: pg.Client;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: database.current.url });
  await admin.connect();
});
afterAll(() => admin.end());

/** The same database, with something done to each transaction just before and just after its work. */
function disturbed(
  db: Database,
  disturb: (tx: TenantTx, when: 'before' | 'after') => Promise<void>,
): Database {
  return {
    ...db,
    withTenant: (context, work) =>
      db.withTenant(context, async (tx) => {
        await disturb(tx, 'before');
        const result = await work(tx);
        await disturb(tx, 'after');
        return result;
      }),
  };
}

async function reserveUntilAnswered(db: Database, tenant: TenantContext): Promise<string[]> {
  const gatherer = createStockGatherer({ db, settings });
  return Promise.all(
    Array.from({ length: callers }, async (_, i) => {
      const claim = keyed(`caller-${i}`, `${i}`);
      for (;;) {
        try {
          const outcome = await gatherer.submit(tenant.tenantId, reserving({ A: 1, B: 2 }), claim);
          if (!outcome.ok) throw new Error(JSON.stringify(outcome));
          const reservation = 'replayed' in outcome ? outcome.replayed.body : outcome.reservation;
          return (reservation as { id: string }).id;
        } catch (error) {
          // As a client would: the answer is unknown, so ask again under the same key.
          if (!(error instanceof DatabaseUnavailableError) && !(error instanceof InjectedCrash)) throw error;
        }
      }
    }),
  );
}

class InjectedCrash extends Error {}

async function expectEachOnce(tenant: TenantContext, acknowledged: string[]): Promise<void> {
  const { db } = database.current;
  const rows = await db.withTenant(tenant, (tx) =>
    tx.query<{ id: string }>("select id from reservation where status = 'active'"),
  );
  expect(new Set(acknowledged)).toEqual(new Set(rows.map((r) => r.id)));
  expect(rows).toHaveLength(callers);
  expect(await levels(db, tenant)).toMatchObject({ A: { reserved: callers }, B: { reserved: 2 * callers } });
  await expectSoundStock(db, tenant);
}

test('every third transaction breaks off before its commit: each caller has one reservation in the end', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 1000, B: 1000 });
  let turn = 0;
  const broken = disturbed(db, async (_, when) => {
    if (when === 'after' && ++turn % 3 === 1) throw new InjectedCrash('before commit');
  });
  await expectEachOnce(tenant, await reserveUntilAnswered(broken, tenant));
  expect(turn).toBeGreaterThan(callers);
});

test('connections are ended before and after the work of a batch: each caller has one reservation', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 1000, B: 1000 });
  let kills = 0;
  const dying = disturbed(db, async (tx, when) => {
    const at = kills % 2 === 0 ? 'before' : 'after';
    if (kills < 6 && when === at) {
      const { pid } = await tx.one<{ pid: number }>('select pg_backend_pid() as pid');
      await admin.query('select pg_terminate_backend($1, 5000)', [pid]);
      kills++;
    }
  });
  await expectEachOnce(tenant, await reserveUntilAnswered(dying, tenant));
  expect(kills).toBe(6);
});

test('connections are ended at any moment, the commit too, while callers go on', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 1000, B: 1000 });
  let over = false;
  let kills = 0;
  const killer = (async () => {
    while (!over) {
      const { rows } = await admin.query(
        `select count(*) filter (where pg_terminate_backend(pid))::int as killed from pg_stat_activity
         where datname = current_database() and application_name = 'tradepost' and state <> 'idle'`,
      );
      kills += rows[0].killed;
    }
  })();
  // One batch at a time is over too soon to be hit often; callers one after the other leave more moments.
  const gathered = createStockGatherer({ db, settings });
  const acknowledged: string[] = [];
  let tries = 0;
  for (let i = 0; i < callers; i++) {
    const claim = keyed(`one-${i}`, `${i}`);
    for (;;) {
      tries++;
      // A death at every try would go on for ever: past fifty, the rest is let through.
      if (kills > 50) over = true;
      const outcome = await gathered
        .submit(tenant.tenantId, reserving({ A: 1, B: 2 }), claim)
        .catch((error) => {
          if (!(error instanceof DatabaseUnavailableError)) throw error;
          return null;
        });
      if (outcome === null) continue;
      if (!outcome.ok) throw new Error(JSON.stringify(outcome));
      const body = 'replayed' in outcome ? outcome.replayed.body : outcome.reservation;
      acknowledged.push((body as { id: string }).id);
      break;
    }
  }
  over = true;
  await killer;
  expect(tries).toBeGreaterThan(callers);
  await expectEachOnce(tenant, acknowledged);
});

test('the answer of a commit is lost on the way: the repeat under the same key gets it, and nothing is held twice', async () => {
  const { db, url, bus, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, { A: 1000, B: 1000 });
  const pool = createPool({
    url,
    poolSize: 2,
    maxOverflow: 0,
    poolTimeoutMs: 5000,
    poolRecycleSeconds: 3600,
  });
  let lost = 0;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const losing = async (...args: unknown[]): Promise<unknown> => {
      const answer = await query(...args);
      if (args[0] === 'commit' && lost < 5) {
        lost++;
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      }
      return answer;
    };
    client.query = losing as typeof client.query;
  });
  const unlucky = createDatabase({ pool, clock: systemClock, bus });
  try {
    await expectEachOnce(tenant, await reserveUntilAnswered(unlucky, tenant));
    expect(lost).toBe(5);
  } finally {
    await unlucky.close();
  }
});
