/** What a socket sees of the log: everything, once, in order, whatever happens to the connection; or the plain word that it missed some. */

import { allPermissions } from '@tradepost/contracts';
import pg from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TenantContext } from '#platform/db';
import { formatOffset } from '#platform/events';
import { createHistory } from '../src/modules/realtime/history.ts';
import { Hub } from '../src/modules/realtime/hub.ts';
import { useDatabase } from './support/database.ts';
import { type RunningRealtime, startRealtime, type TestSocket } from './support/sockets.ts';

const database = useDatabase();
let running: RunningRealtime | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const productId = '00000000-0000-7000-8000-000000000001';

async function emitProduct(tenant: TenantContext, version: number, name = 'thing'): Promise<void> {
  await database.current.db.withTenant(tenant, async (tx) => {
    tx.emit('product_updated', { productId, name, change: 'updated', version });
  });
}

/** Returns when the server has handed it out, and so all that was committed before. */
async function emitAndSee(tenant: TenantContext, version: number): Promise<void> {
  const marker = running!.connect('/ws', { key: running!.identity.addKey(tenant) });
  await marker.frame('subscribed');
  await emitProduct(tenant, version);
  await marker.until(() => marker.events.at(-1)?.data?.version === version);
  marker.ws.terminate();
}

async function emitExpiry(tenant: TenantContext, reference: string): Promise<void> {
  await database.current.db.withTenant(tenant, async (tx) => {
    tx.emit('reservation_expired', { reservationId: productId, reference });
  });
}

/** The tenant's events as the table has them. */
async function listOffsets(tenant: TenantContext, epoch: string): Promise<string[]> {
  return database.current.db.asSystem('test', async (tx) => {
    const rows = await tx.query<{ x: string; i: string }>(
      'select e.xact::text as x, e.id::text as i from event e where tenant_id = $1 order by e.xact, e.id',
      [tenant.tenantId],
    );
    return rows.map((r) => formatOffset(epoch, { xact: BigInt(r.x), id: BigInt(r.i) }));
  });
}

async function asOwner(sql: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: database.current.url });
  await client.connect();
  await client.query(sql, values).finally(() => client.end());
}

/** The same numbers in each run. Source: mulberry32, public domain. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

describe('resuming', () => {
  test('at random offsets under traffic has no gap and no double', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const other = await database.current.createTenant();
    const key = running.identity.addKey(tenant);
    const { epoch, connect } = running;
    const total = 400;

    const clients = [1, 2, 3, 4, 5].map(async (seed) => {
      const random = seeded(seed);
      const seen: string[] = [];
      let connections = 0;
      let since = formatOffset(epoch, { xact: 0n, id: 0n });
      while (seen.length < total) {
        connections++;
        const socket = connect(`/ws/notifications?since=${since}`, { key });
        const share = Math.min(1 + Math.floor(random() * 40), total - seen.length);
        await socket.until(() => socket.events.length >= share);
        expect(socket.frames[0]).toMatchObject({ type: 'subscribed', channel: 'all', recovered: true });
        socket.ws.terminate();
        seen.push(...socket.events.map((e) => e.id as string));
        since = seen.at(-1)!;
      }
      return { seen, connections };
    });
    const writers = [1, 2, 3, 4].map(async (writer) => {
      for (let n = 0; n < 100; n++) {
        if (n % 2 === 0) await emitProduct(tenant, n);
        else await emitExpiry(tenant, `${writer}-${n}`);
        if (n % 3 === 0) await emitProduct(other, n);
      }
    });
    const [all] = await Promise.all([Promise.all(clients), ...writers]);
    const expected = await listOffsets(tenant, epoch);
    expect(expected).toHaveLength(total);
    for (const { seen, connections } of all) {
      expect(seen).toEqual(expected);
      expect(connections).toBeGreaterThan(5);
    }
    expect(running.errors).toEqual([]);
  });

  test('goes through several pages with live events held behind them', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const key = running.identity.addKey(tenant);
    await asOwner(
      `insert into event (tenant_id, channel, type, version, data, actor)
       select $1, 'products', 'product_updated', 1, jsonb_build_object('version', n), 'system' from generate_series(1, 2500) n`,
      [tenant.tenantId],
    );
    await emitAndSee(tenant, 2501);
    const since = formatOffset(running.epoch, { xact: 1n, id: 0n });
    const socket = running.connect(`/ws?since=${since}`, { key });
    await socket.frame('subscribed');
    for (let n = 2502; n <= 2520; n++) await emitProduct(tenant, n);
    await socket.until(() => socket.events.length === 2520);
    expect(socket.events.map((e) => e.data?.version)).toEqual(Array.from({ length: 2520 }, (_, n) => n + 1));
    expect(socket.frames[0]).toMatchObject({ type: 'subscribed', offset: since, recovered: true });
  });

  test('a second subscription of the same socket brings no event twice', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const key = running.identity.addKey(tenant);
    const socket = running.connect('/ws/notifications?channel=products', { key });
    const since = (await socket.frame('subscribed')).offset!;
    await emitExpiry(tenant, 'missed');
    await emitProduct(tenant, 1);
    await socket.frame('product_updated');
    socket.send({ action: 'subscribe', channel: 'inventory', since });
    await socket.frame('reservation_expired');
    socket.send({ action: 'subscribe', channel: 'all' });
    await socket.frame('subscribed', 2);
    await emitProduct(tenant, 2);
    await emitExpiry(tenant, 'live');
    await socket.frame('reservation_expired', 1);
    expect(socket.events.map((e) => e.data?.version ?? e.data?.reference)).toEqual([1, 'missed', 2, 'live']);
  });

  test('an idle client holds an offset from which it misses nothing', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const key = running.identity.addKey(tenant);
    const idle = running.connect('/ws', { key });
    const { offset } = await idle.frame('subscribed');
    idle.ws.terminate();
    await idle.closed;
    await emitProduct(tenant, 1);
    const socket = running.connect(`/ws?since=${offset}`, { key });
    expect((await socket.frame('product_updated')).data?.version).toBe(1);
    expect(await socket.frame('subscribed')).toMatchObject({ recovered: true });
  });

  test('from ahead of this process repeats nothing', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const key = running.identity.addKey(tenant);
    // An open write keeps this process's tail where it is, while the client has the later event from elsewhere.
    const writer = new pg.Client({ connectionString: database.current.url });
    await writer.connect();
    await writer.query('begin');
    await writer.query('select pg_current_xact_id()');
    await emitProduct(tenant, 1);
    const [ahead] = await listOffsets(tenant, running.epoch);
    const socket = running.connect(`/ws?since=${ahead}`, { key });
    expect(await socket.frame('subscribed')).toMatchObject({ offset: ahead, recovered: true });
    await writer.query('rollback');
    await writer.end();
    await emitProduct(tenant, 2);
    await socket.until(() => socket.events.length > 0);
    expect(socket.events.map((e) => e.data?.version)).toEqual([2]);
  });
});

test('of many subscriptions in a row, and of one that is gone, only what is wanted is read', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  const upTo = { xact: 9n, id: 9n };
  const reads: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const history = createHistory({
    db: Object.assign(Object.create(db), {
      asSystem: async (reason: string) => {
        reads.push(reason);
        await gate.promise;
        return { events: [], more: false };
      },
    }),
    concurrency: 1,
  });
  const hub = new Hub({ feed: { position: upTo, subscribe: () => () => {} }, epoch: '00000000', history });
  const told: string[] = [];
  const join = () =>
    hub.join({
      tenantId: tenant.tenantId,
      permissions: new Set(allPermissions),
      sink: {
        event: () => {},
        subscribed: (channel) => told.push(channel),
        drained: async () => true,
        lost: () => told.push('lost'),
      },
    });
  const since = formatOffset('00000000', { xact: 1n, id: 1n });
  const busy = join();
  const gone = join();
  for (let i = 0; i < 50; i++) busy.subscribe('orders', since);
  gone.subscribe('orders', since);
  await vi.waitFor(() => expect(reads).toHaveLength(1));
  for (let i = 0; i < 50; i++) busy.subscribe('orders', since);
  gone.leave();
  gate.resolve();
  await vi.waitFor(() => expect(told).toEqual(['orders']));
  expect(reads).toHaveLength(2);
});

describe('`recovered: false`', () => {
  async function recoveredFrom(since: string, tenant: TenantContext): Promise<TestSocket> {
    const key = running!.identity.addKey(tenant);
    const socket = running!.connect(`/ws?since=${encodeURIComponent(since)}`, { key });
    await socket.frame('subscribed');
    return socket;
  }

  test('is said for an offset that is none, is of another epoch or of the future, and the socket is live after it', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const { epoch } = running;
    const strange = [
      'yesterday',
      '',
      formatOffset('00000000-0000-0000-0000-000000000000', { xact: 1n, id: 1n }),
      formatOffset(epoch, { xact: 1n << 60n, id: 1n }),
      `${epoch.slice(0, 8)}-zzzzzzzzzzzzz-0`,
    ];
    const sockets = [];
    for (const since of strange) sockets.push(await recoveredFrom(since, tenant));
    await emitProduct(tenant, 7);
    for (const socket of sockets) {
      expect(socket.frames[0]).toMatchObject({ type: 'subscribed', recovered: false });
      expect((await socket.frame('product_updated')).data?.version).toBe(7);
      // What it was told to go on from is good.
      const again = await recoveredFrom(socket.frames[0]!.offset!, tenant);
      expect(again.frames[0]).toMatchObject({ recovered: true });
      expect((await again.frame('product_updated')).data?.version).toBe(7);
    }
  });

  test('is said beyond 10,000 missed events, and not for 10,000', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const since = formatOffset(running.epoch, { xact: 1n, id: 0n });
    const insert = (count: number): Promise<void> =>
      asOwner(
        `insert into event (tenant_id, channel, type, version, data, actor)
         select $1, 'products', 'product_updated', 1, '{"version": 1}', 'system' from generate_series(1, $2::int) n`,
        [tenant.tenantId, count],
      );
    await insert(9999);
    await emitAndSee(tenant, 2);
    const whole = await recoveredFrom(since, tenant);
    expect(whole.frames[0]).toMatchObject({ recovered: true });
    await whole.until(() => whole.events.length === 10_000);
    await emitAndSee(tenant, 3);
    const tooLate = await recoveredFrom(since, tenant);
    expect(tooLate.frames[0]).toMatchObject({ recovered: false });
    expect(tooLate.events).toEqual([]);
  });

  test('is said when retention dropped what came after the offset, and only then', async () => {
    running = await startRealtime(database.current);
    const tenant = await database.current.createTenant();
    const insert = `insert into event (tenant_id, channel, type, version, data, actor, created_at)
      values ($1, 'products', 'product_updated', 1, '{"version": 1}', 'system', '2020-01-01T12:00Z')`;
    await asOwner(
      "create table event_20200101 partition of event for values from ('2020-01-01') to ('2020-01-02')",
    );
    for (let n = 0; n < 2; n++) await asOwner(insert, [tenant.tenantId]);
    await emitAndSee(tenant, 2);
    const [first, second, third] = await listOffsets(tenant, running.epoch);

    const before = await recoveredFrom(first!, tenant);
    await before.until(() => before.events.length === 2);
    expect(before.frames[0]).toMatchObject({ recovered: true });
    await asOwner('select event_maintain(1, 14)');
    const cases: [string, boolean][] = [
      [first!, false],
      [second!, true],
      [third!, true],
    ];
    for (const [since, recovered] of cases) {
      expect((await recoveredFrom(since, tenant)).frames[0]).toMatchObject({ recovered });
    }
  });
});
