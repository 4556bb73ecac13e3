import { applyEvent } from '../orders/change-order.ts';
import type { Order } from '../orders/order.ts';
import type { SellerAccount } from '../seller-account.ts';
import type { World } from '../world.ts';
import { readFaultRule } from './fault-input.ts';
import { ControlError, integerIn, objectIn, parseControlBody, textIn } from './input.ts';
import { readEventRequest, readOrderRequest, readOrderWish } from './order-input.ts';
import { readAccount, readSettings } from './settings-input.ts';

interface ControlCall {
  world: World;
  body: unknown;
  query: URLSearchParams;
  /** The `:id` of the path. */
  id: string;
  onAccountsChanged(): void;
}

/**
 * How tests and people steer the simulator; no part of the marketplace, no credentials.
 * Source: emag-api.md 7.4. Described with examples in the README.
 */
const routes: Readonly<Record<string, (call: ControlCall) => unknown>> = {
  'POST reset': reset,
  'POST clock': moveClock,
  'POST orders': createOrders,
  'POST orders/:id/event': happen,
  'POST faults': addFaults,
  'DELETE faults': ({ world }) => {
    world.faults.clear();
    return {};
  },
  'GET faults': ({ world }) => ({ faults: world.faults.list() }),
  'GET log': ({ world, query }) => ({ entries: world.log.last(queryInteger(query, 'limit', 1000) ?? 100) }),
  'DELETE log': ({ world }) => {
    world.log.clear();
    return {};
  },
  'GET state': showState,
  'POST accounts': addAccount,
  'GET settings': ({ world }) => world.settings,
  'POST settings': ({ world, body }) => {
    world.settings = readSettings(body, world.settings);
    return world.settings;
  },
};

export function answerControlRequest(
  world: World,
  method: string,
  url: URL,
  text: string,
  onAccountsChanged: () => void,
): { status: number; body: unknown } {
  const path = url.pathname.slice('/__sandbox/'.length).replace(/\/$/, '');
  const id = /^orders\/(\d+)\/event$/.exec(path)?.[1] ?? '';
  const handle = routes[`${method} ${id === '' ? path : 'orders/:id/event'}`];
  if (!handle) return { status: 404, body: { message: `no control call ${method} ${url.pathname}` } };
  try {
    world.tick();
    const call = { world, body: parseControlBody(text), query: url.searchParams, id, onAccountsChanged };
    return { status: 200, body: handle(call) };
  } catch (error) {
    if (error instanceof ControlError) return { status: error.status, body: { message: error.message } };
    throw error;
  }
}

function reset({ world, body }: ControlCall): unknown {
  const fields = objectIn(body, 'body', ['seed', 'now', 'settings']);
  const settings = readSettings(fields.settings ?? {}, world.settings);
  const now = fields.now === undefined ? null : instant(fields.now, 'now');
  world.settings = settings;
  world.reset(integerIn(fields, 'seed', 0, 4_294_967_295) ?? world.seed, now);
  return { seed: world.seed, now: isoNow(world) };
}

function moveClock({ world, body }: ControlCall): unknown {
  const fields = objectIn(body, 'body', ['advanceMs', 'set']);
  const advanceMs = integerIn(fields, 'advanceMs', 0, 400 * 86_400_000);
  if ((advanceMs === undefined) === (fields.set === undefined)) {
    throw new ControlError('either advanceMs or set is required');
  }
  if (advanceMs !== undefined) world.clock.advance(advanceMs);
  else world.clock.set(instant(fields.set, 'set'));
  world.revision += 1;
  world.tick();
  return { now: isoNow(world) };
}

function createOrders({ world, body }: ControlCall): unknown {
  const request = readOrderRequest(body);
  const account = accountNamed(world, request.account);
  const wish = readOrderWish(request.fields, account);
  const type = wish.type ?? (account.settings.fbe ? 2 : 3);
  const ids: number[] = [];
  for (let index = 0; index < request.count; index += 1) {
    if (request.firstId === null) ids.push(world.nextOrderId(account.platform.key, type));
    else ids.push(request.firstId + index);
  }
  const taken = ids.find((id) => account.orders.get(id) !== undefined || id > 4_294_967_295);
  if (taken !== undefined) throw new ControlError(`firstId: order ${taken} exists or is too high`, 409);
  if (request.ratePerSecond === null) {
    for (const id of ids) world.createOrder(account, wish, id);
  } else {
    const everyMs = 1000 / request.ratePerSecond;
    // The stream eats its list, the caller gets one of its own.
    world.actors.addStream({ account, ids: [...ids], wish, everyMs, nextAtMs: world.clock.nowMs() });
    world.tick();
  }
  return { ids };
}

function happen({ world, body, id }: ControlCall): unknown {
  const { event, account, options } = readEventRequest(body);
  const holders = [...world.accounts.values()].filter(
    (candidate) =>
      candidate.orders.get(Number(id)) && (account === null || candidate.settings.username === account),
  );
  const holder = holders[0];
  const order = holder?.orders.get(Number(id));
  if (!holder || !order) throw new ControlError(`no order ${id}`, 404);
  if (holders.length > 1)
    throw new ControlError('account is required: several accounts hold this order id', 409);
  const refusal = applyEvent(holder, order, event, world.clock.nowMs(), options);
  if (refusal !== null) throw new ControlError(refusal, 409);
  world.revision += 1;
  return orderState(order);
}

function addFaults({ world, body }: ControlCall): unknown {
  const rules = Array.isArray(body) ? body : [body];
  return { ids: world.faults.add(rules.map(readFaultRule)) };
}

function addAccount({ world, body, onAccountsChanged }: ControlCall): unknown {
  const settings = readAccount(body);
  if (world.accounts.has(settings.username)) throw new ControlError('username exists', 409);
  world.addAccount(settings);
  onAccountsChanged();
  return { username: settings.username };
}

function showState({ world, query }: ControlCall): unknown {
  const withOrders = query.get('orders') === '1';
  const wanted = query.get('account');
  const accounts = wanted === null ? [...world.accounts.values()] : [accountNamed(world, wanted)];
  return {
    now: isoNow(world),
    seed: world.seed,
    settings: world.settings,
    outage: world.actors.outage,
    faults: world.faults.list(),
    accounts: accounts.map((account) => accountState(account, withOrders)),
  };
}

function accountState(account: SellerAccount, withOrders: boolean): Record<string, unknown> {
  const byStatus: Record<string, number> = { 0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 };
  const byType: Record<string, number> = { 2: 0, 3: 0 };
  for (const order of account.orders) {
    byStatus[order.status] = (byStatus[order.status] ?? 0) + 1;
    byType[order.type] = (byType[order.type] ?? 0) + 1;
  }
  const { username, name, tenant, platform, fbe } = account.settings;
  const counts = { total: account.orders.size, byStatus, byType };
  const orders = withOrders ? { orders: Array.from(account.orders, orderState) } : {};
  return { username, name, tenant, platform, fbe, counts, ...orders };
}

function orderState(order: Order): Record<string, unknown> {
  const { id, status, type, createdLocal, modifiedLocal, acknowledgedCount, acknowledgeCalls } = order;
  const lines = order.lines.map((line) => ({
    part_number: line.partNumber,
    quantity: line.quantity,
    status: line.status,
  }));
  return {
    id,
    status,
    type,
    created: createdLocal,
    modified: modifiedLocal,
    acknowledgedCount,
    acknowledgeCalls,
    lines,
  };
}

function accountNamed(world: World, username: string): SellerAccount {
  const account = world.accounts.get(username);
  if (!account) throw new ControlError(`account: no username ${username}`, 404);
  return account;
}

function instant(value: unknown, key: string): number {
  const atMs = typeof value === 'number' ? value : Date.parse(textIn({ [key]: value }, key) ?? '');
  if (!Number.isFinite(atMs)) throw new ControlError(`${key} must be an ISO 8601 time or milliseconds`);
  return atMs;
}

function queryInteger(query: URLSearchParams, key: string, max: number): number | undefined {
  const value = query.get(key);
  return value === null ? undefined : integerIn({ [key]: Number(value) }, key, 1, max);
}

function isoNow(world: World): string {
  return new Date(world.clock.nowMs()).toISOString();
}
