/**
 * The demo: two tenants whose orders come from the simulated marketplace, through the very paths a real shop uses.
 * Spans identity, catalogue, inventory, purchasing and marketplaces.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { adminRoutes as contracts } from '@tradepost/contracts';
import type { Logger } from 'pino';
import type { StockSettings } from '#modules/inventory';
import type { AccountSecrets, Connect } from '#modules/marketplaces';
import type { Database } from '#platform/db';
import { problem, route } from '#platform/http';
import type { ModuleManifest } from '#platform/module';
import { demoDeliveries } from './deliveries.ts';
import { type DemoTenant, readDemoTenants, removeDemoFile, writeDemoFile } from './demo-file.ts';
import { forbidDemo, removeDemoTenants, wasDemoRemoved } from './removal.ts';
import { demoTenants, ensureTenant } from './seed.ts';
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts';

const firstOrders = 6;
/** How long the start of the program waits for the demo. */
const patienceMs = 30_000;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;
const removalLookMs = 1000;

export type { DemoTenant } from './demo-file.ts';

export interface DemoDeps {
  db: Database;
  log: Logger;
  dataDir: string;
  stock: StockSettings;
  /** The simulator's address is added to those accounts may use. */
  secrets: AccountSecrets & { extraBaseUrls: string[] };
  /** Shared with the sync, so that both count against the same limits of a login. */
  connect: Connect;
  /** A link to make the first owner, when nobody is left. */
  makeSetupUrl: () => Promise<string | null>;
}

export interface DemoOptions {
  url: string;
  ordersPerMinute: number;
  onUp(tenants: DemoTenant[], baseUrls: string[]): void;
}

export interface Demo extends ModuleManifest {
  /**
   * Starts the simulator, brings the tenants up, writes demo.json, and calls `onUp`. False when the demo was removed.
   * Trouble with the demo is no trouble of the program: it is logged, and tried again in the background after the first
   * failure or 30 s.
   */
  start(options: DemoOptions): Promise<boolean>;
  /** Lets marketplace accounts use these addresses: those of the simulator, which another process may run. */
  allowBaseUrls(baseUrls: string[]): void;
  stop(): Promise<void>;
}

export function createDemo(deps: DemoDeps): Demo {
  const { db, log, dataDir, secrets } = deps;
  const { schedule, task } = demoDeliveries(deps.stock);
  let simulator: SimulatorProcess | undefined;
  const halting = new AbortController();
  let comingUp: Promise<void> | undefined;

  async function halt(): Promise<void> {
    halting.abort();
    await comingUp;
    await simulator?.stop();
    simulator = undefined;
  }

  const isRemoved = () => db.asSystem('demo state', wasDemoRemoved);

  /** Another process may be the one that was asked to remove the demo. */
  async function watchRemoval(): Promise<void> {
    const { signal } = halting;
    for (;;) {
      await delay(removalLookMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      // A database that is away is asked again.
      if (await isRemoved().catch(() => false)) return halt();
    }
  }

  /** Tries until it works or is halted; every step can be repeated. `onFirstTry` tells that one is over. */
  async function comeUp({ onUp, ...options }: DemoOptions, onFirstTry: () => void): Promise<void> {
    const { signal } = halting;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        const { tenants, baseUrls } = await bringUp(options);
        onUp(tenants, baseUrls);
        return;
      } catch (err) {
        if (!signal.aborted) log.error({ err }, 'the demo could not be brought up; tried again');
      } finally {
        onFirstTry();
      }
      // Halted while it waits, the loop ends by its condition.
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  function allowBaseUrls(baseUrls: string[]): void {
    for (const baseUrl of baseUrls)
      if (!secrets.extraBaseUrls.includes(baseUrl)) secrets.extraBaseUrls.push(baseUrl);
  }

  async function bringUp({ url, ordersPerMinute }: Omit<DemoOptions, 'onUp'>): Promise<{
    tenants: DemoTenant[];
    baseUrls: string[];
  }> {
    simulator ??= await startSimulatorProcess({ dataDir, ordersPerMinute, log });
    const running = simulator;
    const baseUrls = running.accounts.map((account) => account.baseUrl);
    allowBaseUrls(baseUrls);
    const known = await readDemoTenants(dataDir);
    const seed = { db, stock: deps.stock, secrets, connect: deps.connect, signal: halting.signal };
    const tenants: DemoTenant[] = [];
    for (const recipe of demoTenants) {
      const accounts = running.accounts.filter((a) => a.tenant === recipe.slug);
      const mine = known.find((t) => t.name === recipe.name);
      // A first look at an empty shop tells little: each account begins with some orders.
      if (mine === undefined)
        for (const account of accounts) await running.createOrders(account, firstOrders);
      tenants.push(await ensureTenant(seed, recipe, accounts, mine));
    }
    await writeDemoFile(dataDir, {
      url,
      tenants,
      simulator: { url: running.url, accounts: running.accounts },
    });
    return { tenants, baseUrls };
  }

  return {
    allowBaseUrls,
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
        await forbidDemo(db);
        await halt();
        const removed = await removeDemoTenants(db);
        await removeDemoFile(dataDir);
        ctx.log.info({ tenants: removed }, 'demo removed');
        return { status: 200, body: { setupUrl: await deps.makeSetupUrl() } };
      }),
    ],
    async start(options) {
      if (await isRemoved()) return false;
      void watchRemoval();
      const firstTry = Promise.withResolvers<void>();
      comingUp = comeUp(options, firstTry.resolve);
      await Promise.race([firstTry.promise, delay(patienceMs, undefined, { ref: false })]);
      return true;
    },
    stop: halt,
  };
}
