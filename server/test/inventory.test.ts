/** Stock under concurrent callers: through the gatherer, and through several as several processes would. */
import { describe, expect, test, vi } from 'vitest';
import {
  applyStock,
  createStockGatherer,
  expireReservations,
  type GatheredOutcome,
  type StockGatherer,
} from '#modules/inventory';
import { ManualClock } from '#platform/clock';
import { createDatabase, createPool, type Database } from '#platform/db';
import { expiryUpkeep } from '../src/modules/inventory/expiry.ts';
import {
  adjusting,
  ending,
  expectSoundStock,
  keyed,
  levels,
  reserving,
  settings,
  stock,
} from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);

function gathererOn(db: Database): StockGatherer {
  return createStockGatherer({ db, settings });
}

/** A second process: a pool and a gatherer of its own. */
async function withSecondProcess<R>(work: (db: Database) => Promise<R>): Promise<R> {
  const { url, bus } = database.current;
  const pool = createPool({
    url,
    poolSize: 5,
    maxOverflow: 5,
    poolTimeoutMs: 5000,
    poolRecycleSeconds: 3600,
  });
  const db = createDatabase({ pool, clock, bus });
  try {
    // Connected before the race begins, or it would always come second.
    await db.asSystem('warm', (tx) => tx.query('select 1'));
    return await work(db);
  } finally {
    await db.close();
  }
}

const succeeded = (outcomes: GatheredOutcome[]) => outcomes.filter((o) => o.ok).length;

function reservationId(outcome: GatheredOutcome): string {
  if (!outcome.ok || !('reservation' in outcome) || outcome.reservation === null)
    throw new Error(`no reservation: ${JSON.stringify(outcome)}`);
  return outcome.reservation.id;
}

describe('the last pieces', () => {
  test('500 callers, 100 units: exactly 100 reservations, each other one is told what was available', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 100 });
    const gatherer = gathererOn(db);
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, () => gatherer.submit(tenant.tenantId, reserving({ A: 1 }))),
    );
    expect(succeeded(outcomes)).toBe(100);
    for (const outcome of outcomes) {
      if (!outcome.ok)
        expect(outcome.refusal).toEqual({ reason: 'short', lines: [{ sku: 'A', asked: 1, available: 0 }] });
    }
    expect(await levels(db, tenant)).toMatchObject({ A: { onHand: 100, reserved: 100 } });
    await expectSoundStock(db, tenant);
  });

  test('over two processes it is 100 as well', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 100 });
    await withSecondProcess(async (other) => {
      const gatherers = [gathererOn(db), gathererOn(other)];
      const outcomes = await Promise.all(
        Array.from({ length: 500 }, (_, i) => gatherers[i % 2]!.submit(tenant.tenantId, reserving({ A: 1 }))),
      );
      expect(succeeded(outcomes)).toBe(100);
    });
    await expectSoundStock(db, tenant);
  });

  test('two lines of one SKU are summed before they are checked', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 5 });
    const gatherer = gathererOn(db);
    const twice = (quantity: number) =>
      reserving([
        { sku: 'A', quantity },
        { sku: 'A', quantity },
      ]);
    expect(await gatherer.submit(tenant.tenantId, twice(3))).toEqual({
      ok: false,
      refusal: { reason: 'short', lines: [{ sku: 'A', asked: 6, available: 5 }] },
    });
    const held = await gatherer.submit(tenant.tenantId, twice(2));
    expect(held).toMatchObject({ ok: true, reservation: { lines: [{ sku: 'A', quantity: 4 }] } });
    await expectSoundStock(db, tenant);
  });

  test('all or nothing: a basket that lacks one line holds none', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 5, B: 1 });
    const outcome = await gathererOn(db).submit(tenant.tenantId, reserving({ A: 2, B: 2 }));
    expect(outcome).toMatchObject({ ok: false, refusal: { lines: [{ sku: 'B', asked: 2, available: 1 }] } });
    const unknown = await gathererOn(db).submit(tenant.tenantId, reserving({ A: 1, Z: 1 }));
    expect(unknown).toEqual({ ok: false, refusal: { reason: 'unknown_item', lines: [1] } });
    expect(await levels(db, tenant)).toMatchObject({ A: { reserved: 0, version: 2 }, B: { reserved: 0 } });
  });

  test('baskets A+B and B+A from two processes at once: no deadlock reaches a caller', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 1000, B: 1000 });
    await withSecondProcess(async (other) => {
      const [one, two] = [gathererOn(db), gathererOn(other)];
      const rounds = Array.from({ length: 100 }, async () => {
        const outcomes = await Promise.all([
          one.submit(tenant.tenantId, reserving({ A: 1, B: 2 })),
          two.submit(tenant.tenantId, reserving({ B: 1, A: 2 })),
          db.withTenant(
            tenant,
            async (tx) => (await applyStock(tx, [reserving({ B: 1, A: 1 })], settings))[0]!,
          ),
        ]);
        return succeeded(outcomes);
      });
      expect(await Promise.all(rounds)).toEqual(new Array(100).fill(3));
    });
    expect(await levels(db, tenant)).toMatchObject({ A: { reserved: 400 }, B: { reserved: 400 } });
    await expectSoundStock(db, tenant);
  });

  test('two tenants with the same SKU and the same key know nothing of each other', async () => {
    const { db, createTenant } = database.current;
    const [one, two] = [await createTenant(), await createTenant()];
    for (const tenant of [one, two]) await stock(db, tenant, { A: 3 });
    const gatherer = gathererOn(db);
    const outcomes = await Promise.all(
      [one, two, one, two].map((tenant) =>
        gatherer.submit(tenant.tenantId, reserving({ A: 3 }), keyed('same', tenant.tenantId)),
      ),
    );
    expect(succeeded(outcomes)).toBe(4);
    expect(reservationId(outcomes[0]!)).not.toBe(reservationId(outcomes[1]!));
    for (const tenant of [one, two]) {
      expect(await levels(db, tenant)).toMatchObject({ A: { onHand: 3, reserved: 3 } });
      await expectSoundStock(db, tenant);
    }
  });
});

describe('the end of a reservation', () => {
  test('expiry races confirm: one winner, the other is told', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 200 });
    const gatherer = gathererOn(db);
    const expiresAt = new Date(clock.now().getTime() + 60_000);
    const ids = (
      await Promise.all(
        Array.from({ length: 100 }, () =>
          gatherer.submit(tenant.tenantId, reserving({ A: 1 }, { expiresAt })),
        ),
      )
    ).map(reservationId);
    clock.advance(60_000);
    const [expired, ...confirmed] = await Promise.all([
      expireReservations(db, tenant.tenantId, settings),
      ...ids.map((id) => gatherer.submit(tenant.tenantId, ending(id, 'confirmed'))),
    ]);
    const won = succeeded(confirmed);
    expect(won + expired).toBe(100);
    for (const outcome of confirmed)
      if (!outcome.ok) expect(outcome.refusal).toEqual({ reason: 'reservation_ended', status: 'expired' });
    expect(await levels(db, tenant)).toMatchObject({ A: { onHand: 200 - won, reserved: 0 } });
    await expectSoundStock(db, tenant);
  });

  test('two processes end one reservation in two ways, 50 times: one way each time', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 50 });
    await withSecondProcess(async (other) => {
      const [one, two] = [gathererOn(db), gathererOn(other)];
      let sold = 0;
      for (let round = 0; round < 50; round++) {
        const id = reservationId(await one.submit(tenant.tenantId, reserving({ A: 1 })));
        const [confirmed, released] = await Promise.all([
          one.submit(tenant.tenantId, ending(id, 'confirmed')),
          two.submit(tenant.tenantId, ending(id, 'released')),
        ]);
        expect(confirmed.ok).toBe(!released.ok);
        if (confirmed.ok) sold++;
      }
      expect(await levels(db, tenant)).toMatchObject({ A: { onHand: 50 - sold, reserved: 0 } });
    });
    await expectSoundStock(db, tenant);
  });

  test('the same end again answers the same and moves nothing twice; another end is refused', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 5 });
    const gatherer = gathererOn(db);
    const id = reservationId(await gatherer.submit(tenant.tenantId, reserving({ A: 2 })));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => gatherer.submit(tenant.tenantId, ending(id, 'confirmed'))),
    );
    expect(new Set(outcomes.map((o) => o.ok && 'reservation' in o && o.reservation?.status))).toEqual(
      new Set(['confirmed']),
    );
    expect(await gatherer.submit(tenant.tenantId, ending(id, 'released'))).toEqual({
      ok: false,
      refusal: { reason: 'reservation_ended', status: 'confirmed' },
    });
    expect(await levels(db, tenant)).toMatchObject({ A: { onHand: 3, reserved: 0 } });
    await expectSoundStock(db, tenant);
  });

  test('held and given back 1,000 times: no drift', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 20, B: 20 });
    const gatherer = gathererOn(db);
    // Twenty baskets fit at a time, so each of the thousand must have found all of what the one before gave back.
    const basket = async (): Promise<void> => {
      for (let round = 0; round < 50; round++) {
        const id = reservationId(await gatherer.submit(tenant.tenantId, reserving({ A: 1, B: 1 })));
        await gatherer.submit(tenant.tenantId, ending(id, 'released'));
      }
    };
    await Promise.all(Array.from({ length: 20 }, basket));
    expect(await levels(db, tenant)).toMatchObject({
      A: { onHand: 20, reserved: 0 },
      B: { onHand: 20, reserved: 0 },
    });
    await expectSoundStock(db, tenant);
  });

  test('an expired hold is announced with its reference and can be reserved again', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 1 });
    const gatherer = gathererOn(db);
    const expiresAt = new Date(clock.now().getTime() + 1000);
    await gatherer.submit(tenant.tenantId, reserving({ A: 1 }, { expiresAt, reference: 'cart:7' }));
    expect(await expireReservations(db, tenant.tenantId, settings)).toBe(0);
    clock.advance(1000);
    expect(await expireReservations(db, tenant.tenantId, settings)).toBe(1);
    const events = await db.withTenant(tenant, (tx) =>
      tx.query<{ reference: string }>(
        "select data->>'reference' as reference from event where type = 'reservation_expired'",
      ),
    );
    expect(events).toEqual([{ reference: 'cart:7' }]);
    expect((await gatherer.submit(tenant.tenantId, reserving({ A: 1 }))).ok).toBe(true);
    await expectSoundStock(db, tenant);
  });
});

test('a tenant whose expired holds cannot be given back does not keep those of the others', async () => {
  const { db, createTenant } = database.current;
  const tenants = (await Promise.all([createTenant(), createTenant(), createTenant()])).toSorted((a, b) =>
    a.tenantId < b.tenantId ? -1 : 1,
  );
  const expiresAt = new Date(clock.now().getTime() + 1000);
  for (const tenant of tenants) {
    await stock(db, tenant, { A: 5 });
    await gathererOn(db).submit(tenant.tenantId, reserving({ A: 2 }, { expiresAt }));
  }
  // Its level says that less is reserved than its holds have.
  const [first, ...others] = tenants;
  await db.asSystem('test', (tx) =>
    tx.execute('update stock_level set reserved = 0 where tenant_id = $1', [first!.tenantId]),
  );
  clock.advance(1000);
  await expect(expiryUpkeep(db, settings).run()).rejects.toThrow('1 of 3 failed');
  for (const tenant of others)
    expect(await levels(db, tenant)).toMatchObject({ A: { onHand: 5, reserved: 0 } });
});

describe('adjusting', () => {
  test('never below what is reserved, nor above what can be counted', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 10 });
    const gatherer = gathererOn(db);
    await gatherer.submit(tenant.tenantId, reserving({ A: 4 }));
    for (const change of [{ setTo: 3 }, { delta: -7 }]) {
      expect(await gatherer.submit(tenant.tenantId, adjusting('A', change))).toEqual({
        ok: false,
        refusal: { reason: 'short', lines: [{ sku: 'A', asked: 7, available: 6 }] },
      });
    }
    expect(await gatherer.submit(tenant.tenantId, adjusting('A', { setTo: 2 ** 31 }))).toMatchObject({
      refusal: { reason: 'too_many' },
    });
    expect((await gatherer.submit(tenant.tenantId, adjusting('A', { setTo: 4 }))).ok).toBe(true);
    expect(await levels(db, tenant)).toMatchObject({ A: { onHand: 4, reserved: 4 } });
    await expectSoundStock(db, tenant);
  });

  test('the database itself refuses a level that the code would get wrong', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 2 });
    for (const wrong of ['reserved = 3', 'reserved = -1', 'on_hand = -1']) {
      await expect(
        db.withTenant(tenant, (tx) => tx.execute(`update stock_level set ${wrong}`)),
      ).rejects.toMatchObject({ code: '23514' });
    }
    await expect(db.withTenant(tenant, (tx) => tx.execute('delete from movement'))).rejects.toMatchObject({
      code: '42501',
    });
  });
});

describe('idempotency keys', () => {
  test.each(['one process', 'two processes'])(
    'a key 50 times in parallel, %s: one effect, one answer; 20 keys one after the other',
    async (how) => {
      const { db, createTenant } = database.current;
      const tenant = await createTenant();
      await stock(db, tenant, { A: 100 });
      await withSecondProcess(async (other) => {
        const gatherers = how === 'one process' ? [gathererOn(db)] : [gathererOn(db), gathererOn(other)];
        for (let round = 1; round <= 20; round++) {
          const outcomes = await Promise.all(
            Array.from({ length: 50 }, (_, i) =>
              gatherers[i % gatherers.length]!.submit(
                tenant.tenantId,
                reserving({ A: 1 }),
                keyed(`${round}`),
              ),
            ),
          );
          const answers = outcomes.map((outcome) => {
            if (!outcome.ok) return outcome.refusal;
            return 'replayed' in outcome ? outcome.replayed.body : outcome.reservation;
          });
          expect(new Set(answers.map((a) => JSON.stringify(sorted(a)))).size).toBe(1);
          // Long after, from the table.
          const late = await gatherers[0]!.submit(tenant.tenantId, reserving({ A: 1 }), keyed(`${round}`));
          expect(late).toMatchObject({ ok: true, replayed: { status: 201, body: answers[0] } });
          expect(await levels(db, tenant)).toMatchObject({ A: { reserved: round } });
        }
      });
      await expectSoundStock(db, tenant);
    },
  );

  test('a key from before the upgrade, its request stored as a plain hash, still gets its answer', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 100 });
    const gatherer = gathererOn(db);
    const before = keyed('old');
    await gatherer.submit(tenant.tenantId, reserving({ A: 1 }), {
      ...before,
      claim: { ...before.claim, hash: before.claim.formerHash() },
    });
    const repeat = () => gatherer.submit(tenant.tenantId, reserving({ A: 1 }), before);
    expect(await repeat()).toMatchObject({ ok: true, replayed: { status: 201 } });
    expect(await levels(db, tenant)).toMatchObject({ A: { reserved: 1 } });
  });

  test('another body under a used key is refused, in the same batch and later', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 100 });
    const gatherer = gathererOn(db);
    const outcomes = await Promise.all(
      ['one', 'two'].map((body) => gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k', body))),
    );
    expect(outcomes.map((o) => o.ok)).toEqual([true, false]);
    const late = await gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k', 'three'));
    for (const refused of [outcomes[1], late])
      expect(refused).toEqual({ ok: false, refusal: { reason: 'key_reused' } });
    expect(await levels(db, tenant)).toMatchObject({ A: { reserved: 1 } });
  });

  test('a refusal keeps no key: the repeat succeeds once there is stock', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 0 });
    const gatherer = gathererOn(db);
    expect((await gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k'))).ok).toBe(false);
    await gatherer.submit(tenant.tenantId, adjusting('A', { setTo: 1 }));
    expect((await gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k'))).ok).toBe(true);
  });

  test('a repeat gets its first answer though nothing is left by now, and its batch goes on', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 1, B: 5 });
    const gatherer = gathererOn(db);
    const first = await gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k'));
    const [repeat, late, other] = await Promise.all([
      gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k')),
      gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('late')),
      gatherer.submit(tenant.tenantId, reserving({ B: 1 }), keyed('other')),
    ]);
    expect(repeat).toMatchObject({ ok: true, replayed: { body: { id: reservationId(first) } } });
    expect(late).toMatchObject({ ok: false, refusal: { reason: 'short' } });
    expect(other).toMatchObject({ ok: true });
    expect(await levels(db, tenant)).toMatchObject({ A: { reserved: 1 }, B: { reserved: 1 } });
    await expectSoundStock(db, tenant);
  });

  test('after seven days a key is a new one', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 5 });
    const gatherer = gathererOn(db);
    const first = await gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k'));
    clock.advance(7 * 86_400_000 + 1);
    const second = await gatherer.submit(tenant.tenantId, reserving({ A: 1 }), keyed('k', 'other'));
    expect(reservationId(second)).not.toBe(reservationId(first));
  });
});

describe('a batch', () => {
  test('a poisoned request fails alone', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 100 });
    const gatherer = gathererOn(db);
    // PostgreSQL has no text with a NUL, so the whole statement of the batch is refused.
    const poisoned = reserving({ A: 1 }, { reference: 'order:\0' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 21 }, (_, i) =>
        gatherer.submit(tenant.tenantId, i === 10 ? poisoned : reserving({ A: 1 }), keyed(`p${i}`)),
      ),
    );
    expect(outcomes.flatMap((o, i) => (o.status === 'rejected' ? [i] : []))).toEqual([10]);
    expect(await levels(db, tenant)).toMatchObject({ A: { reserved: 20 } });
    await expectSoundStock(db, tenant);
  });

  test('what is committed is answered, whatever the next batch waits for', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 5, B: 5 });
    const gatherer = gathererOn(db);
    const committed = Promise.withResolvers<void>();
    const blocked = db.withTenant({ ...tenant, actor: 'system' }, async (tx) => {
      await applyStock(tx, [reserving({ B: 1 })], settings);
      await committed.promise;
    });
    let waiting: Promise<GatheredOutcome> | undefined;
    const end = db.onCommit(() => {
      waiting ??= gatherer.submit(tenant.tenantId, reserving({ B: 1 }));
    });
    const first = await gatherer.submit(tenant.tenantId, reserving({ A: 1 }));
    end();
    committed.resolve();
    await blocked;
    expect(first).toMatchObject({ ok: true });
    expect(await waiting).toMatchObject({ ok: true });
    await expectSoundStock(db, tenant);
  });

  test('one commit carries many callers', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    await stock(db, tenant, { A: 1000 });
    const transactions = vi.spyOn(db, 'withTenant');
    try {
      const gatherer = gathererOn(db);
      await Promise.all(
        Array.from({ length: 200 }, () => gatherer.submit(tenant.tenantId, reserving({ A: 1 }))),
      );
      expect(transactions).toHaveBeenCalledTimes(1);
    } finally {
      transactions.mockRestore();
    }
  });
});

/** Key order is jsonb's own in what is read back. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}
