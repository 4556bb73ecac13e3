/**
 * The last pieces over two server processes, again and again: each round has pieces of its own, so each is a new chance to
 * oversell. Five rounds of either kind; TRADEPOST_TEST_ROUNDS says another number.
 */
import type { StockLevel } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import type { Api } from './support/api.ts';
import { findStockFaults } from './support/invariants.ts';
import { startRedis } from './support/redis.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

const rounds = Number(process.env.TRADEPOST_TEST_ROUNDS ?? 5);
const buyers = 500;

let app: Tradepost;
let api: Api;

beforeAll(async () => {
  const redis = await startRedis();
  app = await Tradepost.start({ env: { WORKERS: '2', REDIS_URL: redis.url } });
  ({ api } = (await setUpOwner(app)).tenant);
});

/** How many buyers were answered by what, and what is left. */
async function round(sku: string, onHand: number, quantities: number[]) {
  await api.post('/products', { name: sku, variants: [{ sku, priceMinor: 100, onHand }] });
  const lines = quantities.map((quantity) => ({ sku, quantity }));
  const answers = await Promise.all(
    Array.from({ length: buyers }, () =>
      api.call<{ code?: string }>('POST', '/inventory/reservations', { json: { lines } }),
    ),
  );
  const told: Record<string, number> = {};
  for (const { status, body } of answers) {
    const what = status === 201 ? '201' : `${status} ${body.code}`;
    told[what] = (told[what] ?? 0) + 1;
  }
  const { reserved, available } = await api.get<StockLevel>(`/realtime/inventory?productId=${sku}`);
  return { ...told, reserved, available };
}

test(`500 buyers of 100 pieces, ${rounds} times: 100 get one, 400 are told it is short`, {
  timeout: 10_000 + rounds * 5000,
}, async () => {
  for (let n = 1; n <= rounds; n++) {
    expect(await round(`ONE-${n}`, 100, [1]), `round ${n}`).toEqual({
      ...{ 201: 100, '409 STOCK_SHORT': 400 },
      ...{ reserved: 100, available: 0 },
    });
  }
});

test(`the same with two lines of one SKU each, ${rounds} times: the lines are one`, {
  timeout: 10_000 + rounds * 5000,
}, async () => {
  for (let n = 1; n <= rounds; n++) {
    expect(await round(`TWO-${n}`, 200, [1, 1]), `round ${n}`).toEqual({
      ...{ 201: 100, '409 STOCK_SHORT': 400 },
      ...{ reserved: 200, available: 0 },
    });
  }
});

test('after all of it the ledger, the levels and the holds agree', async () => {
  expect(await findStockFaults(app.databaseUrl)).toEqual([]);
});
