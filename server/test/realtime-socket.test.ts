/** The raw WebSocket: who gets in, what it answers, how it ends. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { TenantContext } from '#platform/db';
import { newId } from '../src/platform/crypto/index.ts';
import { useDatabase } from './support/database.ts';
import { startHttp } from './support/http.ts';
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

async function emitExpiry(tenant: TenantContext, reference: string): Promise<void> {
  await database.current.db.withTenant(tenant, async (tx) => {
    tx.emit('reservation_expired', { reservationId: productId, reference });
  });
}

async function startWithTenant(options: Parameters<typeof startRealtime>[1] = {}): Promise<{
  realtime: RunningRealtime;
  tenant: TenantContext;
  key: string;
}> {
  const realtime = await startRealtime(database.current, options);
  running = realtime;
  const tenant = await database.current.createTenant();
  return { realtime, tenant, key: realtime.identity.addKey(tenant) };
}

/** Signs a made-up person in; returns the cookie. */
function signIn(
  realtime: RunningRealtime,
  tenant: TenantContext,
): { cookie: string; id: string; userId: string } {
  const id = newId();
  const userId = newId();
  realtime.identity.cookies.set(`session=${id}`, {
    id: `session:${id}`,
    tenantId: tenant.tenantId,
    actor: `user:${userId}`,
    permissions: new Set(['realtime.read', 'products.read']),
    userId,
    role: 'viewer',
    expiresAt: null,
  });
  return { cookie: `session=${id}`, id, userId };
}

describe('a handshake', () => {
  test('is refused in plain HTTP, with the reason', async () => {
    const { realtime, tenant, key } = await startWithTenant();
    const other = await database.current.createTenant('somebody-else');
    const weak = realtime.identity.addKey(tenant, ['realtime.read', 'orders.read']);
    const none = realtime.identity.addKey(tenant, ['orders.read']);
    const cases: [path: string, key: string | undefined, status: number, code: string, detail: RegExp][] = [
      ['/ws/notifications', undefined, 401, 'UNAUTHENTICATED', /POST \/api\/v1\/realtime\/token/],
      ['/ws/notifications', 'tp_wrong', 401, 'UNAUTHENTICATED', /Bearer/],
      ['/ws?token=wrong', undefined, 401, 'UNAUTHENTICATED', /token/],
      ['/ws?userId=7', key, 401, 'UNAUTHENTICATED', /POST \/api\/v1\/realtime\/token/],
      [`/ws?token=${key}`, undefined, 401, 'UNAUTHENTICATED', /API key must not stand in an address/],
      [`/ws?api_key=${key}`, undefined, 401, 'UNAUTHENTICATED', /API key must not stand in an address/],
      ['/ws', none, 403, 'FORBIDDEN', /realtime\.read/],
      ['/ws?channel=products', weak, 403, 'FORBIDDEN', /products\.read/],
      [`/ws/notifications/${other.tenantId}`, key, 403, 'FORBIDDEN', /credential's own/],
      ['/ws/notifications/somebody-else', key, 403, 'FORBIDDEN', /credential's own/],
      ['/ws/notifications/nobody-at-all', key, 403, 'FORBIDDEN', /credential's own/],
      [
        '/ws?channel=orders&channel=sync',
        key,
        400,
        'VALIDATION_FAILED',
        /query\.channel: must be given once/,
      ],
      ['/ws?chanel=orders', key, 400, 'VALIDATION_FAILED', /query\.chanel: is not known/],
      ['/ws/orders?channel=all', key, 400, 'VALIDATION_FAILED', /query\.channel: is not known/],
      ['/ws/%ff', key, 400, 'BAD_REQUEST', /percent-encoded/],
      ['/ws?channel=gossip', key, 404, 'NOT_FOUND', /orders/],
      ['/ws?channel=constructor', key, 404, 'NOT_FOUND', /no such channel/],
      ['/ws/gossip', key, 404, 'NOT_FOUND', /no socket/],
      ['/elsewhere', key, 404, 'NOT_FOUND', /no socket/],
    ];
    for (const [path, credential, status, code, detail] of cases) {
      const answer = await realtime.connect(path, { key: credential }).refused;
      expect([path, answer.status, answer.body.code]).toEqual([path, status, code]);
      expect(answer.body.detail).toMatch(detail);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.body.requestId).toBe(answer.headers['x-request-id']);
    }
    expect(realtime.module.stats().clients).toBe(0);
    expect(realtime.errors).toEqual([]);
  });

  test('takes a token, or the tenant by id or slug, or the short path', async () => {
    const { realtime, key } = await startWithTenant();
    const named = await database.current.createTenant('by-name');
    const namedKey = realtime.identity.addKey(named);
    const credential = realtime.identity.keys.get(`Bearer ${key}`)!;
    const { token } = await realtime.identity.issueRealtimeToken(credential);
    for (const socket of [
      realtime.connect(`/ws?token=${token}`),
      realtime.connect('/ws/', { key }),
      realtime.connect('/ws/notifications/by-name', { key: namedKey }),
      realtime.connect(`/ws/notifications/${named.tenantId}`, { key: namedKey }),
    ]) {
      expect(await socket.frame('subscribed')).toMatchObject({ channel: 'all', recovered: true });
    }
  });

  test('by cookie is for the own pages only', async () => {
    const { realtime, tenant, key } = await startWithTenant();
    const { cookie } = signIn(realtime, tenant);
    for (const origin of [
      'https://evil.example',
      'null',
      `https://${realtime.host}.evil.example`,
      'nonsense',
    ]) {
      const answer = await realtime.connect('/ws', { headers: { cookie, origin } }).refused;
      expect([origin, answer.status, answer.body.code]).toEqual([origin, 403, 'FORBIDDEN']);
    }
    for (const origin of [`http://${realtime.host}`, 'https://console.example']) {
      await realtime.connect('/ws', { headers: { cookie, origin } }).frame('subscribed');
    }
    // A key proves itself, wherever the page came from.
    await realtime
      .connect('/ws', { key, headers: { cookie, origin: 'https://evil.example' } })
      .frame('subscribed');
  });

  test('beyond the maximum of clients is told to come later, and a place that becomes free is given', async () => {
    const { realtime, key } = await startWithTenant({ maxClients: 2 });
    const first = realtime.connect('/ws', { key });
    await first.frame('subscribed');
    await realtime.connect('/ws', { key }).frame('subscribed');
    const answer = await realtime.connect('/ws', { key }).refused;
    expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([
      503,
      'OVERLOADED',
      '5',
    ]);
    first.ws.close();
    await first.closed;
    await vi.waitFor(() => expect(realtime.module.stats().clients).toBe(1));
    await realtime.connect('/ws', { key }).frame('subscribed');
  });
});

describe('places', () => {
  test('one tenant alone may have them all; others get their share of the newest', async () => {
    const { realtime, key } = await startWithTenant({ maxClients: 4 });
    const other = realtime.identity.addKey(await database.current.createTenant());
    const crowd: TestSocket[] = [];
    for (let i = 0; i < 4; i++) {
      crowd.push(realtime.connect('/ws', { key }));
      await crowd[i]!.frame('subscribed');
    }
    for (const given of [3, 2]) {
      await realtime.connect('/ws', { key: other }).frame('subscribed');
      expect((await crowd[given]!.closed).code).toBe(4003);
    }
    for (const late of [key, other]) {
      const answer = await realtime.connect('/ws', { key: late }).refused;
      expect(answer.body.code).toBe('OVERLOADED');
    }
    expect(crowd[0]!.ws.readyState).toBe(WebSocket.OPEN);
  });

  test('a made-up key is looked up at the expense of its address, behind a proxy too', async () => {
    const http = await startHttp({ rateLimitPerSecond: 3, trustProxy: ['loopback'] });
    const { realtime, key } = await startWithTenant({ peers: http.peerGate });
    const codes = await Promise.all(
      Array.from({ length: 9 }, async () => {
        const headers = { 'x-forwarded-for': '192.0.2.7' };
        return (await realtime.connect('/ws', { key: 'tp_made_up', headers }).refused).body.code;
      }),
    );
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED', 'RATE_LIMITED']));
    for (let i = 0; i < 5; i++) await realtime.connect('/ws', { key }).frame('subscribed');
    await http.close();
  });
});

describe('an open socket', () => {
  test('gets its own tenant and nothing of another', async () => {
    const { realtime, tenant, key } = await startWithTenant();
    const other = await database.current.createTenant();
    const mine = realtime.connect('/ws', { key });
    const theirs = realtime.connect('/ws', { key: realtime.identity.addKey(other) });
    await Promise.all([mine.frame('subscribed'), theirs.frame('subscribed')]);
    for (let n = 0; n < 20; n++) await emitProduct(n % 2 === 0 ? tenant : other, n);
    await Promise.all([
      mine.until(() => mine.events.length >= 10),
      theirs.until(() => theirs.events.length >= 10),
    ]);
    expect(mine.events.map((e) => e.data?.version)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(theirs.events.map((e) => e.data?.version)).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    expect(mine.events[0]).toEqual({
      id: expect.any(String),
      channel: 'products',
      type: 'product_updated',
      data: { productId, name: 'thing', change: 'updated', version: 0 },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test('on `all` carries what the credential may read, live and from history', async () => {
    const { realtime, tenant } = await startWithTenant();
    const key = realtime.identity.addKey(tenant, ['realtime.read', 'inventory.read']);
    const live = realtime.connect('/ws', { key });
    const since = (await live.frame('subscribed')).offset;
    await emitProduct(tenant, 1);
    await emitExpiry(tenant, 'mine');
    await live.frame('reservation_expired');
    const late = realtime.connect(`/ws?since=${since}`, { key });
    await late.frame('reservation_expired');
    for (const socket of [live, late]) expect(socket.events.map((e) => e.channel)).toEqual(['inventory']);
    live.send({ action: 'subscribe', channel: 'products' });
    expect(await live.frame('error')).toMatchObject({
      code: 'FORBIDDEN',
      detail: expect.stringContaining('products.read'),
    });
  });

  test('answers ping, subscribes and unsubscribes, and tells what is wrong with the rest', async () => {
    const { realtime, tenant, key } = await startWithTenant();
    const socket = realtime.connect('/ws/notifications?channel=orders', { key });
    await socket.frame('subscribed');
    socket.send('ping');
    await socket.until(() => socket.texts.at(-1) === 'pong');
    socket.send({ action: 'subscribe', channel: 'products' });
    expect(await socket.frame('subscribed', 1)).toMatchObject({ channel: 'products', recovered: true });
    await emitProduct(tenant, 1);
    await socket.frame('product_updated');
    socket.send({ action: 'unsubscribe', channel: 'products' });
    expect(await socket.frame('unsubscribed')).toEqual({ type: 'unsubscribed', channel: 'products' });
    const watcher = realtime.connect('/ws/notifications?channel=products', { key });
    await watcher.frame('subscribed');
    await emitProduct(tenant, 2);
    await watcher.frame('product_updated');
    const bad: [string | Buffer, string][] = [
      ['{"action":', 'MALFORMED_JSON'],
      ['PING', 'MALFORMED_JSON'],
      ['', 'MALFORMED_JSON'],
      [Buffer.from([0, 255]), 'MALFORMED_JSON'],
      ['null', 'VALIDATION_FAILED'],
      ['[]', 'VALIDATION_FAILED'],
      ['{"action":"explode"}', 'VALIDATION_FAILED'],
      ['{"action":"subscribe"}', 'VALIDATION_FAILED'],
      ['{"action":"subscribe","channel":7}', 'VALIDATION_FAILED'],
      ['{"action":"subscribe","channel":"orders","extra":1}', 'VALIDATION_FAILED'],
      ['{"action":"subscribe","channel":"orders","__proto__":{"a":1}}', 'VALIDATION_FAILED'],
      [`{"action":"subscribe","channel":"${'x'.repeat(101)}"}`, 'VALIDATION_FAILED'],
      ['{"action":"subscribe","channel":"__proto__"}', 'NOT_FOUND'],
      ['{"action":"unsubscribe","channel":"gossip"}', 'NOT_FOUND'],
    ];
    for (const [index, [message, code]] of bad.entries()) {
      socket.ws.send(message);
      expect([message, (await socket.frame('error', index)).code]).toEqual([message, code]);
    }
    await emitExpiry(tenant, 'no subscription');
    socket.send({ action: 'subscribe', channel: 'products' });
    await socket.frame('subscribed', 2);
    await emitProduct(tenant, 3);
    await socket.frame('product_updated', 1);
    expect(socket.events.map((e) => e.data?.version)).toEqual([1, 3]);
    expect(realtime.errors).toEqual([]);
  });

  test('of /ws/orders is told the figures first, and every order after them', async () => {
    const tenants: string[] = [];
    let watcher: TestSocket | undefined;
    const { realtime, tenant, key } = await startWithTenant({
      async orderStatistics(tenantId) {
        tenants.push(tenantId);
        // An order that comes while the figures are taken.
        await emitOrder(tenant, 1);
        await watcher!.frame('order_update');
        return { ordersToday: 3 };
      },
    });
    watcher = realtime.connect('/ws/notifications?channel=orders', { key });
    await watcher.frame('subscribed');
    const socket = realtime.connect('/ws/orders', { key });
    await socket.frame('order_update');
    await emitOrder(tenant, 2);
    await emitProduct(tenant, 9);
    await socket.frame('order_update', 1);
    expect(tenants).toEqual([tenant.tenantId]);
    expect(socket.frames.map((f) => f.type)).toEqual([
      'live_data_update',
      'subscribed',
      'order_update',
      'order_update',
    ]);
    expect(socket.frames[0]).toEqual({
      id: null,
      channel: 'orders',
      type: 'live_data_update',
      data: { ordersToday: 3 },
      timestamp: expect.stringMatching(/Z$/),
    });
  });
});

async function emitOrder(tenant: TenantContext, version: number): Promise<void> {
  await database.current.db.withTenant(tenant, async (tx) => {
    tx.emit('order_update', {
      orderId: productId,
      externalId: '1',
      accountId: productId,
      previousStatus: 'new',
      status: 'new',
      acknowledgedAt: null,
      version,
      order_id: '1',
      old_status: 'new',
      new_status: 'new',
    });
  });
}

describe('a socket is closed', () => {
  async function open(realtime: RunningRealtime, key: string): Promise<TestSocket> {
    const socket = realtime.connect('/ws', { key });
    await socket.frame('subscribed');
    return socket;
  }

  test('with 4500 when its key, session or membership ends', async () => {
    const { realtime, tenant, key } = await startWithTenant();
    const other = realtime.identity.addKey(tenant);
    const first = signIn(realtime, tenant);
    const second = signIn(realtime, tenant);
    const byKey = await open(realtime, key);
    const stays = await open(realtime, other);
    const [bySession, byMember] = [first, second].map(({ cookie }) =>
      realtime.connect('/ws', { headers: { cookie } }),
    ) as [TestSocket, TestSocket];
    await Promise.all([bySession.frame('subscribed'), byMember.frame('subscribed')]);
    realtime.identity.announceEnd(realtime.identity.keys.get(`Bearer ${key}`)!.id);
    realtime.identity.announceEnd(`session:${first.id}`);
    realtime.identity.announceEnd(`member:${second.userId}:${newId()}`);
    realtime.identity.announceEnd(`member:${second.userId}:${tenant.tenantId}`);
    for (const socket of [byKey, bySession, byMember]) expect((await socket.closed).code).toBe(4500);
    await emitProduct(tenant, 1);
    await stays.frame('product_updated');
    expect(byKey.events).toEqual([]);
  });

  test('with 4500 when its end was never announced, and when its time is over', async () => {
    const { realtime, tenant, key } = await startWithTenant({ recheckMs: 20 });
    const short = realtime.identity.addKey(tenant);
    const credential = realtime.identity.keys.get(`Bearer ${short}`)!;
    credential.expiresAt = new Date(Date.now() + 300);
    const ended = await open(realtime, key);
    const expired = await open(realtime, short);
    const stays = await open(realtime, realtime.identity.addKey(tenant));
    realtime.identity.endedIds.add(realtime.identity.keys.get(`Bearer ${key}`)!.id);
    expect((await ended.closed).code).toBe(4500);
    expect((await expired.closed).code).toBe(4500);
    expect(Date.now()).toBeGreaterThanOrEqual(credential.expiresAt.getTime());
    expect(stays.ws.readyState).toBe(WebSocket.OPEN);
  });

  test('with 4502 for a flood, of messages or of pings, and not for fifty', async () => {
    const { realtime, key } = await startWithTenant();
    const [calm, loud, pinging] = [
      await open(realtime, key),
      await open(realtime, key),
      await open(realtime, key),
    ];
    for (let n = 0; n < 50; n++) calm.send('ping');
    for (let n = 0; n < 200; n++) loud.send('ping');
    for (let n = 0; n < 200; n++) pinging.ws.ping();
    expect((await loud.closed).code).toBe(4502);
    expect((await pinging.closed).code).toBe(4502);
    await calm.until(() => calm.texts.filter((t) => t === 'pong').length === 50);
    expect(loud.texts.filter((t) => t === 'pong').length).toBeLessThan(60);
  });

  test('with 4501 for a message above 64 KiB, not for one of 64 KiB', async () => {
    const { realtime, key } = await startWithTenant();
    const [fits, giant] = [await open(realtime, key), await open(realtime, key)];
    fits.send('x'.repeat(64 * 1024));
    expect(await fits.frame('error')).toMatchObject({ code: 'MALFORMED_JSON' });
    giant.send('x'.repeat(64 * 1024 + 1));
    expect((await giant.closed).code).toBe(4501);
    expect(fits.ws.readyState).toBe(WebSocket.OPEN);
  });

  test('with 4002 when it leaves a ping unanswered, and only then', async () => {
    const { realtime, key } = await startWithTenant({ heartbeatMs: 40 });
    const alive = await open(realtime, key);
    const silent = realtime.connect('/ws', { key, autoPong: false });
    expect((await silent.closed).code).toBe(4002);
    const pings = vi.fn();
    alive.ws.on('ping', pings);
    await vi.waitFor(() => expect(pings.mock.calls.length).toBeGreaterThanOrEqual(3));
    expect(alive.ws.readyState).toBe(WebSocket.OPEN);
  });

  test('with 4000 when the server stops, and none is let in after', async () => {
    const { realtime, key } = await startWithTenant();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(realtime, key)));
    await realtime.module.stop();
    for (const socket of sockets) expect((await socket.closed).code).toBe(4000);
    expect(realtime.module.stats().clients).toBe(0);
  });

  /** Commits 50 events of 16 kB at once; returns when a client that reads has them. */
  async function emitBulk(tenant: TenantContext, reader: TestSocket, from: number): Promise<number> {
    const name = 'x'.repeat(16_000);
    const to = from + 50;
    await database.current.db.withTenant(tenant, async (tx) => {
      for (let version = from + 1; version <= to; version++) {
        tx.emit('product_updated', { productId, name, change: 'updated', version });
      }
    });
    await reader.until(() => reader.events.at(-1)?.data?.version === to);
    for (const kept of [reader.frames, reader.events, reader.texts]) kept.length = 0;
    return to;
  }

  test('with 4001 when it does not read, and what it got until then is whole', async () => {
    const { realtime, tenant, key } = await startWithTenant();
    const reader = await open(realtime, key);
    const slow = await open(realtime, key);
    slow.ws.pause();
    // The kernel takes some megabytes before anything has to wait here.
    for (let sent = 0; realtime.module.statsOf(tenant.tenantId).clients === 2; ) {
      sent = await emitBulk(tenant, reader, sent);
      expect(sent).toBeLessThan(4000);
    }
    slow.ws.resume();
    expect((await slow.closed).code).toBe(4001);
    const seen = slow.events.map((e) => e.data?.version);
    expect(seen).toEqual(seen.map((_, n) => n + 1));
    expect(reader.ws.readyState).toBe(WebSocket.OPEN);
  });

  test('and its memory given back when it never reads again', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heldBytes = async (): Promise<number> => {
      collect();
      // What was freed in the first round frees its buffers after a turn of the loop.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const { realtime, tenant, key } = await startWithTenant({ limits: { closeGraceMs: 100 } });
    const reader = await open(realtime, key);
    const never = await open(realtime, key);
    never.ws.pause();
    const before = await heldBytes();
    let peak = 0;
    for (let sent = 0; sent < 2000; ) {
      sent = await emitBulk(tenant, reader, sent);
      if (sent % 500 === 0) peak = Math.max(peak, (await heldBytes()) - before);
    }
    // 32 MB went out meanwhile.
    expect(peak).toBeLessThan(16_000_000);
    await vi.waitFor(() => expect(realtime.module.stats()).toMatchObject({ clients: 1, slowClients: 1 }));
    expect((await heldBytes()) - before).toBeLessThan(6_000_000);
    never.ws.resume();
    expect((await never.closed).code).toBe(1006);
  });
});
