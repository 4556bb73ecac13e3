/** Several processes behind one port, and several instances over one database: what they do together, and how one ends. */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { Api, send } from './support/api.ts';
import { startCluster } from './support/cluster.ts';
import { withSql } from './support/embedded.ts';
import { Feed, ResumingFeed } from './support/feed.ts';
import { findStockFaults } from './support/invariants.ts';
import { startLoad } from './support/load.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { setUpOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

interface Health {
  status: string;
  parts: {
    processes: { status: string; serving: number; wanted: number; restarts: number; renewals: number };
    redis: { status: string };
  };
}

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});

const healthOf = async (app: Tradepost) => (await send<Health>('GET', `${app.url}/health`)).body;

/** The processes that serve, by their parent. */
function workersOf(app: Tradepost): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(app.program.child.pid)], {
    encoding: 'utf8',
  });
  return lines
    .split('\n')
    .filter((line) => line.includes('server/src/main.ts'))
    .map((line) => Number.parseInt(line, 10));
}

async function stock(api: Api, sku: string, onHand: number): Promise<void> {
  await api.post('/products', { name: sku, variants: [{ sku, priceMinor: 1, onHand }] });
}

const adjust = (api: Api, sku: string) =>
  api.call('POST', '/realtime/inventory', {
    json: { productId: sku, quantity: 1, operation: 'add', reason: 'test' },
  });

describe('two processes behind one port', () => {
  let app: Tradepost;
  let tenant: TestTenant;

  beforeAll(async () => {
    app = await Tradepost.start({ env: { WORKERS: '2', REDIS_URL: redis.url } });
    ({ tenant } = await setUpOwner(app));
  });

  test('500 reservations of 100 units at once: exactly 100', async () => {
    await stock(tenant.api, 'HOT', 100);
    const answers = await Promise.all(
      Array.from({ length: 500 }, () =>
        tenant.api.call('POST', '/inventory/reservations', {
          json: { lines: [{ sku: 'HOT', quantity: 1 }] },
        }),
      ),
    );
    const count = (status: number) => answers.filter((a) => a.status === status).length;
    expect([count(201), count(409)]).toEqual([100, 400]);
    expect(await findStockFaults(app.databaseUrl)).toEqual([]);
  });

  test('both have sockets, each hears every commit, and any process shows the figures of all', async () => {
    const headers = { authorization: `Bearer ${tenant.apiKey}` };
    interface Stats {
      clients: number;
      everywhere: { processes: number; clients: number; channels: Record<string, number> };
    }
    const readStats = () => tenant.api.get<Stats>('/realtime/websocket');
    const feeds: Feed[] = [];
    // Who is free takes the next one, so some more may be needed until the second has any.
    await until('a socket at each process', async () => {
      const feed = await Feed.open(`${app.ws}/ws/notifications?channel=inventory`, headers);
      await feed.subscribed('inventory');
      feeds.push(feed);
      const { clients, everywhere } = await readStats();
      return clients > 0 && clients < everywhere.clients;
    });
    const everywhere = await until('all of them in the figures', async () => {
      const { everywhere } = await readStats();
      return everywhere.clients === feeds.length && everywhere;
    });
    expect(everywhere).toMatchObject({ processes: 2, channels: { inventory: feeds.length } });
    const { text } = await send('GET', `${app.url}/metrics`);
    expect(text).toMatch(/^tradepost_processes_serving 2$/m);
    expect(text).toMatch(new RegExp(`^tradepost_sockets ${feeds.length}$`, 'm'));
    // Every socket hears every commit, whichever process made it.
    for (let i = 0; i < 6; i++) expect((await adjust(tenant.api, 'HOT')).status).toBeLessThan(300);
    await until('six changes at each socket', () => feeds.every((feed) => feed.events.length === 6));
  });

  test('one killed with -9: the other serves, another takes its place', async () => {
    const [victim, other] = workersOf(app);
    const feed = new ResumingFeed(`${app.ws}/ws/notifications?channel=inventory`, {
      authorization: `Bearer ${tenant.apiKey}`,
    });
    await until('the feed', () => feed.connections > 0);
    const load = startLoad(`${app.url}/health/live`, 4);
    process.kill(victim!, 'SIGKILL');
    await until('another one in its place', async () => {
      // Our own kept connection may have been to the killed one.
      const health = await healthOf(app).catch(() => null);
      return health?.parts.processes.serving === 2 && health.parts.processes.restarts === 1;
    });
    const { answered, failures } = await load.stop();
    expect(answered).toBeGreaterThan(10);
    // Those whose connection the killed one had, once each.
    const failed = Object.values(failures).reduce((sum, n) => sum + n, 0);
    expect(failed, JSON.stringify(failures)).toBeLessThanOrEqual(4);
    const now = workersOf(app);
    expect(now).toContain(other);
    expect(now).toHaveLength(2);
    const seen = feed.events.length;
    await adjust(tenant.api, 'HOT');
    await until('a change after it', () => feed.events.length > seen);
  });
});

test('renewed after its requests in production: no request and no event is lost; SIGTERM loses none either', async () => {
  const app = await Tradepost.start({
    env: { ENV: 'production', WORKERS: '1', WORKER_MAX_REQUESTS: '400' },
  });
  const { tenant } = await setUpOwner(app);
  const headers = { authorization: `Bearer ${tenant.apiKey}` };
  await stock(tenant.api, 'LIVE', 0);
  const feed = new ResumingFeed(`${app.ws}/ws/notifications?channel=inventory`, headers);
  await until('the feed', () => feed.connections > 0);
  const [first] = workersOf(app);
  const load = startLoad(`${app.url}/api/v1/inventory/levels?limit=1`, 4, headers);
  let adjusted = 0;
  await until(
    'two renewals',
    async () => {
      expect((await adjust(tenant.api, 'LIVE')).status).toBeLessThan(300);
      adjusted++;
      return (await healthOf(app)).parts.processes.renewals >= 2;
    },
    90_000,
  );
  await until('every change at the socket', () => feed.events.length >= adjusted);
  expect(feed.events.map((e) => e.id)).toEqual([...new Set(feed.events.map((e) => e.id))]);
  expect(feed.subscriptions.slice(1).every((s) => s.recovered)).toBe(true);
  expect(feed.connections).toBeGreaterThan(1);
  expect(workersOf(app)).not.toContain(first);
  expect((await healthOf(app)).parts.processes.restarts).toBe(0);

  const exit = await app.stop('SIGTERM');
  const { answered, failures } = await load.stop();
  expect(exit).toEqual({ code: 0, signal: null });
  expect(answered).toBeGreaterThan(800);
  // The port is gone at the end; nothing that had begun was cut, nor anything on a connection in use.
  for (const failure of Object.keys(failures)) expect(failure).toMatch(/^(ECONNREFUSED|ECONNRESET)$/);
});

test('two instances with roles of their own over one database: heard at once, schedules once', async () => {
  const { url } = await startCluster();
  const common = {
    DATABASE_URL: url,
    SECRET: 'a secret of two instances, long enough',
    REDIS_URL: redis.url,
    DB_POOL_SIZE: '5',
    EMAG_HEALTH_CHECK_INTERVAL: '10',
  };
  const front = await Tradepost.start({ env: { ...common, ROLES: 'api,realtime' } });
  const { tenant } = await setUpOwner(front);
  const [back, third] = await Promise.all([
    Tradepost.start({ env: { ...common, ROLES: 'api,worker' } }),
    Tradepost.start({ env: { ...common, ROLES: 'worker' } }),
  ]);
  await stock(tenant.api, 'SHARED', 10);
  const feed = await Feed.open(`${front.ws}/ws/notifications?channel=inventory`, {
    authorization: `Bearer ${tenant.apiKey}`,
  });
  await feed.subscribed('inventory');
  const there = Api.withKey(back.url, tenant.apiKey);
  const tookMs: number[] = [];
  for (let i = 1; i <= 21; i++) {
    const heard = new Promise<void>((resolve) => {
      feed.socket.on('message', function hear() {
        if (feed.events.length < i) return;
        feed.socket.off('message', hear);
        resolve();
      });
    });
    expect((await adjust(there, 'SHARED')).status).toBeLessThan(300);
    const committedAtMs = performance.now();
    await heard;
    tookMs.push(performance.now() - committedAtMs);
  }
  tookMs.sort((a, b) => a - b);
  expect(tookMs[10]).toBeLessThan(100);

  // Two processes look at the same schedule each second: a check-up every ten seconds or a little more, never two.
  const checks = await until(
    'three check-ups',
    () =>
      withSql(url, async (sql) => {
        await sql.query('set role tradepost_system');
        const { rows } = await sql.query<{ at: Date }>(
          "select created_at as at from task where type = 'health_check' order by created_at",
        );
        return rows.length >= 3 && rows.map((row) => row.at.getTime());
      }),
    60_000,
  );
  for (const [i, at] of checks.slice(1).entries()) expect(at - checks[i]!).toBeGreaterThan(9000);
  expect((await third.stop('SIGTERM')).code).toBe(0);
});
