/** What a newcomer gets: one start, two tenants, orders that come by themselves; and how it all goes away again. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  CountSummary,
  MarketplaceAccount,
  OrderSummary,
  PurchaseOrderSummary,
  Session,
  StockAlert,
  Supplier,
  TransferSummary,
} from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { Api, send, signIn } from './support/api.ts';
import { findPostmaster } from './support/embedded.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

interface DemoFile {
  url: string;
  tenants: { id: string; slug: string; name: string; email: string; password: string; apiKey: string }[];
  simulator: {
    url: string;
    accounts: { name: string; tenant: string; username: string; password: string; baseUrl: string }[];
  };
}

interface Page<T> {
  items: T[];
}

let app: Tradepost;
let demo: DemoFile;
let apis: Api[];

async function readDemo(): Promise<DemoFile> {
  return JSON.parse(await readFile(join(app.dataDir, 'demo.json'), 'utf8'));
}

/** Orders of one account as the simulator has them, by id. */
async function simulated(username: string): Promise<Map<string, { type: number; status: number }>> {
  const url = `${demo.simulator.url}/__sandbox/state?orders=1&account=${encodeURIComponent(username)}`;
  const { body } = await send<{ accounts: { orders: { id: number; type: number; status: number }[] }[] }>(
    'GET',
    url,
  );
  return new Map(body.accounts[0]!.orders.map((o) => [String(o.id), o]));
}

beforeAll(async () => {
  app = await Tradepost.start({ env: { DEMO: 'on', RATE_LIMIT_API: '100', DEMO_ORDERS_PER_MINUTE: '60' } });
  demo = await readDemo();
  apis = demo.tenants.map((t) => Api.withKey(app.url, t.apiKey));
});

/** One life, told in order: each part begins where the one before ended. */
describe('the demo', () => {
  test('writes demo.json for its owner alone, with all one needs', async () => {
    const { mode } = await stat(join(app.dataDir, 'demo.json'));
    expect((mode & 0o777).toString(8)).toBe('600');
    expect(demo.url).toBe(app.url);
    expect(demo.tenants).toHaveLength(2);
    for (const tenant of demo.tenants) {
      expect(Object.keys(tenant).sort()).toEqual(['apiKey', 'email', 'id', 'name', 'password', 'slug']);
      expect(tenant.apiKey).toMatch(/^tp_/);
    }
    expect(demo.simulator.accounts.map((a) => [a.tenant, a.name]).sort()).toEqual([
      [demo.tenants[1]!.slug, 'MAIN'],
      [demo.tenants[0]!.slug, 'FBE'],
      [demo.tenants[0]!.slug, 'MAIN'],
    ]);
    for (const { baseUrl } of demo.simulator.accounts) expect(baseUrl).toMatch(/\/api-3$/);
  });

  test('prints a curl that can be pasted', async () => {
    const [line] = await app.program.waitForLine(/^curl .*/);
    const [, key, url] = line.match(/'Authorization: Bearer (\S+)' '(\S+)'/)!;
    const answer = await send<Page<OrderSummary>>('GET', url!, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.status).toBe(200);
  });

  test('has orders of both tenants within 60 s, each one its own', async () => {
    const lists = await until(
      'orders of both tenants',
      async () => {
        const found = await Promise.all(apis.map((api) => api.get<Page<OrderSummary>>('/orders')));
        return found.every((page) => page.items.length > 0) && found;
      },
      60_000,
    );
    for (const [i, { slug }] of demo.tenants.entries()) {
      const mine = demo.simulator.accounts.filter((a) => a.tenant === slug);
      const theirIds = new Set<string>();
      for (const { username } of mine) for (const id of (await simulated(username)).keys()) theirIds.add(id);
      for (const order of lists[i]!.items) expect(theirIds).toContain(order.externalId);
    }
    const shown = lists.flatMap((page) => page.items.map((o) => o.id));
    expect(new Set(shown).size).toBe(shown.length);
  });

  test('acknowledges what the seller ships, and leaves alone what the marketplace ships', async () => {
    await until(
      'an acknowledged order of each tenant',
      async () => {
        const pages = await Promise.all(
          apis.map((api) => api.get<Page<OrderSummary>>('/orders?status=in_progress')),
        );
        return pages.every((page) => page.items.some((o) => o.acknowledgedAt !== null));
      },
      60_000,
    );
    const orders = (await Promise.all(apis.map((api) => api.list<OrderSummary>('/orders')))).flat();
    const theirs = new Map<string, { type: number; status: number }>();
    for (const { username } of demo.simulator.accounts) {
      for (const [id, order] of await simulated(username)) theirs.set(`${order.type} ${id}`, order);
    }
    for (const order of orders) {
      const type = order.fulfilment === 'seller' ? 3 : 2;
      const counterpart = theirs.get(`${type} ${order.externalId}`);
      expect(counterpart, `order ${order.externalId}`).toBeDefined();
      if (order.acknowledgedAt !== null) {
        expect(type).toBe(3);
        expect(counterpart!.status).not.toBe(1);
      }
    }
  });

  test('has suppliers, goods on their way, a count that has begun and stock that runs low', async () => {
    for (const api of apis) {
      expect((await api.list<Supplier>('/suppliers')).map((s) => [s.priceCount, s.currency])).toEqual([
        [3, 'RON'],
        [3, 'EUR'],
        [4, 'RON'],
      ]);
      const orders = await api.list<PurchaseOrderSummary>('/purchase-orders');
      expect(orders.map((o) => o.status)).toEqual(['draft', 'sent', 'partly_received']);
      const transfers = await api.list<TransferSummary>('/inventory/transfers');
      expect(transfers.map((t) => [t.status, t.inTransit])).toEqual([['sent', 22]]);
      const counts = await api.list<CountSummary>('/inventory/counts');
      expect(counts.map((c) => [c.status, c.lineCount, c.counted])).toEqual([['open', 10, 2]]);
      const alerts = await api.list<StockAlert>('/inventory/alerts');
      expect(alerts.map((a) => a.sku)).toEqual(expect.arrayContaining(['NW-021', 'NW-031']));
    }
  });

  test('lets its owners sign in, marked as demo', async () => {
    for (const { id, email, password } of demo.tenants) {
      const { session } = await signIn(app.url, email, password);
      expect(session.tenant).toMatchObject({ tenantId: id, demo: true, role: 'owner' });
    }
  });

  test('refuses a second start on the same DATA_DIR, naming it', async () => {
    const second = app.launch();
    const exit = await second.exited;
    expect(exit.code).toBe(1);
    expect(second.stderr).toContain(app.dataDir);
    expect(second.stderr).toMatch(/already running/);
    expect((await send('GET', `${app.url}/health/ready`)).status).toBe(200);
  });

  test('stops by SIGINT, the database last, and goes on with the same tenants and keys', async () => {
    const before = await apis[0]!.list<OrderSummary>('/orders');
    const simulatorUrl = demo.simulator.url;
    const exit = await app.stop('SIGINT');
    expect(exit).toEqual({ code: 0, signal: null });
    expect(await findPostmaster(app.dataDir)).toBeNull();
    await expect(fetch(simulatorUrl)).rejects.toThrow();
    await app.restart();
    const again = await readDemo();
    expect(again.tenants).toEqual(demo.tenants);
    demo = again;
    const after = new Set((await apis[0]!.list<OrderSummary>('/orders')).map((o) => o.id));
    for (const { id } of before) expect(after).toContain(id);
    expect(await apis[0]!.list<Supplier>('/suppliers')).toHaveLength(3);
    expect(await apis[0]!.list<PurchaseOrderSummary>('/purchase-orders')).toHaveLength(3);
    await until(
      'a new order after the restart',
      async () => (await apis[0]!.list<OrderSummary>('/orders')).length > after.size,
      60_000,
    );
    const accounts = await apis[0]!.list<MarketplaceAccount>('/marketplace-accounts');
    expect(accounts.map((a) => a.name).sort()).toHaveLength(2);
  });

  test('comes back after kill -9 with the simulator it had', async () => {
    await app.kill();
    await app.restart();
    demo = await readDemo();
    expect((await apis[1]!.call('GET', '/orders')).status).toBe(200);
    expect((await send('GET', `${demo.simulator.url}/__sandbox/state`)).status).toBe(200);
  });

  test('is removed by one call, gives a link for the first owner, and does not come back', async () => {
    const { email, password } = demo.tenants[0]!;
    const owner = await signIn(app.url, email, password);
    const answer = await owner.api.call<{ setupUrl: string | null }>('DELETE', '/demo');
    expect(answer.status).toBe(200);
    const token = new URL(answer.body.setupUrl!).searchParams.get('token');

    await expect(readDemo()).rejects.toThrow(/ENOENT/);
    // Another process may be the one that runs it.
    const isGone = () =>
      fetch(demo.simulator.url).then(
        () => false,
        () => true,
      );
    await until('the end of the simulator', isGone, 5000);
    for (const api of [...apis, owner.api]) {
      // Credentials that end are dead within 5 s.
      await until('the key to end', async () => (await api.call('GET', '/orders')).status === 401, 5000);
    }
    const refused = await new Api(app.url).call('POST', '/session', { json: { email, password } });
    expect(refused.status).toBe(401);

    const json = {
      token,
      tenantName: 'Real shop',
      name: 'Rea',
      email: 'rea@example.com',
      password: 'long enough',
    };
    const made = await new Api(app.url).call<Session>('POST', '/setup', { json });
    expect(made.status).toBe(201);
    expect(made.body.tenant).toMatchObject({ name: 'Real shop', demo: false });

    await app.stop();
    await app.restart();
    // A demo that came back would write its file before `ready`.
    await expect(readDemo()).rejects.toThrow(/ENOENT/);
    const { session } = await signIn(app.url, 'rea@example.com', 'long enough');
    expect(session.memberships).toHaveLength(1);
  });
});
