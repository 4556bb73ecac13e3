import { formatLocal } from '../local-time.ts';
import { northwind } from '../northwind.ts';
import { estimatedStock, type Offer } from '../offers/offer.ts';
import type { Random } from '../random.ts';
import type { SellerAccount } from '../seller-account.ts';
import type { Order, OrderLine, OrderStatus, OrderType, PaymentModeId } from './order.ts';

/** What a caller may fix of an order; all else is drawn from the seed. */
export interface OrderWish {
  type?: OrderType;
  status?: OrderStatus;
  lines?: readonly { offer: Offer; quantity: number }[];
  paymentModeId?: PaymentModeId;
  isComplete?: 0 | 1;
  company?: boolean;
  locker?: boolean;
  voucher?: boolean;
  observation?: string;
  bare?: Order['bare'];
}

export interface NewOrderIds {
  orderId: number;
  nextLineId(): number;
}

const streets = [
  'Strada Exemplu',
  'Bulevardul Unirii',
  'Strada Florilor',
  'Calea Victoriei',
  'Strada Teilor',
];

/** Builds a new order; the caller books it and takes its stock. Deterministic for a given state of `random`. */
export function makeOrder(
  account: SellerAccount,
  wish: OrderWish,
  ids: NewOrderIds,
  random: Random,
  nowMs: number,
): Order {
  const { platform } = account;
  const type = wish.type ?? (account.settings.fbe ? 2 : 3);
  const status = wish.status ?? 1;
  const paymentModeId = wish.paymentModeId ?? drawPaymentMode(random);
  const withLocker = wish.locker ?? random.chance(0.3);
  const locker = withLocker ? random.int(1000, 9999) : null;
  const withVoucher = wish.voucher ?? random.chance(0.1);
  const customer = random.int(0, northwind().customers.length - 1);
  const company = wish.company ?? random.chance(0.2);
  const street = `${random.pick(streets)} ${random.int(1, 120)}`;
  const localNow = formatLocal(nowMs, platform.timeZone);
  const chosen = wish.lines ?? drawLines(account, random);
  return {
    id: ids.orderId,
    type,
    status,
    isComplete: wish.isComplete ?? 1,
    createdMs: nowMs,
    createdLocal: localNow,
    modifiedMs: nowMs,
    modifiedLocal: localNow,
    dateLocal: formatLocal(nowMs - random.int(5, 60) * 1000, platform.timeZone),
    shipByMs: nowMs + 32 * 3_600_000,
    finalizedMs: status === 4 || status === 5 ? nowMs : null,
    cancelledMs: status === 0 ? nowMs : null,
    cancellationRequestedMs: null,
    cancellationReasonId: status === 0 ? 24 : null,
    late: false,
    customer,
    company,
    locality: random.int(0, platform.localities.length - 1),
    street: locker === null ? street : `${street} [EasyBox #${locker}]`,
    locker,
    paymentModeId,
    paid: paymentModeId === 3,
    shippingTaxE4: random.chance(0.5) ? Math.round(platform.unitsPerDollar * 435) * 100 : 0,
    observation: wish.observation ?? null,
    lines: chosen.map(({ offer, quantity }, index) =>
      makeLine(account, offer, quantity, withVoucher && index === 0, ids.nextLineId()),
    ),
    bare: wish.bare ?? 'no',
    acknowledgedCount: 0,
    acknowledgeCalls: 0,
    plan: null,
  };
}

function makeLine(
  account: SellerAccount,
  offer: Offer,
  quantity: number,
  voucher: boolean,
  id: number,
): OrderLine {
  const vatE4 = account.platform.vats.find((vat) => vat.id === offer.vatId)?.rateE4 ?? 0;
  return {
    id,
    offerId: offer.id,
    name: offer.name,
    partNumber: offer.partNumber,
    partNumberKey: offer.partNumberKey,
    quantity,
    initialQuantity: quantity,
    stornoQuantity: 0,
    status: 1,
    salePriceE4: offer.salePriceE4,
    vatE4,
    // A tenth of the line, in whole cents.
    voucherNetE4: voucher ? -Math.round((offer.salePriceE4 * quantity) / 1000) * 100 : 0,
  };
}

function drawPaymentMode(random: Random): PaymentModeId {
  const roll = random.next();
  if (roll < 0.5) return 1;
  return roll < 0.95 ? 3 : 2;
}

/**
 * One to four different goods that are active and, by the marketplace's own figure, in stock. When everything is sold
 * out, an order asked for by hand oversells one piece: the timer makes none then.
 */
function drawLines(account: SellerAccount, random: Random): { offer: Offer; quantity: number }[] {
  const saleable = account.saleableOffers();
  if (saleable.length === 0) return [{ offer: random.pick([...account.offers.values()]), quantity: 1 }];
  const wanted = random.chance(0.6) ? 1 : random.int(2, 4);
  const lines: { offer: Offer; quantity: number }[] = [];
  for (let drawn = 0; drawn < wanted; drawn += 1) {
    const offer = random.pick(saleable);
    const quantity = Math.min(random.chance(0.7) ? 1 : random.int(2, 5), estimatedStock(offer));
    if (!lines.some((line) => line.offer === offer)) lines.push({ offer, quantity });
  }
  return lines;
}
