import { ApiError } from '../http/answer.ts';
import { type Fields, isFields } from '../http/body.ts';
import { FilterError, integer } from '../orders/order-filter.ts';
import type { SellerAccount } from '../seller-account.ts';
import { eanCheckDigit, maxPriceE4, type Offer } from './offer.ts';

/**
 * Creates or updates one offer; missing keys stay as they are. Returns the messages for it: a text that starts with
 * `WARNING:` was saved all the same, anything else was not. Source: emag-api.md 4.1, 4.2.
 */
export function saveOffer(account: SellerAccount, entity: unknown): string[] {
  const fields = isFields(entity) ? entity : {};
  const about = ` - Product id: ${String(fields.id)}`;
  try {
    const id = required(fields, 'id', 1, 16_777_215);
    const known = account.offers.get(id);
    const offer = known ? { ...known } : newOffer(fields, id);
    changeOffer(account, offer, fields, known !== undefined);
    account.offers.set(id, offer);
    if (offer.validationStatus !== 0) return [];
    return [`WARNING: The product was saved as a draft, the fields category_id and ean are missing.${about}`];
  } catch (error) {
    if (error instanceof ApiError || error instanceof FilterError) return [`${error.message}${about}`];
    throw error;
  }
}

/** A new product: at least a draft's three texts, and all that makes an offer. */
function newOffer(fields: Fields, id: number): Offer {
  for (const key of ['name', 'part_number', 'brand']) text(fields, key, 255, true);
  for (const key of [
    'sale_price',
    'min_sale_price',
    'max_sale_price',
    'vat_id',
    'status',
    'stock',
    'handling_time',
  ]) {
    if (fields[key] === undefined) throw new ApiError(`The key ${key} is required`);
  }
  return {
    id,
    name: '',
    brand: '',
    partNumber: '',
    partNumberKey: null,
    categoryId: 0,
    description: '',
    ean: [],
    salePriceE4: 0,
    minSalePriceE4: 0,
    maxSalePriceE4: 0,
    recommendedPriceE4: null,
    vatId: 0,
    warrantyMonths: 0,
    status: 1,
    // A product with category and EAN waits for people to look at it; without, it is a draft.
    validationStatus: fields.category_id !== undefined && fields.ean !== undefined ? 1 : 0,
    generalStock: 0,
    reserved: 0,
    handlingTimeDays: 0,
    restockTo: null,
  };
}

function changeOffer(account: SellerAccount, offer: Offer, fields: Fields, isUpdate: boolean): void {
  offer.name = text(fields, 'name', 255) ?? offer.name;
  offer.brand = text(fields, 'brand', 255) ?? offer.brand;
  offer.description = text(fields, 'description', 16_777_215) ?? offer.description;
  offer.partNumber = text(fields, 'part_number', 25)?.replace(/[\s,;]/g, '') ?? offer.partNumber;
  const holder = account.offerByPartNumber(offer.partNumber);
  if (holder && holder.id !== offer.id) {
    throw new ApiError(`You already hold a Product associated with this PN: ${offer.partNumber}`);
  }
  if (fields.ean !== undefined) offer.ean = eans(fields.ean);
  offer.categoryId = integer(fields, 'category_id', 1, 65_535) ?? offer.categoryId;
  offer.warrantyMonths = integer(fields, 'warranty', 0, 255) ?? offer.warrantyMonths;
  offer.status = integer(fields, 'status', 0, isUpdate ? 2 : 1) ?? offer.status;
  offer.vatId = integer(fields, 'vat_id', 1, 65_535) ?? offer.vatId;
  if (!account.platform.vats.some((vat) => vat.id === offer.vatId)) {
    throw new ApiError('Invalid value for key vat_id');
  }
  changePrices(offer, fields);
  const stock = warehouseValue(fields, 'stock', 65_535);
  const handlingTime = warehouseValue(fields, 'handling_time', 255);
  if (account.settings.fbe && (stock !== null || handlingTime !== null)) {
    throw new ApiError('Stock and handling time of offers fulfilled by eMAG cannot be changed');
  }
  if (stock !== null) {
    offer.generalStock = stock;
    offer.restockTo = null;
  }
  offer.handlingTimeDays = handlingTime ?? offer.handlingTimeDays;
}

function changePrices(offer: Offer, fields: Fields): void {
  offer.salePriceE4 = price(fields, 'sale_price') ?? offer.salePriceE4;
  offer.minSalePriceE4 = price(fields, 'min_sale_price') ?? offer.minSalePriceE4;
  offer.maxSalePriceE4 = price(fields, 'max_sale_price') ?? offer.maxSalePriceE4;
  offer.recommendedPriceE4 = price(fields, 'recommended_price') ?? offer.recommendedPriceE4;
  if (offer.maxSalePriceE4 <= offer.minSalePriceE4) {
    throw new ApiError('max_sale_price must be greater than min_sale_price');
  }
  if (offer.salePriceE4 < offer.minSalePriceE4 || offer.salePriceE4 > offer.maxSalePriceE4) {
    throw new ApiError('sale_price must be between min_sale_price and max_sale_price');
  }
  if (price(fields, 'recommended_price') !== null && (offer.recommendedPriceE4 ?? 0) <= offer.salePriceE4) {
    throw new ApiError('recommended_price must be greater than sale_price');
  }
}

function required(fields: Fields, key: string, min: number, max: number): number {
  const value = integer(fields, key, min, max);
  if (value === null) throw new ApiError(`The key ${key} is required`);
  return value;
}

function text(fields: Fields, key: string, maxLength: number, isRequired = false): string | null {
  const value = fields[key];
  if (value === undefined && !isRequired) return null;
  if (typeof value !== 'string' || value === '' || value.length > maxLength) {
    throw new ApiError(`Invalid value for key ${key}`);
  }
  return value;
}

/** Ten-thousandths; at most four decimals, as number or text. */
function price(fields: Fields, key: string): number | null {
  const value = fields[key];
  if (value === undefined || value === null) return null;
  const written = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const amountE4 = /^\d{1,10}(\.\d{1,4})?$/.test(written) ? Math.round(Number(written) * 10_000) : 0;
  if (amountE4 <= 0 || amountE4 > maxPriceE4) throw new ApiError(`Invalid value for key ${key}`);
  return amountE4;
}

function eans(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    const code = String(item);
    const digits = code.slice(0, -1);
    if (!/^\d{6,14}$/.test(code) || eanCheckDigit(digits) !== Number(code.slice(-1))) {
      throw new ApiError(`${code} is not a valid EAN.`);
    }
    return code;
  });
}

/** `[{"warehouse_id":1,"value":20}]`, all warehouses together. */
function warehouseValue(fields: Fields, key: string, max: number): number | null {
  const rows = fields[key];
  if (rows === undefined || rows === null) return null;
  if (!Array.isArray(rows) || rows.length === 0) throw new ApiError(`Invalid value for key ${key}`);
  let sum = 0;
  for (const row of rows) sum += required(isFields(row) ? row : {}, 'value', 0, max);
  return sum;
}
