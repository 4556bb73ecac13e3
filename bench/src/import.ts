/**
 * Orders imported per second: 10,000 simulated orders read over HTTP, stored with their stock and events, limits off.
 * The limit beside it: the same pages only read and parsed, nothing stored.
 */
import { startSimulator } from '@tradepost/simulator';
import pino from 'pino';
import { createMarketplaceOrdersFlow, requestSync } from '../../server/src/flows/marketplace-orders/index.ts';
import { createProducts } from '../../server/src/modules/catalogue/index.ts';
import { createAccount } from '../../server/src/modules/marketplaces/accounts.ts';
import { createConnections } from '../../server/src/modules/marketplaces/connections.ts';
import { deriveKey } from '../../server/src/platform/crypto/index.ts';
import { startRunner } from '../../server/src/platform/jobs/index.ts';
import { type BenchResult, ratio } from './report.ts';
import { startBenchDatabase } from './support/database.ts';

const orders = 10_000;

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  const simulator = await startSimulator({ ordersPerMinute: 0, rateLimits: false });
  try {
    const login = simulator.accounts[0]!;
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    const read = async (path: string, body: unknown): Promise<unknown[]> => {
      const response = await fetch(`${login.baseUrl}/${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return ((await response.json()) as { results: unknown[] }).results;
    };
    const made = await fetch(`${simulator.url}/__sandbox/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account: login.username, count: orders }),
    });
    if (!made.ok) throw new Error(await made.text());

    const readingBegun = performance.now();
    let readOnly = 0;
    for (let currentPage = 1; ; currentPage++) {
      const page = await read('order/read', { currentPage, itemsPerPage: 100, type: 3 });
      readOnly += page.length;
      if (page.length < 100) break;
    }
    const readSeconds = (performance.now() - readingBegun) / 1000;

    const stock = { lowStockThreshold: 10, alertsEnabled: true };
    const secrets = { key: deriveKey('bench', 'marketplace-passwords'), extraBaseUrls: [login.baseUrl] };
    const tenant = { ...(await bench.createTenant()), actor: 'system' as const };
    const offers = (await read('product_offer/read', { itemsPerPage: 100 })) as {
      part_number: string;
      name: string;
    }[];
    await bench.db.withTenant(tenant, (tx) =>
      createProducts(
        tx,
        offers.map((o) => ({
          name: o.name,
          variants: [{ sku: o.part_number, priceMinor: 1000, currency: 'RON', onHand: 1_000_000 }],
        })),
        stock,
      ),
    );
    const unlimited = { perSecond: 0, perMinute: 0 };
    const flow = createMarketplaceOrdersFlow({
      connect: createConnections({ orderCalls: unlimited, otherCalls: unlimited, timeoutMs: 30_000 }),
      secrets,
      stock,
      maxPages: 1000,
      overlapMs: 300_000,
      firstLookMs: 30 * 86_400_000,
      lockWaitMs: 5000,
      syncIntervalMs: 300_000,
      acknowledgeIntervalMs: 600_000,
    });
    const runner = await startRunner({
      db: bench.db,
      url: bench.url,
      bus: bench.bus,
      log: pino({ level: 'warn' }),
      tasks: flow.tasks.filter((t) => t.type === 'sync_orders'),
      concurrency: 4,
      retryDelaysMs: [],
    });
    const begun = performance.now();
    await bench.db.withTenant(tenant, async (tx) => {
      const id = await createAccount(tx, { ...login, platform: 'emag_ro' }, secrets);
      await requestSync(tx, { id, name: 'MAIN' });
    });
    let stored = 0;
    while (stored < orders) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      const [row] = await bench.db.withTenant(tenant, (tx) =>
        tx.query<{ orders: number; failed: number }>(
          "select (select count(*)::int from shop_order where tenant_id = $1) as orders, (select count(*)::int from task where tenant_id = $1 and status = 'failed') as failed",
          [tx.tenantId],
        ),
      );
      stored = row!.orders;
      if (row!.failed > 0) throw new Error('the import failed');
    }
    const seconds = (performance.now() - begun) / 1000;
    await runner.stop();
    const check = await bench.db.withTenant(tenant, (tx) =>
      tx.one<{ held: number; reserved: number; events: number }>(
        `select (select sum(quantity)::int from reservation_line where tenant_id = $1) as held, (select sum(reserved)::int from stock_level where tenant_id = $1) as reserved,
           (select count(*)::int from event where tenant_id = $1 and type = 'order_new') as events`,
        [tx.tenantId],
      ),
    );
    if (check.held !== check.reserved || check.events !== orders)
      throw new Error(`the import is wrong: ${JSON.stringify(check)}`);
    return {
      name: 'import',
      rows: [
        { name: 'read and parsed only', value: readOnly / readSeconds, unit: 'orders/s' },
        { name: 'imported with stock and events', value: orders / seconds, unit: 'orders/s' },
      ],
      ratios: [
        ratio('imported per second', orders / seconds, 500),
        ratio('imported ÷ read only', orders / seconds / (readOnly / readSeconds), 0.05),
      ],
    };
  } finally {
    await simulator.stop();
    await bench.stop();
  }
}
