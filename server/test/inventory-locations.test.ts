/** Stock in several places: where lines are taken from, holds in part, sales at once, deadlines moved, counts below what is held. */
import { MAX_LOCATIONS } from '@tradepost/contracts';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import {
  applyStock,
  createLocation,
  createStockGatherer,
  ensureLevels,
  expireReservations,
  type StockRequest,
} from '#modules/inventory';
import { ManualClock } from '#platform/clock';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import { adjusting, ending, expectSoundStock, reserving, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);

/** A tenant with stock by SKU and location, such as `{ A: { main: 5, shop: 3 } }`. `main` has priority 0, the others 1, 2, … */
async function stockAt(onHand: Record<string, Record<string, number>>): Promise<TenantContext> {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  await stock(db, tenant, Object.fromEntries(Object.entries(onHand).map(([sku, at]) => [sku, at.main ?? 0])));
  const codes = [...new Set(Object.values(onHand).flatMap((at) => Object.keys(at)))].filter(
    (code) => code !== 'main',
  );
  await db.withTenant(tenant, async (tx) => {
    for (const [i, code] of codes.entries()) {
      const locationId = newId();
      await tx.execute(
        'insert into location (tenant_id, id, code, name, priority) values ($1, $2, $3, $3, $4)',
        [tx.tenantId, locationId, code, i + 1],
      );
      const items = Object.entries(onHand).filter(([, at]) => code in at);
      const variants = await tx.query<{ variantId: string }>(
        'select id as "variantId" from variant where tenant_id = $1 and sku = any ($2)',
        [tx.tenantId, items.map(([sku]) => sku)],
      );
      await ensureLevels(
        tx,
        variants.map((v) => ({ ...v, locationId })),
      );
      const requests = items.map(
        ([sku, at]): StockRequest => ({
          ...(adjusting(sku, { setTo: at[code]! }) as Extract<StockRequest, { kind: 'adjust' }>),
          line: { sku, location: code },
        }),
      );
      await applyStock(tx, requests, settings);
    }
  });
  return tenant;
}

async function apply(tenant: TenantContext, ...requests: StockRequest[]) {
  return database.current.db.withTenant(tenant, (tx) => applyStock(tx, requests, settings));
}

/** `sku@location` → [onHand, reserved]. */
async function figures(tenant: TenantContext): Promise<Record<string, [number, number]>> {
  const rows = await database.current.db.withTenant(tenant, (tx) =>
    tx.query<{ key: string; onHand: number; reserved: number }>(
      `select v.sku || '@' || l.code as key, s.on_hand as "onHand", s.reserved from stock_level s
       join variant v on v.tenant_id = s.tenant_id and v.id = s.variant_id
       join location l on l.tenant_id = s.tenant_id and l.id = s.location_id order by 1`,
    ),
  );
  return Object.fromEntries(rows.map((r) => [r.key, [r.onHand, r.reserved]]));
}

const wanting = (
  lines: { sku: string; quantity: number; location?: string }[],
  more: Partial<Extract<StockRequest, { kind: 'reserve' }>> = {},
): StockRequest => ({ kind: 'reserve', actor: 'system', lines, reference: null, expiresAt: null, ...more });

describe('allocation', () => {
  const places = { A: { main: 5, shop: 8, attic: 2 } };
  test.for<
    [
      string,
      Partial<Extract<StockRequest, { kind: 'reserve' }>>,
      number,
      Record<string, number> | 'short',
      number?,
    ]
  >([
    ['by priority, from the first that has all', {}, 5, { main: 5 }],
    ['by priority, a later one that has all before a split', {}, 7, { shop: 7 }],
    ['split when none has all', {}, 14, { main: 5, shop: 8, attic: 1 }],
    ['from where most is', { allocation: { policy: 'most_stock', split: true } }, 3, { shop: 3 }],
    [
      'split from where most is',
      { allocation: { policy: 'most_stock', split: true } },
      14,
      { shop: 8, main: 5, attic: 1 },
    ],
    ['never split', { allocation: { policy: 'priority', split: false } }, 8, { shop: 8 }],
    [
      'never split, and no place has all',
      { allocation: { policy: 'priority', split: false } },
      9,
      'short',
      8,
    ],
    ['more than all have', {}, 16, 'short', 15],
    ['in part', { partial: true }, 16, { main: 5, shop: 8, attic: 2 }, 15],
    [
      'in part, never split',
      { partial: true, allocation: { policy: 'priority', split: false } },
      9,
      { shop: 8 },
      8,
    ],
  ])('%s', async ([, more, quantity, expected, available]) => {
    const tenant = await stockAt(places);
    const [outcome] = await apply(tenant, wanting([{ sku: 'A', quantity }], more));
    const short = available === undefined ? [] : [{ sku: 'A', asked: quantity, available }];
    if (expected === 'short') {
      expect(outcome).toEqual({ ok: false, refusal: { reason: 'short', lines: short } });
    } else {
      if (!outcome!.ok) throw new Error(JSON.stringify(outcome));
      const lines = outcome!.reservation!.lines;
      expect(Object.fromEntries(lines.map((l) => [l.location, l.quantity]))).toEqual(expected);
      expect(outcome!.short).toEqual(short);
    }
    await expectSoundStock(database.current.db, tenant);
  });

  test('lines of one SKU are summed, those that name a place first, and a place that is archived gives nothing else', async () => {
    const tenant = await stockAt({ A: { main: 5, shop: 3 }, B: { main: 1 } });
    const both = [
      { sku: 'A', quantity: 4 },
      { sku: 'A', quantity: 3, location: 'main' },
      { sku: 'B', quantity: 1 },
    ];
    const [outcome] = await apply(tenant, wanting(both));
    expect(outcome).toMatchObject({ ok: true });
    expect(await figures(tenant)).toEqual({ 'A@main': [5, 5], 'A@shop': [3, 2], 'B@main': [1, 1] });
    const [tooMuch] = await apply(tenant, wanting([...both.slice(0, 2)]));
    expect(tooMuch).toMatchObject({ ok: false, refusal: { reason: 'short' } });
    await database.current.db.withTenant(tenant, (tx) =>
      tx.execute("update location set archived_at = now() where code = 'shop'"),
    );
    expect(await apply(tenant, wanting([{ sku: 'A', quantity: 1 }]))).toMatchObject([{ ok: false }]);
    expect(await apply(tenant, wanting([{ sku: 'A', quantity: 1, location: 'shop' }]))).toMatchObject([
      { ok: true },
    ]);
    expect(await apply(tenant, wanting([{ sku: 'B', quantity: 1, location: 'shop' }]))).toEqual([
      { ok: false, refusal: { reason: 'unknown_item', lines: [0] } },
    ]);
  });
});

describe('a sale at once', () => {
  const selling = (saleId: string, quantity: number): StockRequest => ({
    kind: 'sell',
    actor: 'system',
    saleId,
    lines: [{ sku: 'A', quantity }],
    reference: 'order:1001',
  });

  test('is one sale, however often it is asked for: in a batch, later, from two processes; with other items it is refused', async () => {
    const { db } = database.current;
    const tenant = await stockAt({ A: { main: 100 } });
    const gatherers = [createStockGatherer({ db, settings }), createStockGatherer({ db, settings })];
    for (let round = 1; round <= 10; round++) {
      const id = newId();
      const ask = (times: number) =>
        Promise.all(
          Array.from({ length: times }, (_, i) => gatherers[i % 2]!.submit(tenant.tenantId, selling(id, 2))),
        );
      // Alone in its batch each, so that the one that comes second has nobody to try again with.
      const outcomes = [...(await ask(2)), ...(await ask(10))];
      expect(outcomes.filter((o) => !o.ok)).toEqual([]);
      expect(await figures(tenant)).toEqual({ 'A@main': [100 - 2 * round, 0] });
      expect(await gatherers[0]!.submit(tenant.tenantId, selling(id, 3))).toEqual({
        ok: false,
        refusal: { reason: 'sold_otherwise' },
      });
    }
    await expectSoundStock(db, tenant);
  });

  test('of the last pieces is the one that another process makes while it waits, not a shortage', async () => {
    const { db, url } = database.current;
    const tenant = await stockAt({ A: { main: 2 } });
    const watcher = new pg.Client({ connectionString: url });
    await watcher.connect();
    const id = newId();
    const second = await db.withTenant(tenant, async (tx) => {
      await applyStock(tx, [selling(id, 2)], settings);
      const waiting = createStockGatherer({ db, settings }).submit(tenant.tenantId, selling(id, 2));
      await vi.waitFor(async () => {
        const { rows } = await watcher.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        expect(rows).toHaveLength(1);
      });
      return { waiting };
    });
    expect(await second.waiting).toMatchObject({ ok: true, reservation: { id, status: 'confirmed' } });
    await watcher.end();
    expect(await figures(tenant)).toEqual({ 'A@main': [0, 0] });
    await expectSoundStock(db, tenant);
  });
});

describe('deadlines', () => {
  test('a hold that is extended lives on; one that ended, or has no deadline, is not extended', async () => {
    const { db } = database.current;
    const tenant = await stockAt({ A: { main: 5 } });
    const inSeconds = (s: number) => new Date(clock.now().getTime() + s * 1000);
    const [held, forOrder] = await apply(
      tenant,
      reserving({ A: 1 }, { expiresAt: inSeconds(10) }),
      reserving({ A: 1 }),
    );
    if (!held!.ok || !forOrder!.ok) throw new Error('not held');
    const [id, orderHold] = [held!.reservation!.id, forOrder!.reservation!.id];
    const extending = (reservationId: string, seconds: number): StockRequest => ({
      kind: 'extend',
      actor: 'system',
      reservationId,
      expiresAt: inSeconds(seconds),
    });
    expect(await apply(tenant, extending(id, 100))).toMatchObject([{ ok: true }]);
    clock.advance(50_000);
    expect(await expireReservations(db, tenant.tenantId, settings)).toBe(0);
    clock.advance(51_000);
    expect(await expireReservations(db, tenant.tenantId, settings)).toBe(1);
    expect(await apply(tenant, extending(id, 10), extending(orderHold, 10), extending(newId(), 1))).toEqual([
      { ok: false, refusal: { reason: 'reservation_ended', status: 'expired' } },
      { ok: false, refusal: { reason: 'held_for_order' } },
      { ok: false, refusal: { reason: 'reservation_not_found' } },
    ]);
    await expectSoundStock(db, tenant);
  });

  test('extended and ended in one batch is ended', async () => {
    const tenant = await stockAt({ A: { main: 5 } });
    const [held] = await apply(tenant, reserving({ A: 2 }, { expiresAt: clock.now() }));
    if (!held!.ok) throw new Error('not held');
    const reservationId = held!.reservation!.id;
    const later = new Date(clock.now().getTime() + 1000);
    await apply(
      tenant,
      { kind: 'extend', actor: 'system', reservationId, expiresAt: later },
      ending(reservationId, 'confirmed'),
    );
    expect(await figures(tenant)).toEqual({ 'A@main': [3, 0] });
    await expectSoundStock(database.current.db, tenant);
  });
});

describe('adjusting', () => {
  const counting = (setTo: number, whenHeld: 'refuse' | 'release'): StockRequest => ({
    kind: 'adjust',
    actor: 'system',
    line: { sku: 'A' },
    change: { setTo },
    whenHeld,
    movementKind: 'count',
    reason: null,
    reference: 'count:7',
    note: null,
  });

  test('from another figure than is there is refused with the present one', async () => {
    const tenant = await stockAt({ A: { main: 5 } });
    const from = (expectedOnHand: number): StockRequest => ({
      ...(adjusting('A', { delta: 1 }) as Extract<StockRequest, { kind: 'adjust' }>),
      expectedOnHand,
    });
    expect(await apply(tenant, from(5), from(5))).toMatchObject([
      { ok: true },
      { ok: false, refusal: { reason: 'changed', location: 'main', expectedOnHand: 5, onHand: 6 } },
    ]);
    expect(await figures(tenant)).toEqual({ 'A@main': [6, 0] });
  });

  test('what is on its way changes alone or together with what is there, and never below nothing', async () => {
    const tenant = await stockAt({ A: { main: 5 } });
    const coming = (delta: number, incomingDelta: number): StockRequest => ({
      ...(adjusting('A', { delta }) as Extract<StockRequest, { kind: 'adjust' }>),
      incomingDelta,
    });
    const [sent] = await apply(tenant, coming(0, 10));
    expect(sent).toMatchObject({ ok: true, levels: [{ onHand: 5, incoming: 10 }] });
    const [came] = await apply(tenant, coming(4, -4));
    expect(came).toMatchObject({ ok: true, levels: [{ onHand: 9, incoming: 6 }] });
    await expect(apply(tenant, coming(7, -7))).rejects.toMatchObject({ code: '23514' });
    await expectSoundStock(database.current.db, tenant);
  });

  test('goods that set out for a place where there never were any are no alert', async () => {
    const { db } = database.current;
    const tenant = await stockAt({ A: { main: 5 } });
    await db.withTenant(tenant, async (tx) => {
      const locationId = newId();
      await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
        tx.tenantId,
        locationId,
      ]);
      const { id: variantId } = await tx.one<{ id: string }>('select id from variant where sku = $1', ['A']);
      await ensureLevels(tx, [{ variantId, locationId }]);
    });
    const sent = { ...adjusting('A', { delta: 0 }), incomingDelta: 5, line: { sku: 'A', location: 'shop' } };
    await apply(tenant, sent as StockRequest);
    const told = () =>
      db.withTenant(tenant, (tx) =>
        tx.query<{ type: string }>("select type from event where type in ('stock_low', 'stock_out')"),
      );
    expect(await told()).toEqual([]);
    // They come and go: now it is one.
    await apply(tenant, { ...sent, change: { delta: 5 }, incomingDelta: -5 } as StockRequest);
    await apply(tenant, { ...sent, change: { delta: -5 }, incomingDelta: 0 } as StockRequest);
    expect((await told()).map((event) => event.type)).toEqual(['stock_low', 'stock_out']);
  });

  test('a count below what is held gives up the newest holds, as few as it takes, and says so', async () => {
    const { db } = database.current;
    const tenant = await stockAt({ A: { main: 10 }, B: { main: 10 } });
    const holds: string[] = [];
    for (const reference of ['order:1', 'order:2', 'order:3']) {
      const [held] = await apply(tenant, reserving({ A: 3, B: 1 }, { reference }));
      if (!held!.ok) throw new Error('not held');
      holds.push(held!.reservation!.id);
    }
    expect(await apply(tenant, counting(4, 'refuse'))).toMatchObject([{ ok: false }]);
    const [counted] = await apply(tenant, counting(4, 'release'));
    expect(counted).toMatchObject({
      ok: true,
      givenUp: [
        { reservationId: holds[2], reference: 'order:3' },
        { reservationId: holds[1], reference: 'order:2' },
      ],
    });
    expect(await figures(tenant)).toEqual({ 'A@main': [4, 3], 'B@main': [10, 1] });
    const told = await db.withTenant(tenant, (tx) =>
      tx.query("select data from event where type = 'reservation_released' order by id"),
    );
    expect(told.map((t) => t.data)).toEqual([
      { reservationId: holds[2], reference: 'order:3', reason: 'count:7' },
      { reservationId: holds[1], reference: 'order:2', reason: 'count:7' },
    ]);
    await expectSoundStock(db, tenant);
  });

  test('counts below what is held race with new holds: no deadlock, every book agrees', async () => {
    const { db } = database.current;
    const tenant = await stockAt({ A: { main: 50 }, B: { main: 50 } });
    const gatherers: ReturnType<typeof createStockGatherer>[] = [0, 1].map(() =>
      createStockGatherer({ db, settings }),
    );
    const held: string[] = [];
    await Promise.all(
      gatherers.map(async (gatherer, who) => {
        for (let i = 0; i < 40; i++) {
          const outcomes = await Promise.all([
            gatherer.submit(tenant.tenantId, reserving(who === 0 ? { A: 2, B: 1 } : { B: 1, A: 1 })),
            gatherer.submit(tenant.tenantId, reserving({ B: 2 })),
            ...(i % 4 === 0 ? [gatherer.submit(tenant.tenantId, counting(10 + (i % 3), 'release'))] : []),
            ...held.splice(0, 1).map((id) => gatherer.submit(tenant.tenantId, ending(id, 'confirmed'))),
          ]);
          for (const o of outcomes)
            if (o.ok && 'reservation' in o && o.reservation) held.push(o.reservation.id);
        }
      }),
    );
    await expectSoundStock(db, tenant);
  });
});

test('baskets over two places from two processes at once: no deadlock, no piece twice', async () => {
  const { db } = database.current;
  const tenant = await stockAt({ A: { main: 30, shop: 30 }, B: { shop: 30, main: 30 } });
  const gatherers = [createStockGatherer({ db, settings }), createStockGatherer({ db, settings })];
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      gatherers[i % 2]!.submit(
        tenant.tenantId,
        i % 2 === 0
          ? reserving({ A: 1, B: 1 })
          : wanting([
              { sku: 'B', quantity: 1 },
              { sku: 'A', quantity: 1, location: 'shop' },
            ]),
      ),
    ),
  );
  const held = outcomes.filter((o) => o.ok).length;
  expect(held).toBeGreaterThanOrEqual(30);
  const at = await figures(tenant);
  expect(at['A@main']![1] + at['A@shop']![1]).toBe(held);
  await expectSoundStock(db, tenant);
});

test('locations made at once stay within their largest number', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  const left = 3;
  await db.withTenant(tenant, (tx) =>
    tx.execute(
      `insert into location (tenant_id, id, code, name)
       select $1, gen_random_uuid(), 'shelf-' || n, 'Shelf' from generate_series(1, $2) n`,
      [tx.tenantId, MAX_LOCATIONS - 1 - left],
    ),
  );
  const made = await Promise.allSettled(
    Array.from({ length: 2 * left }, (_, i) =>
      db.withTenant(tenant, (tx) => createLocation(tx, { code: `new-${i}`, name: 'New', priority: 1 })),
    ),
  );
  const refusals = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refusals).toEqual(Array(left).fill(expect.objectContaining({ code: 'STATE_CONFLICT' })));
});
