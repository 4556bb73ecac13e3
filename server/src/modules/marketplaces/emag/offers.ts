/** eMAG's product offers in our words. Source: emag-api.md 4.4, 4.5, 4.10. */
import type { MarketplaceProduct, Platform } from '@tradepost/contracts';
import { type EmagClient, EmagError } from './client.ts';
import { Sum } from './money.ts';
import { currencies, storable } from './normalise.ts';
import { pageSize } from './orders.ts';
import { WireCount, WireOffer, WireVatRates } from './wire.ts';

/** What an account offers, as a marketplace sent it. */
export interface ImportedOffer {
  externalId: string;
  partNumberKey: string | null;
  partNumber: string | null;
  /** Digits only. */
  barcodes: string[];
  name: string;
  brand: string | null;
  /** Plain text. */
  description: string | null;
  /** Net. */
  priceMinor: number | null;
  currency: string;
  vatRateBps: number | null;
  status: MarketplaceProduct['status'];
  stock: number | null;
}

/** An offer that cannot be read. The run goes on with the others and tells of it. */
export class UnreadableOfferError extends Error {
  override name = 'UnreadableOfferError';
}

/** One page, by ascending id. @throws EmagError */
export async function readOfferPage(
  client: EmagClient,
  page: number,
  signal: AbortSignal,
): Promise<unknown[]> {
  const results = await client.call(
    'product_offer/read',
    { currentPage: page, itemsPerPage: pageSize },
    signal,
  );
  if (!Array.isArray(results))
    throw new EmagError('malformed', 'eMAG answered the reading of products with something that is no list.');
  return results;
}

/** How many offers the account has; null when the answer cannot be read. */
export async function countOffers(client: EmagClient, signal: AbortSignal): Promise<number | null> {
  const parsed = WireCount.safeParse(await client.call('product_offer/count', {}, signal));
  return parsed.success ? parsed.data.noOfItems : null;
}

/** Basis points by eMAG's VAT id; empty when the answer cannot be read. */
export async function readVatRates(client: EmagClient, signal: AbortSignal): Promise<Map<number, number>> {
  const parsed = WireVatRates.safeParse(await client.call('vat/read', {}, signal));
  const rates = parsed.success ? parsed.data : [];
  return new Map(rates.map((rate) => [rate.vat_id, Math.round(Number(rate.vat_rate) * 10_000)]));
}

const statuses = { 0: 'inactive', 1: 'active', 2: 'end_of_life' } as const;

/** @throws UnreadableOfferError naming the field that is wrong */
export function normaliseOffer(
  sent: unknown,
  platform: Platform,
  vatRates: ReadonlyMap<number, number>,
): ImportedOffer {
  const raw = storable(sent);
  const parsed = WireOffer.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const id = (raw as { id?: unknown } | null)?.id;
    throw new UnreadableOfferError(`offer ${id ?? 'without id'}: ${issue.path.join('.')}: ${issue.message}`);
  }
  const offer = parsed.data;
  const externalId = String(offer.id);
  const stock = offer.general_stock ?? null;
  return {
    externalId,
    partNumberKey: short(offer.part_number_key, 64),
    partNumber: short(offer.part_number, 64),
    barcodes: [
      ...new Set((offer.ean ?? []).map((ean) => ean.trim()).filter((ean) => /^\d{6,14}$/.test(ean))),
    ],
    name: short(offer.name, 255) ?? externalId,
    brand: short(offer.brand_name ?? offer.brand, 100),
    description: offer.description ? plainText(offer.description) : null,
    priceMinor: offer.sale_price ? new Sum().add(offer.sale_price).toMinor() : null,
    currency: offer.currency ?? currencies[platform],
    vatRateBps: (offer.vat_id ? vatRates.get(offer.vat_id) : undefined) ?? null,
    status: statuses[offer.status],
    stock: stock === null ? null : Math.max(0, Math.min(stock, 1_000_000)),
  };
}

function short(text: string | null | undefined, length: number): string | null {
  // Cut by whole characters: half a surrogate pair could not be stored.
  return [...(text ?? '').trim()].slice(0, length).join('').trim() || null;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Basic HTML without its tags, paragraphs as lines; its first 20,000 characters. */
function plainText(html: string): string | null {
  const text = html
    .slice(0, 100_000)
    .replace(/<(?:br|\/p|\/li|\/div|\/h\d|\/tr)\b[^<>]{0,200}>/gi, '\n')
    .replace(/<[^<>]{0,2000}>/g, '')
    .replace(/&(#\d{1,6}|\w{2,6});/g, (whole, name: string) =>
      name.startsWith('#') ? fromCode(Number(name.slice(1))) : (entities[name] ?? whole),
    )
    .replace(/[ \t\r]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n');
  return short(text.toWellFormed(), 20_000);
}

const fromCode = (code: number): string =>
  code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
