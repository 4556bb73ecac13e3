/** The raw WebSocket as its users know it: paths, frames, resume, and every way to be refused. */
import { closeCodes, EventFrame, OrderNew, type OrderSummary } from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { Feed } from './support/feed.ts';
import { connectAccount, Marketplace, partNumbers } from './support/marketplace.ts';
import { addTenant, makeKey, setUpOwner, type TestOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

const seller = { name: 'Ana MAIN', username: 'main@ana.example', password: 'one' };

let app: Tradepost;
let marketplace: Marketplace;
let owner: TestOwner;
let a: TestTenant;
let b: TestTenant;
let withKey: Record<string, string>;

beforeAll(async () => {
  marketplace = await Marketplace.start([seller]);
  app = await Tradepost.start({
    env: {
      EMAG_EXTRA_BASE_URLS: marketplace.baseUrl,
      EMAG_SYNC_ORDERS_INTERVAL: '1',
      EMAG_AUTO_ACK_INTERVAL: '1',
      WEBSOCKET_HEARTBEAT_INTERVAL: '1000',
    },
  });
  owner = await setUpOwner(app);
  a = owner.tenant;
  b = await addTenant(app, 'Bea Toys');
  withKey = { authorization: `Bearer ${a.apiKey}` };
  const variants = partNumbers.map((sku) => ({ sku, priceMinor: 100, onHand: 1000 }));
  await a.api.post('/products', { name: 'All of it', variants });
  await connectAccount(a.api, marketplace, seller);
});

async function freshToken(): Promise<string> {
  return (await a.api.post<{ token: string }>('/realtime/token')).token;
}

const adjust = (quantity: number) =>
  a.api.post('/realtime/inventory', { productId: partNumbers[0], quantity, operation: 'add' });

describe('opening', () => {
  test.for(['/ws/notifications', '/ws', '/ws/notifications?channel=all'])(
    '%s is the channel all',
    async (path) => {
      const feed = await Feed.open(app.ws + path, withKey);
      expect(await feed.subscribed('all')).toMatchObject({ recovered: true, offset: expect.any(String) });
      await adjust(1);
      const frame = await feed.waitFor('stock_changed', (m) => m.type === 'stock_changed');
      expect(frame).toMatchObject({ channel: 'inventory', data: { sku: partNumbers[0] } });
    },
  );

  test('by token, by the tenant in the path, by id or slug', async () => {
    for (const path of ['/ws/notifications', `/ws/notifications/${a.slug}`, `/ws/notifications/${a.id}`]) {
      const feed = await Feed.open(`${app.ws}${path}?token=${await freshToken()}`);
      await feed.subscribed('all');
    }
  });

  test('by the cookie from our own page', async () => {
    const { cookie } = owner.signedIn;
    const feed = await Feed.open(`${app.ws}/ws/orders`, { cookie, origin: app.url });
    await feed.subscribed('orders');
  });

  test('by the cookie from another page is refused', async () => {
    const { cookie } = owner.signedIn;
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${app.port + 1}`]) {
      const refusal = await Feed.refusal(`${app.ws}/ws/orders`, { cookie, origin });
      expect(refusal).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    }
  });

  test('without a credential, or with a bad one, is refused', async () => {
    const [head, body] = (await freshToken()).split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    const bad = ['', 'x', `${none}.${body}.`, `${head}.${body}.`, `${head}.${body}.${'x'.repeat(43)}`];
    for (const query of ['', ...bad.map((t) => `?token=${t}`)]) {
      const refusal = await Feed.refusal(`${app.ws}/ws/orders${query}`);
      expect(refusal).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      expect(refusal.body.requestId).not.toBe('');
    }
    const key = { authorization: `Bearer tp_${'x'.repeat(43)}` };
    expect(await Feed.refusal(`${app.ws}/ws/orders`, key)).toMatchObject({ status: 401 });
  });

  test.for(['token', 'apiKey', 'api_key', 'key', 'access_token'])(
    'with an API key in ?%s= is refused',
    async (name) => {
      const refusal = await Feed.refusal(`${app.ws}/ws/orders?${name}=${a.apiKey}`);
      expect(refusal).toMatchObject({ status: 401 });
      expect(refusal.body.detail).toContain('/api/v1/realtime/token');
      expect(refusal.body.detail).not.toContain(a.apiKey);
    },
  );

  test('with an identity in the query is refused, naming the token route', async () => {
    for (const query of ['userId=7', `tenantId=${a.id}`]) {
      const refusal = await Feed.refusal(`${app.ws}/ws?${query}`, withKey);
      expect(refusal).toMatchObject({ status: 401 });
      expect(refusal.body.detail).toContain('/api/v1/realtime/token');
    }
  });

  test('the feed of another tenant is refused', async () => {
    for (const tenant of [b.slug, b.id, 'nobody']) {
      const refusal = await Feed.refusal(`${app.ws}/ws/notifications/${tenant}`, withKey);
      expect(refusal).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    }
  });

  test('what does not exist, is unknown or doubled is refused', async () => {
    expect(await Feed.refusal(`${app.ws}/ws/notifications?channel=secrets`, withKey)).toMatchObject({
      status: 404,
    });
    expect(await Feed.refusal(`${app.ws}/ws/nothing/at/all`, withKey)).toMatchObject({ status: 404 });
    expect(await Feed.refusal(`${app.ws}/elsewhere`, withKey)).toMatchObject({ status: 404 });
    for (const query of ['channel=orders&channel=all', 'color=red']) {
      const refusal = await Feed.refusal(`${app.ws}/ws/notifications?${query}`, withKey);
      expect(refusal).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    }
  });

  test('needs the permission of the channel', async () => {
    const { key } = await makeKey(owner.signedIn.api, ['realtime.read', 'orders.read']);
    const headers = { authorization: `Bearer ${key}` };
    const feed = await Feed.open(`${app.ws}/ws/notifications`, headers);
    await feed.subscribed('all');
    const refusal = await Feed.refusal(`${app.ws}/ws/notifications?channel=tasks`, headers);
    expect(refusal).toMatchObject({ status: 403 });
    expect(refusal.body.detail).toContain('tasks.read');
    feed.send({ action: 'subscribe', channel: 'tasks' });
    await feed.waitFor('a refusal', (m) => m.type === 'error' && m.code === 'FORBIDDEN');
    const deaf = await makeKey(owner.signedIn.api, ['orders.read']);
    const none = await Feed.refusal(`${app.ws}/ws/orders`, { authorization: `Bearer ${deaf.key}` });
    expect(none.body.detail).toContain('realtime.read');
    // `all` is what the credential may read: of stock this one hears nothing.
    const witness = await Feed.open(`${app.ws}/ws/notifications?channel=inventory`, withKey);
    await witness.subscribed('inventory');
    await adjust(1);
    await witness.waitFor('stock_changed', (m) => m.type === 'stock_changed');
    feed.send('ping');
    await feed.waitFor('pong', (m) => m.text === 'pong');
    expect(feed.events.filter((e) => e.channel !== 'orders')).toEqual([]);
  });
});

describe('orders', () => {
  test('come after the statistics, with all fields old clients know', async () => {
    const feed = await Feed.open(`${app.ws}/ws/orders`, withKey);
    await feed.subscribed('orders');
    expect(feed.messages[0]).toMatchObject({ id: null, channel: 'orders', type: 'live_data_update' });
    expect(Object.keys(feed.messages[0]!.data as object).length).toBeGreaterThan(0);
    const [id] = await marketplace.addOrders({ account: seller.username });
    const frame = await feed.waitFor('order_new', (m) => m.type === 'order_new', 30_000);
    EventFrame.parse(frame);
    const data = OrderNew.parse(frame.data);
    const [order] = (await a.api.get<{ items: OrderSummary[] }>(`/orders?externalId=${id}`)).items;
    expect(data).toMatchObject({
      ...{ orderId: order!.id, externalId: String(id), order_id: String(id), accountName: seller.name },
      ...{ customer_name: order!.customerName, customerName: order!.customerName, account_type: 'main' },
      ...{ totalMinor: order!.totalMinor, total_amount: order!.totalMinor / 100, currency: order!.currency },
    });
    expect(Math.abs(Date.parse(frame.timestamp as string) - Date.now())).toBeLessThan(60_000);
  });

  test('reach no other tenant', async () => {
    const theirs = await Feed.open(`${app.ws}/ws/notifications`, { authorization: `Bearer ${b.apiKey}` });
    const ours = await Feed.open(`${app.ws}/ws/orders`, withKey);
    await Promise.all([theirs.subscribed('all'), ours.subscribed('orders')]);
    await marketplace.addOrders({ account: seller.username });
    await ours.waitFor('order_new', (m) => m.type === 'order_new', 30_000);
    theirs.send('ping');
    await theirs.waitFor('pong', (m) => m.text === 'pong');
    expect(theirs.events).toEqual([]);
  });
});

describe('resume', () => {
  test('after the last id: nothing twice, nothing missed, in order', async () => {
    const witness = await Feed.open(`${app.ws}/ws/notifications?channel=inventory`, withKey);
    await witness.subscribed('inventory');
    for (let i = 0; i < 10; i++) await adjust(1);
    await until('ten events', () => witness.events.length >= 10);
    const all = witness.events.map((e) => e.id);
    for (const after of [0, 4, 9]) {
      const since = encodeURIComponent(all[after]!);
      const feed = await Feed.open(`${app.ws}/ws/notifications?channel=inventory&since=${since}`, withKey);
      expect(await feed.subscribed('inventory')).toMatchObject({ recovered: true });
      await until('the rest', () => feed.events.length >= all.length - after - 1);
      expect(feed.events.map((e) => e.id)).toEqual(all.slice(after + 1));
    }
  });

  test('from a place that is not in this log is told plainly', async () => {
    for (const since of ['x', '00000000-1-1', "'; select 1"]) {
      const feed = await Feed.open(`${app.ws}/ws/notifications?since=${encodeURIComponent(since)}`, withKey);
      const { recovered, offset } = await feed.subscribed('all');
      expect(recovered).toBe(false);
      const next = await Feed.open(`${app.ws}/ws/notifications?since=${encodeURIComponent(offset)}`, withKey);
      expect(await next.subscribed('all')).toMatchObject({ recovered: true });
    }
  });
});

describe('an open socket', () => {
  test('answers ping with pong', async () => {
    const feed = await Feed.open(`${app.ws}/ws/orders`, withKey);
    feed.send('ping');
    await feed.waitFor('pong', (m) => m.text === 'pong');
  });

  test('takes up channels and drops them', async () => {
    const feed = await Feed.open(`${app.ws}/ws/notifications?channel=sync`, withKey);
    feed.send({ action: 'subscribe', channel: 'inventory' });
    await feed.subscribed('inventory');
    await adjust(1);
    const { id } = await feed.waitFor('stock_changed', (m) => m.type === 'stock_changed');
    feed.send({ action: 'unsubscribe', channel: 'inventory' });
    await feed.waitFor('unsubscribed', (m) => m.type === 'unsubscribed' && m.channel === 'inventory');
    await adjust(1);
    feed.send({ action: 'subscribe', channel: 'inventory', since: id });
    await until('both answers', () => feed.messages.filter((m) => m.type === 'subscribed').length === 3);
    await until('what it missed', () => feed.events.filter((e) => e.channel === 'inventory').length === 2);
  });

  test('answers what it does not understand, and goes on', async () => {
    const feed = await Feed.open(`${app.ws}/ws/orders`, withKey);
    const bad = [
      '{',
      '[]',
      '{"action":"steal"}',
      '{"action":"subscribe"}',
      '{"action":"subscribe","channel":"none"}',
    ];
    for (const text of [...bad, '{"action":"subscribe","channel":"all","tenantId":"x"}']) feed.send(text);
    await until('six answers', () => feed.messages.filter((m) => m.type === 'error').length === 6);
    const codes = feed.messages.filter((m) => m.type === 'error').map((m) => m.code);
    expect(codes).toEqual([
      ...['MALFORMED_JSON', 'VALIDATION_FAILED', 'VALIDATION_FAILED', 'VALIDATION_FAILED', 'NOT_FOUND'],
      'VALIDATION_FAILED',
    ]);
    feed.send('ping');
    await feed.waitFor('pong', (m) => m.text === 'pong');
  });

  test('is closed for a giant message, and for a flood', async () => {
    const giant = await Feed.open(`${app.ws}/ws/orders`, withKey);
    giant.send('x'.repeat(65 * 1024));
    // `ws` itself says 1009 for a frame whose header already announces too much.
    expect([closeCodes.MESSAGE_TOO_LARGE.code, 1009]).toContain((await giant.waitForClose()).code);
    const flood = await Feed.open(`${app.ws}/ws/orders`, withKey);
    for (let i = 0; i < 500; i++) flood.send('ping');
    expect((await flood.waitForClose()).code).toBe(closeCodes.FLOOD.code);
  });

  test('that answers no heartbeat is closed', async () => {
    const feed = await Feed.open(`${app.ws}/ws/orders`, withKey);
    // The client's own answer to pings is what keeps a socket alive.
    feed.socket.pong = () => {};
    const closed = await feed.waitForClose();
    expect(closed.code).toBe(closeCodes.HEARTBEAT_LOST.code);
  });

  test('is told when the server stops, so that it comes again', async () => {
    const feed = await Feed.open(`${app.ws}/ws/orders`, withKey);
    await feed.subscribed('orders');
    await app.stop();
    expect((await feed.waitForClose()).code).toBe(closeCodes.SERVER_STOPPING.code);
    await app.restart();
  });
});
