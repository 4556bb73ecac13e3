/** Redis killed, flushed, frozen and started again under work over two processes: slower, never wrong, healed without a hand. */
import { beforeAll, expect, test } from 'vitest';
import { type Api, send } from './support/api.ts';
import { withSql } from './support/embedded.ts';
import { ResumingFeed } from './support/feed.ts';
import { findStockFaults } from './support/invariants.ts';
import { connectAccount, Marketplace } from './support/marketplace.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { setUpOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

const seller = { name: 'Ana MAIN', username: 'main@ana.example', password: 'one' };
/** Far above what anybody waits for Redis, which is half a second. */
const patienceMs = 10_000;

let redis: RedisServer;
let app: Tradepost;
let tenant: TestTenant;
let feed: ResumingFeed;

beforeAll(async () => {
  redis = await startRedis();
  const marketplace = await Marketplace.start([seller]);
  app = await Tradepost.start({
    env: {
      WORKERS: '2',
      REDIS_URL: redis.url,
      RATE_LIMIT_API: '5000',
      EMAG_EXTRA_BASE_URLS: marketplace.baseUrl,
      EMAG_SYNC_ORDERS_INTERVAL: '1',
    },
  });
  ({ tenant } = await setUpOwner(app));
  await tenant.api.post('/products', {
    name: 'Chai',
    variants: [{ sku: 'NW-001', priceMinor: 1, onHand: 100_000 }],
  });
  await connectAccount(tenant.api, marketplace, seller);
  feed = new ResumingFeed(`${app.ws}/ws/notifications?channel=inventory`, {
    authorization: `Bearer ${tenant.apiKey}`,
  });
  await until('the feed', () => feed.connections > 0);
});

/** Stock writes one after the other, until it is stopped: how many went well, and the longest of them. */
function startWrites(api: Api): {
  stop(): Promise<{ written: number; refused: string[]; longestMs: number }>;
} {
  const told = { written: 0, refused: [] as string[], longestMs: 0 };
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      const startedAtMs = performance.now();
      const json = { lines: [{ sku: 'NW-001', quantity: 1 }] };
      const { status, text } = await api.call('POST', '/inventory/reservations', { json });
      told.longestMs = Math.max(told.longestMs, performance.now() - startedAtMs);
      if (status === 201) told.written++;
      else told.refused.push(`${status} ${text}`);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
      return told;
    },
  };
}

const redisState = async () =>
  (await send<{ parts: { redis: { status: string } } }>('GET', `${app.url}/health`)).body.parts.redis.status;

async function countRuns(): Promise<number> {
  return withSql(app.databaseUrl, async (sql) => {
    const { rows } = await sql.query(
      "select count(*)::int as n from task where type = 'sync_orders' and status = 'completed'",
    );
    return rows[0].n;
  });
}

const faults: [string, () => Promise<void>, () => Promise<void>][] = [
  ['killed', () => redis.kill(), () => redis.start()],
  ['frozen', async () => redis.freeze(), async () => redis.thaw()],
  ['flushed', async () => void (await redis.command('FLUSHALL')), async () => {}],
];

test.each(faults)(
  'Redis %s: writes, tasks and sockets go on, and all is well again',
  async (name, begin, end) => {
    const before = feed.events.length;
    const runs = await countRuns();
    const writers = [startWrites(tenant.api), startWrites(tenant.api)];
    await begin();
    if (name !== 'flushed') {
      await until('Redis to be missed', async () => (await redisState()) === 'degraded', patienceMs);
      expect((await send('GET', `${app.url}/health/ready`)).status).toBe(200);
    }
    await until('a task that begins and ends meanwhile', async () => (await countRuns()) > runs + 1);
    await end();
    await until('Redis to be back', async () => (await redisState()) === 'ok', patienceMs);
    const told = await Promise.all(writers.map((writer) => writer.stop()));
    for (const { written, refused, longestMs } of told) {
      expect(refused).toEqual([]);
      expect(written).toBeGreaterThan(0);
      expect(longestMs).toBeLessThan(patienceMs);
    }
    const written = told.reduce((sum, t) => sum + t.written, 0);
    const reserved = () => feed.events.slice(before).filter((e) => e.type === 'stock_changed');
    // Writes that were gathered may be told as one change, so what is compared is the last one.
    const [level] = await tenant.api.list<{ reserved: number; sku: string }>('/inventory/levels');
    await until(
      'the last change at the socket',
      () => (reserved().at(-1)?.data as { reserved?: number } | undefined)?.reserved === level!.reserved,
    );
    expect(written).toBeGreaterThan(1);
    expect(new Set(feed.events.map((e) => e.id)).size).toBe(feed.events.length);
    expect(await findStockFaults(app.databaseUrl)).toEqual([]);
  },
);
