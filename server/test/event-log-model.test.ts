/**
 * The event log's readers against random histories: writers that overlap, dawdle, abort, prepare and are killed, sessions
 * of readers that are cut, a server that is killed and comes back. Whatever happens, each reader gets every committed event
 * once, in the log's own order. On a server of its own, since it is killed and must know prepared transactions.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { InProcessBus } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { newId } from '#platform/crypto';
import { createDatabase, createPool, type Database, migrate } from '#platform/db';
import {
  type Consumer,
  comparePositions,
  formatOffset,
  isStillKept,
  type LogEvent,
  listTenantEvents,
  loadEpoch,
  type Position,
  parseOffset,
  runConsumerOnce,
  Tail,
} from '#platform/events';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/platform/embedded-postgres/index.ts';

const settings = { max_prepared_transactions: '20', fsync: 'off', full_page_writes: 'off' };
const writerCount = 5;

let dataDir: string;
let server: EmbeddedPostgres;
let db: Database;
const bus = new InProcessBus();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tpl-'));
  server = await startEmbeddedPostgres({ dataDir, log: () => {}, settings });
  await migrate(server.url);
  const pool = createPool({
    url: server.url,
    poolSize: 2,
    maxOverflow: 4,
    poolTimeoutMs: 5000,
    poolRecycleSeconds: 3600,
  });
  db = createDatabase({ pool, clock: systemClock, bus });
}, 60_000);
afterAll(async () => {
  await db.close();
  await server.stop('immediate');
  await rm(dataDir, { recursive: true, force: true });
});

const place = ({ xact, id }: { xact: bigint | string; id: bigint | string }): string => `${xact}/${id}`;

/** A session that writes events; killed, it comes back as a new one. */
class Writer {
  #client: pg.Client | undefined;
  open = false;
  readonly #tenantId: string;
  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    if (this.#client === undefined) {
      const client = new pg.Client({ connectionString: server.url, application_name: 'model writer' });
      client.on('error', () => {});
      await client.connect();
      this.#client = client;
    }
    return (await this.#client.query<Row>(sql, values)).rows;
  }

  /** Like a database whose clock stands `hours` off. Gives the event's place. */
  async write(hours: number): Promise<string> {
    if (!this.open) await this.query('begin');
    this.open = true;
    const [row] = await this.query<{ xact: string; id: string }>(
      `insert into event (tenant_id, channel, type, version, data, actor, created_at)
       values ($1, 'products', 'product_updated', 1, '{}', 'system', now() + $2 * interval '1 hour')
       returning xact::text, id::text`,
      [this.#tenantId, hours],
    );
    return place(row!);
  }

  async kill(): Promise<void> {
    const [row] = await this.query<{ pid: number }>('select pg_backend_pid() as pid');
    await admin((sql) => sql.query('select pg_terminate_backend($1, 5000)', [row!.pid]));
    this.lost();
  }

  /** Its session is gone, and what was open with it. */
  lost(): void {
    void this.#client?.end().catch(() => {});
    this.#client = undefined;
    this.open = false;
  }
}

async function admin<R>(work: (sql: pg.Client) => Promise<R>, url = server.url): Promise<R> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Kills the postmaster and starts another one over what it left. */
async function restartServer(): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  server = await startEmbeddedPostgres({ dataDir, log: () => {}, settings });
}

const step = fc.record({
  writer: fc.nat(writerCount - 1),
  // Mostly writes and few ends, so that transactions overlap for a long time.
  act: fc.oneof(
    { weight: 10, arbitrary: fc.constant('write' as const) },
    { weight: 4, arbitrary: fc.constant('commit' as const) },
    { weight: 2, arbitrary: fc.constantFrom('prepare', 'finish', 'consume') },
    { weight: 2, arbitrary: fc.constantFrom('savepoint', 'rollback', 'kill', 'cut readers', 'elsewhere') },
  ),
  hours: fc.constantFrom(0, 0, 0, -1, 1, -24, 24),
  /** Whether a prepared transaction commits, and whether the consumer's handler dies. */
  well: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Plays the steps, then ends what is open, and compares what the readers got with the log. */
async function play(steps: Step[], restartAt: number | null): Promise<void> {
  const tenantId = newId();
  const writers = Array.from({ length: writerCount }, () => new Writer(tenantId));
  const prepared: { gid: string; places: string[] }[] = [];
  /** Written by transactions still open, and by those whose commit was acknowledged. */
  const pending = new Map<Writer, string[]>();
  const acknowledged: string[] = [];
  const end = async (writer: Writer, how: 'commit' | 'rollback'): Promise<void> => {
    if (!writer.open) return;
    await writer.query(how);
    writer.open = false;
    if (how === 'commit') acknowledged.push(...(pending.get(writer) ?? []));
    pending.delete(writer);
    bus.publish('events', undefined);
  };
  const finish = async (well: boolean): Promise<void> => {
    const one = prepared.shift();
    if (one === undefined) return;
    await admin((sql) => sql.query(`${well ? 'commit' : 'rollback'} prepared '${one.gid}'`));
    if (well) acknowledged.push(...one.places);
    bus.publish('events', undefined);
  };

  const seen: LogEvent[] = [];
  const tail = new Tail({ url: server.url, bus });
  tail.subscribe((events) => void seen.push(...events.filter((e) => e.tenantId === tenantId)));
  await tail.start();
  const handled: LogEvent[] = [];
  let failing = false;
  const consumer: Consumer = {
    name: `model ${tenantId}`,
    async handle(tx, events) {
      if (failing) await tx.query('select 1 / 0');
      handled.push(...events.filter((e) => e.tenantId === tenantId));
    },
  };
  await runConsumerOnce(db, consumer);
  let elsewhere: pg.Client | undefined;

  try {
    for (const [n, { writer: index, act, hours, well }] of steps.entries()) {
      const writer = writers[index]!;
      if (n === restartAt) {
        await restartServer();
        // What was open is gone with the server; what was prepared is not.
        for (const one of writers) one.lost();
        pending.clear();
        elsewhere = undefined;
      }
      if (act === 'write' || act === 'savepoint') {
        if (act === 'savepoint') {
          if (!writer.open) await writer.query('begin');
          writer.open = true;
          await writer.query('savepoint s');
          await writer.write(hours);
          await writer.query('rollback to s');
        }
        pending.set(writer, [...(pending.get(writer) ?? []), await writer.write(hours)]);
      } else if (act === 'commit' || act === 'rollback') {
        await end(writer, act);
      } else if (act === 'prepare' && writer.open && prepared.length < 10) {
        const gid = newId();
        await writer.query(`prepare transaction '${gid}'`);
        prepared.push({ gid, places: pending.get(writer) ?? [] });
        pending.delete(writer);
        writer.open = false;
      } else if (act === 'finish') {
        await finish(well);
      } else if (act === 'kill') {
        await writer.kill();
        pending.delete(writer);
      } else if (act === 'cut readers') {
        await admin((sql) =>
          sql.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tradepost: tail'",
          ),
        );
      } else if (act === 'consume') {
        failing = !well;
        await runConsumerOnce(db, consumer).catch((error) => {
          if (!failing) throw error;
        });
        failing = false;
      } else if (act === 'elsewhere' && elsewhere === undefined) {
        // An open write of another database, to the very end.
        const url = new URL(server.url);
        url.pathname = '/postgres';
        elsewhere = new pg.Client({ connectionString: url.href });
        elsewhere.on('error', () => {});
        await elsewhere.connect();
        await elsewhere.query('begin; select pg_current_xact_id()');
      }
    }
    for (const writer of writers.toReversed()) await end(writer, 'commit');
    while (prepared.length > 0) await finish(prepared.length % 2 === 0);

    const log = await admin(
      async (sql) =>
        (
          await sql.query<{ xact: string; id: string }>(
            'select xact::text, id::text from event e where tenant_id = $1 order by e.xact, e.id',
            [tenantId],
          )
        ).rows,
    );
    expect(new Set(log.map(place))).toEqual(new Set(acknowledged));
    bus.publish('events', undefined);
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(log.length), {
      timeout: 3000,
      interval: 5,
    });
    expect(seen.map(place)).toEqual(log.map(place));
    while ((await runConsumerOnce(db, consumer)) > 0);
    expect(handled.map(place)).toEqual(log.map(place));
    await expectResumable(tenantId, seen);
  } finally {
    await tail.stop();
    for (const writer of writers) writer.lost();
    await elsewhere?.end().catch(() => {});
    await db.asSystem('test', (tx) =>
      tx.execute('delete from event_consumer where name = $1', [consumer.name]),
    );
  }
}

/** From each offset that a client may hold, what follows is exactly what followed. */
async function expectResumable(tenantId: string, seen: LogEvent[]): Promise<void> {
  const last = seen.at(-1);
  if (last === undefined) return;
  const epoch = await db.asSystem('test', loadEpoch);
  for (const at of [0, Math.floor(seen.length / 3), Math.floor(seen.length / 2), seen.length - 1]) {
    const since = parseOffset(epoch, formatOffset(epoch, seen[at]!)) as Position;
    await db.asSystem('test', async (tx) => {
      const rest = await listTenantEvents(tx, tenantId, since, last, null, 1000);
      expect(rest.map(place)).toEqual(seen.slice(at + 1).map(place));
      expect(await isStillKept(tx, since)).toBe(true);
      expect(rest.every((e, i) => comparePositions(i === 0 ? since : rest[i - 1]!, e) < 0)).toBe(true);
    });
  }
}

test('no gap, no double, the log’s order: writers that abort, prepare, are killed; readers that are cut, fail and resume', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 100, size: 'max' }), (steps) =>
      play(steps, null),
    ),
    { numRuns: 20, endOnFailure: true },
  );
});

test('the same when PostgreSQL is killed in the middle and comes back: offsets and cursors go on', {
  timeout: 120_000,
}, async () => {
  const before = await db.asSystem('test', loadEpoch);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }), fc.nat(29), play),
    {
      numRuns: 3,
      endOnFailure: true,
    },
  );
  expect(await db.asSystem('test', loadEpoch)).toBe(before);
});

test('a copy of the database is another epoch: offsets of the first are refused, and consumers begin at its end', async () => {
  const tenantId = newId();
  const writer = new Writer(tenantId);
  const consumer: Consumer = {
    name: 'of the copy',
    handle: async (_, events) => void handled.push(...events),
  };
  const handled: LogEvent[] = [];
  const first = await db.asSystem('test', loadEpoch);
  await runConsumerOnce(db, consumer);
  await writer.write(0);
  await writer.query('commit');
  writer.lost();
  // The pool's connections must be gone: a database in use is not copied.
  await db.close();
  const postgres = new URL(server.url);
  postgres.pathname = '/postgres';
  await admin(
    (sql) =>
      sql.query(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'tradepost' and pid <> pg_backend_pid()",
      ),
    postgres.href,
  );
  await admin((sql) => sql.query('create database restored template tradepost'), postgres.href);
  const url = new URL(server.url);
  url.pathname = '/restored';
  const pool = createPool({
    url: url.href,
    poolSize: 1,
    maxOverflow: 1,
    poolTimeoutMs: 5000,
    poolRecycleSeconds: 3600,
  });
  db = createDatabase({ pool, clock: systemClock, bus });
  const second = await db.asSystem('test', loadEpoch);
  expect(second).not.toBe(first);
  expect(await db.asSystem('test', loadEpoch)).toBe(second);
  expect(parseOffset(second, formatOffset(first, { xact: 1n, id: 1n }))).toBeNull();
  expect(await runConsumerOnce(db, consumer)).toBe(0);
  await admin(
    (sql) =>
      sql.query(
        "insert into event (tenant_id, channel, type, version, data, actor) values ($1, 'products', 'product_updated', 1, '{}', 'system')",
        [tenantId],
      ),
    url.href,
  );
  expect(await runConsumerOnce(db, consumer)).toBe(1);
  expect(handled).toHaveLength(1);
});
