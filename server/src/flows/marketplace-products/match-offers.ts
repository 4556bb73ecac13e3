/**
 * Which of our variants an offer is: the one that has its EAN, or else the one whose SKU is its part number. What could be
 * several, or is said to be one by its EAN and another by its part number, waits for a person. What is none becomes a
 * product.
 *
 * Decided under a lock of the tenant, so that two accounts that are read at once and offer the same goods make one product.
 */
import { type CreateProduct, Sku } from '@tradepost/contracts';
import { createProducts, findVariantsByCode, type VariantByCode } from '#modules/catalogue';
import type { StockSettings } from '#modules/inventory';
import type { ImportedOffer, ListingMatch } from '#modules/marketplaces';
import type { TenantTx } from '#platform/db';

const statuses = { active: 'active', inactive: 'draft', end_of_life: 'archived' } as const;

/** The product that is made of an offer. Its opening stock is what the marketplace says there is. */
export function productOf(offer: ImportedOffer, sku: string): CreateProduct {
  return {
    name: offer.name,
    description: offer.description,
    brand: offer.brand,
    status: statuses[offer.status],
    variants: [
      {
        sku,
        barcode: offer.barcodes[0] ?? null,
        partNumber: offer.partNumber,
        priceMinor: Math.max(0, offer.priceMinor ?? 0),
        currency: offer.currency,
        vatRateBps: offer.vatRateBps,
        onHand: offer.stock ?? 0,
      },
    ],
  };
}

/** Matches of offers that are not linked yet, in their order; makes the products that are missing. */
export async function matchOffers(
  tx: TenantTx,
  offers: ImportedOffer[],
  stock: StockSettings,
): Promise<ListingMatch[]> {
  if (offers.length === 0) return [];
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `tradepost.match_offers ${tx.tenantId}`,
  ]);
  const codes = {
    barcodes: offers.flatMap((o) => o.barcodes),
    skus: offers.flatMap((o) => o.partNumber ?? []),
  };
  let known = new Index(await findVariantsByCode(tx, codes));
  // Of offers with one code the first makes the product, the others find it.
  const missing = new Index([]);
  const toCreate: CreateProduct[] = [];
  for (const offer of offers) {
    if (decide(offer, known) !== 'none' || decide(offer, missing) !== 'none') continue;
    const sku = Sku.safeParse(offer.partNumber);
    if (!sku.success) continue;
    toCreate.push(productOf(offer, sku.data));
    const barcode = offer.barcodes[0] ?? null;
    missing.add({ id: sku.data, productId: sku.data, sku: sku.data, barcode, deleted: false });
  }
  const made = new Set(toCreate.map((p) => p.variants[0]!.sku));
  if (toCreate.length > 0) {
    await createProducts(tx, toCreate, stock);
    known = new Index(await findVariantsByCode(tx, codes));
  }
  return offers.map((offer) => {
    const decision = decide(offer, known);
    if (decision === 'none') {
      const reason = 'It has no part number that could be a SKU; make a product of it, or link it.';
      return { variantId: null, reason, candidates: [] };
    }
    if (decision.variantId === null || !made.has(offer.partNumber ?? '')) return decision;
    made.delete(offer.partNumber ?? '');
    return { variantId: decision.variantId, matchedBy: 'created' };
  });
}

/** Variants by their codes. */
class Index {
  readonly bySku = new Map<string, VariantByCode>();
  readonly byBarcode = new Map<string, VariantByCode[]>();

  constructor(variants: VariantByCode[]) {
    for (const variant of variants) this.add(variant);
  }

  add(variant: VariantByCode): void {
    this.bySku.set(variant.sku, variant);
    if (variant.barcode === null) return;
    const same = this.byBarcode.get(variant.barcode);
    if (same === undefined) this.byBarcode.set(variant.barcode, [variant]);
    else same.push(variant);
  }
}

function decide(offer: ImportedOffer, known: Index): ListingMatch | 'none' {
  const byEan = [...new Set(offer.barcodes.flatMap((barcode) => known.byBarcode.get(barcode) ?? []))];
  const bySku = offer.partNumber === null ? undefined : known.bySku.get(offer.partNumber);
  if (bySku !== undefined && byEan.length > 0 && !byEan.includes(bySku)) {
    return waiting('Its EAN names another variant than its part number.', [bySku, ...byEan]);
  }
  // The part number tells between variants that share an EAN.
  const variant = bySku ?? (byEan.length === 1 ? byEan[0] : undefined);
  if (variant === undefined) {
    return byEan.length === 0 ? 'none' : waiting('Several variants have its EAN.', byEan);
  }
  if (variant.deleted)
    return waiting('The product it was is deleted: restore it, or link another.', [variant]);
  return { variantId: variant.id, matchedBy: byEan.includes(variant) ? 'ean' : 'part_number' };
}

const waiting = (reason: string, candidates: VariantByCode[]): ListingMatch => ({
  variantId: null,
  reason,
  candidates: [...new Set(candidates.map((v) => v.id))],
});
