/** The time machine: a level at an instant, and what is behind it. */
import { describe, expect, test } from 'vitest';
import { applyStock, type StockRequest } from '#modules/inventory';
import { ManualClock } from '#platform/clock';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import { readLevelsAt } from '../src/modules/inventory/history/levels-at.ts';
import { readMoment, readSeries } from '../src/modules/inventory/history/moment.ts';
import { listMovements } from '../src/modules/inventory/history/movements.ts';
import { findLevel } from '../src/modules/inventory/levels.ts';
import { listLevels } from '../src/modules/inventory/list-levels.ts';
import { adjusting, ending, reserving, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

// Ids tell the time of the machine: the clock of these tests goes on from there.
const clock = new ManualClock(new Date());
const database = useDatabase(clock);
const second = 1000;

async function apply(tenant: TenantContext, request: StockRequest) {
  const [outcome] = await database.current.db.withTenant(tenant, (tx) => applyStock(tx, [request], settings));
  if (!outcome!.ok) throw new Error(JSON.stringify(outcome!.refusal));
  return outcome!;
}

/** Moves on, does it, and gives the instant at which it was done. */
async function later(work: () => Promise<unknown>): Promise<Date> {
  clock.advance(60 * second);
  await work();
  return clock.now();
}

const inTenant = async <R>(
  tenant: TenantContext,
  read: (
    tx: Parameters<Parameters<typeof database.current.db.withTenant>[1]>[0],
    level: NonNullable<Awaited<ReturnType<typeof findLevel>>>,
  ) => Promise<R>,
): Promise<R> =>
  database.current.db.withTenant(tenant, async (tx) => read(tx, (await findLevel(tx, { sku: 'A' }))!));

const before = (at: Date) => new Date(at.getTime() - 1);
const figures = (tenant: TenantContext, at: Date) =>
  inTenant(tenant, async (tx, level) => {
    const { onHand, reserved, precision } = (await readLevelsAt(tx, [level], at))[0]!;
    return [onHand, reserved, precision];
  });

/** 10 pieces; then 3 reserved; then 4 added; then the 3 sold. */
async function past() {
  const tenant = await database.current.createTenant();
  const opened = await later(() => stock(database.current.db, tenant, { A: 10 }));
  let reservationId = '';
  const reference = `order:${newId()}`;
  const reserved = await later(async () => {
    reservationId = (await apply(tenant, reserving({ A: 3 }, { reference }))).reservation!.id;
  });
  const added = await later(() => apply(tenant, adjusting('A', { delta: 4 })));
  const sold = await later(() => apply(tenant, ending(reservationId, 'confirmed')));
  return { tenant, opened, reserved, added, sold, reservationId, reference };
}

describe('a level at an instant', () => {
  test('is what the last commit up to it left, from the millisecond of that commit on', async () => {
    const { tenant, opened, reserved, added, sold } = await past();
    expect(await figures(tenant, before(opened))).toEqual([0, 0, 'exact']);
    expect(await figures(tenant, opened)).toEqual([10, 0, 'exact']);
    expect(await figures(tenant, before(reserved))).toEqual([10, 0, 'exact']);
    expect(await figures(tenant, reserved)).toEqual([10, 3, 'exact']);
    expect(await figures(tenant, before(sold))).toEqual([14, 3, 'exact']);
    expect(await figures(tenant, sold)).toEqual([11, 0, 'exact']);
    expect(await figures(tenant, new Date(added.getTime() + 3600 * second))).toEqual([11, 0, 'exact']);
  });

  test('comes with the movements around it and the reservations alive then', async () => {
    const { tenant, added, sold, reservationId, reference } = await past();
    const moment = await inTenant(tenant, (tx, level) => readMoment(tx, level, before(sold)));
    expect(moment).toMatchObject({ onHand: 14, reserved: 3, available: 11, precision: 'exact' });
    expect([moment.since, moment.until]).toEqual([added.toISOString(), sold.toISOString()]);
    expect(moment.before.map((m) => [m.kind, m.quantity])).toEqual([
      ['adjustment', 4],
      ['opening', 10],
    ]);
    expect(moment.after).toMatchObject([{ kind: 'sale', quantity: -3, reference }]);
    expect(moment.reservations).toMatchObject([
      { id: reservationId, quantity: 3, status: 'confirmed', endedAt: sold.toISOString(), reference },
    ]);
    const now = await inTenant(tenant, (tx, level) => readMoment(tx, level, sold));
    expect([now.until, now.reservations]).toEqual([null, []]);
  });

  test('several changes in one millisecond: the last one counts', async () => {
    const { tenant } = await past();
    const at = await later(async () => {
      for (const delta of [1, 1, 1]) await apply(tenant, adjusting('A', { delta }));
    });
    expect(await figures(tenant, at)).toEqual([14, 0, 'exact']);
    expect(await figures(tenant, before(at))).toEqual([11, 0, 'exact']);
  });

  test('from before the history is kept it is worked out from ledger and reservations, and says so', async () => {
    const { tenant, opened, reserved, added, sold } = await past();
    await database.current.db.asSystem('an upgrade', (tx) =>
      tx.execute('delete from stock_history where tenant_id = $1 and at < $2', [tenant.tenantId, sold]),
    );
    expect(await figures(tenant, before(opened))).toEqual([0, 0, 'ledger']);
    expect(await figures(tenant, before(reserved))).toEqual([10, 0, 'ledger']);
    expect(await figures(tenant, reserved)).toEqual([10, 3, 'ledger']);
    expect(await figures(tenant, added)).toEqual([14, 3, 'ledger']);
    expect(await figures(tenant, sold)).toEqual([11, 0, 'exact']);
    const moment = await inTenant(tenant, (tx, level) => readMoment(tx, level, reserved));
    expect(moment.until).toBe(added.toISOString());
  });

  test('the list of levels has the figures of then', async () => {
    const { tenant, reserved, sold } = await past();
    const list = (at: Date) =>
      database.current.db.withTenant(tenant, (tx) =>
        listLevels(
          tx,
          { sku: 'A', at: at.toISOString(), limit: 10 },
          { settings, findProducts: async () => ({ ids: [], more: null }) },
        ),
      );
    expect((await list(reserved)).items).toMatchObject([
      { onHand: 10, reserved: 3, available: 7, updatedAt: reserved.toISOString() },
    ]);
    expect((await list(sold)).items).toMatchObject([{ onHand: 11, reserved: 0 }]);
  });
});

describe('a level over time', () => {
  test('has a point for each part of the time with a change, and keeps the dip between two points', async () => {
    const { tenant, opened, sold } = await past();
    const from = new Date(opened.getTime() - second);
    const series = (points: number) =>
      inTenant(tenant, (tx, level) => readSeries(tx, level, from, sold, points));
    const all = await series(1000);
    expect(all.points.map((p) => [p.onHand, p.reserved, p.lowestAvailable])).toEqual([
      [0, 0, 0],
      [10, 0, 10],
      [10, 3, 7],
      [14, 3, 11],
      [11, 0, 11],
    ]);
    expect(all.dailyUntil).toBe(null);
    const thinned = await series(2);
    expect(thinned.points.map((p) => [p.onHand, p.lowestAvailable])).toEqual([
      [0, 0],
      [11, 7],
    ]);
  });
});

describe('the list of movements', () => {
  test('filters by item, kind, document, who and when; goes on page by page, through the archive too', async () => {
    const { tenant, opened, added, sold, reference } = await past();
    const { db } = database.current;
    const list = (filter: Omit<Parameters<typeof listMovements>[1], 'limit'>, limit = 50) =>
      db.withTenant(tenant, (tx) => listMovements(tx, { ...filter, limit }));
    const kinds = async (filter: Omit<Parameters<typeof listMovements>[1], 'limit'>) =>
      (await list(filter)).items.map((m) => m.kind);
    await db.asSystem('archive', (tx) =>
      tx.execute(
        `with old as (delete from movement where tenant_id = $1 and created_at < $2 returning *)
         insert into movement_archive (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, created_at, level_version)
         select tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, created_at, level_version from old`,
        [tenant.tenantId, added],
      ),
    );
    expect(await kinds({})).toEqual(['sale', 'adjustment', 'opening']);
    expect(await kinds({ sku: 'A' })).toEqual(['sale', 'adjustment', 'opening']);
    expect(await kinds({ sku: 'B' })).toEqual([]);
    expect(await kinds({ kind: 'opening' })).toEqual(['opening']);
    expect(await kinds({ reference })).toEqual(['sale']);
    expect(await kinds({ actor: 'system', location: 'main' })).toEqual(['sale', 'adjustment', 'opening']);
    expect(await kinds({ actor: 'user:somebody' })).toEqual([]);
    expect(await kinds({ location: 'elsewhere' })).toEqual([]);
    expect(await kinds({ from: added.toISOString(), to: sold.toISOString() })).toEqual(['adjustment']);
    expect(await kinds({ to: added.toISOString() })).toEqual(['opening']);
    const first = await list({ location: 'main' }, 2);
    expect(first.items).toHaveLength(2);
    const rest = await list({ location: 'main', cursor: first.nextCursor! }, 2);
    expect(rest.items).toMatchObject([{ kind: 'opening', createdAt: opened.toISOString() }]);
    expect(rest.nextCursor).toBe(null);
  });

  test('leads to the order, the task, the person behind a movement', async () => {
    const { tenant } = await past();
    const { db } = database.current;
    const [userId, taskId, purchase] = [newId(), newId(), newId()];
    await db.asSystem('a person', async (tx) => {
      await tx.execute(
        `insert into auth."user" (id, name, email) values ($1::uuid, 'Ana', $1::uuid || '@example.com')`,
        [userId],
      );
      await tx.execute(
        `insert into auth.member (id, "organizationId", "userId", role) values ($1, $2, $3, 'owner')`,
        [newId(), tenant.tenantId, userId],
      );
    });
    clock.advance(second);
    await apply(tenant, {
      ...(adjusting('A', { delta: 1 }) as Extract<StockRequest, { kind: 'adjust' }>),
      actor: `user:${userId}`,
      reference: `purchase_order:${purchase}`,
    });
    clock.advance(second);
    await apply(tenant, { ...adjusting('A', { delta: 1 }), actor: `task:${taskId}` });
    const { items } = await db.withTenant(tenant, (tx) => listMovements(tx, { limit: 2 }));
    expect(items.map(({ actorName, links }) => ({ actorName, links }))).toEqual([
      { actorName: null, links: [{ kind: 'task', id: taskId, label: null, known: false }] },
      {
        actorName: 'Ana',
        links: [
          { kind: 'purchase_order', id: purchase, label: null, known: false },
          { kind: 'person', id: userId, label: 'Ana', known: true },
        ],
      },
    ]);
  });
});
