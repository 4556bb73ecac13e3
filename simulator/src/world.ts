import type { AccountSettings } from './accounts.ts';
import { Actors } from './actors.ts';
import type { MovableClock } from './clock.ts';
import { type Fault, FaultRules } from './faults/rules.ts';
import { RateLimiter } from './http/rate-limit.ts';
import { RequestLog } from './http/request-log.ts';
import { changeOrder } from './orders/change-order.ts';
import { makeOrder, type OrderWish } from './orders/make-order.ts';
import type { Order, OrderType } from './orders/order.ts';
import { type PlatformKey, platforms } from './platforms.ts';
import { hash32, Random } from './random.ts';
import { SellerAccount } from './seller-account.ts';
import type { Settings } from './settings.ts';

/** The highest id handed out. Orders of all accounts of a platform share one row per type, as the real ones do. */
export interface Counters {
  orderIds: Record<string, number>;
  lineId: number;
}

/**
 * Type 2 ids lie above 2^31 (F21). Platforms start alike, so ids collide between them, which clients must bear (A1).
 */
const firstOrderIds = { 2: 2_900_000_000, 3: 412_000_000 } as const;

/** Every row is there from the start: a killed run must not forget one that it had only begun. */
function firstCounters(): Counters {
  const orderIds: Record<string, number> = {};
  for (const platform of Object.keys(platforms)) {
    for (const type of [2, 3] as const) orderIds[`${platform} ${type}`] = firstOrderIds[type];
  }
  return { orderIds, lineId: 555_000_000 };
}

/** Everything there is, in memory. One world per process; the HTTP side only calls in. */
export class World {
  readonly clock: MovableClock;
  readonly accounts = new Map<string, SellerAccount>();
  readonly rateLimiter = new RateLimiter();
  readonly log = new RequestLog();
  readonly faults = new FaultRules();
  settings: Settings;
  seed: number;
  counters: Counters = firstCounters();
  /** Separate streams: what happens by the clock must not change what the next order looks like. */
  orderRandom: Random;
  faultRandom: Random;
  actors: Actors;
  /** Bumped by every change worth a snapshot. */
  revision = 0;

  constructor(options: {
    clock: MovableClock;
    seed: number;
    settings: Settings;
    accounts: readonly AccountSettings[];
  }) {
    this.clock = options.clock;
    this.settings = options.settings;
    this.seed = options.seed;
    this.orderRandom = new Random(hash32(`orders ${options.seed}`));
    this.faultRandom = new Random(hash32(`faults ${options.seed}`));
    this.actors = new Actors(this, options.seed);
    for (const settings of options.accounts) this.addAccount(settings);
  }

  addAccount(settings: AccountSettings): SellerAccount {
    const account = new SellerAccount(settings);
    this.accounts.set(settings.username, account);
    this.revision += 1;
    return account;
  }

  /** Brings the world up to the clock; called before every request and by a timer. */
  tick(): void {
    this.actors.act(this.clock.nowMs());
  }

  nextOrderId(platform: PlatformKey, type: OrderType): number {
    const row = `${platform} ${type}`;
    const sameSite = [...this.accounts.values()].filter((account) => account.platform.key === platform);
    let id = this.counters.orderIds[row] ?? firstOrderIds[type];
    // Other sellers' orders take the ids in between; a control call may have taken one ahead.
    do id += this.orderRandom.int(1, 7);
    while (sameSite.some((account) => account.orders.get(id)));
    this.counters.orderIds[row] = id;
    return id;
  }

  /** Creates and books an order. With `orderId` the caller has chosen, or reserved, the id. */
  createOrder(account: SellerAccount, wish: OrderWish = {}, orderId?: number): Order {
    const type = wish.type ?? (account.settings.fbe ? 2 : 3);
    const nextLineId = () => {
      this.counters.lineId += 1;
      return this.counters.lineId;
    };
    const ids = { orderId: orderId ?? this.nextOrderId(account.platform.key, type), nextLineId };
    const order = makeOrder(account, wish, ids, this.orderRandom, this.clock.nowMs());
    account.orders.add(order);
    account.takeStock(order);
    if (this.settings.actors) this.actors.planFirst(order);
    this.revision += 1;
    return order;
  }

  changeOrder(account: SellerAccount, order: Order, change: (order: Order) => void): void {
    changeOrder(account, order, this.clock.nowMs(), change);
    this.revision += 1;
  }

  /** Back to the first day: no orders, offers as made, no faults; the same seed then gives the same orders. */
  reset(seed: number, nowMs: number | null): void {
    if (nowMs !== null) this.clock.set(nowMs);
    this.seed = seed;
    this.orderRandom = new Random(hash32(`orders ${seed}`));
    this.faultRandom = new Random(hash32(`faults ${seed}`));
    this.actors = new Actors(this, seed);
    this.counters = firstCounters();
    for (const { settings } of [...this.accounts.values()]) this.addAccount(settings);
    this.faults.clear();
    this.rateLimiter.clear();
    this.log.clear();
    this.revision += 1;
  }

  /** The rules a request meets, counted as met. */
  meetFaults(request: {
    method: string;
    route: string;
    account: SellerAccount | null;
    body: string;
  }): Fault[] {
    return this.faults.meet(request, this.faultRandom);
  }
}
