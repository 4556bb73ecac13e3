/** Importing stock: what differs, applied in pieces, taken back, whatever happens meanwhile. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { applyStock, readLevels } from '#modules/inventory';
import { newId } from '#platform/crypto';
import type { TenantContext, TenantTx } from '#platform/db';
import { startImport } from './factories/imports.ts';
import { contextOf } from './factories/market.ts';
import { adjusting, settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
let tenant: TenantContext;
beforeEach(async () => {
  tenant = await database.current.createTenant();
});

const inTenant = <R>(work: (tx: TenantTx) => Promise<R>): Promise<R> =>
  database.current.db.withTenant(tenant, work);

/** A product with one variant each, by SKU and what is on hand. */
async function stocked(levels: Record<string, number>): Promise<void> {
  const all = Object.entries(levels);
  for (let from = 0; from < all.length; from += 500) {
    const products = all.slice(from, from + 500).map(([sku, onHand]) => ({
      ...{ name: sku, variants: [{ sku, priceMinor: 1000, currency: 'RON', onHand }] },
    }));
    await inTenant((tx) => createProducts(tx, products, settings));
  }
}

const levelsOf = () =>
  inTenant(async (tx) => {
    const rows = await tx.query<{ sku: string; location: string; on_hand: number }>(
      `select v.sku, l.code as location, s.on_hand from stock_level s join variant v on v.id = s.variant_id
       join location l on l.id = s.location_id order by v.sku, l.code`,
    );
    return Object.fromEntries(rows.map((r) => [`${r.sku} ${r.location}`, r.on_hand]));
  });

const movements = () =>
  inTenant((tx) =>
    tx.query<{ sku: string; quantity: number; kind: string; reference: string | null }>(
      `select v.sku, m.quantity, m.kind, m.reference from movement m join variant v on v.id = m.variant_id
       where m.kind = 'import' order by m.id`,
    ),
  );

const start = (content: string | Buffer, options?: Parameters<typeof startImport>[4]) =>
  startImport(database.current.db, tenant, 'stock', content, options);

describe('dry run', () => {
  test('says of each row what it would change, and changes nothing', async () => {
    await stocked({ A: 5, B: 7 });
    await inTenant((tx) =>
      tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
        tenant.tenantId,
        newId(),
      ]),
    );
    const imported = await start(
      'SKU;Gestiune;Stoc\r\nA;;9\r\nB;main;7\r\n\r\nB;shop;3\r\nC;;1\r\nA;;4\r\nA;cellar;2\r\nB;shop;-1\r\n',
    );
    const { counts, status } = await imported.check();
    expect(status).toBe('checked');
    expect(counts).toEqual({ total: 7, new: 1, changed: 1, unchanged: 1, wrong: 4 });
    const rows = await imported.rows();
    expect(rows.map(({ row, outcome, key, location }) => [row, outcome, key, location])).toEqual([
      [2, 'changed', 'A', 'main'],
      [3, 'unchanged', 'B', 'main'],
      [5, 'new', 'B', 'shop'],
      [6, 'wrong', 'C', 'main'],
      [7, 'wrong', 'A', 'main'],
      [8, 'wrong', 'A', 'cellar'],
      [9, 'wrong', 'B', 'shop'],
    ]);
    expect(rows[0]!.changes).toEqual([{ field: 'onHand', before: 5, after: 9 }]);
    expect(rows.slice(3).map((row) => row.issues)).toEqual([
      [{ column: null, value: 'C', message: 'must be a SKU that exists' }],
      [{ column: 'SKU', value: 'A', message: 'must not repeat; row 2 has it already' }],
      [{ column: null, value: 'cellar', message: 'must be the code of a location in use' }],
      [{ column: 'Stoc', value: '-1', message: 'must not be negative' }],
    ]);
    expect(await levelsOf()).toEqual({ 'A main': 5, 'B main': 7 });
  });

  test('made again, it begins anew', async () => {
    await stocked({ A: 5 });
    const imported = await start('sku,stock\nA,9\nB,1\n');
    expect((await imported.check()).counts).toMatchObject({ total: 2, changed: 1 });
    await stocked({ B: 1 });
    expect((await imported.check()).counts).toEqual({ total: 2, new: 0, changed: 1, unchanged: 1, wrong: 0 });
  });

  test('a row that repeats one of a piece long before is found', async () => {
    await stocked({ A: 5, B: 1 });
    const filler = Array.from({ length: 2500 }, (_, i) => `unknown-${i},1\n`).join('');
    const imported = await start(`sku,stock\nA,9\n${filler}A,8\nB,2\n`);
    expect((await imported.check()).counts).toMatchObject({ changed: 2, wrong: 2501 });
  });
});

describe('applying', () => {
  test('sets what differs by movements that name the import; undoing takes it back', async () => {
    await stocked({ A: 5, B: 7 });
    const imported = await start('sku,stock\nA,9\nB,0\n');
    await imported.check();
    const applied = await imported.apply();
    expect(applied).toMatchObject({ status: 'applied', applied: { done: 2, skipped: 0 } });
    expect(await levelsOf()).toEqual({ 'A main': 9, 'B main': 0 });
    const reference = `import:${imported.id}`;
    expect(await movements()).toEqual([
      { sku: 'A', quantity: 4, kind: 'import', reference },
      { sku: 'B', quantity: -7, kind: 'import', reference },
    ]);
    expect((await imported.rows()).map((row) => row.result)).toEqual(['applied', 'applied']);
    expect(await imported.undo()).toMatchObject({ status: 'undone', undone: { restored: 2, left: 0 } });
    expect(await levelsOf()).toEqual({ 'A main': 5, 'B main': 7 });
    expect((await imported.rows()).map((row) => row.result)).toEqual(['undone', 'undone']);
  });

  test('what was changed since the dry run is left alone, and what was changed since the import too', async () => {
    await stocked({ A: 5, B: 7, C: 1 });
    const imported = await start('sku,stock\nA,9\nB,8\nC,2\n');
    await imported.check();
    await inTenant((tx) => applyStock(tx, [adjusting('A', { delta: 1 })], settings));
    expect(await imported.apply()).toMatchObject({ applied: { done: 2, skipped: 1 } });
    expect(await levelsOf()).toEqual({ 'A main': 6, 'B main': 8, 'C main': 2 });
    const [skipped] = await imported.rows();
    expect(skipped).toMatchObject({ result: 'skipped', note: 'There are 6 on hand now.' });
    await inTenant((tx) => applyStock(tx, [adjusting('B', { delta: -1 })], settings));
    expect(await imported.undo()).toMatchObject({ undone: { restored: 1, left: 1 } });
    expect(await levelsOf()).toEqual({ 'A main': 6, 'B main': 7, 'C main': 1 });
    expect((await imported.rows()).map((row) => [row.result, row.note])).toEqual([
      ['skipped', 'There are 6 on hand now.'],
      ['left', 'There are 7 on hand now.'],
      ['undone', null],
    ]);
  });

  test('a level where there was none is made, and emptied by undoing', async () => {
    await stocked({ A: 5 });
    await inTenant((tx) =>
      tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
        tenant.tenantId,
        newId(),
      ]),
    );
    const imported = await start('sku,location,stock\nA,shop,3\n');
    await imported.check();
    await imported.apply();
    expect(await levelsOf()).toEqual({ 'A main': 5, 'A shop': 3 });
    await imported.undo();
    expect(await levelsOf()).toEqual({ 'A main': 5, 'A shop': 0 });
  });

  test('holds beyond the new figure are given up, and it is said', async () => {
    await stocked({ A: 5 });
    const reserve = {
      kind: 'reserve',
      actor: 'system',
      reference: null,
      expiresAt: new Date('2099-01-01'),
    } as const;
    await inTenant((tx) => applyStock(tx, [{ ...reserve, lines: [{ sku: 'A', quantity: 4 }] }], settings));
    const imported = await start('sku,stock\nA,3\n');
    await imported.check();
    await imported.apply();
    const [row] = await imported.rows();
    expect(row).toMatchObject({ result: 'applied', note: '1 holds beyond it were given up.' });
    const [level] = await inTenant(async (tx) => readLevels(tx, [await variantId(tx, 'A')]));
    expect(level).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('a run that dies between two pieces goes on behind the last one: each row once', {
    timeout: 60_000,
  }, async () => {
    const skus = Array.from({ length: 2500 }, (_, i) => `S${String(i).padStart(5, '0')}`);
    await stocked(Object.fromEntries(skus.map((sku) => [sku, 0])));
    const imported = await start(`sku,stock\n${skus.map((sku, i) => `${sku},${1 + (i % 9)}\n`).join('')}`);
    await imported.check();
    for (const dieAfter of [1, 2]) {
      const ctx = contextOf(database.current.db, tenant);
      let pieces = 0;
      const dying: typeof ctx = {
        ...ctx,
        transaction: async (work) => {
          // The first one reads; each other is a piece.
          if (pieces++ > dieAfter) throw new Error('killed');
          return ctx.transaction(work);
        },
      };
      await expect(imported.apply(dying)).rejects.toThrow('killed');
    }
    expect(await imported.read()).toMatchObject({ status: 'applying', applied: { done: 2500 } });
    expect(await imported.apply()).toMatchObject({ status: 'applied', applied: { done: 2500, skipped: 0 } });
    expect(await movements()).toHaveLength(2500);
    await imported.undo();
    expect(Object.values(await levelsOf()).every((onHand) => onHand === 0)).toBe(true);
  });

  test('two pieces that want the holds of one another are both applied, each row once', {
    timeout: 60_000,
  }, async () => {
    const skus = Array.from({ length: 1001 }, (_, i) => `S${String(i).padStart(5, '0')}`);
    await stocked(Object.fromEntries(skus.map((sku) => [sku, 2])));
    const hold = async (...held: string[]): Promise<string> => {
      const lines = held.map((sku) => ({ sku, quantity: 2 }));
      const expiresAt = new Date('2099-01-01');
      const request = { kind: 'reserve', actor: 'system', reference: null, expiresAt, lines } as const;
      const [outcome] = await inTenant((tx) => applyStock(tx, [request], settings));
      return outcome!.ok ? outcome!.reservation!.id : expect.fail('not held');
    };
    const first = await hold('S00000');
    await hold('S00001', 'S01000');
    const imported = await start(`sku,stock\n${skus.map((sku) => `${sku},1\n`).join('')}`);
    await imported.check();
    const { pool } = database.current.db;
    const blocker = await pool.connect();
    await blocker.query('begin');
    await blocker.query('select from reservation where id = $1 for update', [first]);
    const applied = imported.apply();
    // The second piece, which has the hold of both, waits for the first; that one gets it next.
    const waiting = `select from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
      where l.locktype = 'advisory' and not l.granted`;
    await expect.poll(async () => (await pool.query(waiting)).rowCount, { timeout: 20_000 }).toBe(1);
    await blocker.query('rollback');
    blocker.release();
    expect(await applied).toMatchObject({ applied: { done: 1001, skipped: 0 } });
    expect(await movements()).toHaveLength(1001);
    expect(Object.values(await levelsOf()).every((onHand) => onHand === 1)).toBe(true);
  });
});

const variantId = async (tx: TenantTx, sku: string): Promise<string> =>
  (
    await tx.one<{ id: string }>('select id from variant where tenant_id = $1 and sku = $2', [
      tx.tenantId,
      sku,
    ])
  ).id;
