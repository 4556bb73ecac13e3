/** Stock over HTTP under pressure: many buyers of few pieces, repeated requests, a server that dies in between. */
import { randomUUID } from 'node:crypto';
import type { Problem, Reservation, StockLevel } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import type { Answer, Api } from './support/api.ts';
import { findStockFaults } from './support/invariants.ts';
import { seededRandom } from './support/random.ts';
import { addTenant, setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let api: Api;
let other: Api;

beforeAll(async () => {
  app = await Tradepost.start();
  ({ api } = (await setUpOwner(app)).tenant);
  other = (await addTenant(app, 'Bea Toys')).api;
});

async function stock(sku: string, onHand: number, as: Api = api): Promise<void> {
  await as.post('/products', { name: sku, variants: [{ sku, priceMinor: 100, onHand }] });
}

function level(sku: string): Promise<StockLevel> {
  return api.get(`/realtime/inventory?productId=${sku}`);
}

function reserve(
  lines: { sku: string; quantity: number }[],
  key?: string,
  as: Api = api,
): Promise<Answer<Omit<Reservation, 'status' | 'lines'> & Pick<Problem, 'code' | 'lines'>>> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  return as.call('POST', '/inventory/reservations', { json: { lines }, headers });
}

function count(answers: Answer[], status: number): number {
  return answers.filter((a) => a.status === status).length;
}

test('500 buyers of 100 pieces: 100 get one, 400 are told STOCK_SHORT', async () => {
  await stock('HOT', 100);
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => reserve([{ sku: 'HOT', quantity: 1 }])),
  );
  expect({ 201: count(answers, 201), 409: count(answers, 409) }).toEqual({ 201: 100, 409: 400 });
  for (const { status, body } of answers) {
    if (status !== 409) continue;
    expect(body.code).toBe('STOCK_SHORT');
    expect(body.lines).toEqual([{ sku: 'HOT', asked: 1, available: 0 }]);
  }
  expect(new Set(answers.filter((a) => a.status === 201).map((a) => a.body.id)).size).toBe(100);
  expect(await level('HOT')).toMatchObject({ onHand: 100, reserved: 100, available: 0 });
});

test('two lines of one SKU are summed before they are checked', async () => {
  await stock('TWICE', 100);
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      reserve([
        { sku: 'TWICE', quantity: 1 },
        { sku: 'TWICE', quantity: 2 },
      ]),
    ),
  );
  expect({ 201: count(answers, 201), 409: count(answers, 409) }).toEqual({ 201: 33, 409: 67 });
  for (const { body } of answers.filter((a) => a.status === 409)) {
    expect(body.lines).toEqual([{ sku: 'TWICE', asked: 3, available: expect.any(Number) }]);
    expect(body.lines![0]!.available).toBeLessThan(3);
  }
  for (const { body } of answers.filter((a) => a.status === 201)) {
    expect(body.lines).toMatchObject([{ sku: 'TWICE', quantity: 3 }]);
  }
  expect(await level('TWICE')).toMatchObject({ onHand: 100, reserved: 99 });
});

test('a basket that is short of one thing takes nothing of the others', async () => {
  await stock('PLENTY', 10);
  await stock('SCARCE', 1);
  const answer = await reserve([
    { sku: 'PLENTY', quantity: 5 },
    { sku: 'SCARCE', quantity: 2 },
  ]);
  expect(answer).toMatchObject({ status: 409, body: { lines: [{ sku: 'SCARCE', asked: 2, available: 1 }] } });
  expect(await level('PLENTY')).toMatchObject({ reserved: 0 });
});

test('baskets A+B against B+A never meet in a deadlock', async () => {
  await stock('A', 1000);
  await stock('B', 1000);
  const forth = [
    { sku: 'A', quantity: 1 },
    { sku: 'B', quantity: 1 },
  ];
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => reserve(i % 2 === 0 ? forth : forth.toReversed())),
  );
  expect(count(answers, 201)).toBe(200);
  expect(await level('A')).toMatchObject({ reserved: 200 });
  expect(await level('B')).toMatchObject({ reserved: 200 });
});

test('one idempotency key 50 times at once has one effect', async () => {
  await stock('ONCE', 50);
  const key = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => reserve([{ sku: 'ONCE', quantity: 2 }], key)),
  );
  const served = answers.filter((a) => a.status === 201);
  expect(served.length).toBeGreaterThan(0);
  expect(new Set(served.map((a) => a.body.id)).size).toBe(1);
  for (const answer of answers.filter((a) => a.status !== 201)) {
    expect(answer).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_IN_PROGRESS' } });
  }
  expect(served.filter((a) => a.headers.get('idempotency-replayed') !== 'true')).toHaveLength(1);
  expect(await level('ONCE')).toMatchObject({ reserved: 2 });
});

test('a key of another body is refused, the same key of another tenant is its own', async () => {
  await stock('KEYED', 50);
  await stock('KEYED', 50, other);
  const key = randomUUID();
  const first = await reserve([{ sku: 'KEYED', quantity: 1 }], key);
  expect(first.status).toBe(201);
  const changed = await reserve([{ sku: 'KEYED', quantity: 2 }], key);
  expect(changed).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  const theirs = await reserve([{ sku: 'KEYED', quantity: 3 }], key, other);
  expect(theirs.status).toBe(201);
  expect(theirs.body.id).not.toBe(first.body.id);
  expect(await level('KEYED')).toMatchObject({ reserved: 1 });
});

test('a hold that nobody confirms gives its pieces back', async () => {
  await stock('BRIEF', 5);
  const json = { lines: [{ sku: 'BRIEF', quantity: 5 }], ttlSeconds: 1 };
  const held = await api.post<Reservation>('/inventory/reservations', json);
  await expect
    .poll(async () => (await api.get<Reservation>(`/inventory/reservations/${held.id}`)).status, {
      timeout: 20_000,
    })
    .toBe('expired');
  expect(await level('BRIEF')).toMatchObject({ onHand: 5, reserved: 0 });
  const late = await api.call('POST', `/inventory/reservations/${held.id}/confirm`);
  expect(late).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
});

/**
 * The connection breaks somewhere between the request and its answer, often after the commit. Whatever the moment was, the
 * repeat with the same key tells what happened, and it happened once.
 */
test('killed in the middle of 300 keyed requests, each one has one effect after its repeat', async () => {
  const random = seededRandom();
  const requests = Array.from({ length: 300 }, () => ({
    key: randomUUID(),
    quantity: 1 + Math.floor(random() * 3),
  }));
  const total = requests.reduce((sum, r) => sum + r.quantity, 0);
  await stock('CRASH', total);
  const before: (Answer<{ id: string }> | null)[] = requests.map(() => null);
  let next = 0;
  let answered = 0;
  const buyer = async () => {
    while (next < requests.length) {
      const i = next++;
      const { key, quantity } = requests[i]!;
      before[i] = await reserve([{ sku: 'CRASH', quantity }], key).catch(() => null);
      if (before[i] !== null) answered++;
      else return;
    }
  };
  const buyers = Array.from({ length: 30 }, buyer);
  const killAt = 30 + Math.floor(random() * 200);
  await expect.poll(() => answered, { interval: 1, timeout: 30_000 }).toBeGreaterThan(killAt);
  await app.kill();
  await Promise.all(buyers);
  console.log(`${answered} of ${next} were answered before the kill`);
  expect(before.filter((a) => a === null).length).toBeGreaterThan(0);

  await app.restart();
  const after = await Promise.all(
    requests.map(({ key, quantity }) => reserve([{ sku: 'CRASH', quantity }], key)),
  );
  for (const [i, answer] of after.entries()) {
    expect(answer.status).toBe(201);
    if (before[i] != null) expect(answer.body).toEqual(before[i].body);
  }
  expect(new Set(after.map((a) => a.body.id)).size).toBe(requests.length);
  expect(await level('CRASH')).toMatchObject({ onHand: total, reserved: total, available: 0 });
});

test('after all of it the ledger, the levels and the holds agree', async () => {
  expect(await findStockFaults(app.databaseUrl)).toEqual([]);
});
