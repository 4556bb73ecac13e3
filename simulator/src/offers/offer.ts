import { northwind } from '../northwind.ts';
import type { Platform } from '../platforms.ts';

/**
 * One row of an account's catalogue: documentation and offer together. Money in ten-thousandths of the platform's
 * currency, net. Stock as the marketplace keeps it: `generalStock` falls when an order is acknowledged,
 * `reserved` is what unacknowledged orders hold, and the estimated stock is the difference.
 * Source: emag-api.md 4.5, S14.
 */
export interface Offer {
  id: number;
  name: string;
  brand: string;
  partNumber: string;
  /** Null until the documentation is approved. */
  partNumberKey: string | null;
  categoryId: number;
  description: string;
  ean: string[];
  salePriceE4: number;
  minSalePriceE4: number;
  maxSalePriceE4: number;
  recommendedPriceE4: number | null;
  vatId: number;
  warrantyMonths: number;
  /** 0 inactive, 1 active, 2 end of life. */
  status: number;
  /** 1 = in validation, 9 = approved, and so on. Source: emag-api.md 4.5. */
  validationStatus: number;
  generalStock: number;
  reserved: number;
  handlingTimeDays: number;
  /** The background restock fills up to this; null once the seller has written the stock: then it is the seller's. */
  restockTo: number | null;
}

export const maxPriceE4 = 10_000 * 1_000_000_000;

/** The shop's goods, offered on one platform. */
export function northwindOffers(platform: Platform): Offer[] {
  return northwind().products.map((product) => {
    const salePriceE4 = Math.round(product.priceDollars * platform.unitsPerDollar * 100) * 100;
    const sweetOrDrink = product.categoryId === 1 || product.categoryId === 3;
    // Scaled so that a day of orders does not empty the shelf.
    const stock = (product.unitsInStock + 10) * 50;
    return {
      id: product.id,
      name: product.name,
      brand: 'Northwind',
      partNumber: `NW-${String(product.id).padStart(3, '0')}`,
      partNumberKey: partNumberKey(product.id),
      categoryId: marketplaceCategoryId(product.categoryId),
      description: `<p>${product.name}, ${product.packing}.</p>`,
      ean: [northwindEan(product.id)],
      salePriceE4,
      minSalePriceE4: Math.round(salePriceE4 / 2),
      maxSalePriceE4: salePriceE4 * 2,
      recommendedPriceE4: null,
      vatId: sweetOrDrink ? platform.standardVatId : platform.foodVatId,
      warrantyMonths: 0,
      status: product.discontinued ? 0 : 1,
      validationStatus: 9,
      generalStock: stock,
      reserved: 0,
      handlingTimeDays: 0,
      restockTo: stock,
    };
  });
}

export function marketplaceCategoryId(northwindCategoryId: number): number {
  return 500 + northwindCategoryId;
}

/** Letters and digits, stable per product: the same goods have one key on every account. */
function partNumberKey(productId: number): string {
  const middle = (10_000_000 + productId * 7919).toString(36).toUpperCase();
  return `D${middle}BM`;
}

function northwindEan(productId: number): string {
  const body = `5948${String(productId).padStart(8, '0')}`;
  return `${body}${eanCheckDigit(body)}`;
}

/** The GS1 check digit over the digits before it; works for EAN-8, UPC-A, EAN-13 and GTIN-14. */
export function eanCheckDigit(digits: string): number {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const fromRight = digits.length - index;
    sum += Number(digits[index]) * (fromRight % 2 === 1 ? 3 : 1);
  }
  return (10 - (sum % 10)) % 10;
}

export function estimatedStock(offer: Offer): number {
  return offer.generalStock - offer.reserved;
}

/** Four decimals, as prices travel: 828000 → `82.8000`. */
export function formatE4(amountE4: number): string {
  return (amountE4 / 10_000).toFixed(4);
}
