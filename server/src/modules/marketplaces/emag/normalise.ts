/** eMAG's order in our words. */
import type { Platform } from '@tradepost/contracts';
import type { ImportedOrder } from '#modules/orders';
import { Sum } from './money.ts';
import { type WireCustomer, WireOrder } from './wire.ts';
import { fromLocal, zones } from './zone.ts';

export const currencies: Record<Platform, string> = {
  emag_ro: 'RON',
  emag_bg: 'EUR',
  emag_hu: 'HUF',
  fd_ro: 'RON',
  fd_bg: 'EUR',
};

/** An order that cannot be read. The run goes on with the others and tells of it. */
export class UnreadableOrderError extends Error {
  override name = 'UnreadableOrderError';
  readonly externalId: string | null;
  constructor(externalId: string | null, message: string) {
    super(message);
    this.externalId = externalId;
  }
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair; a customer's note can hold either. Most orders hold neither, and their JSON shows it at once. */
export function storable(value: unknown): unknown {
  return /\\u(0000|d[89a-f])/i.test(JSON.stringify(value) ?? '') ? cleaned(value) : value;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed();
  if (Array.isArray(value)) return value.map(cleaned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [cleaned(key), cleaned(part)]));
}

/** Unix seconds, or milliseconds where seconds would lie beyond the year 5000. */
function fromUnix(value: number): Date {
  return new Date(value > 1e11 ? value : value * 1000);
}

/** Line ids as text. Two lines with one id are both kept. */
function lineIds(lines: { id: number }[]): string[] {
  const seen = new Map<number, number>();
  return lines.map(({ id }) => {
    const times = (seen.get(id) ?? 0) + 1;
    seen.set(id, times);
    return times === 1 ? String(id) : `${id}#${times}`;
  });
}

/** @throws UnreadableOrderError naming the field that is wrong */
export function normaliseOrder(sent: unknown, platform: Platform): ImportedOrder {
  const raw = storable(sent);
  const parsed = WireOrder.safeParse(raw);
  const rawId = (raw as { id?: unknown } | null)?.id;
  const externalId = typeof rawId === 'number' || typeof rawId === 'string' ? String(rawId) : null;
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UnreadableOrderError(
      externalId,
      `order ${externalId ?? 'without id'}: ${issue.path.join('.')}: ${issue.message}`,
    );
  }
  const order = parsed.data;
  const zone = zones[platform];
  const local = (text: string | null | undefined): Date | null => (text ? fromLocal(text, zone) : null);
  const modifiedAt = local(order.modified);
  // FBE rows may carry Unix seconds, or no date at all.
  const dated =
    typeof order.date === 'number'
      ? fromUnix(order.date)
      : /^\d{9,}$/.test(order.date ?? '')
        ? fromUnix(Number(order.date))
        : local(order.date);
  const placedAt = dated ?? local(order.created) ?? modifiedAt;
  if (placedAt === null || Number.isNaN(placedAt.getTime()))
    throw new UnreadableOrderError(
      externalId,
      `order ${externalId}: no date, created or modified that can be read`,
    );

  const products = order.products ?? [];
  const ids = lineIds(products);
  const vouchers = order.vouchers ?? [];
  const total = new Sum();
  const discount = new Sum();
  for (const line of products) {
    if (line.status === false) continue;
    total.addGross(line.quantity, line.sale_price, line.vat ?? '0');
    for (const deposit of line.recycle_warranties ?? [])
      total.addGross(deposit.quantity, deposit.sale_price, deposit.vat_rate ?? '0');
  }
  total.add(order.shipping_tax ?? '0');
  for (const voucher of vouchers) {
    for (const amount of [voucher.sale_price, voucher.sale_price_vat]) {
      total.add(amount ?? '0');
      discount.add(amount ?? '0');
    }
  }
  const currency = order.currency ?? currencies[platform];
  // Forints have no hundredths.
  const totalMinor = total.toMinor(currency === 'HUF' ? 100 : 1);
  if (!Number.isSafeInteger(totalMinor)) {
    throw new UnreadableOrderError(
      externalId,
      `order ${externalId}: its total is larger than can be counted`,
    );
  }
  const customer = order.customer ?? null;
  return {
    externalId: String(order.id),
    externalStatus: order.status,
    complete: order.is_complete ?? true,
    fulfilment: order.type === 2 ? 'marketplace' : 'seller',
    modifiedAt,
    placedAt,
    customerName: customer?.name || customer?.shipping_contact || null,
    customer: {
      email: customer?.email || null,
      phone: customer?.shipping_phone || customer?.phone_1 || null,
      shippingAddress: address(customer, 'shipping'),
      billingAddress: address(customer, 'billing'),
    },
    currency,
    totalMinor,
    shippingMinor: new Sum().add(order.shipping_tax ?? '0').toMinor(),
    discountMinor: discount.toMinor(),
    paymentMode: order.payment_mode ?? null,
    deliveryMode: order.delivery_mode ?? null,
    lines: products.map((line, i) => ({
      externalId: ids[i]!,
      sku: line.ext_part_number || line.part_number || null,
      name: line.name || line.product_name || line.ext_part_number || `#${line.id}`,
      quantity: Math.max(0, line.quantity),
      unitPrice: line.sale_price,
      vatRate: line.vat ?? '0',
      cancelled: line.status === false,
    })),
    raw,
  };
}

function address(customer: WireCustomer | null, kind: 'shipping' | 'billing'): string | null {
  if (customer === null) return null;
  const parts = [
    customer[`${kind}_street`],
    customer[`${kind}_postal_code`],
    customer[`${kind}_city`],
    customer[`${kind}_suburb`],
    customer[`${kind}_country`],
  ].filter((part) => part);
  return parts.length === 0 ? null : parts.join(', ');
}
