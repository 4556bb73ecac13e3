import { onTestFinished } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../src/index.ts';

export const main = 'main@northwind.example';
export const fbe = 'fbe@northwind.example';
export const second = 'main@eastwind.example';

/** A clock that stands still until it is moved. 2 March 2026, 10:00 in Bucharest. */
export class ManualClock {
  atMs = Date.parse('2026-03-02T08:00:00Z');
  nowMs(): number {
    return this.atMs;
  }
}

// Wire rows are read by tests in all their shapes.
export type Row = Record<string, unknown>;

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  isError: unknown;
  messages: unknown[];
  rows: Row[];
}

export class Bench {
  readonly simulator: Simulator;
  readonly clock: ManualClock;

  constructor(simulator: Simulator, clock: ManualClock) {
    this.simulator = simulator;
    this.clock = clock;
  }

  authorization(username: string): string {
    const account = this.simulator.accounts.find((candidate) => candidate.username === username);
    return `Basic ${Buffer.from(`${username}:${account?.password}`).toString('base64')}`;
  }

  /** The raw answer; rejects when the transport fails. */
  fetch(path: string, body: unknown = {}, username = main, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.simulator.url}/api-3/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: this.authorization(username) },
      body: JSON.stringify(body),
      ...init,
    });
  }

  async call(path: string, body: unknown = {}, username = main): Promise<Reply> {
    return readReply(await this.fetch(path, body, username));
  }

  async form(path: string, body: string, username = main): Promise<Reply> {
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: this.authorization(username),
    };
    return readReply(await this.fetch(path, {}, username, { headers, body }));
  }

  async control<T = Row>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.controlFetch(method, path, body);
    const answer = (await response.json()) as T;
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }

  controlFetch(method: string, path: string, body?: unknown): Promise<Response> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return fetch(`${this.simulator.url}/__sandbox/${path}`, { method, body: text });
  }

  async orders(count: number, more: Row = {}): Promise<number[]> {
    const { ids } = await this.control<{ ids: number[] }>('POST', 'orders', {
      account: main,
      count,
      ...more,
    });
    return ids;
  }

  async fault(action: Row, more: Row = {}): Promise<void> {
    await this.control('POST', 'faults', [{ action, ...more }]);
  }

  async order(id: number, username = main, type = 3): Promise<Row> {
    const { rows } = await this.call('order/read', { id, type }, username);
    if (rows.length !== 1) throw new Error(`order ${id}: ${rows.length} rows`);
    return rows[0] as Row;
  }

  async offer(id: number, username = main): Promise<Row> {
    const { rows } = await this.call('product_offer/read', { id }, username);
    return rows[0] as Row;
  }
}

/** A simulator with a standing clock and no limits that ends with the test. */
export async function startBench(options: SimulatorOptions = {}): Promise<Bench> {
  const clock = new ManualClock();
  const simulator = await startSimulator({ clock, rateLimits: false, ...options });
  onTestFinished(() => simulator.stop());
  return new Bench(simulator, clock);
}

export async function readReply(response: Response): Promise<Reply> {
  const text = await response.text();
  const json = JSON.parse(text) as Row | null;
  return {
    status: response.status,
    headers: response.headers,
    text,
    isError: json?.isError,
    messages: (json?.messages as unknown[]) ?? [],
    rows: (json?.results as Row[]) ?? [],
  };
}

export function idsOf(rows: readonly Row[]): unknown[] {
  return rows.map((row) => row.id);
}
