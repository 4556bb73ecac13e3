/** A simulated marketplace over real HTTP, an account of ours on it, and its two jobs run by hand. */
import { randomBytes } from 'node:crypto';
import { type Simulator, type SimulatorOptions, startSimulator } from '@tradepost/simulator';
import { onTestFinished } from 'vitest';
import { type ConnectionSettings, createAccount, createConnections } from '#modules/marketplaces';
import { newId } from '#platform/crypto';
import type { Database, TenantContext } from '#platform/db';
import type { TaskContext } from '#platform/jobs';
import { run as acknowledge } from '../../src/flows/marketplace-orders/acknowledge-orders.handler.ts';
import type { MarketplaceOrdersDeps } from '../../src/flows/marketplace-orders/index.ts';
import { run as sync } from '../../src/flows/marketplace-orders/sync-orders.handler.ts';
import { silent } from './jobs.ts';
import { settings } from './stock.ts';

export const mainLogin = 'main@northwind.example';
export const fbeLogin = 'fbe@northwind.example';
export const otherLogin = 'main@eastwind.example';

type Fields = Record<string, unknown>;

export interface MarketOrder {
  id: number;
  status: number;
  type: number;
  acknowledgedCount: number;
  acknowledgeCalls: number;
  lines: { part_number: string; quantity: number; status: number }[];
}

export class Market {
  readonly simulator: Simulator;
  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  async control<T = Fields>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.simulator.url}/__sandbox/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = (await response.json()) as T;
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** New orders; `lines` by SKU. */
  async orders(
    count: number,
    { account = mainLogin, lines, ...more }: Fields & { lines?: Record<string, number> } = {},
  ): Promise<number[]> {
    const rows = lines && Object.entries(lines).map(([part_number, quantity]) => ({ part_number, quantity }));
    const { ids } = await this.control<{ ids: number[] }>('POST', 'orders', {
      account,
      count,
      lines: rows,
      ...more,
    });
    return ids;
  }

  async event(id: number, event: string, lines?: Record<string, number>): Promise<void> {
    const rows = lines && Object.entries(lines).map(([part_number, quantity]) => ({ part_number, quantity }));
    await this.control('POST', `orders/${id}/event`, { event, lines: rows });
  }

  async fault(action: Fields, match: Fields = {}, more: Fields = {}): Promise<void> {
    await this.control('POST', 'faults', [{ action, match, ...more }]);
  }

  async clearFaults(): Promise<void> {
    await this.control('DELETE', 'faults');
  }

  async state(account = mainLogin): Promise<MarketOrder[]> {
    const { accounts } = await this.control<{ accounts: { orders: MarketOrder[] }[] }>(
      'GET',
      `state?orders=1&account=${encodeURIComponent(account)}`,
    );
    return accounts[0]!.orders;
  }
}

/** Ends with the test. No limits unless asked for. */
export async function startMarket(options: SimulatorOptions = {}): Promise<Market> {
  const simulator = await startSimulator({ rateLimits: false, ...options });
  onTestFinished(() => simulator.stop());
  return new Market(simulator);
}

const sealingKey = randomBytes(32);
type RateLimit = ConnectionSettings['orderCalls'];
const noLimit: RateLimit = { perSecond: 0, perMinute: 0 };

export interface MarketAccount {
  id: string;
  name: string;
  deps: MarketplaceOrdersDeps;
  sync(signal?: AbortSignal): Promise<unknown>;
  acknowledge(): Promise<unknown>;
}

/** An account of the tenant with the login of that name. */
export async function connectAccount(
  db: Database,
  tenant: TenantContext,
  market: Market,
  options: Partial<MarketplaceOrdersDeps> & {
    login?: string;
    password?: string;
    timeoutMs?: number;
    orderCalls?: RateLimit;
  } = {},
): Promise<MarketAccount> {
  const { login = mainLogin, password, timeoutMs = 5000, orderCalls = noLimit, ...more } = options;
  const known = market.simulator.accounts.find((a) => a.username === login)!;
  const deps: MarketplaceOrdersDeps = {
    connect: createConnections({ orderCalls, otherCalls: noLimit, timeoutMs }),
    secrets: { key: sealingKey, extraBaseUrls: [known.baseUrl] },
    stock: settings,
    maxPages: 10,
    overlapMs: 60_000,
    firstLookMs: 30 * 86_400_000,
    lockWaitMs: 1,
    ...more,
  };
  const account = {
    name: login,
    platform: 'emag_ro' as const,
    username: login,
    password: password ?? known.password,
    baseUrl: known.baseUrl,
  };
  const id = await db.withTenant(tenant, (tx) => createAccount(tx, account, deps.secrets));
  return {
    id,
    name: login,
    deps,
    sync: (signal) => sync(contextOf(db, tenant, signal), { accountId: id }, deps),
    acknowledge: () => acknowledge(contextOf(db, tenant), { accountId: id }, deps),
  };
}

/** A task's context without a runner: its transactions are the tenant's. */
export function contextOf(
  db: Database,
  tenant: TenantContext,
  signal = new AbortController().signal,
): TaskContext {
  const taskId = newId();
  return {
    tenantId: tenant.tenantId,
    taskId,
    attempt: 1,
    signal,
    log: silent,
    transaction: (work) => db.withTenant({ tenantId: tenant.tenantId, actor: `task:${taskId}` }, work),
    progress() {},
  };
}

export interface OurOrder {
  id: string;
  externalId: string;
  externalStatus: number;
  status: string;
  fulfilment: string;
  acknowledged: boolean;
  held: number;
  version: number;
}

export async function ourOrders(db: Database, tenant: TenantContext): Promise<OurOrder[]> {
  return db.withTenant(tenant, (tx) =>
    tx.query<OurOrder>(
      `select o.id, o.external_id as "externalId", o.external_status as "externalStatus", o.status, o.fulfilment, o.version,
         o.acknowledged_at is not null as acknowledged,
         coalesce((select sum(l.quantity) from reservation r join reservation_line l on l.tenant_id = r.tenant_id and l.reservation_id = r.id
           where r.tenant_id = o.tenant_id and r.id = o.reservation_id and r.status = 'active'), 0)::int as held
       from shop_order o order by o.external_id`,
    ),
  );
}

/** Every SKU of the simulated shops. */
export const shopSkus = Array.from({ length: 77 }, (_, i) => `NW-${String(i + 1).padStart(3, '0')}`);
