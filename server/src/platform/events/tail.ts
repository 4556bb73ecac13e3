/**
 * The tail: every process that fans out reads the log once, in order, and hands it to its listeners.
 *
 * Invariants
 *   * Listeners get each event once, in (xact, id) order, and never one whose predecessor could still commit.
 *   * `position` is the last event handed out; it moves only after every listener has it.
 *   * Woken by the bus; looks by itself at least once a second. A lost poke costs a second, nothing else.
 */
import pg from 'pg';
import type { Bus } from '../bus/index.ts';
import { type LogEvent, type LogRow, type LogState, parseLogRows, readSql } from './log.ts';
import type { Position } from './offset.ts';

const batchSize = 1000;
const idleMs = 1000;

export interface TailOptions {
  url: string;
  bus: Bus;
  onError?: (error: Error) => void;
}

export class Tail {
  #options: TailOptions;
  #client: pg.Client | undefined;
  #listeners = new Set<(events: LogEvent[]) => void>();
  #position: Position = { xact: 0n, id: 0n };
  #state: LogState = { horizon: 0n, blockerPid: null, waiting: false };
  #waitingSince: number | null = null;
  #readAt = 0;
  #stopped = false;
  #woken = false;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  get position(): Position {
    return this.#position;
  }

  /** How far behind: seconds that committed events have waited for the horizon or for the database to answer, and who is in the way. */
  get lag(): { seconds: number; waiting: boolean; blockerPid: number | null; horizon: bigint } {
    const now = Date.now();
    const waited = this.#waitingSince === null ? 0 : now - this.#waitingSince;
    const silent = Math.max(0, now - this.#readAt - 2 * idleMs);
    return {
      seconds: Math.max(waited, silent) / 1000,
      waiting: this.#state.waiting,
      blockerPid: this.#state.waiting ? this.#state.blockerPid : null,
      horizon: this.#state.horizon,
    };
  }

  subscribe(listener: (events: LogEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins at the present end of the log: what is committed before is history, read from the table. */
  async start(): Promise<void> {
    const client = await this.#connect();
    const row = (await client.query('select (event_horizon()).horizon::text as horizon')).rows[0] as {
      horizon: string;
    };
    this.#position = { xact: BigInt(row.horizon), id: 0n };
    this.#readAt = Date.now();
    this.#unsubscribe = this.#options.bus.subscribe('events', () => this.#poke());
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    this.#poke();
    await this.#loop;
    await this.#client?.end().catch(() => {});
  }

  #poke(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async #connect(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: 'tradepost: tail',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
      query_timeout: 15_000,
    });
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined;
    });
    await client.connect();
    await client.query('set role tradepost_system');
    this.#client = client;
    return client;
  }

  async #run(): Promise<void> {
    let lookAgainMs = 1;
    while (!this.#stopped) {
      this.#woken = false;
      let waitMs = idleMs;
      try {
        const count = await this.#read();
        if (count === batchSize) continue;
        if (count > 0 || !this.#state.waiting) lookAgainMs = 1;
        if (this.#state.waiting) {
          // Somebody's open write is in the way and may end without a poke.
          waitMs = lookAgainMs;
          lookAgainMs = Math.min(lookAgainMs * 2, 50);
        }
      } catch (error) {
        this.#options.onError?.(error as Error);
        void this.#client?.end().catch(() => {});
        this.#client = undefined;
        waitMs = 250;
        this.#woken = false;
      }
      if (!this.#woken && !this.#stopped) await this.#sleep(waitMs);
    }
  }

  async #read(): Promise<number> {
    const client = await this.#connect();
    const result = await client.query({
      name: 'event_read',
      text: readSql,
      values: [this.#position.xact.toString(), this.#position.id.toString(), batchSize],
    });
    const { events, state } = parseLogRows(result.rows as LogRow[]);
    this.#state = state;
    this.#readAt = Date.now();
    this.#waitingSince = state.waiting ? (this.#waitingSince ?? this.#readAt) : null;
    if (events.length > 0) {
      const last = events.at(-1)!;
      for (const listener of this.#listeners) listener(events);
      this.#position = { xact: last.xact, id: last.id };
    }
    return events.length;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const self = this;
      function done(): void {
        clearTimeout(timer);
        self.#wake = undefined;
        resolve();
      }
      this.#wake = done;
    });
  }
}
