/** The past of the stock: days summed up, movements archived, history trimmed, whatever dies in between. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyStock, type StockRequest } from '#modules/inventory';
import { ManualClock } from '#platform/clock';
import type { Database, TenantContext } from '#platform/db';
import { type LevelKey, readLevelsAt } from '../src/modules/inventory/history/levels-at.ts';
import { keepHistory } from '../src/modules/inventory/ledger/keep-history.ts';
import { adjusting, ending, reserving, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

// Ids tell the time of the machine: the clock of these tests goes on from there.
const clock = new ManualClock(new Date());
const database = useDatabase(clock);
const hour = 3_600_000;
const day = 24 * hour;
const skus = ['A', 'B', 'C'] as const;
/** So small that every history has several pieces of each kind. */
const pieces = { levels: 2, rows: 3 };

class Crash extends Error {}

/** The same database; its transaction number `nth` across tenants breaks off before its commit. */
function dying(db: Database, nth: number): Database {
  let count = 0;
  return {
    ...db,
    asSystem: (reason, work, acting) =>
      db.asSystem(
        reason,
        async (tx) => {
          const result = await work(tx);
          if (++count === nth) throw new Crash();
          return result;
        },
        acting,
      ),
  };
}

/** A level as it was from an instant on. */
interface Known {
  at: Date;
  sku: string;
  onHand: number;
  reserved: number;
}

async function readKeys(tenant: TenantContext): Promise<Map<string, LevelKey>> {
  const rows = await database.current.db.withTenant(tenant, (tx) =>
    tx.query<LevelKey & { sku: string }>(
      'select v.sku, s.variant_id as "variantId", s.location_id as "locationId" from stock_level s join variant v on v.id = s.variant_id',
    ),
  );
  return new Map(rows.map((row) => [row.sku, row]));
}

/** Levels whose ledger, with the archive, has another sum. */
const unsound = (tenant: TenantContext) =>
  database.current.db.withTenant(tenant, (tx) =>
    tx.query(
      `select v.sku, s.on_hand, sum(m.quantity) from stock_level s join variant v on v.id = s.variant_id
       left join (select variant_id, quantity from movement union all select variant_id, quantity from movement_archive) m using (variant_id)
       group by v.sku, s.on_hand having s.on_hand <> coalesce(sum(m.quantity), 0)`,
    ),
  );

async function expectPast(tenant: TenantContext, known: Known[], limit: Date): Promise<void> {
  const keys = await readKeys(tenant);
  await database.current.db.withTenant(tenant, async (tx) => {
    for (const [i, { at, sku, onHand, reserved }] of known.entries()) {
      // Several in one millisecond: the last one counts.
      if (known.slice(i + 1).some((k) => k.sku === sku && k.at.getTime() === at.getTime())) continue;
      const [then] = await readLevelsAt(tx, [keys.get(sku)!], at);
      expect(then, `${sku} at ${at.toISOString()}`).toMatchObject({ onHand, reserved });
      if (at >= limit) expect(then!.precision).toBe('exact');
    }
  });
}

/** What stock_day must have: of each level and folded day with a change, the last figures. */
async function expectDays(tenant: TenantContext, known: Known[]): Promise<void> {
  const [days, over] = await database.current.db.withTenant(tenant, async (tx) => [
    await tx.query<{ sku: string; day: string; on_hand: number; reserved: number; moved: number }>(
      `select v.sku, d.day::text, d.on_hand, d.reserved, d.returned + d.received + d.other - d.sold as moved
       from stock_day d join variant v on v.id = d.variant_id order by d.day, v.sku`,
    ),
    await tx.one<{ day: string }>('select through_day::text as day from stock_rollup'),
  ]);
  const expected = new Map<string, { sku: string; day: string; on_hand: number; reserved: number }>();
  for (const { at, sku, onHand, reserved } of known) {
    const on = at.toISOString().slice(0, 10);
    if (on <= over.day) expected.set(`${on} ${sku}`, { sku, day: on, on_hand: onHand, reserved });
  }
  const sorted = [...expected].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  expect(days.map(({ moved, ...rest }) => rest)).toEqual(sorted);
  const balance = new Map<string, number>();
  for (const { sku, on_hand, moved } of days) {
    expect((balance.get(sku) ?? 0) + moved).toBe(on_hand);
    balance.set(sku, on_hand);
  }
}

type Step =
  | { do: 'adjust'; sku: string; delta: number }
  | { do: 'reserve'; sku: string; quantity: number }
  | { do: 'end'; as: 'released' | 'confirmed' }
  | { do: 'wait'; hours: number }
  | { do: 'keep'; dieAt: number };

const sku = fc.constantFrom(...skus);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('adjust' as const), sku, delta: fc.integer({ min: -5, max: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      sku,
      quantity: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      as: fc.constantFrom('released' as const, 'confirmed' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('keep' as const), dieAt: fc.integer({ min: 1, max: 12 }) }),
  },
);

test('any history, kept with any deaths: ledger and archive make the level at every moment, each instant is known, each day is folded once', async () => {
  const { db } = database.current;
  const maxDays = 3;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const tenant = await database.current.createTenant();
      await stock(db, tenant, { A: 10, B: 10, C: 10 });
      const known: Known[] = skus.map((s) => ({ at: clock.now(), sku: s, onHand: 10, reserved: 0 }));
      const held: string[] = [];
      const apply = async (request: StockRequest) => {
        const [outcome] = await db.withTenant(tenant, (tx) => applyStock(tx, [request], settings));
        if (!outcome!.ok) return null;
        for (const { sku: s, onHand, reserved } of outcome!.levels)
          known.push({ at: clock.now(), sku: s, onHand, reserved });
        return outcome!.reservation?.id ?? null;
      };
      for (const s of steps) {
        if (s.do === 'wait') clock.advance(s.hours * hour);
        else if (s.do === 'adjust' && s.delta !== 0) await apply(adjusting(s.sku, { delta: s.delta }));
        else if (s.do === 'reserve') {
          const id = await apply(reserving({ [s.sku]: s.quantity }));
          if (id !== null) held.push(id);
        } else if (s.do === 'end' && held.length > 0) await apply(ending(held.shift()!, s.as));
        else if (s.do === 'keep') {
          await keepHistory(dying(db, s.dieAt), tenant.tenantId, maxDays, pieces).catch((error) => {
            if (!(error instanceof Crash)) throw error;
          });
          expect(await unsound(tenant)).toEqual([]);
        }
      }
      clock.advance(day + hour);
      await Promise.all([
        keepHistory(db, tenant.tenantId, maxDays, pieces),
        keepHistory(db, tenant.tenantId, maxDays, pieces),
      ]);
      // Each leaves to the other what it is at; whatever both left, the next look finds.
      await keepHistory(db, tenant.tenantId, maxDays, pieces);
      expect(await unsound(tenant)).toEqual([]);
      await expectDays(tenant, known);
      await expectPast(tenant, known, new Date(clock.now().getTime() - maxDays * day));
    }),
    { numRuns: 30 },
  );
}, 120_000);

test('old movements are in the archive and in nothing else, younger ones stay; of the history one row from before the limit', async () => {
  const { db } = database.current;
  const tenant = await database.current.createTenant();
  await stock(db, tenant, { A: 10 });
  const move = (delta: number) =>
    db.withTenant(tenant, (tx) => applyStock(tx, [adjusting('A', { delta })], settings));
  for (let i = 0; i < 6; i++) {
    clock.advance(day);
    await move(1);
  }
  await keepHistory(db, tenant.tenantId, 3, pieces);
  const limit = new Date(`${new Date(clock.now().getTime() - 3 * day).toISOString().slice(0, 10)}T00:00:00Z`);
  const counted = await db.withTenant(tenant, (tx) =>
    tx.one(
      `select (select count(*)::int from movement where created_at < $1) as old, (select count(*)::int from movement) as young,
         (select count(*)::int from movement_archive) as archived, (select count(*)::int from stock_history where at < $1) as kept,
         (select count(*)::int from stock_history) as history`,
      [limit],
    ),
  );
  expect(counted).toEqual({ old: 0, young: 4, archived: 3, kept: 1, history: 5 });
});

test('a day is folded only when nothing of it can come any more', async () => {
  const { db } = database.current;
  const tenant = await database.current.createTenant();
  clock.advance(day - (clock.now().getTime() % day) + hour);
  await stock(db, tenant, { A: 10 });
  const folded = async () => {
    await keepHistory(db, tenant.tenantId, 30);
    return (await db.withTenant(tenant, (tx) => tx.query('select 1 from stock_day'))).length;
  };
  expect(await folded()).toBe(0);
  clock.advance(23 * hour + 5 * 60_000);
  expect(await folded()).toBe(0);
  clock.advance(6 * 60_000);
  expect(await folded()).toBe(1);
});
