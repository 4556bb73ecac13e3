import { estimatedStock } from './offers/offer.ts';
import { applyEvent } from './orders/change-order.ts';
import type { OrderWish } from './orders/make-order.ts';
import type { Order, OrderEventName } from './orders/order.ts';
import { hash32, Random } from './random.ts';
import type { SellerAccount } from './seller-account.ts';
import type { World } from './world.ts';

/** One account that fails by itself for a while. */
export interface Outage {
  username: string;
  kind: 'serverError' | 'forbidden';
  untilMs: number;
}

/** Orders asked for at a rate, their ids already handed out. */
export interface OrderStream {
  account: SellerAccount;
  ids: number[];
  wish: OrderWish;
  everyMs: number;
  nextAtMs: number;
}

const minuteMs = 60_000;
/** A long jump of the clock brings no more than this many orders at once. */
const maxOrdersPerTick = 2000;

/**
 * All that happens without a request: new orders at their rate, the marketplace's own steps on orders, restocking,
 * outages. Nothing sleeps: `act` looks at the clock and does what is due, so a pushed clock works at once.
 * Source: emag-api.md S28, S30; rates are ours.
 */
export class Actors {
  readonly #world: World;
  readonly #random: Random;
  #nextOrderAtMs: number | null = null;
  #nextOutageAtMs: number | null = null;
  #nextRestockAtMs = 0;
  /** No order has anything due before this. */
  #nextPlanAtMs = Number.POSITIVE_INFINITY;
  #streams: OrderStream[] = [];
  outage: Outage | null = null;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#random = new Random(hash32(`actors ${seed}`));
  }

  act(nowMs: number): void {
    this.#arrive(nowMs);
    this.#stream(nowMs);
    this.#outages(nowMs);
    if (!this.#world.settings.actors) return;
    if (nowMs >= this.#nextPlanAtMs) this.#carryOutPlans(nowMs);
    this.#restock(nowMs);
  }

  addStream(stream: OrderStream): void {
    this.#streams.push(stream);
  }

  /** Loaded orders bring their plans along. */
  lookAgain(): void {
    this.#nextPlanAtMs = 0;
  }

  planFirst(order: Order): void {
    const nowMs = this.#world.clock.nowMs();
    if (order.type === 2) {
      if (order.status === 1) this.#plan(order, 'acknowledgeByOther', nowMs, 0.5, 1.5);
      return;
    }
    if (order.status !== 1) return;
    const roll = this.#random.next();
    if (roll < 0.03) this.#plan(order, 'cancel', nowMs, 1, 10);
    else if (roll < 0.05) this.#plan(order, 'edit', nowMs, 0.5, 2);
    else if (roll < 0.07) this.#plan(order, 'acknowledgeByOther', nowMs, 2, 5);
  }

  /** After the seller acknowledged: most orders wait for him, some are handled in the seller's web pages. */
  planAfterAcknowledge(order: Order): void {
    const nowMs = this.#world.clock.nowMs();
    order.plan = null;
    const roll = this.#random.next();
    if (roll < 0.15) this.#plan(order, 'prepare', nowMs, 3, 8);
    else if (roll < 0.17) this.#plan(order, 'requestCancellation', nowMs, 1, 5);
    else this.#planAt(order, 'late', order.shipByMs);
  }

  #plan(order: Order, event: OrderEventName, nowMs: number, minMinutes: number, maxMinutes: number): void {
    const waitMs = this.#random.int(minMinutes * minuteMs, maxMinutes * minuteMs);
    this.#planAt(order, event, nowMs + waitMs);
  }

  #planAt(order: Order, event: OrderEventName, atMs: number): void {
    order.plan = { atMs, event };
    this.#nextPlanAtMs = Math.min(this.#nextPlanAtMs, atMs);
  }

  #planNext(order: Order, done: OrderEventName, atMs: number): void {
    const fast = order.type === 2 ? 0.5 : 1;
    if (done === 'acknowledgeByOther') {
      if (order.type === 2) this.#plan(order, 'prepare', atMs, 1, 3);
      else this.planAfterAcknowledge(order);
    } else if (done === 'prepare') this.#plan(order, 'finalize', atMs, 3 * fast, 8 * fast);
    else if (done === 'finalize' && !order.paid) this.#plan(order, 'deliver', atMs, 10, 20);
    else if (done === 'requestCancellation') {
      if (this.#random.chance(0.5)) this.#plan(order, 'cancel', atMs, 1, 4);
    }
  }

  #carryOutPlans(nowMs: number): void {
    this.#nextPlanAtMs = Number.POSITIVE_INFINITY;
    for (const account of this.#world.accounts.values()) {
      for (const order of account.orders) {
        // A jump of the clock can cover several steps of one order.
        while (order.plan && order.plan.atMs <= nowMs) {
          const { event, atMs } = order.plan;
          order.plan = null;
          // A seller who was faster wins: what the matrix refuses simply does not happen.
          if (applyEvent(account, order, event, nowMs) !== null) continue;
          this.#world.revision += 1;
          this.#planNext(order, event, atMs);
        }
        if (order.plan) this.#nextPlanAtMs = Math.min(this.#nextPlanAtMs, order.plan.atMs);
      }
    }
  }

  #arrive(nowMs: number): void {
    const { ordersPerMinute } = this.#world.settings;
    const accounts = [...this.#world.accounts.values()];
    if (ordersPerMinute === 0 || accounts.length === 0) {
      this.#nextOrderAtMs = null;
      return;
    }
    const meanMs = minuteMs / ordersPerMinute;
    // Set back clocks and changed rates leave a time too far ahead.
    if (this.#nextOrderAtMs === null || this.#nextOrderAtMs > nowMs + 20 * meanMs) {
      this.#nextOrderAtMs = nowMs + this.#waitMs(meanMs);
    }
    for (let made = 0; this.#nextOrderAtMs <= nowMs; made += 1) {
      if (made === maxOrdersPerTick) {
        this.#nextOrderAtMs = nowMs + this.#waitMs(meanMs);
        return;
      }
      const account = this.#random.pick(accounts);
      if (account.saleableOffers().length > 0) this.#world.createOrder(account);
      this.#nextOrderAtMs += this.#waitMs(meanMs);
    }
  }

  /** Orders come independently of each other: exponential gaps. */
  #waitMs(meanMs: number): number {
    return -Math.log(1 - this.#random.next()) * meanMs;
  }

  #stream(nowMs: number): void {
    if (this.#streams.length === 0) return;
    for (const stream of this.#streams) {
      while (stream.ids.length > 0 && stream.nextAtMs <= nowMs) {
        this.#world.createOrder(stream.account, stream.wish, stream.ids.shift());
        stream.nextAtMs += stream.everyMs;
      }
    }
    this.#streams = this.#streams.filter((stream) => stream.ids.length > 0);
  }

  /** The simulator's own goods are filled up when four fifths are gone. */
  #restock(nowMs: number): void {
    if (nowMs < this.#nextRestockAtMs && nowMs > this.#nextRestockAtMs - 2 * minuteMs) return;
    this.#nextRestockAtMs = nowMs + minuteMs;
    for (const account of this.#world.accounts.values()) {
      for (const offer of account.offers.values()) {
        if (offer.restockTo === null || estimatedStock(offer) >= offer.restockTo / 5) continue;
        offer.generalStock = offer.restockTo + offer.reserved;
        account.offersChanged();
        this.#world.revision += 1;
      }
    }
  }

  #outages(nowMs: number): void {
    if (!this.#world.settings.outages) {
      this.outage = null;
      this.#nextOutageAtMs = null;
      return;
    }
    if (this.outage && this.outage.untilMs <= nowMs) this.outage = null;
    this.#nextOutageAtMs ??= nowMs + this.#random.int(minuteMs, 3 * minuteMs);
    if (nowMs < this.#nextOutageAtMs || this.#world.accounts.size === 0) return;
    const username = this.#random.pick([...this.#world.accounts.keys()]);
    const kind = this.#random.chance(0.5) ? 'serverError' : 'forbidden';
    this.outage = { username, kind, untilMs: nowMs + this.#random.int(20_000, 60_000) };
    this.#nextOutageAtMs = nowMs + this.#random.int(4 * minuteMs, 10 * minuteMs);
  }
}
