/** A SKU as a row of a file has it, and back. */
import type { ImportField } from '@tradepost/contracts';
import type { CategoryPaths, ProductOfSku, SkuRow } from '#modules/catalogue';
import { decimalsOf, toDecimal, toUnits } from '#platform/money';
import type { RowIssue, Said } from './values.ts';

/** Fields of the product; the first row of a product in a file says them for all its variants. */
export const productFields: ReadonlySet<ImportField> = new Set<ImportField>([
  ...(['name', 'description', 'status', 'brand', 'category', 'attributes'] as const),
]);

/** Fields that can be empty. */
export const clearableFields: ReadonlySet<ImportField> = new Set<ImportField>([
  ...([
    'description',
    'brand',
    'category',
    'attributes',
    'barcode',
    'partNumber',
    'cost',
    'vatRate',
  ] as const),
  ...(['weightGrams', 'variantAttributes'] as const),
]);

export const defaultCurrency = 'RON';
const bpsDecimals = 2;
const orNull = (attributes: Record<string, string>) =>
  Object.keys(attributes).length === 0 ? null : attributes;

/** What the row of a SKU would say. Decimals are as short as they can be. */
export function saidOf(
  { product, variant }: Pick<SkuRow, 'product' | 'variant'>,
  paths: CategoryPaths,
): Said {
  const decimals = decimalsOf(variant.currency);
  return {
    name: product.name,
    description: product.description,
    status: product.status,
    brand: product.brand,
    category: product.categoryId === null ? null : (paths.byId.get(product.categoryId) ?? null),
    attributes: orNull(product.attributes),
    variantName: variant.name,
    variantStatus: variant.status,
    barcode: variant.barcode,
    partNumber: variant.partNumber,
    price: toDecimal(variant.priceMinor, decimals),
    currency: variant.currency,
    cost: variant.costMinor === null ? null : toDecimal(variant.costMinor, decimals),
    vatRate: variant.vatRateBps === null ? null : toDecimal(variant.vatRateBps, bpsDecimals),
    weightGrams: variant.weightGrams,
    variantAttributes: orNull(variant.attributes),
  };
}

/** Decimals that are finer than what is kept. */
export function tooFine(said: Said, currency: string): (Partial<RowIssue> & { message: string }) | null {
  const limits = { price: decimalsOf(currency), cost: decimalsOf(currency), vatRate: bpsDecimals } as const;
  for (const [field, decimals] of Object.entries(limits)) {
    const value = said[field as keyof typeof limits];
    if (typeof value === 'string' && toUnits(value, decimals) === null)
      return { column: field, value, message: `must have at most ${decimals} decimals` };
  }
  return null;
}

/** The product with what a row says of it. `categories` are ids by path. */
export function withProductFields(
  product: ProductOfSku,
  said: Said,
  categories: Map<string, string>,
): ProductOfSku {
  const read = <F extends ImportField, P>(field: F, present: P): P =>
    said[field] === undefined ? present : (said[field] as P);
  const category = said.category;
  return {
    name: read('name', product.name),
    description: read('description', product.description),
    status: read('status', product.status),
    brand: read('brand', product.brand),
    categoryId:
      category === undefined
        ? product.categoryId
        : category === null
          ? null
          : (categories.get(category as string) ?? product.categoryId),
    attributes: read('attributes', product.attributes) ?? {},
    deleted: product.deleted,
  };
}

export type Variant = SkuRow['variant'];

/** The variant with what a row says of it; money in the currency that it then has. */
export function withVariantFields(variant: Variant, said: Said): Variant {
  const read = <F extends ImportField, P>(field: F, present: P): P =>
    said[field] === undefined ? present : (said[field] as P);
  const currency = read('currency', variant.currency) ?? variant.currency;
  const units = (field: 'price' | 'cost' | 'vatRate', decimals: number, present: number | null) => {
    const value = said[field];
    return value === undefined ? present : value === null ? null : toUnits(value as string, decimals);
  };
  return {
    sku: variant.sku,
    name: read('variantName', variant.name),
    status: read('variantStatus', variant.status),
    barcode: read('barcode', variant.barcode),
    partNumber: read('partNumber', variant.partNumber),
    priceMinor: units('price', decimalsOf(currency), variant.priceMinor) ?? variant.priceMinor,
    costMinor: units('cost', decimalsOf(currency), variant.costMinor),
    currency,
    vatRateBps: units('vatRate', bpsDecimals, variant.vatRateBps),
    weightGrams: read('weightGrams', variant.weightGrams),
    attributes: read('variantAttributes', variant.attributes) ?? {},
  };
}
