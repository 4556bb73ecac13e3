import type { AccountSettings } from './accounts.ts';
import { estimatedStock, northwindOffers, type Offer } from './offers/offer.ts';
import type { Order } from './orders/order.ts';
import { OrderBook } from './orders/order-book.ts';
import { type Platform, platforms } from './platforms.ts';

/** The state of one account: its offers and its orders, and the stock that binds them. */
export class SellerAccount {
  readonly settings: AccountSettings;
  readonly platform: Platform;
  readonly offers = new Map<number, Offer>();
  readonly orders = new OrderBook();
  #saleable: Offer[] | null = null;

  constructor(settings: AccountSettings, offers?: readonly Offer[]) {
    this.settings = settings;
    this.platform = platforms[settings.platform];
    for (const offer of offers ?? northwindOffers(this.platform)) this.offers.set(offer.id, offer);
  }

  offerByPartNumber(partNumber: string): Offer | undefined {
    for (const offer of this.offers.values()) {
      if (offer.partNumber === partNumber) return offer;
    }
    return undefined;
  }

  /** Active offers with stock left; computed again after stock or offers changed. */
  saleableOffers(): readonly Offer[] {
    this.#saleable ??= [...this.offers.values()].filter(
      (offer) => offer.status === 1 && offer.validationStatus === 9 && estimatedStock(offer) > 0,
    );
    return this.#saleable;
  }

  offersChanged(): void {
    this.#saleable = null;
  }

  /**
   * Books an order's effect on the marketplace's stock: a new order is held against the estimate, an accepted one has
   * left the shelf, a cancelled or returned one has no effect (A31). Any change of an order is
   * `releaseStock`, change, `takeStock`.
   */
  takeStock(order: Order): void {
    this.#moveStock(order, 1);
  }

  releaseStock(order: Order): void {
    this.#moveStock(order, -1);
  }

  #moveStock(order: Order, direction: 1 | -1): void {
    if (order.status === 0 || order.status === 5) return;
    for (const line of order.lines) {
      const offer = this.offers.get(line.offerId);
      if (!offer || line.status === 0) continue;
      const before = estimatedStock(offer) > 0;
      if (order.status === 1) offer.reserved += direction * line.quantity;
      else offer.generalStock -= direction * line.quantity;
      if (before !== estimatedStock(offer) > 0) this.offersChanged();
    }
  }
}
