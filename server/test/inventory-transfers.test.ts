/** Transfers between locations: what leaves, what is on the way, what arrives, and that nothing comes twice. */
import type { CreateTransfer, ReceiveTransfer } from '@tradepost/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import { listTransfers } from '../src/modules/inventory/transfers/read-transfers.ts';
import { cancelTransfer, receiveTransfer } from '../src/modules/inventory/transfers/receive-transfer.ts';
import { sendTransfer } from '../src/modules/inventory/transfers/send-transfer.ts';
import { expectSoundStock, reserving, settings, stock } from './factories/stock.ts';
import { applyAll, placeFigures } from './factories/stock-places.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
let tenant: TenantContext;

beforeEach(async () => {
  tenant = await database.current.createTenant();
  await database.current.db.withTenant(tenant, (tx) =>
    tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
      tenant.tenantId,
      newId(),
    ]),
  );
});

const send = (lines: CreateTransfer['lines'], more: Partial<CreateTransfer> = {}) =>
  database.current.db.withTenant(tenant, (tx) =>
    sendTransfer(tx, { from: 'main', to: 'shop', lines, ...more }, settings),
  );
const receive = (id: string, lines?: ReceiveTransfer['lines']) =>
  database.current.db.withTenant(tenant, (tx) => receiveTransfer(tx, id, { lines }, settings));
const cancel = (id: string) =>
  database.current.db.withTenant(tenant, (tx) => cancelTransfer(tx, id, settings));
const line = (sku: string, quantity: number, lost = 0, reason?: string) => ({ sku, quantity, lost, reason });
const figures = () => placeFigures(database.current.db, tenant);
const movements = () =>
  database.current.db.withTenant(tenant, (tx) =>
    tx.query(
      `select m.kind, l.code as location, m.quantity, m.reason, m.reference from movement m join location l on l.id = m.location_id
       where kind <> 'opening' order by m.id`,
    ),
  );

describe('sending', () => {
  test('takes the pieces from one place and shows them on their way to the other', async () => {
    await stock(database.current.db, tenant, { A: 10, B: 3 });
    const sent = await send([
      { sku: 'B', quantity: 3 },
      { sku: 'A', quantity: 2 },
      { sku: 'A', quantity: 2 },
    ]);
    expect(sent).toMatchObject({
      status: 'sent',
      ...{ from: 'main', to: 'shop', quantity: 7, received: 0, inTransit: 7, lineCount: 2, receivedAt: null },
      lines: [
        { sku: 'B', quantity: 3, inTransit: 3 },
        { sku: 'A', quantity: 4, inTransit: 4 },
      ],
    });
    expect(await figures()).toEqual({
      'A main': { onHand: 6, reserved: 0, incoming: 0 },
      'A shop': { onHand: 0, reserved: 0, incoming: 4 },
      'B main': { onHand: 0, reserved: 0, incoming: 0 },
      'B shop': { onHand: 0, reserved: 0, incoming: 3 },
    });
    const under = await database.current.db.withTenant(tenant, (tx) =>
      listTransfers(tx, { status: 'in_transit', location: 'shop', sku: 'A', limit: 10 }),
    );
    expect(under.items).toMatchObject([{ id: sent.id, inTransit: 7 }]);
    await expectSoundStock(database.current.db, tenant);
  });

  test('sends nothing when one line is short; what is reserved cannot leave', async () => {
    await stock(database.current.db, tenant, { A: 10, B: 3 });
    await applyAll(database.current.db, tenant, [reserving({ B: 2 })]);
    await expect(
      send([
        { sku: 'A', quantity: 5 },
        { sku: 'B', quantity: 2 },
      ]),
    ).rejects.toMatchObject({
      code: 'STOCK_SHORT',
      extras: { lines: [{ sku: 'B', asked: 2, available: 1 }] },
    });
    expect(await figures()).toEqual({
      'A main': { onHand: 10, reserved: 0, incoming: 0 },
      'B main': { onHand: 3, reserved: 2, incoming: 0 },
    });
    await expect(send([{ sku: 'A', quantity: 1 }], { from: 'shop', to: 'main' })).rejects.toMatchObject({
      code: 'STOCK_SHORT',
      extras: { lines: [{ sku: 'A', asked: 1, available: 0 }] },
    });
  });

  test.for<[string, Partial<CreateTransfer>, object]>([
    ['to where it is', { to: 'main' }, { issues: [{ field: 'body.to' }] }],
    ['from nowhere', { from: 'moon' }, { issues: [{ field: 'body.from', value: 'moon' }] }],
    [
      'of a SKU that is none',
      { lines: [line('A', 1), line('NONE', 1)] },
      { issues: [{ field: 'body.lines.1.sku' }] },
    ],
  ])('%s is refused by name', async ([, more, extras]) => {
    await stock(database.current.db, tenant, { A: 10 });
    await expect(send([{ sku: 'A', quantity: 1 }], more)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      extras,
    });
  });

  test('to an archived place is refused, from one it is how it is emptied', async () => {
    await stock(database.current.db, tenant, { A: 10 });
    await receive((await send([{ sku: 'A', quantity: 4 }])).id);
    await database.current.db.withTenant(tenant, (tx) =>
      tx.execute("update location set archived_at = now() where code = 'shop'"),
    );
    await expect(send([{ sku: 'A', quantity: 1 }])).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await receive((await send([{ sku: 'A', quantity: 4 }], { from: 'shop', to: 'main' })).id);
    expect(await figures()).toMatchObject({ 'A main': { onHand: 10 }, 'A shop': { onHand: 0, incoming: 0 } });
  });
});

describe('receiving', () => {
  test('in parts, with what was lost on the way written off by its reason', async () => {
    await stock(database.current.db, tenant, { A: 10, B: 5 });
    const { id } = await send([
      { sku: 'A', quantity: 6 },
      { sku: 'B', quantity: 5 },
    ]);
    const partly = await receive(id, [line('A', 3, 1, 'broken')]);
    expect(partly).toMatchObject({
      status: 'partly_received',
      ...{ received: 3, lost: 1, inTransit: 7 },
      receipts: [{ lines: [{ sku: 'A', received: 3, lost: 1, reason: 'broken' }] }],
    });
    expect(await figures()).toMatchObject({
      'A shop': { onHand: 3, incoming: 2 },
      'B shop': { onHand: 0, incoming: 5 },
    });
    const whole = await receive(id);
    expect(whole).toMatchObject({ status: 'received', received: 10, lost: 1, inTransit: 0 });
    expect(whole.receivedAt).not.toBeNull();
    const ref = { reference: `transfer:${id}` };
    expect(await movements()).toEqual([
      { kind: 'transfer_out', location: 'main', quantity: -6, reason: null, ...ref },
      { kind: 'transfer_out', location: 'main', quantity: -5, reason: null, ...ref },
      { kind: 'transfer_in', location: 'shop', quantity: 4, reason: null, ...ref },
      { kind: 'adjustment', location: 'shop', quantity: -1, reason: 'broken', ...ref },
      { kind: 'transfer_in', location: 'shop', quantity: 2, reason: null, ...ref },
      { kind: 'transfer_in', location: 'shop', quantity: 5, reason: null, ...ref },
    ]);
    await expectSoundStock(database.current.db, tenant);
  });

  test('all of it ten times at once comes once, and each hears the same', async () => {
    await stock(database.current.db, tenant, { A: 10 });
    const { id } = await send([{ sku: 'A', quantity: 6 }]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => receive(id)));
    expect(new Set(answers.map((a) => JSON.stringify(a))).size).toBe(1);
    expect(answers[0]!.receipts).toHaveLength(1);
    expect(await figures()).toMatchObject({ 'A shop': { onHand: 6, incoming: 0 } });
    await expectSoundStock(database.current.db, tenant);
  });

  test('two parts at once that are more than what is on the way: one comes', async () => {
    await stock(database.current.db, tenant, { A: 10 });
    const { id } = await send([{ sku: 'A', quantity: 6 }]);
    const answers = await Promise.allSettled([receive(id, [line('A', 4)]), receive(id, [line('A', 4)])]);
    expect(answers.map((a) => a.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find((a) => a.status === 'rejected')?.reason).toMatchObject({
      code: 'STATE_CONFLICT',
      extras: { issues: [{ field: 'body.lines.0.quantity', value: 4 }] },
    });
    expect(await figures()).toMatchObject({ 'A shop': { onHand: 4, incoming: 2 } });
  });

  test('what is no part of it is refused by name', async () => {
    await stock(database.current.db, tenant, { A: 10, B: 1 });
    const { id } = await send([{ sku: 'A', quantity: 6 }]);
    await expect(receive(id, [line('B', 1)])).rejects.toMatchObject({
      extras: { issues: [{ field: 'body.lines.0.sku', value: 'B' }] },
    });
    await expect(receive(id, [line('A', 1), line('A', 1)])).rejects.toMatchObject({
      extras: { issues: [{ field: 'body.lines.1.sku' }] },
    });
    await expect(receive(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await receive(id);
    await expect(receive(id, [line('A', 1)])).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });
});

describe('cancelling', () => {
  test('brings back what is on the way, once; what came stays', async () => {
    await stock(database.current.db, tenant, { A: 10 });
    const { id } = await send([{ sku: 'A', quantity: 6 }]);
    await receive(id, [line('A', 2)]);
    const [first, second] = await Promise.all([cancel(id), cancel(id)]);
    expect(first).toMatchObject({ status: 'cancelled', received: 2, inTransit: 0 });
    expect(second).toEqual(first);
    expect(await figures()).toEqual({
      'A main': { onHand: 8, reserved: 0, incoming: 0 },
      'A shop': { onHand: 2, reserved: 0, incoming: 0 },
    });
    await expect(receive(id)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await expectSoundStock(database.current.db, tenant);
  });

  test('meets receiving: one of them wins', async () => {
    await stock(database.current.db, tenant, { A: 10 });
    for (let round = 0; round < 10; round++) {
      const { id } = await send([{ sku: 'A', quantity: 1 }]);
      const answers = await Promise.allSettled([receive(id), cancel(id)]);
      expect(answers.filter((a) => a.status === 'fulfilled')).toHaveLength(1);
    }
    const { 'A main': main, 'A shop': shop } = await figures();
    expect(main!.onHand + shop!.onHand).toBe(10);
    expect(shop!.incoming).toBe(0);
    await expectSoundStock(database.current.db, tenant);
  });
});
