/** The event log under writers that overlap, abort, dawdle and die. */
import fc from 'fast-check';
import pg from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type LogEvent, runConsumerOnce, startConsumers, Tail } from '#platform/events';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function openClient(url = database.current.url): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  cleanUps.push(() => client.end());
  return client;
}

async function openTail(): Promise<{ tail: Tail; seen: LogEvent[]; errors: Error[] }> {
  const seen: LogEvent[] = [];
  const errors: Error[] = [];
  const tail = new Tail({
    url: database.current.url,
    bus: database.current.bus,
    onError: (error) => errors.push(error),
  });
  tail.subscribe((events) => {
    seen.push(...events);
  });
  await tail.start();
  cleanUps.push(() => tail.stop());
  return { tail, seen, errors };
}

const insertSql = `insert into event (tenant_id, channel, type, version, data, actor)
  values (null, 'products', 'product_updated', 1, '{}', 'system') returning xact::text, id::text`;

function place(event: { xact: bigint | string; id: bigint | string }): string {
  return `${event.xact}/${event.id}`;
}

describe('the tail', () => {
  test('hands out every committed event once, in order, whatever order the commits take', async () => {
    const writers = await Promise.all(Array.from({ length: 6 }, () => openClient()));
    const step = fc.record({
      writer: fc.nat(writers.length - 1),
      // Mostly writes, so that transactions overlap for a long time.
      act: fc.constantFrom('write', 'write', 'write', 'savepoint', 'commit', 'commit', 'rollback'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const { tail, seen, errors } = await openTail();
        const start = tail.position.xact;
        const open = new Set<number>();
        const end = async (writer: number, how: 'commit' | 'rollback'): Promise<void> => {
          if (!open.delete(writer)) return;
          await writers[writer]!.query(how);
          database.current.bus.publish('events', undefined);
        };
        for (const { writer, act } of steps) {
          const client = writers[writer]!;
          if (act === 'commit' || act === 'rollback') {
            await end(writer, act);
            continue;
          }
          if (!open.has(writer)) await client.query('begin');
          open.add(writer);
          if (act === 'savepoint') await client.query(`savepoint s; ${insertSql}; rollback to s`);
          await client.query(insertSql);
        }
        for (const writer of [...open].reverse()) await end(writer, 'commit');
        const { rows } = await writers[0]!.query(
          'select xact::text, id::text from event e where xact >= $1::text::xid8 order by e.xact, e.id',
          [start.toString()],
        );
        await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(rows.length));
        expect(seen.map(place)).toEqual(rows.map(place));
        expect(errors).toEqual([]);
        await tail.stop();
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  test('is not held up by a transaction that writes in another database', async () => {
    const elsewhere = new URL(database.current.url);
    elsewhere.pathname = '/postgres';
    const other = await openClient(elsewhere.href);
    await other.query('begin');
    await other.query('select pg_current_xact_id()');
    const { seen } = await openTail();
    const writer = await openClient();
    const { rows } = await writer.query(insertSql);
    database.current.bus.publish('events', undefined);
    await vi.waitFor(() => expect(seen.map(place)).toContain(place(rows[0])));
    await other.query('rollback');
  });

  test('waits for an open transaction that may still commit an event, and names its process', async () => {
    const idle = await openClient();
    const { rows: own } = await idle.query('select pg_backend_pid() as pid');
    await idle.query('begin');
    const first = (await idle.query(insertSql)).rows[0];
    const { tail, seen } = await openTail();
    const writer = await openClient();
    const second = (await writer.query(insertSql)).rows[0];
    database.current.bus.publish('events', undefined);
    await vi.waitFor(() => expect(tail.lag.blockerPid).toBe(own[0].pid));
    expect(seen).toEqual([]);
    expect(tail.lag.seconds).toBeGreaterThanOrEqual(0);
    await idle.query('commit');
    await vi.waitFor(() => expect(seen.map(place)).toEqual([place(first), place(second)]));
    expect(tail.lag.blockerPid).toBeNull();
  });

  test('goes on where it was after its connection was cut', async () => {
    const { seen, errors } = await openTail();
    const writer = await openClient();
    const before = (await writer.query(insertSql)).rows[0];
    database.current.bus.publish('events', undefined);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await writer.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tradepost: tail' and datname = current_database()",
    );
    const after = (await writer.query(insertSql)).rows[0];
    database.current.bus.publish('events', undefined);
    await vi.waitFor(() => expect(seen.map(place)).toEqual([place(before), place(after)]), { timeout: 5000 });
    expect(errors.length).toBeLessThanOrEqual(2);
  });
});

describe('a durable consumer', () => {
  /** Where handlers leave their mark, in the consumer's own transaction. */
  async function openLedger(): Promise<{ name: string; client: pg.Client; list(): Promise<string[]> }> {
    const client = await openClient();
    const name = `seen_${Math.random().toString(36).slice(2)}`;
    await client.query(
      `create table ${name} (n serial, event_id text); grant all on ${name}, ${name}_n_seq to tradepost_system`,
    );
    return {
      name,
      client,
      list: async () =>
        (await client.query(`select event_id from ${name} order by n`)).rows.map((r) => r.event_id as string),
    };
  }

  test('repeats a batch whose handler failed after its work, and the work counts once', async () => {
    const { name, client, list } = await openLedger();
    let failures = 2;
    const consumer = {
      name,
      async handle(
        tx: Parameters<Parameters<typeof startConsumers>[0]['consumers'][number]['handle']>[0],
        events: LogEvent[],
      ) {
        for (const event of events)
          await tx.execute(`insert into ${name} (event_id) values ($1)`, [place(event)]);
        if (failures-- > 0) throw new Error('died after the work');
      },
    };
    const { db } = database.current;
    expect(await runConsumerOnce(db, consumer)).toBe(0);
    const written = [(await client.query(insertSql)).rows[0], (await client.query(insertSql)).rows[0]];
    await expect(runConsumerOnce(db, consumer)).rejects.toThrow('died after the work');
    await expect(runConsumerOnce(db, consumer)).rejects.toThrow('died after the work');
    expect(await list()).toEqual([]);
    expect(await runConsumerOnce(db, consumer)).toBe(2);
    expect(await runConsumerOnce(db, consumer)).toBe(0);
    expect(await list()).toEqual(written.map(place));
  });

  test('loses nothing when its connection is cut between the work and the commit', async () => {
    const { name, client, list } = await openLedger();
    let cuts = 1;
    const consumer: Parameters<typeof runConsumerOnce>[1] = {
      name,
      async handle(tx, events) {
        for (const event of events)
          await tx.execute(`insert into ${name} (event_id) values ($1)`, [place(event)]);
        const { pid } = await tx.one<{ pid: number }>('select pg_backend_pid() as pid');
        if (cuts-- > 0) await client.query('select pg_terminate_backend($1, 5000)', [pid]);
      },
    };
    const { db } = database.current;
    await runConsumerOnce(db, consumer);
    const written = (await client.query(insertSql)).rows[0];
    await expect(runConsumerOnce(db, consumer)).rejects.toThrow('connection');
    expect(await runConsumerOnce(db, consumer)).toBe(1);
    expect(await list()).toEqual([place(written)]);
  });

  test('in two processes at once handles each event once, in order', async () => {
    const { name, client, list } = await openLedger();
    const { db, bus } = database.current;
    const consumer: Parameters<typeof runConsumerOnce>[1] = {
      name,
      async handle(tx, events) {
        for (const event of events)
          await tx.execute(`insert into ${name} (event_id) values ($1)`, [place(event)]);
      },
    };
    await runConsumerOnce(db, consumer);
    const errors: Error[] = [];
    const onError = (_: string, error: Error): void => void errors.push(error);
    const loops = [1, 2].map(() => startConsumers({ db, bus, consumers: [consumer], onError }));
    cleanUps.push(() => Promise.all(loops.map((loop) => loop.stop())));
    const writers = await Promise.all([1, 2, 3, 4].map(() => openClient()));
    const written = (
      await Promise.all(
        writers.map(async (writer) => {
          const places: string[] = [];
          for (let n = 0; n < 40; n++) {
            places.push(place((await writer.query(insertSql)).rows[0]));
            if (n % 7 === 0) bus.publish('events', undefined);
          }
          return places;
        }),
      )
    ).flat();
    bus.publish('events', undefined);
    await vi.waitFor(async () => expect(await list()).toHaveLength(written.length), {
      timeout: 10_000,
      interval: 50,
    });
    const inOrder = (
      await client.query(
        'select xact::text, id::text from event e where xact::text || $1 || id::text = any($2) order by e.xact, e.id',
        ['/', written],
      )
    ).rows.map(place);
    expect(await list()).toEqual(inOrder);
    expect(errors).toEqual([]);
  });
});
