import { dayMs, type Order } from './order.ts';
import type { OrderFilter } from './order-filter.ts';

/**
 * The orders of one account, ascending by id. New ids are almost always the highest, so adding is an append;
 * reading a page walks from one end and stops when the page is full, without copying or sorting.
 */
export class OrderBook {
  #orders: Order[] = [];
  readonly #byId = new Map<number, Order>();

  get size(): number {
    return this.#orders.length;
  }

  [Symbol.iterator](): IterableIterator<Order> {
    return this.#orders[Symbol.iterator]();
  }

  get(id: number): Order | undefined {
    return this.#byId.get(id);
  }

  add(order: Order): void {
    if (this.#byId.has(order.id)) throw new Error(`order ${order.id} exists`);
    this.#byId.set(order.id, order);
    let at = this.#orders.length;
    while (at > 0 && (this.#orders[at - 1] as Order).id > order.id) at -= 1;
    if (at === this.#orders.length) this.#orders.push(order);
    else this.#orders.splice(at, 0, order);
  }

  page(filter: OrderFilter, page: number, size: number, newestFirst: boolean): Order[] {
    const rows: Order[] = [];
    let toSkip = (page - 1) * size;
    for (const order of this.#candidates(filter, newestFirst)) {
      if (!filter.accepts(order)) continue;
      if (toSkip > 0) {
        toSkip -= 1;
        continue;
      }
      rows.push(order);
      if (rows.length === size) break;
    }
    return rows;
  }

  count(filter: OrderFilter): number {
    let matching = 0;
    for (const order of this.#candidates(filter, true)) {
      if (filter.accepts(order)) matching += 1;
    }
    return matching;
  }

  /**
   * Forgets finished orders (finalized, cancelled, returned) untouched for 7 days, and above `keep` orders the oldest,
   * finished ones first. Returns those dropped.
   */
  prune(nowMs: number, keep: number): Order[] {
    const finished = (order: Order) => order.status === 0 || order.status >= 4;
    const expired = (order: Order) => finished(order) && nowMs - order.modifiedMs > 7 * dayMs;
    let dropped = this.#orders.filter(expired);
    const surplus = this.#orders.length - dropped.length - keep;
    if (surplus > 0) {
      const rest = this.#orders.filter((order) => !expired(order));
      const oldestFinishedFirst = [...rest.filter(finished), ...rest.filter((order) => !finished(order))];
      dropped = [...dropped, ...oldestFinishedFirst.slice(0, surplus)];
    }
    if (dropped.length === 0) return dropped;
    for (const order of dropped) this.#byId.delete(order.id);
    this.#orders = this.#orders.filter((order) => this.#byId.has(order.id));
    return dropped;
  }

  *#candidates(filter: OrderFilter, newestFirst: boolean): Generator<Order> {
    if (filter.ids) {
      const ids = [...new Set(filter.ids)].sort((a, b) => (newestFirst ? b - a : a - b));
      for (const id of ids) {
        const order = this.#byId.get(id);
        if (order) yield order;
      }
      return;
    }
    const last = this.#orders.length - 1;
    for (let index = 0; index <= last; index += 1) {
      yield this.#orders[newestFirst ? last - index : index] as Order;
    }
  }
}
