/** The jobs over marketplace accounts against the simulator, over real HTTP. */
import { describe, expect, test } from 'vitest';
import { createMarketplaceOrdersFlow, requestSync } from '#flows/marketplace-orders';
import type { TenantContext } from '#platform/db';
import { run as runAcknowledge } from '../src/flows/marketplace-orders/acknowledge-orders.handler.ts';
import { run as runSync } from '../src/flows/marketplace-orders/sync-orders.handler.ts';
import { runnerOn, until } from './factories/jobs.ts';
import {
  connectAccount,
  contextOf,
  fbeLogin,
  type Market,
  mainLogin,
  otherLogin,
  ourOrders,
  shopSkus,
  startMarket,
} from './factories/market.ts';
import { expectSoundStock, levels, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

/** A tenant with plenty of everything that the simulated shops sell. */
async function stockedTenant(onHand = 100_000): Promise<TenantContext> {
  const tenant = await database.current.createTenant();
  await stock(database.current.db, tenant, Object.fromEntries(shopSkus.map((sku) => [sku, onHand])));
  return tenant;
}

/** Both sides have the same orders in the same states, and each seller's order that needs it is held. */
async function expectSame(tenant: TenantContext, market: Market, login = mainLogin): Promise<void> {
  const ours = await ourOrders(database.current.db, tenant);
  const theirs = await market.state(login);
  expect(ours.map((o) => [Number(o.externalId), o.externalStatus, o.fulfilment])).toEqual(
    theirs
      .map((o) => [o.id, o.status, o.type === 2 ? 'marketplace' : 'seller'] as [number, number, string])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
  );
  const wanted = new Map(
    theirs.map((o) => [
      String(o.id),
      o.type === 3 && o.status >= 1 && o.status <= 3
        ? o.lines.reduce((sum, l) => sum + (l.status === 1 ? l.quantity : 0), 0)
        : 0,
    ]),
  );
  for (const order of ours) expect(order.held, order.externalId).toBe(wanted.get(order.externalId));
  await expectSoundStock(database.current.db, tenant);
}

const newEvents = (tenant: TenantContext) =>
  database.current.db.withTenant(tenant, (tx) =>
    tx.query("select data->>'externalId' as id from event where type = 'order_new'"),
  );

async function cursorOf(tenant: TenantContext, stream = 'orders:3') {
  return database.current.db.withTenant(tenant, (tx) =>
    tx.maybeOne<{ modified_after: Date | null; scan: { nextPage: number } | null }>(
      'select modified_after, scan from sync_cursor where stream = $1',
      [stream],
    ),
  );
}

async function lastRun(tenant: TenantContext) {
  return database.current.db.withTenant(tenant, (tx) =>
    tx.one<Record<string, unknown> & { error: { code: string; message: string } | null }>(
      `select r.*, a.failing_since, a.last_success_at from sync_run r join marketplace_account a on a.tenant_id = r.tenant_id and a.id = r.account_id
       order by r.id desc limit 1`,
    ),
  );
}

describe('new orders', () => {
  test('type 3 are imported once, held, acknowledged once, whatever is read again', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    await market.orders(130);
    expect(await account.sync()).toMatchObject({ created: 130, failed: 0 });
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 130, failed: 0 });
    expect(await account.sync()).toMatchObject({ created: 0 });
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 0 });
    const theirs = await market.state();
    expect(theirs.every((o) => o.status === 2 && o.acknowledgeCalls === 1)).toBe(true);
    const ours = await ourOrders(database.current.db, tenant);
    expect(ours.every((o) => o.acknowledged && o.status === 'in_progress')).toBe(true);
    expect(await newEvents(tenant)).toHaveLength(130);
    await expectSame(tenant, market);
  });

  test('type 2 are kept in step, neither held nor acknowledged', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market, { login: fbeLogin });
    const [id] = await market.orders(20, { account: fbeLogin });
    expect(await account.sync()).toMatchObject({ created: 20 });
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 0, failed: 0 });
    await market.event(id!, 'acknowledgeByOther');
    await market.event(id!, 'prepare');
    await account.sync();
    expect(
      (await ourOrders(database.current.db, tenant)).find((o) => o.externalId === `${id}`),
    ).toMatchObject({
      status: 'prepared',
      acknowledged: false,
      fulfilment: 'marketplace',
    });
    expect((await market.state(fbeLogin)).every((o) => o.acknowledgeCalls === 0)).toBe(true);
    await expectSame(tenant, market, fbeLogin);
  });

  test('in any status at first sight', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    for (const status of [0, 1, 2, 3, 4, 5]) await market.orders(3, { status });
    await account.sync();
    expect(new Set((await ourOrders(database.current.db, tenant)).map((o) => o.status))).toEqual(
      new Set(['cancelled', 'new', 'in_progress', 'prepared', 'finalized', 'returned']),
    );
    await expectSame(tenant, market);
  });

  test.each([
    'random',
    'allStrings',
    'allNumbers',
    'emptyAsNull',
    'emptyAsObject',
    'unknownKeys',
    'missingKeys',
  ])('whatever the types of the fields are: %s', async (style) => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    await market.orders(40, { template: { voucher: true, company: true } });
    await market.fault({ kind: 'typeMix', style }, { route: 'order/read' });
    expect(await account.sync()).toMatchObject({ created: 40, failed: 0 });
    await expectSame(tenant, market);
  });

  test.each(['null', 'unix'])(
    'rows of eMAG’s own warehouse without customer, lines and date (%s)',
    async (bare) => {
      const market = await startMarket();
      const tenant = await stockedTenant();
      const account = await connectAccount(database.current.db, tenant, market, { login: fbeLogin });
      await market.orders(3, { account: fbeLogin, template: { bare } });
      expect(await account.sync()).toMatchObject({ created: 3, failed: 0 });
      await expectSame(tenant, market, fbeLogin);
    },
  );
});

describe('what happens to orders', () => {
  test('cancelled before it was seen, and after: nothing is held', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    const [before, after] = await market.orders(2, { lines: { 'NW-001': 3 } });
    await market.event(before!, 'cancel');
    await account.sync();
    expect((await levels(database.current.db, tenant))['NW-001']).toMatchObject({ reserved: 3 });
    await market.event(after!, 'cancel');
    await account.sync();
    expect((await levels(database.current.db, tenant))['NW-001']).toMatchObject({
      reserved: 0,
      onHand: 100_000,
    });
    await expectSame(tenant, market);
  });

  test('edited: what is held follows; a line taken out is given back', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    const [id] = await market.orders(1, { lines: { 'NW-001': 3, 'NW-002': 1 } });
    await account.sync();
    const edits: Record<string, number>[] = [{ 'NW-001': 5 }, { 'NW-001': 2 }, { 'NW-002': 0 }];
    for (const edit of edits) {
      await market.event(id!, 'edit', edit);
      await account.sync();
      await expectSame(tenant, market);
    }
    expect(await levels(database.current.db, tenant)).toMatchObject({
      'NW-001': { reserved: 2 },
      'NW-002': { reserved: 0 },
    });
  });

  test('finalized: sold once, however often it is read', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant(10);
    const account = await connectAccount(database.current.db, tenant, market);
    const [id] = await market.orders(1, { lines: { 'NW-001': 3 } });
    await account.sync();
    await account.acknowledge();
    await market.event(id!, 'prepare');
    await market.event(id!, 'finalize');
    for (let time = 0; time < 3; time++) await account.sync();
    expect((await levels(database.current.db, tenant))['NW-001']).toMatchObject({ onHand: 7, reserved: 0 });
    const sales = await database.current.db.withTenant(tenant, (tx) =>
      tx.query("select quantity, on_hand_after, reference from movement where kind = 'sale'"),
    );
    const [order] = await ourOrders(database.current.db, tenant);
    expect(sales).toEqual([{ quantity: -3, on_hand_after: 7, reference: `order:${order!.id}` }]);
    await expectSame(tenant, market);
  });
});

describe('pages', () => {
  test.each([
    ['new orders push rows to the next page', { kind: 'driftInsert', count: 30 }, 4],
    ['rows leave the list and pull later ones forward', { kind: 'driftRemove', count: 30 }, 4],
    ['a page is served twice', { kind: 'samePage' }, 2],
    ['a page in the middle is empty', { kind: 'emptyPage' }, 1],
  ])('%s: in the end both sides have the same', async (_, action, times) => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market, { overlapMs: 5000 });
    await market.orders(140);
    await market.orders(140, { status: 2 });
    await market.fault(action, { route: 'order/read', bodyContains: '"currentPage":2' }, { times });
    await account.sync();
    // Everybody's turn comes again; the market goes on meanwhile.
    await market.orders(10);
    await account.sync();
    await account.acknowledge();
    await account.sync();
    await expectSame(tenant, market);
    expect(new Set((await newEvents(tenant)).map((e) => e.id)).size).toBe((await market.state()).length);
    expect(await newEvents(tenant)).toHaveLength((await market.state()).length);
  });

  test('an empty page in the middle does not pass for the end: the cursor stays, the window is read again', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    await market.orders(250, { status: 2 });
    await market.fault({ kind: 'emptyPage' }, { route: 'order/read', bodyContains: '"currentPage":2' });
    expect(await account.sync()).toMatchObject({ created: 100 });
    expect(await cursorOf(tenant)).toMatchObject({
      modified_after: null,
      scan: { nextPage: 1, missing: 150 },
    });
    await market.clearFaults();
    expect(await account.sync()).toMatchObject({ created: 150 });
    expect((await cursorOf(tenant))?.modified_after).toBeInstanceOf(Date);
    await expectSame(tenant, market);
  });

  test('more pages than a run may read: the following runs go on where it ended, then none follows', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market, { maxPages: 3 });
    await market.orders(450, { status: 2 });
    const followUps = () =>
      database.current.db.withTenant(tenant, (tx) =>
        tx.execute("update task set status = 'cancelled' where type = 'sync_orders' and status = 'queued'"),
      );
    const created: number[] = [];
    for (let run = 1; ; run++) {
      created.push(((await account.sync()) as { created: number }).created);
      if ((await followUps()) === 0) break;
      if (run === 10) throw new Error('it never ends');
    }
    // One page of each run goes to the list of new orders, which is empty.
    expect(created).toEqual([200, 200, 50]);
    await expectSame(tenant, market);
  });

  test('an order that cannot be read holds up neither the others nor the cursor, over several runs too', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market, { maxPages: 2 });
    await market.orders(250, { status: 2 });
    // The first page of the changed ones holds rows that no reader could make sense of.
    await market.fault(
      { kind: 'body', json: { isError: false, messages: [], results: await unreadablePage(market) } },
      {
        route: 'order/read',
        bodyContains: '"currentPage":1,"itemsPerPage":100,"type":3,"modifiedAfter"',
      },
    );
    for (let run = 0; run < 4; run++) await account.sync();
    expect((await ourOrders(database.current.db, tenant)).length).toBe(249);
    expect((await cursorOf(tenant))?.modified_after).toBeInstanceOf(Date);
    expect(await lastRun(tenant)).toMatchObject({ outcome: 'completed' });
  });

  /** The first page as it is, but for one order without any status. */
  async function unreadablePage(market: Market): Promise<unknown[]> {
    const login = market.simulator.accounts.find((a) => a.username === mainLogin)!;
    const response = await fetch(`${login.baseUrl}/order/read`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ currentPage: 1, itemsPerPage: 100, type: 3 }),
    });
    const { results } = (await response.json()) as { results: Record<string, unknown>[] };
    return results.map((row, i) => (i === 50 ? { ...row, status: 'lost' } : row));
  }
});

describe('a marketplace that fails in the middle of the pages', () => {
  const cases: [string, Record<string, unknown>, string, RegExp][] = [
    ['403', { kind: 'forbidden' }, 'EMAG_AUTH', /user name or password was refused/],
    [
      'an address it does not know',
      { kind: 'invalidIp', status: 200 },
      'EMAG_IP_REFUSED',
      /this server's address/,
    ],
    ['429', { kind: 'rateLimited', retryAfter: 0 }, 'EMAG_RATE_LIMITED', /too often/],
    [
      '500 with a web page',
      { kind: 'serverError', status: 500, body: 'html' },
      'EMAG_UNAVAILABLE',
      /web page.*500/,
    ],
    [
      '503 with nothing',
      { kind: 'serverError', status: 503, body: 'empty' },
      'EMAG_UNAVAILABLE',
      /nothing.*503/,
    ],
    [
      'HTML said to be JSON',
      { kind: 'serverError', status: 502, body: 'htmlAsJson' },
      'EMAG_UNAVAILABLE',
      /web page/,
    ],
    [
      'half a JSON',
      { kind: 'truncate', contentLength: 'full' },
      'EMAG_MALFORMED|EMAG_UNAVAILABLE',
      /breaks off|failed/,
    ],
    [
      'half an answer',
      { kind: 'truncate', contentLength: 'short' },
      'EMAG_MALFORMED|EMAG_UNAVAILABLE',
      /breaks off|failed/,
    ],
    ['a broken connection', { kind: 'reset', at: 'body' }, 'EMAG_UNAVAILABLE', /connection to eMAG failed/],
    ['no answer at all', { kind: 'timeout' }, 'EMAG_UNAVAILABLE', /no answer within/],
    ['isError missing', { kind: 'isErrorValue', value: 'missing' }, 'EMAG_MALFORMED', /does not say/],
    ['isError in quotes', { kind: 'isErrorValue', value: 'false' }, 'EMAG_MALFORMED', /does not say/],
    ['null', { kind: 'body', json: null }, 'EMAG_MALFORMED', /does not say/],
    ['an error of its own', { kind: 'isError', messages: ['Try later'] }, 'EMAG_REFUSED', /Try later/],
  ];
  test.each(cases)(
    '%s: told in words, what was stored is kept, the cursor stays, the next run ends it',
    async (_, action, code, words) => {
      const market = await startMarket();
      const tenant = await stockedTenant();
      const account = await connectAccount(database.current.db, tenant, market, {
        timeoutMs: action.kind === 'timeout' ? 500 : 5000,
      });
      await market.orders(20, { type: 2 });
      await market.orders(150, { status: 2 });
      await market.fault(action, { route: 'order/read', bodyContains: '"currentPage":2' });
      await expect(account.sync()).rejects.toMatchObject({ name: 'TaskFailure' });
      const failed = await lastRun(tenant);
      expect(failed).toMatchObject({
        outcome: 'failed',
        read_count: 100,
        created_count: 100,
        failing_since: expect.any(Date),
      });
      expect(failed.error?.code).toMatch(new RegExp(`^(${code})$`));
      expect(failed.error?.message).toMatch(words);
      expect(JSON.stringify(failed.error)).not.toMatch(
        /node_modules|\.ts\b|sandbox-|at \w+ \(|select |insert /,
      );
      expect(await cursorOf(tenant)).toMatchObject({ modified_after: null, scan: { nextPage: 2 } });
      await expectSoundStock(database.current.db, tenant);

      await market.clearFaults();
      await account.sync();
      expect(await lastRun(tenant)).toMatchObject({ outcome: 'completed', failing_since: null });
      await expectSame(tenant, market);
    },
  );

  test('filters ignored: orders that were not asked for are not stored', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    await market.orders(5, { type: 2 });
    await market.orders(5, { status: 2 });
    await market.fault({ kind: 'filtersIgnored' }, { route: 'order/read', bodyContains: '"status":[1]' });
    await expect(account.sync()).rejects.toMatchObject({ code: 'EMAG_MALFORMED' });
    expect((await lastRun(tenant)).error?.message).toMatch(/not asked for/);
    expect(await ourOrders(database.current.db, tenant)).toEqual([]);
    await market.clearFaults();
    await account.sync();
    await expectSame(tenant, market);
  });

  test('a deadlock that PostgreSQL ends by taking our transaction back counts nothing twice', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const { db } = database.current;
    const account = await connectAccount(db, tenant, market);
    await market.orders(5);
    // Each transaction is chosen once, after all its work.
    const victim = { ...db };
    victim.withTenant = (context, work) => {
      let chosen = false;
      return db.withTenant(context, async (tx) => {
        const result = await work(tx);
        if (!chosen) {
          chosen = true;
          throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        }
        return result;
      });
    };
    const payload = { accountId: account.id };
    expect(await runSync(contextOf(victim, tenant), payload, account.deps)).toMatchObject({
      created: 5,
      changed: 0,
    });
    expect(await runAcknowledge(contextOf(victim, tenant), payload, account.deps)).toMatchObject({
      acknowledged: 5,
    });
    await expectSame(tenant, market);
  });

  test('one account failing does not stop the other of the same tenant, nor those of others', async () => {
    const market = await startMarket();
    const [tenant, neighbour] = [await stockedTenant(), await stockedTenant()];
    const { db } = database.current;
    const failing = await connectAccount(db, tenant, market);
    const fine = await connectAccount(db, tenant, market, { login: fbeLogin });
    const theirs = await connectAccount(db, neighbour, market, { login: otherLogin });
    for (const account of [mainLogin, fbeLogin, otherLogin]) await market.orders(5, { account });
    await market.fault({ kind: 'forbidden' }, { account: mainLogin });
    const flow = createMarketplaceOrdersFlow({
      ...failing.deps,
      syncIntervalMs: 1000,
      acknowledgeIntervalMs: 1000,
    });
    await runnerOn(database.current, flow.tasks);
    const [one, two, three] = await Promise.all(
      (
        [
          [tenant, failing],
          [tenant, fine],
          [neighbour, theirs],
        ] as const
      ).map(([who, account]) => db.withTenant(who, (tx) => requestSync(tx, account))),
    );
    expect((await until(database.current, tenant, one!.id, 'retrying')).error).toMatchObject({
      code: 'EMAG_AUTH',
    });
    await until(database.current, tenant, two!.id, 'completed');
    await until(database.current, neighbour, three!.id, 'completed');
    expect(await ourOrders(db, tenant)).toHaveLength(5);
    // Read, stored and acknowledged without a hand.
    await expect
      .poll(async () => (await market.state(otherLogin)).filter((o) => o.acknowledgedCount === 1).length, {
        timeout: 15_000,
      })
      .toBe(5);
  });

  test('a run that is asked to stop says so and keeps what it had stored', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    await market.orders(150, { status: 2 });
    await market.fault({ kind: 'timeout' }, { route: 'order/read', bodyContains: '"currentPage":2' });
    const stop = new AbortController();
    const over = account.sync(stop.signal);
    await expect
      .poll(async () => (await ourOrders(database.current.db, tenant)).length, { timeout: 15_000 })
      .toBe(100);
    stop.abort(new Error('cancelled'));
    await expect(over).rejects.toMatchObject({ code: 'STOPPED' });
    expect(await cursorOf(tenant)).toMatchObject({ modified_after: null, scan: { nextPage: 2 } });
  });
});

describe('acknowledging', () => {
  test('the answer was lost: the second time is no failure, and no second acknowledgement', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market, { timeoutMs: 500 });
    await market.orders(3);
    await account.sync();
    await market.fault({ kind: 'timeout' }, { route: 'order/acknowledge' }, { stage: 'after', times: 1 });
    await expect(account.acknowledge()).rejects.toMatchObject({ code: 'EMAG_UNAVAILABLE' });
    // What went well beside it is kept.
    expect((await ourOrders(database.current.db, tenant)).filter((o) => o.acknowledged)).toHaveLength(2);
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 1, failed: 0 });
    expect((await market.state()).map((o) => o.acknowledgedCount)).toEqual([1, 1, 1]);
  });

  test('a locked order is tried again, and given up for this run after four times', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    const [id] = await market.orders(1);
    await account.sync();
    await market.fault({ kind: 'acknowledgeLock' }, { route: 'order/acknowledge' }, { times: 4 });
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 0, failed: 1 });
    await market.clearFaults();
    await market.fault({ kind: 'acknowledgeLock' }, { route: 'order/acknowledge' }, { times: 3 });
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 1, failed: 0 });
    expect((await market.state()).find((o) => o.id === id)).toMatchObject({
      status: 2,
      acknowledgedCount: 1,
    });
  });

  test('cancelled meanwhile: refused, the others go on, and the next reading gives its stock back', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    const [id] = await market.orders(12, { lines: { 'NW-001': 1 } });
    await account.sync();
    await market.fault({ kind: 'orderEvent', event: 'cancel' }, { route: `order/acknowledge/${id}` });
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 11, failed: 1 });
    await account.sync();
    expect((await levels(database.current.db, tenant))['NW-001']).toMatchObject({ reserved: 11 });
    await expectSame(tenant, market);
  });

  test('somebody else was first: taken as done', async () => {
    const market = await startMarket();
    const tenant = await stockedTenant();
    const account = await connectAccount(database.current.db, tenant, market);
    const [id] = await market.orders(2);
    await account.sync();
    await market.event(id!, 'acknowledgeByOther');
    expect(await account.acknowledge()).toMatchObject({ acknowledged: 2, failed: 0 });
    await account.sync();
    await expectSame(tenant, market);
  });
});

test('eMAG’s limits are kept: with them on, not one call is refused', async () => {
  const market = await startMarket({ rateLimits: true });
  const tenant = await stockedTenant();
  const account = await connectAccount(database.current.db, tenant, market, {
    // The product's own defaults.
    orderCalls: { perSecond: 10, perMinute: 600 },
  });
  await market.orders(25);
  await account.sync();
  expect(await account.acknowledge()).toMatchObject({ acknowledged: 25 });
  const { entries } = await market.control<{ entries: { status: number }[] }>('GET', 'log?limit=1000');
  expect(entries.length).toBeGreaterThan(25);
  expect(entries.filter((e) => e.status === 429)).toEqual([]);
});
