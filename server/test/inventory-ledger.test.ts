/** The proof of the ledger, and its repair, on levels that somebody has corrupted by hand. */
import { describe, expect, test } from 'vitest';
import { applyStock, type StockRequest } from '#modules/inventory';
import type { TenantContext, Tx } from '#platform/db';
import { run } from '../src/modules/inventory/ledger/check-ledger.handler.ts';
import { readLedgerReport, repairDrifts } from '../src/modules/inventory/ledger/drifts.ts';
import { contextOf } from './factories/market.ts';
import {
  adjusting,
  ending,
  expectSoundStock,
  levels,
  reserving,
  settings,
  stock,
} from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

const apply = (tenant: TenantContext, ...requests: StockRequest[]) =>
  database.current.db.withTenant(tenant, (tx) => applyStock(tx, requests, settings));
const check = (tenant: TenantContext) => run(contextOf(database.current.db, tenant));
const report = (tenant: TenantContext, state: 'open' | 'repaired' = 'open') =>
  database.current.db.withTenant(tenant, (tx) => readLedgerReport(tx, { state, limit: 50 }));
const repair = (tenant: TenantContext, ids: string[]) =>
  database.current.db.withTenant({ ...tenant, actor: 'user:u' }, (tx) => repairDrifts(tx, ids, settings));
/** By hand, past everything that guards it. */
const corrupt = (statement: string, tenant: TenantContext, ...values: unknown[]) =>
  database.current.db.asSystem('corrupt', (tx: Tx) => tx.execute(statement, [tenant.tenantId, ...values]));

/** A: 10, 2 of them reserved, a sale of 3 and 5 added behind. B: 10. */
async function shop() {
  const tenant = await database.current.createTenant();
  await stock(database.current.db, tenant, { A: 10, B: 10 });
  const [, sold] = await apply(tenant, reserving({ A: 2 }), reserving({ A: 3 }));
  if (!sold!.ok) throw new Error('no reservation');
  await apply(tenant, ending(sold!.reservation!.id, 'confirmed'));
  await apply(tenant, adjusting('A', { delta: 5 }));
  return tenant;
}

const ofA = "variant_id = (select id from variant where tenant_id = $1 and sku = 'A')";

describe('the check', () => {
  test('finds nothing on sound stock, and says what it looked at', async () => {
    const tenant = await shop();
    expect(await check(tenant)).toEqual({ levels: 2, movements: 4, drifts: 0 });
    expect(await report(tenant)).toMatchObject({ items: [], levels: 2, movements: 4, open: 0 });
    expect((await report(tenant)).checkedAt).not.toBe(null);
  });

  test('adds up the archive too', async () => {
    const tenant = await shop();
    await corrupt(
      `with old as (delete from movement where tenant_id = $1 and kind = 'opening' returning *)
       insert into movement_archive (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, actor, created_at, level_version)
       select tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, actor, created_at, level_version from old`,
      tenant,
    );
    expect(await check(tenant)).toEqual({ levels: 2, movements: 4, drifts: 0 });
  });

  test.each([
    [
      'a level that was written over',
      `update stock_level set on_hand = on_hand + 7 where tenant_id = $1 and ${ofA}`,
      { kind: 'on_hand', actual: 19, expected: 12 },
    ],
    [
      'a movement that is gone',
      `delete from movement where tenant_id = $1 and kind = 'sale'`,
      { kind: 'on_hand', actual: 12, expected: 15 },
    ],
    [
      'a movement of another quantity',
      `update movement set quantity = quantity - 1 where tenant_id = $1 and kind = 'sale'`,
      { kind: 'on_hand', actual: 12, expected: 11 },
    ],
    [
      'what is reserved for nobody',
      `update stock_level set reserved = 5 where tenant_id = $1 and ${ofA}`,
      { kind: 'reserved', actual: 5, expected: 2 },
    ],
    [
      'a balance that does not follow',
      `update movement set on_hand_after = 8 where tenant_id = $1 and kind = 'sale'`,
      { kind: 'chain', actual: 8, expected: 7 },
    ],
  ])('finds %s, once, and forgets it when it is right again', async (_, statement, found) => {
    const tenant = await shop();
    await corrupt(statement, tenant);
    expect(await check(tenant)).toMatchObject({ drifts: 1 });
    const [first] = (await report(tenant)).items;
    expect(first).toMatchObject({ ...found, sku: 'A', location: 'main' });
    await check(tenant);
    expect((await report(tenant)).items).toEqual([first]);
    expect((await report(tenant)).open).toBe(1);
    await repair(tenant, [first!.id]);
    expect(await check(tenant)).toMatchObject({ drifts: 0 });
    expect((await report(tenant)).items).toEqual([]);
    expect((await report(tenant, 'repaired')).items).toMatchObject([
      { id: first!.id, ...found, repairedBy: 'user:u' },
    ]);
  });
});

describe('the repair', () => {
  test('is a movement that brings the ledger to the level, and leaves the level alone', async () => {
    const tenant = await shop();
    await corrupt(`update stock_level set on_hand = on_hand + 7 where tenant_id = $1 and ${ofA}`, tenant);
    await check(tenant);
    const before = (await levels(database.current.db, tenant)).A;
    const drift = (await report(tenant)).items[0]!;
    expect(await repair(tenant, [drift.id])).toMatchObject({ repaired: [{ id: drift.id }], refused: [] });
    expect((await levels(database.current.db, tenant)).A).toEqual(before);
    const movements = await database.current.db.withTenant(tenant, (tx) =>
      tx.query(`select quantity, on_hand_after, actor from movement where kind = 'repair'`),
    );
    expect(movements).toEqual([{ quantity: 7, on_hand_after: 19, actor: 'user:u' }]);
    // Stock goes on moving, and the ledger with it.
    await apply(tenant, adjusting('A', { delta: -4 }));
    expect(await check(tenant)).toMatchObject({ drifts: 0 });
  });

  test('goes by how things stand when it comes: what has moved since the check is not undone', async () => {
    const tenant = await shop();
    await corrupt(`update stock_level set on_hand = on_hand + 7 where tenant_id = $1 and ${ofA}`, tenant);
    await check(tenant);
    await apply(tenant, adjusting('A', { delta: -4 }));
    await repair(tenant, [(await report(tenant)).items[0]!.id]);
    expect((await levels(database.current.db, tenant)).A).toMatchObject({ onHand: 15 });
    expect(await check(tenant)).toMatchObject({ drifts: 0 });
  });

  test('sets what is reserved to what the reservations hold, announces it, and keeps it in the history', async () => {
    const tenant = await shop();
    await corrupt(`update stock_level set reserved = 9 where tenant_id = $1 and ${ofA}`, tenant);
    await check(tenant);
    await repair(tenant, [(await report(tenant)).items[0]!.id]);
    expect((await levels(database.current.db, tenant)).A).toMatchObject({ onHand: 12, reserved: 2 });
    await expectSoundStock(database.current.db, tenant);
  });

  test('does not promise more than is there: that is counted first', async () => {
    const tenant = await shop();
    await corrupt(
      `update reservation_line set quantity = 50 where tenant_id = $1 and ${ofA} and quantity = 2`,
      tenant,
    );
    await check(tenant);
    const drift = (await report(tenant)).items[0]!;
    expect(drift).toMatchObject({ kind: 'reserved', actual: 2, expected: 50 });
    expect(await repair(tenant, [drift.id])).toEqual({
      repaired: [],
      refused: [{ id: drift.id, reason: 'reserved_above_on_hand' }],
    });
    expect((await report(tenant)).open).toBe(1);
  });

  test('twice at once is once; another tenant’s drift is unknown', async () => {
    const tenant = await shop();
    await corrupt(`update stock_level set on_hand = on_hand + 7 where tenant_id = $1 and ${ofA}`, tenant);
    await check(tenant);
    const { id } = (await report(tenant)).items[0]!;
    const other = await database.current.createTenant();
    expect(await repair(other, [id])).toEqual({ repaired: [], refused: [{ id, reason: 'gone' }] });
    const done = await Promise.all([repair(tenant, [id]), repair(tenant, [id])]);
    expect(done.map((d) => d.repaired.length).sort()).toEqual([0, 1]);
    expect(await check(tenant)).toMatchObject({ drifts: 0 });
  });
});
