/** Starting and ending: what is wrong is named with a documented exit code, and a database of one's own works the same. */
import { createServer } from 'node:net';
import type { OrderSummary, Product } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { Api } from './support/api.ts';
import { startCluster } from './support/cluster.ts';
import { findPostmaster, withSql } from './support/embedded.ts';
import { makeTempDir } from './support/lifetime.ts';
import { connectAccount, Marketplace } from './support/marketplace.ts';
import { findFreePort } from './support/ports.ts';
import { Program } from './support/program.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

const secret = 'a secret of at least thirty-two characters';

async function start(env: Record<string, string>): Promise<Program> {
  const dataDir = await makeTempDir();
  return Program.run('server/src/main.ts', { cwd: dataDir, env: { DATA_DIR: dataDir, DEMO: 'off', ...env } });
}

async function ending(env: Record<string, string>): Promise<{ code: number | null; told: string }> {
  const program = await start(env);
  const { code } = await program.exited;
  return { code, told: `${program.lines.join('\n')}\n${program.stderr}` };
}

describe('settings', () => {
  test('that are wrong are all named, with value and what is allowed: exit code 78', async () => {
    const { code, told } = await ending({
      ...{ PORT: 'eighty', WORKERS: '0', ROLES: 'api,cook', DEMO: 'maybe', RATE_LIMIT_API: '-1' },
      ...{ EMAG_SYNC_ORDERS_INTERVAL: '1.5', PUBLIC_URL: 'shop.example', CORS_ORIGINS: '*', SECRET: 'short' },
    });
    expect(code).toBe(78);
    for (const [name, value] of Object.entries({
      ...{ PORT: 'eighty', WORKERS: '0', ROLES: 'api,cook', DEMO: 'maybe', RATE_LIMIT_API: '-1' },
      ...{ EMAG_SYNC_ORDERS_INTERVAL: '1.5', PUBLIC_URL: 'shop.example', CORS_ORIGINS: '*' },
    })) {
      const line = told.split('\n').find((l) => l.includes(`${name}=`));
      expect(line, name).toContain(JSON.stringify(value));
      expect(line, name).toMatch(/allowed/);
    }
    expect(told).toMatch(/SECRET=.*at least 32/);
    expect(told).not.toContain('short');
  });

  test('that do not go together are named: exit code 78', async () => {
    const without = await ending({ DATABASE_URL: 'postgresql://shop:pass-word@127.0.0.1:1/shop' });
    expect(without.code).toBe(78);
    expect(without.told).toMatch(/SECRET/);
    expect(without.told).not.toContain('pass-word');
    const workers = await ending({ WORKERS: '4' });
    expect(workers.code).toBe(78);
    expect(workers.told).toMatch(/WORKERS=4.*REDIS_URL/s);
  });

  test('of other systems are accepted with a notice', async () => {
    const app = await Tradepost.start({
      env: { CELERY_BROKER_URL: 'redis://:hush@redis/0', SOCKETIO_ASYNC_MODE: 'eventlet' },
    });
    const told = app.program.lines.join('\n');
    expect(told).toMatch(/CELERY_BROKER_URL/);
    expect(told).toMatch(/SOCKETIO_ASYNC_MODE/);
    expect(told).not.toContain('hush');
  });
});

test('a port that is taken is named: exit code 1, and the database it had started ends', async () => {
  const port = await findFreePort();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  const dataDir = await makeTempDir();
  const { code, told } = await ending({ PORT: String(port), DATA_DIR: dataDir });
  holder.close();
  expect(code).toBe(1);
  expect(told).toContain(`Port ${port}`);
  expect(await findPostmaster(dataDir)).toBeNull();
});

test('SIGTERM while it starts ends it cleanly, and nothing stays behind', async () => {
  const dataDir = await makeTempDir();
  const program = await start({ PORT: '0', DATA_DIR: dataDir });
  await program.waitForLine(/PostgreSQL serves/);
  expect(await program.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(await findPostmaster(dataDir)).toBeNull();
});

describe('DATABASE_URL', () => {
  test('that nobody answers at is named with its host, tried for 30 s, never with its password: exit code 69', async () => {
    const port = await findFreePort();
    const startedAtMs = performance.now();
    const { code, told } = await ending({
      DATABASE_URL: `postgresql://shop:pass-word@127.0.0.1:${port}/shop`,
      SECRET: secret,
    });
    expect(code).toBe(69);
    expect(told).toContain(`127.0.0.1:${port}`);
    expect(told).toMatch(/ECONNREFUSED/);
    expect(told).not.toContain('pass-word');
    expect(performance.now() - startedAtMs).toBeGreaterThan(25_000);
  });

  test("of a PostgreSQL of one's own serves all the same, and is left running", async () => {
    const cluster = await startCluster();
    const wrong = await ending({
      DATABASE_URL: cluster.url.replace(cluster.password, 'wrong'),
      SECRET: secret,
    });
    expect(wrong.code).toBe(69);
    expect(wrong.told).toContain(`127.0.0.1:${cluster.port}`);
    expect(wrong.told).not.toContain(cluster.password);

    const seller = { name: 'Ana MAIN', username: 'main@ana.example', password: 'one' };
    const marketplace = await Marketplace.start([seller]);
    const app = await Tradepost.start({
      env: {
        DATABASE_URL: cluster.url,
        SECRET: secret,
        EMAG_EXTRA_BASE_URLS: marketplace.baseUrl,
        EMAG_SYNC_ORDERS_INTERVAL: '1',
        EMAG_AUTO_ACK_INTERVAL: '1',
      },
    });
    expect(await findPostmaster(app.dataDir)).toBeNull();
    const { api } = (await setUpOwner(app)).tenant;
    await api.post<Product>('/products', {
      name: 'Chai',
      variants: [{ sku: 'NW-001', priceMinor: 1, onHand: 9 }],
    });
    await connectAccount(api, marketplace, seller);
    await marketplace.addOrders({
      account: seller.username,
      lines: [{ part_number: 'NW-001', quantity: 2 }],
    });
    const acknowledged = () =>
      until('the order to be acknowledged', async () => {
        const [order] = await api.list<OrderSummary>('/orders');
        return order?.acknowledgedAt != null && order;
      });
    const order = await acknowledged();
    expect(await api.get('/realtime/inventory?productId=NW-001')).toMatchObject({ onHand: 9, reserved: 2 });

    expect(await app.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    await withSql(cluster.url, (sql) => sql.query('select 1'));
    await app.restart();
    // The secret is the same, so is the account's password; the key is known.
    await marketplace.addOrders({ account: seller.username });
    await until('a second order', async () => (await api.list('/orders')).length === 2);
    expect((await api.call('GET', `/orders/${order.id}`)).status).toBe(200);
    expect((await new Api(app.url).call('GET', '/orders')).status).toBe(401);
  });
});
