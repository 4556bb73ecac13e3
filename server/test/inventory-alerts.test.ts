/** Alerts of low stock: once per crossing, in its commit; limits, the look by the clock, and the notice to people. */
import { beforeEach, describe, expect, test } from 'vitest';
import { applyStock, createStockGatherer, ensureLevels } from '#modules/inventory';
import { ManualClock } from '#platform/clock';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import { runConsumerOnce } from '#platform/events';
import { runDueSchedules } from '#platform/jobs';
import { run as checkAlerts } from '../src/modules/inventory/alerts/check-alerts.handler.ts';
import { checkSchedule } from '../src/modules/inventory/alerts/check-alerts.ts';
import { run as tellPeople } from '../src/modules/inventory/alerts/low-stock-alert.handler.ts';
import { lowStockConsumer } from '../src/modules/inventory/alerts/low-stock-alert.ts';
import { acknowledgeAlert, reopenAlert, snoozeAlert } from '../src/modules/inventory/alerts/mark-alert.ts';
import { listAlerts } from '../src/modules/inventory/alerts/read-alerts.ts';
import { updateLimits } from '../src/modules/inventory/alerts/reassess.ts';
import { listNotifications, markRead } from '../src/modules/notifications/read-notifications.ts';
import { contextOf } from './factories/market.ts';
import { adjusting, ending, expectSoundStock, reserving, settings, stock } from './factories/stock.ts';
import { applyAll } from './factories/stock-places.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);
let tenant: TenantContext;

beforeEach(async () => {
  tenant = await database.current.createTenant();
});

const inTenant: typeof database.current.db.withTenant = (...args) => database.current.db.withTenant(...args);
const stocked = (figures: Record<string, number>) => stock(database.current.db, tenant, figures);
const change = (...requests: Parameters<typeof applyAll>[2]) =>
  applyAll(database.current.db, tenant, requests);
const alerts = async (filter: Partial<Parameters<typeof listAlerts>[1]> = {}) =>
  (await inTenant(tenant, (tx) => listAlerts(tx, { limit: 50, ...filter }))).items;
const announced = () =>
  inTenant(tenant, (tx) =>
    tx.query<{ type: string; available: number }>(
      `select type, (data->>'available')::int as available from event where type in ('stock_low', 'stock_out') order by id`,
    ),
  );
const limit = async (sku: string, changes: Parameters<typeof updateLimits>[2], location = 'main') => {
  const { id } = await inTenant(tenant, (tx) =>
    tx.one<{ id: string }>('select id from variant where sku = $1', [sku]),
  );
  return inTenant(tenant, (tx) => updateLimits(tx, { variantId: id, location }, changes, settings));
};

describe('a crossing', () => {
  test('of fifty reservations at once is announced once, and armed again by recovery', async () => {
    await stocked({ A: 30 });
    const gatherers = [1, 2].map(() => createStockGatherer({ db: database.current.db, settings }));
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        gatherers[i % 2]!.submit(tenant.tenantId, reserving({ A: 1 }), null),
      ),
    );
    expect(outcomes.filter((o) => o.ok)).toHaveLength(30);
    const first = await announced();
    expect(first.map((e) => e.type)).toEqual(['stock_low', 'stock_out']);
    expect(await alerts({ state: 'open' })).toMatchObject([{ kind: 'out', available: 0 }]);

    const [held, other] = outcomes.flatMap((o) => (o.ok && 'reservation' in o ? [o.reservation!.id] : []));
    await change(ending(held!, 'released'), ending(other!, 'released'));
    // 2 available: low again, of which nobody needs to be told, as it was out.
    expect(await announced()).toHaveLength(2);
    await change(adjusting('A', { delta: 100 }));
    expect(await alerts({ state: 'open' })).toEqual([]);
    await change(adjusting('A', { delta: -98 }));
    expect((await announced()).map((e) => e.type)).toEqual(['stock_low', 'stock_out', 'stock_low']);
    await expectSoundStock(database.current.db, tenant);
  });

  test('that is not committed is neither announced nor listed', async () => {
    await stocked({ A: 6 });
    await expect(
      inTenant(tenant, async (tx) => {
        await applyStock(tx, [reserving({ A: 3 })], settings);
        const open = await listAlerts(tx, { state: 'open', limit: 5 });
        expect(open.items).toHaveLength(1);
        throw new Error('killed');
      }),
    ).rejects.toThrow('killed');
    expect(await announced()).toEqual([]);
    expect(await alerts()).toEqual([]);
    await change(reserving({ A: 3 }));
    expect(await announced()).toEqual([{ type: 'stock_low', available: 3 }]);
    expect(await alerts()).toMatchObject([
      { kind: 'low', state: 'open', availableThen: 3, threshold: 5, sku: 'A', location: 'main' },
    ]);
  });
});

describe('what people say of an alert', () => {
  const only = async () => (await alerts({ state: 'open' }))[0]!;

  test('it is acknowledged, put off, comes back by itself, and ends with recovery', async () => {
    await stocked({ A: 6 });
    await change(adjusting('A', { delta: -2 }));
    const { id } = await only();
    const acknowledge = () => inTenant({ ...tenant, actor: 'user:ana' }, (tx) => acknowledgeAlert(tx, id));
    const first = await acknowledge();
    expect(first).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'user:ana' });
    clock.advance(1000);
    expect(await acknowledge()).toEqual(first);
    expect(await alerts({ state: 'open' })).toEqual([]);

    const until = new Date(clock.now().getTime() + 3_600_000);
    const snoozed = await inTenant(tenant, (tx) => snoozeAlert(tx, id, until));
    expect(snoozed).toMatchObject({
      ...{ state: 'snoozed', snoozedUntil: until.toISOString(), acknowledgedAt: null },
    });
    expect(await alerts({ state: 'acknowledged' })).toEqual([]);
    clock.advance(3_600_000);
    expect(await only()).toMatchObject({ id, state: 'open', snoozedUntil: null });

    await acknowledge();
    expect(await inTenant(tenant, (tx) => reopenAlert(tx, id))).toMatchObject({ state: 'open' });
    await change(adjusting('A', { delta: 5 }));
    expect(await alerts({ state: 'resolved' })).toMatchObject([{ id, resolvedAt: expect.any(String) }]);
    await expect(acknowledge()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });

  test('a time that is past or too far is refused by name, an unknown alert is not found', async () => {
    await stocked({ A: 6 });
    await change(adjusting('A', { delta: -2 }));
    const { id } = await only();
    for (const days of [0, 91]) {
      const until = new Date(clock.now().getTime() + days * 86_400_000);
      await expect(inTenant(tenant, (tx) => snoozeAlert(tx, id, until))).rejects.toMatchObject({
        extras: { issues: [{ field: 'body.until' }] },
      });
    }
    await expect(inTenant(tenant, (tx) => acknowledgeAlert(tx, newId()))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('a list is read page by page, by kind, place and item', async () => {
    await stocked({ A: 9, B: 9, C: 9 });
    await change(adjusting('A', { delta: -5 }), adjusting('B', { delta: -9 }), adjusting('C', { delta: -5 }));
    const page = await inTenant(tenant, (tx) => listAlerts(tx, { limit: 2 }));
    const rest = await inTenant(tenant, (tx) => listAlerts(tx, { limit: 2, cursor: page.nextCursor! }));
    expect(new Set([...page.items, ...rest.items].map((a) => a.sku))).toEqual(new Set(['A', 'B', 'C']));
    expect(rest.nextCursor).toBeNull();
    expect(await alerts({ kind: 'out' })).toMatchObject([{ sku: 'B' }]);
    expect(await alerts({ sku: 'C', location: 'main' })).toHaveLength(1);
    expect(await alerts({ location: 'shop' })).toEqual([]);
  });
});

describe('the limits of a level', () => {
  test('open and resolve its alert in the same commit, and are told like any change', async () => {
    await stocked({ A: 20 });
    expect(await limit('A', { lowStockThreshold: 30, safetyBuffer: 2 })).toMatchObject({
      ...{ lowStockThreshold: 30, safetyBuffer: 2, low: true },
    });
    expect(await announced()).toEqual([{ type: 'stock_low', available: 20 }]);
    expect(await alerts({ state: 'open' })).toMatchObject([{ kind: 'low', threshold: 30 }]);
    const before = await limit('A', { lowStockThreshold: 30 });
    expect(await limit('A', { safetyBuffer: 2 })).toEqual(before);
    expect(await limit('A', { lowStockThreshold: null })).toMatchObject({
      ...{ lowStockThreshold: 5, safetyBuffer: 2, low: false },
    });
    expect(await alerts({ state: 'open' })).toEqual([]);
    await expect(limit('A', { safetyBuffer: 1 }, 'shop')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expectSoundStock(database.current.db, tenant);
  });

  test('say nothing of what never had stock, and leave what is sold out as it is', async () => {
    await stocked({ NEVER: 0, SOLD: 6 });
    await change(adjusting('SOLD', { delta: -6 }));
    for (const sku of ['NEVER', 'SOLD']) await limit(sku, { lowStockThreshold: 30, safetyBuffer: 1 });
    expect(await alerts()).toMatchObject([{ sku: 'SOLD', kind: 'out' }]);
    expect(await announced()).toHaveLength(2);
    // Its first pieces are few, and then gone.
    await change(adjusting('NEVER', { delta: 3 }));
    expect(await alerts({ state: 'open', sku: 'NEVER' })).toMatchObject([{ kind: 'low', threshold: 30 }]);
    await change(adjusting('NEVER', { delta: -3 }));
    expect(await alerts({ state: 'open', sku: 'NEVER' })).toMatchObject([{ kind: 'out' }]);
  });
});

describe('the look by the clock', () => {
  test('finds what says something else than its figures, in portions, and leaves what never had stock', async () => {
    const many = Object.fromEntries(Array.from({ length: 210 }, (_, i) => [`A${i}`, 3]));
    await stocked({ ...many, NEVER: 0, FINE: 50 });
    // One is on its way to a place where it never was.
    const shop = newId();
    await inTenant(tenant, async (tx) => {
      await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
        tx.tenantId,
        shop,
      ]);
      const { id: variantId } = await tx.one<{ id: string }>("select id from variant where sku = 'A7'");
      await ensureLevels(tx, [{ variantId, locationId: shop }]);
    });
    await change({
      ...{
        kind: 'adjust',
        actor: 'system',
        change: { delta: 0 },
        incomingDelta: 1,
        movementKind: 'transfer_in',
      },
      ...{ line: { sku: 'A7', location: 'shop' }, reason: null, reference: null, note: null },
    });
    const before = (await announced()).length;
    // As a release that keeps no alerts would have left them.
    await inTenant(tenant, async (tx) => {
      await tx.execute('update stock_level set alert = null');
      await tx.execute('update stock_alert set resolved_at = now()');
      await tx.execute("update stock_level set alert = 'out' where on_hand = 50");
    });
    const schedule = checkSchedule(settings, 60_000);
    await database.current.db.asSystem('schedule', (tx) =>
      tx.execute("insert into schedule (name, next_at) values ($1, '2026-01-01')", [schedule.name]),
    );
    const fail = (_: string, error: Error) => {
      throw error;
    };
    expect(await runDueSchedules(database.current.db, [schedule], fail)).toEqual([schedule.name]);
    const asked = await inTenant(tenant, (tx) =>
      tx.query("select type from task where type = 'check_stock_alerts'"),
    );
    expect(asked).toHaveLength(1);
    const context = contextOf(database.current.db, tenant);
    expect(await checkAlerts(context, settings)).toEqual({ corrected: 211 });
    const told = (await announced()).slice(before).map((e) => e.type);
    expect(told).toEqual(Array.from({ length: 210 }, () => 'stock_low'));
    expect(await alerts({ state: 'open', limit: 200 })).toHaveLength(200);
    expect(await alerts({ sku: 'NEVER' })).toEqual([]);
    expect(await alerts({ location: 'shop', state: 'open' })).toEqual([]);
    expect(await checkAlerts(context, settings)).toEqual({ corrected: 0 });
    await expectSoundStock(database.current.db, tenant);
  });

  test('closes everything when alerts are turned off', async () => {
    await stocked({ A: 6 });
    await change(adjusting('A', { delta: -2 }));
    const off = { ...settings, alertsEnabled: false };
    expect(await checkAlerts(contextOf(database.current.db, tenant), off)).toEqual({ corrected: 1 });
    expect(await alerts({ state: 'open' })).toEqual([]);
  });
});

describe('the notice to people', () => {
  const people = ['owner', 'manager', 'agent', 'viewer'] as const;
  let users: Record<(typeof people)[number], string>;

  beforeEach(async () => {
    users = { owner: newId(), manager: newId(), agent: newId(), viewer: newId() };
    await database.current.db.asSystem('people', async (tx) => {
      for (const role of people) {
        const id = users[role];
        await tx.execute(
          `insert into auth."user" (id, name, email) values ($1::uuid, $2, $1::text || '@example.com')`,
          [id, role],
        );
        await tx.execute(
          'insert into auth.member (id, "organizationId", "userId", role) values ($1, $2, $3, $4)',
          [newId(), tenant.tenantId, id, role],
        );
      }
    });
    await runConsumerOnce(database.current.db, lowStockConsumer);
  });

  async function consume(): Promise<void> {
    while ((await runConsumerOnce(database.current.db, lowStockConsumer)) > 0);
  }
  const waiting = () =>
    inTenant(tenant, (tx) =>
      tx.query<{ id: string; run_at: Date }>(
        "select id, run_at from task where type = 'low_stock_alert' and status = 'queued' order by id",
      ),
    );
  const tell = () => tellPeople(contextOf(database.current.db, tenant));
  const notices = (user: string, more: { cursor?: string } = {}) =>
    inTenant(tenant, (tx) => listNotifications(tx, user, { limit: 2, ...more }));

  test('is one for many items, for those who keep the stock; what recovered meanwhile is not in it', async () => {
    await stocked({ OPENED: 3, A: 9, B: 9, C: 9 });
    await change(adjusting('A', { delta: -5 }), adjusting('B', { delta: -9 }));
    await change(adjusting('C', { delta: -5 }));
    await consume();
    await change(adjusting('C', { delta: 5 }));
    const [task, ...others] = await waiting();
    expect(others).toEqual([]);
    expect(task!.run_at.getTime()).toBeGreaterThan(clock.now().getTime());
    expect(await tell()).toEqual({ alerts: 2, people: 2 });
    expect(await tell()).toEqual({ alerts: 0, people: 0 });
    const { items, unread } = await notices(users.owner);
    expect(unread).toBe(1);
    expect(items).toMatchObject([
      {
        kind: 'low_stock',
        link: '/alerts',
        readAt: null,
        data: {
          ...{ low: 1, out: 1 },
          items: [
            { sku: 'B', kind: 'out', available: 0, location: 'main' },
            { sku: 'A', kind: 'low', available: 4 },
          ],
        },
      },
    ]);
    expect((await notices(users.manager)).unread).toBe(1);
    expect((await notices(users.agent)).items).toEqual([]);
    expect((await notices(users.viewer)).items).toEqual([]);
    const told = await inTenant(tenant, (tx) =>
      tx.query("select data from event where type = 'notification_new'"),
    );
    expect(told).toEqual([{ data: { kind: 'low_stock' } }]);
  });

  test('rests five minutes before the next', async () => {
    await stocked({ A: 9, B: 9 });
    await change(adjusting('A', { delta: -5 }));
    await consume();
    await tell();
    const toldAt = clock.now().getTime();
    await inTenant(tenant, (tx) =>
      tx.execute("update task set status = 'completed' where type = 'low_stock_alert'"),
    );
    clock.advance(60_000);
    await change(adjusting('B', { delta: -5 }));
    await consume();
    expect((await waiting()).map((t) => t.run_at.getTime() - toldAt)).toEqual([300_000]);
  });

  test('is read by each for themselves; unread ones come first', async () => {
    await stocked({ A: 9 });
    for (let i = 0; i < 4; i++) {
      await change(adjusting('A', { delta: -9 }));
      await consume();
      await tell();
      await change(adjusting('A', { delta: 9 }));
      clock.advance(1000);
    }
    const all = async (user: string) => {
      const first = await notices(user);
      const second = await notices(user, { cursor: first.nextCursor! });
      expect(second.nextCursor).toBeNull();
      return [...first.items, ...second.items];
    };
    const [newest, second, third, oldest] = await all(users.owner);
    expect(newest!.createdAt > oldest!.createdAt).toBe(true);
    await inTenant(tenant, (tx) => markRead(tx, users.owner, [newest!.id, third!.id]));
    expect((await all(users.owner)).map((n) => n.id)).toEqual([
      second!.id,
      oldest!.id,
      newest!.id,
      third!.id,
    ]);
    expect((await notices(users.owner)).unread).toBe(2);
    expect((await notices(users.manager)).unread).toBe(4);
    await inTenant(tenant, (tx) => markRead(tx, users.owner, null));
    expect((await notices(users.owner)).unread).toBe(0);
    expect((await notices(users.manager)).unread).toBe(4);
  });
});
