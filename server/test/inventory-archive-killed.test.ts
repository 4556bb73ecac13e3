/** The archive, killed in the middle of a piece: nothing of it is lost, doubled, or otherwise than it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { TenantContext } from '#platform/db';
import { readLevelsAt } from '../src/modules/inventory/history/levels-at.ts';
import { levels, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const program = fileURLToPath(new URL('factories/archive-process.ts', import.meta.url));

const movements = 20_000;
const rowsPerPiece = 5000;
/** Movements it is stopped at: in its first piece, in a later one, at the very end. */
const stopsAt = [2500, 7501, 19_999];

const idOf = (n: number) => `01000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
/** Five a minute, years ago; a level of 1 and 0 in turns. */
const instantOf = (n: number) => new Date(Date.UTC(2020, 0, 1, 0, 0, n * 12));
const onHandAfter = (n: number) => (n + 1) % 2;

async function connect(): Promise<pg.Client> {
  const sql = new pg.Client({ connectionString: database.current.url });
  await sql.connect();
  onTestFinished(() => sql.end());
  return sql;
}

/** A past before the opening of the stock, as a level has it whose history of that time is gone. */
async function writePast(sql: pg.Client, variantId: string): Promise<void> {
  for (const table of ['stock_level', 'stock_history'])
    await sql.query(`update ${table} set version = version + $2 where variant_id = $1`, [
      variantId,
      movements,
    ]);
  await sql.query('update movement set level_version = level_version + $2 where variant_id = $1', [
    variantId,
    movements,
  ]);
  await sql.query(
    `insert into movement (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, actor, created_at, level_version)
     select s.tenant_id, ('01000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, s.variant_id, s.location_id, 'adjustment',
       case n % 2 when 0 then 1 else -1 end, (n + 1) % 2, 'system', $2::timestamptz + n * interval '12 s', n + 2
     from stock_level s, generate_series(0, $3::int - 1) n where s.variant_id = $1`,
    [variantId, instantOf(0), movements],
  );
}

function startArchive({ tenantId }: TenantContext) {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, DATABASE_URL: database.current.url, TENANT_ID: tenantId },
    stdio: 'inherit',
  });
  const ended = once(child, 'exit');
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, ended };
}

test('kill -9 in the middle of a piece leaves it undone; the next run goes on there', {
  timeout: 120_000,
}, async () => {
  const { db } = database.current;
  const tenant = await database.current.createTenant();
  await stock(db, tenant, { TEA: 50 });
  const sql = await connect();
  const { rows: keys } = await sql.query<{ variantId: string; locationId: string }>(
    'select variant_id as "variantId", location_id as "locationId" from stock_level where tenant_id = $1',
    [tenant.tenantId],
  );
  await writePast(sql, keys[0]!.variantId);

  const expectAllThere = async (archived: number) => {
    const { rows } = await sql.query(
      `select count(*)::int as all, count(distinct id)::int as ids, sum(quantity)::int as sum, (count(*) filter (where archived))::int as archived
       from (select id, quantity, false as archived from movement union all select id, quantity, true from movement_archive) m`,
    );
    // The opening of the stock is one more.
    expect(rows).toEqual([{ all: movements + 1, ids: movements + 1, sum: 50, archived }]);
    const present = await levels(db, tenant);
    expect(present).toMatchObject({ TEA: { onHand: 50 } });
    for (const n of [0, 1, ...stopsAt]) {
      const [then] = await db.withTenant(tenant, (tx) => readLevelsAt(tx, keys, instantOf(n)));
      expect(then, `after movement ${n}`).toMatchObject({ onHand: onHandAfter(n), precision: 'ledger' });
    }
  };
  await expectAllThere(0);

  for (const stop of stopsAt) {
    const blocker = await connect();
    // Who archives this movement waits for the end of this transaction; the rest of the piece is taken out by then.
    await blocker.query('begin');
    await blocker.query(
      `insert into movement_archive (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, actor, created_at, level_version)
       select tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, actor, created_at, level_version from movement where id = $1`,
      [idOf(stop)],
    );
    const { child, ended } = startArchive(tenant);
    await vi.waitFor(
      async () => {
        const { rowCount } = await sql.query(
          `select from pg_stat_activity where application_name = 'tradepost: archive stock' and datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(rowCount).toBe(1);
      },
      { timeout: 30_000 },
    );
    child.kill('SIGKILL');
    await ended;
    await blocker.query('rollback');
    // Its backend sees that nobody is there any more when it has something to say.
    await vi.waitFor(
      async () => {
        const { rowCount } = await sql.query(
          "select from pg_stat_activity where application_name = 'tradepost: archive stock' and datname = current_database()",
        );
        expect(rowCount).toBe(0);
      },
      { timeout: 30_000 },
    );
    await expectAllThere(stop - (stop % rowsPerPiece));
  }

  const [code] = (await startArchive(tenant).ended) as [number];
  expect(code).toBe(0);
  await expectAllThere(movements);
});
