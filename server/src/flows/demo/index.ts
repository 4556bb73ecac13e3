/**
 * The demo: two tenants whose orders come from the simulated marketplace, through the very paths a real shop uses.
 * Spans identity, catalogue, inventory and marketplaces.
 */
import { adminRoutes as contracts } from '@tradepost/contracts';
import type { Logger } from 'pino';
import type { StockSettings } from '#modules/inventory';
import { type AccountSecrets, type ConnectionSettings, createConnections } from '#modules/marketplaces';
import type { Database } from '#platform/db';
import { problem, route } from '#platform/http';
import type { ModuleManifest } from '#platform/module';
import { demoDeliveries } from './deliveries.ts';
import { type DemoTenant, readDemoTenants, removeDemoFile, writeDemoFile } from './demo-file.ts';
import { removeDemoTenants, wasDemoRemoved } from './removal.ts';
import { demoTenants, ensureTenant } from './seed.ts';
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts';

const firstOrders = 6;

export interface DemoDeps {
  db: Database;
  log: Logger;
  dataDir: string;
  stock: StockSettings;
  /** The simulator's address is added to those accounts may use. */
  secrets: AccountSecrets & { extraBaseUrls: string[] };
  connections: ConnectionSettings;
  /** A link to make the first owner, when nobody is left. */
  makeSetupUrl: () => Promise<string | null>;
}

export interface Demo extends ModuleManifest {
  /** Starts the simulator, brings the tenants up, writes demo.json. Null when the demo was removed. */
  start(options: { url: string; ordersPerMinute: number }): Promise<DemoTenant[] | null>;
  stop(): Promise<void>;
}

export function createDemo(deps: DemoDeps): Demo {
  const { db, log, dataDir, secrets } = deps;
  const { schedule, task } = demoDeliveries(deps.stock);
  let simulator: SimulatorProcess | undefined;

  return {
    name: 'demo',
    schedules: [schedule],
    tasks: [task],
    routes: [
      route(contracts.removeDemo, async ({ ctx }) => {
        const { demo } = await db.withTenant(ctx, (tx) =>
          tx.one<{ demo: boolean }>('select demo from auth.organization where id = $1', [ctx.tenantId]),
        );
        if (!demo)
          throw problem(
            'STATE_CONFLICT',
            'This is no demo tenant; sign in to a demo tenant to remove the demo.',
          );
        await simulator?.stop();
        simulator = undefined;
        const removed = await removeDemoTenants(db);
        await removeDemoFile(dataDir);
        ctx.log.info({ tenants: removed }, 'demo removed');
        return { status: 200, body: { setupUrl: await deps.makeSetupUrl() } };
      }),
    ],
    async start({ url, ordersPerMinute }) {
      if (await wasDemoRemoved(db)) return null;
      const running = await startSimulatorProcess({ dataDir, ordersPerMinute, log });
      simulator = running;
      secrets.extraBaseUrls.push(...new Set(running.accounts.map((a) => a.baseUrl)));
      const known = await readDemoTenants(dataDir);
      const connect = createConnections(deps.connections);
      const seed = {
        db,
        stock: deps.stock,
        secrets,
        connect,
      };
      const tenants: DemoTenant[] = [];
      for (const recipe of demoTenants) {
        const accounts = running.accounts.filter((a) => a.tenant === recipe.slug);
        const mine = known.find((t) => t.name === recipe.name);
        // A first look at an empty shop tells little: each account begins with some orders.
        if (mine === undefined)
          for (const account of accounts) await running.createOrders(account, firstOrders);
        tenants.push(
          await ensureTenant(
            seed,
            recipe,
            accounts,
            known.find((t) => t.name === recipe.name),
          ),
        );
      }
      await writeDemoFile(dataDir, {
        url,
        tenants,
        simulator: { url: running.url, accounts: running.accounts },
      });
      return tenants;
    },
    async stop() {
      await simulator?.stop();
    },
  };
}
