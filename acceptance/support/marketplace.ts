/** The simulated eMAG as a program of its own, which stays while servers come and go, and its control API. */
import type { MarketplaceAccount } from '@tradepost/contracts';
import { type Api, send } from './api.ts';
import { makeTempDir } from './lifetime.ts';
import { Program } from './program.ts';

export interface SimulatedAccount {
  name: string;
  username: string;
  password: string;
  fbe?: boolean;
}

/** An order as the control API shows it. */
export interface SimulatedOrder {
  id: number;
  type: number;
  status: number;
  acknowledgedCount: number;
}

/** Every part number that the simulator's accounts offer. */
export const partNumbers = Array.from({ length: 77 }, (_, i) => `NW-${String(i + 1).padStart(3, '0')}`);

export class Marketplace {
  readonly url: string;
  readonly #program: Program;

  private constructor(url: string, program: Program) {
    this.url = url;
    this.#program = program;
  }

  /** Orders come only when asked for; nothing happens to them by itself; no rate limits. */
  static async start(accounts: SimulatedAccount[]): Promise<Marketplace> {
    const program = Program.run('simulator/src/main.ts', {
      cwd: await makeTempDir(),
      env: {
        PORT: '0',
        DATA_DIR: await makeTempDir(),
        SIMULATOR_ORDERS_PER_MINUTE: '0',
        SIMULATOR_ACTORS: 'off',
        SIMULATOR_RATE_LIMITS: 'off',
        SIMULATOR_ACCOUNTS: JSON.stringify(accounts),
        SIMULATOR_PARENT_PID: String(process.pid),
      },
    });
    const [, url] = await program.waitForLine(/^ready (\S+)$/);
    return new Marketplace(url!, program);
  }

  /** For EMAG_EXTRA_BASE_URLS, and for accounts. */
  get baseUrl(): string {
    return `${this.url}/api-3`;
  }

  get isAlive(): boolean {
    return this.#program.exit === null;
  }

  /** Asks for orders; their ids are answered at once, they appear at `ratePerSecond`. */
  async addOrders(order: {
    account: string;
    count?: number;
    type?: 2 | 3;
    ratePerSecond?: number;
    lines?: { part_number: string; quantity: number }[];
  }): Promise<number[]> {
    const { ids } = await this.#control<{ ids: number[] }>('POST', '/orders', order);
    return ids;
  }

  async ordersOf(account: string): Promise<SimulatedOrder[]> {
    const query = `/state?orders=1&account=${encodeURIComponent(account)}`;
    const state = await this.#control<{ accounts: { orders: SimulatedOrder[] }[] }>('GET', query);
    return state.accounts[0]!.orders;
  }

  async addFaults(rules: unknown[]): Promise<void> {
    await this.#control('POST', '/faults', rules);
  }

  async clearFaults(): Promise<void> {
    await this.#control('DELETE', '/faults');
  }

  async #control<T>(method: string, path: string, json?: unknown): Promise<T> {
    const answer = await send<T>(method, `${this.url}/__sandbox${path}`, { json });
    if (answer.status !== 200) throw new Error(`simulator ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }
}

/** Connects the account, through the API as a person would. */
export function connectAccount(
  api: Api,
  marketplace: Marketplace,
  account: SimulatedAccount,
): Promise<MarketplaceAccount> {
  const { name, username, password } = account;
  return api.post('/marketplace-accounts', {
    ...{ name, username, password, platform: 'emag_ro' },
    baseUrl: marketplace.baseUrl,
  });
}
