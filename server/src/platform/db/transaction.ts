/**
 * Transactions. `withTenant` is the one way to a tenant's rows, `asSystem` the one way across tenants.
 *
 * Invariants
 *   * Every transaction runs under a role of row-level security, set with SET LOCAL: the connection goes back clean.
 *   * Events of a transaction are written as its last statement, so their order is the order of the calls.
 *   * Readers are poked after the commit, never before.
 */
import type { EventData, EventType } from '@tradepost/contracts';
import { events } from '@tradepost/contracts';
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import pg from 'pg';
import type { Bus } from '../bus/index.ts';
import type { Clock } from '../clock/index.ts';
import { arrayText } from './array-text.ts';
import {
  CommitUnknownError,
  DatabaseUnavailableError,
  isConnectionError,
  isReadTimeout,
  isStorageFull,
  StorageFullError,
  sqlState,
} from './pool.ts';
import type { DB } from './types.gen.ts';

/** Who acts, for the ledger: `user:<id>`, `key:<id>`, `task:<id>`, `cli:<user of the operating system>` or `system`. */
export type Actor = `user:${string}` | `key:${string}` | `task:${string}` | `cli:${string}` | 'system';

/** On whose behalf a transaction works: written into the audit log with what it changes. */
export interface Acting {
  actor: Actor;
  /** Of the request that asked for it. */
  requestId?: string;
}

export interface TenantContext extends Acting {
  tenantId: string;
}

interface PendingEvent {
  tenantId: string;
  channel: string;
  type: string;
  version: number;
  data: unknown;
}

/** An event whose transaction has committed, with its place in the log. */
export interface CommittedEvent {
  xact: bigint;
  id: bigint;
  tenantId: string;
  type: string;
  data: unknown;
}

/** A transaction that has not even begun by then never will: the server stands still. */
const openingTimeoutMs = 5000;

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const written = (values: unknown[]): unknown[] =>
  values.map((value) => (Array.isArray(value) ? (arrayText(value) ?? value) : value));

/** An open transaction. */
export class Tx {
  protected readonly role: 'system' | 'tenant' = 'system';
  readonly actor: Actor;
  readonly clock: Clock;
  #client: pg.PoolClient;
  #events: PendingEvent[] = [];
  #pokes = new Set<'tasks'>();
  #kysely: Kysely<DB> | undefined;

  constructor(client: pg.PoolClient, actor: Actor, clock: Clock) {
    this.#client = client;
    this.actor = actor;
    this.clock = clock;
  }

  /** Runs one statement and gives its rows. */
  async query<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query(text, written(values))).rows as Row[];
  }

  /** As `query`, planned once per connection under `name`. For statements run hundreds of times a second. */
  async prepared<Row = Record<string, unknown>>(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<Row[]> {
    return (await this.#client.query({ name, text, values: written(values) })).rows as Row[];
  }

  /** The only row. Throws when there is another number of rows. */
  async one<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row> {
    const rows = await this.query<Row>(text, values);
    if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}`);
    return rows[0]!;
  }

  async maybeOne<Row = Record<string, unknown>>(
    text: string,
    values: unknown[] = [],
  ): Promise<Row | undefined> {
    return (await this.query<Row>(text, values))[0];
  }

  /** Number of rows changed. */
  async execute(text: string, values: unknown[] = []): Promise<number> {
    return (await this.#client.query(text, written(values))).rowCount ?? 0;
  }

  /** Kysely on this transaction, for statements whose filters vary. */
  get kysely(): Kysely<DB> {
    this.#kysely ??= kyselyOn(this.#client);
    return this.#kysely;
  }

  /** Announces a change of `tenantId`: written to the log with this transaction, or not at all. */
  emitFor<T extends EventType>(tenantId: string, type: T, data: EventData<T>): void {
    const { channel, version } = events[type];
    this.#events.push({ tenantId, channel, type, version, data });
  }

  /** Drops cached values under these tags of `tenantId` with this transaction, in every process; for what no event announces. */
  dropCached(tenantId: string, tags: readonly string[]): void {
    this.#events.push({ tenantId, channel: 'cache', type: 'cache_dropped', version: 1, data: { tags } });
  }

  /** Wakes the workers once this transaction has committed. */
  pokeWorkers(): void {
    this.#pokes.add('tasks');
  }

  /** Gives what was written, with its place in the log. */
  async writeEvents(): Promise<CommittedEvent[]> {
    if (this.#events.length === 0) return [];
    const list = this.#events;
    // Planned once per connection: planning is half of it for a single event. A name per role, because a plan under row-level
    // security is made again whenever the role has changed.
    const rows = await this.prepared<{ xact: string; id: string }>(
      `write_events_${this.role}`,
      `insert into event (tenant_id, channel, type, version, data, actor)
       select t, c, ty, v, d, $6
       from rows from (unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[]), jsonb_array_elements($5::jsonb)) with ordinality as e (t, c, ty, v, d, n)
       order by n returning xact::text, id::text`,
      [
        list.map((e) => e.tenantId),
        list.map((e) => e.channel),
        list.map((e) => e.type),
        list.map((e) => e.version),
        // As one value: the driver takes far longer to write an array of JSON texts.
        JSON.stringify(list.map((e) => e.data)),
        this.actor,
      ],
    );
    return rows.map(({ xact, id }, i) => ({ ...list[i]!, xact: BigInt(xact), id: BigInt(id) }));
  }

  sendPokes(bus: Bus): void {
    if (this.#events.length > 0) bus.publish('events', undefined);
    for (const topic of this.#pokes) bus.publish(topic, undefined);
  }
}

/** A transaction that sees one tenant. */
export class TenantTx extends Tx {
  protected override readonly role = 'tenant';
  readonly tenantId: string;

  constructor(client: pg.PoolClient, context: TenantContext, clock: Clock) {
    super(client, context.actor, clock);
    this.tenantId = context.tenantId;
  }

  emit<T extends EventType>(type: T, data: EventData<T>): void {
    this.emitFor(this.tenantId, type, data);
  }
}

export interface Database {
  /** Runs `work` in a transaction that sees this tenant alone. Retried when PostgreSQL chose it as a deadlock's victim, so `work` must have no effect outside the transaction. */
  withTenant<R>(context: TenantContext, work: (tx: TenantTx) => Promise<R>): Promise<R>;
  /** Runs `work` across tenants. `reason` is seen in pg_stat_activity. `acting` defaults to the system itself. */
  asSystem<R>(reason: string, work: (tx: Tx) => Promise<R>, acting?: Acting): Promise<R>;
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly bus: Bus;
  /** Calls back with the events of each transaction of this process, right after its commit; must not throw. Returns the function that ends it. */
  onCommit(listener: (events: readonly CommittedEvent[]) => void): () => void;
  close(): Promise<void>;
}

export function createDatabase(deps: {
  pool: pg.Pool;
  clock: Clock;
  bus: Bus;
  /** Who acts across tenants. Default: `system`. */
  systemActor?: Actor;
}): Database {
  const { pool, clock, bus, systemActor = 'system' } = deps;
  const listeners = new Set<(events: readonly CommittedEvent[]) => void>();

  /** A connection on which the transaction has begun. A connection found dead is dropped and another one tried: this is the check before use. */
  async function begin(opening: string): Promise<pg.PoolClient> {
    for (let attempt = 1; ; attempt++) {
      let client: pg.PoolClient | undefined;
      try {
        client = await pool.connect();
        await client.query({ text: opening, query_timeout: openingTimeoutMs } as pg.QueryConfig);
        return client;
      } catch (error) {
        client?.release(true);
        if (!isConnectionError(error)) throw error;
        // Every idle connection may be dead after a restart of the server; more than that is an outage, and so is a server
        // that stands still.
        if (client === undefined || isReadTimeout(error) || attempt > pool.totalCount + 1) {
          throw new DatabaseUnavailableError('the database cannot be reached', { cause: error });
        }
      }
    }
  }

  async function transaction<T extends Tx, R>(
    opening: string,
    open: (client: pg.PoolClient) => T,
    work: (tx: T) => Promise<R>,
  ): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const client = await begin(opening);
      const tx = open(client);
      let result: R;
      let written: CommittedEvent[];
      let committing = false;
      try {
        result = await work(tx);
        const writing = tx.writeEvents();
        committing = true;
        // They travel together. Where the events are refused, PostgreSQL rolls back instead.
        const [events, { command }] = await Promise.all([writing, client.query('commit')]);
        written = events;
        // After a refused statement PostgreSQL answers COMMIT with ROLLBACK, and with no error.
        if (command !== 'COMMIT') {
          throw new Error('the transaction was rolled back: its work went on after a refused statement');
        }
      } catch (error) {
        if (isConnectionError(error)) {
          client.release(true);
          if (committing)
            throw new CommitUnknownError('the connection broke during commit', { cause: error });
          throw new DatabaseUnavailableError('the connection broke', { cause: error });
        }
        await client.query('rollback').then(
          () => client.release(),
          () => client.release(true),
        );
        const state = sqlState(error);
        if ((state === '40P01' || state === '40001') && attempt < 5) continue;
        if (isStorageFull(error)) throw new StorageFullError("the database's disk is full", { cause: error });
        throw error;
      }
      // Committed: nothing that goes wrong from here on may look like a failed transaction.
      client.release();
      if (written.length > 0) for (const listener of listeners) listener(written);
      tx.sendPokes(bus);
      return result;
    }
  }

  return {
    pool,
    clock,
    bus,
    async withTenant(context, work) {
      if (!uuidPattern.test(context.tenantId)) throw new Error('withTenant needs the id of a tenant');
      return transaction(
        `begin; set local role tradepost_app; set local app.tenant_id = '${context.tenantId}'; ${setActing(context)}`,
        (client) => new TenantTx(client, context, clock),
        work,
      );
    },
    async asSystem(reason, work, acting = { actor: systemActor }) {
      return transaction(
        `begin; set local role tradepost_system; set local application_name = 'tradepost: ${reason.replace(/[^\w ,-]/g, '').slice(0, 40)}'; ${setActing(acting)}`,
        (client) => new Tx(client, acting.actor, clock),
        work,
      );
    },
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await pool.end();
    },
  };
}

function setActing({ actor, requestId }: Acting): string {
  const request =
    requestId === undefined ? '' : `; set local app.request_id = ${pg.escapeLiteral(requestId)}`;
  return `set local app.actor = ${pg.escapeLiteral(actor)}${request}`;
}

/** Kysely over one connection whose transaction somebody else began and ends. */
function kyselyOn(client: pg.PoolClient): Kysely<DB> {
  const connection = {
    async executeQuery<R>(query: { sql: string; parameters: readonly unknown[] }) {
      const result = await client.query(query.sql, [...query.parameters]);
      return { rows: result.rows as R[], numAffectedRows: BigInt(result.rowCount ?? 0) };
    },
    streamQuery(): never {
      throw new Error('streaming is not used');
    },
  };
  const refuse = async (): Promise<never> => {
    throw new Error('the transaction is begun and ended by withTenant or asSystem');
  };
  return new Kysely<DB>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createDriver: () => ({
        init: async () => {},
        acquireConnection: async () => connection,
        releaseConnection: async () => {},
        destroy: async () => {},
        beginTransaction: refuse,
        commitTransaction: refuse,
        rollbackTransaction: refuse,
      }),
    },
  });
}
