import { expect, test } from 'vitest';
import { fbe, idsOf, ManualClock, type Row, second, startBench } from './support.ts';

interface State {
  accounts: {
    username: string;
    counts: { total: number; byStatus: Record<string, number> };
    orders: Row[];
  }[];
}

test('orders come at the set rate, spread over the accounts, as the clock moves', async () => {
  const bench = await startBench({ ordersPerMinute: 60 });
  await bench.control('POST', 'clock', { advanceMs: 5 * 60_000 });
  const { accounts } = await bench.control<State>('GET', 'state');
  const totals = accounts.map(({ counts }) => counts.total);
  const sum = totals.reduce((a, b) => a + b);
  // Poisson with mean 300: five deviations either way.
  expect(sum).toBeGreaterThan(213);
  expect(sum).toBeLessThan(387);
  for (const total of totals) expect(total).toBeGreaterThan(50);
  await bench.control('POST', 'settings', { ordersPerMinute: 0 });
  await bench.control('POST', 'clock', { advanceMs: 60_000 });
  const after = await bench.control<State>('GET', 'state');
  expect(after.accounts.map(({ counts }) => counts.total)).toEqual(totals);
});

test('orders asked for at a rate come one by one under the ids answered', async () => {
  const bench = await startBench();
  const ids = await bench.orders(10, { ratePerSecond: 2 });
  const seen = async () => idsOf((await bench.call('order/read')).rows);
  expect(await seen()).toEqual(ids.slice(0, 1));
  bench.clock.atMs += 2000;
  expect(await seen()).toEqual(ids.slice(0, 5).toReversed());
  bench.clock.atMs += 60_000;
  expect(await seen()).toEqual(ids.toReversed());
});

test('type 2 orders move on by themselves and are paid in the end', async () => {
  const bench = await startBench({ actors: true });
  await bench.orders(10, { account: fbe, template: { paymentModeId: 1 } });
  const statuses = new Set<number>();
  for (let minute = 0; minute < 15; minute += 1) {
    for (const row of (await bench.call('order/read', { type: 2 }, fbe)).rows)
      statuses.add(row.status as number);
    bench.clock.atMs += 60_000;
  }
  expect([...statuses].sort()).toEqual([1, 2, 3, 4]);
  bench.clock.atMs += 30 * 60_000;
  const { rows } = await bench.call('order/read', { type: 2 }, fbe);
  for (const row of rows) expect(row).toMatchObject({ status: 4, payment_status: 1 });
});

test('type 3: a few customers cancel, some orders move on in the seller pages, most stay in 2', async () => {
  const bench = await startBench({ actors: true });
  const ids = await bench.orders(400);
  bench.clock.atMs += 30_000;
  await Promise.all(ids.map((id) => bench.call(`order/acknowledge/${id}`)));
  await bench.orders(400, { account: second });
  bench.clock.atMs += 40 * 60_000;
  const { accounts } = await bench.control<State>('GET', 'state?orders=1');
  const [ours, , theirs] = accounts;
  expect(ours?.counts.byStatus['2']).toBeGreaterThan(300);
  expect(ours?.counts.byStatus['4']).toBeGreaterThan(30);
  expect(ours?.counts.byStatus['1']).toBe(0);
  expect(theirs?.counts.byStatus['0']).toBeGreaterThan(2);
  expect(theirs?.counts.byStatus['1']).toBeGreaterThan(340);
  bench.clock.atMs += 48 * 3_600_000;
  const late = (await bench.call('order/read', { status: 2 })).rows.filter((row) => row.late_shipment === 1);
  expect(late.length).toBeGreaterThan(50);
});

test('without actors nothing happens by itself', async () => {
  const bench = await startBench();
  await bench.orders(50, { account: fbe });
  bench.clock.atMs += 10 * 86_400_000;
  expect((await bench.call('order/read', { type: 2, status: 1 }, fbe)).rows).toHaveLength(50);
});

test('the own goods are filled up, those whose stock the seller writes are not', async () => {
  const bench = await startBench({ actors: true });
  const full = (await bench.offer(1)).general_stock as number;
  const lines = ['NW-001', 'NW-002'].map((part_number) => ({ part_number, quantity: full - 10 }));
  await bench.call('product_offer/save', [{ id: 2, stock: [{ warehouse_id: 1, value: full }] }]);
  await bench.orders(1, { lines, status: 2 });
  expect(await bench.offer(1)).toMatchObject({ estimated_stock: 10 });
  bench.clock.atMs += 60_000;
  expect(await bench.offer(1)).toMatchObject({ estimated_stock: full });
  expect(await bench.offer(2)).toMatchObject({ estimated_stock: 10 });
});

test('an outage hits one account at a time, for 20 to 60 s, and ends by itself', async () => {
  const bench = await startBench({ outages: true });
  const usernames = bench.simulator.accounts.map(({ username }) => username);
  let failing = 0;
  let healthy = 0;
  for (let step = 0; step < 180; step += 1) {
    bench.clock.atMs += 10_000;
    const statuses = await Promise.all(
      usernames.map(async (username) => (await bench.fetch('order/count', {}, username)).status),
    );
    const bad = statuses.filter((status) => status !== 200);
    expect(bad.length).toBeLessThanOrEqual(1);
    for (const status of bad) expect([403, 500]).toContain(status);
    if (bad.length > 0) failing += 1;
    else healthy += 1;
  }
  expect(failing).toBeGreaterThan(5);
  expect(healthy).toBeGreaterThan(100);
});

test('reset goes back to the first day: the same seed gives the same orders again', async () => {
  const bench = await startBench({ seed: 3 });
  await bench.orders(5);
  const before = (await bench.call('order/read')).text;
  await bench.fault({ kind: 'forbidden' });
  const now = '2026-03-02T08:00:00Z';
  await bench.control('POST', 'reset', { now });
  expect((await bench.call('order/read')).rows).toEqual([]);
  await bench.orders(5);
  expect((await bench.call('order/read')).text).toBe(before);
});

test('F28: the hour that autumn repeats is stamped twice, the one that spring skips never', async () => {
  const clock = new ManualClock();
  const bench = await startBench({ clock });
  const createdAt = async (instant: string) => {
    clock.atMs = Date.parse(instant);
    const [id] = await bench.orders(1);
    return (await bench.order(id as number)).created;
  };
  expect(await createdAt('2026-03-29T00:59:59Z')).toBe('2026-03-29 02:59:59');
  expect(await createdAt('2026-03-29T01:00:00Z')).toBe('2026-03-29 04:00:00');
  expect(await createdAt('2026-10-25T00:30:00Z')).toBe('2026-10-25 03:30:00');
  expect(await createdAt('2026-10-25T01:30:00Z')).toBe('2026-10-25 03:30:00');
  expect(await createdAt('2026-10-25T02:00:00Z')).toBe('2026-10-25 04:00:00');
});
