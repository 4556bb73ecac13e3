/** What eMAG sends, as tolerant as it must be read: numbers as text, empty objects as `[]`, keys that come and go. Source: emag-api.md 3.4–3.6, 6.1. */
import { MAX_QUANTITY } from '@tradepost/contracts';
import { z } from 'zod';

/** A number or numeric text, kept as text so that decimals stay exact. */
const Decimal = z.union([z.number(), z.string()]).transform((value, check) => {
  const text = String(value).trim();
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  check.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is no number` });
  return z.NEVER;
});
/** Bounds are those of the columns: what is larger is a mistake, and must not stop the orders beside it. */
const amount = (largest: number) =>
  Decimal.refine((text) => Math.abs(Number(text)) <= largest, `must be at most ${largest}`);
const Price = amount(1e9);
/** A fraction; a rate above 1 is meant as percent. Source: emag-api.md 4.10, trap T6. */
const Rate = amount(100).transform((text) => (Number(text) > 1 ? (Number(text) / 100).toFixed(4) : text));

const Int = Decimal.transform(Number).pipe(z.int());
const Quantity = Int.pipe(z.number().max(MAX_QUANTITY));
const Flag = z
  .union([z.boolean(), z.number(), z.string()])
  .transform((v) => v === true || v === 1 || v === '1');
const Text = z.union([z.string(), z.number()]).transform(String);

/** PHP's empty object is `[]`. */
const emptyable = <T extends z.ZodType>(schema: T) =>
  z.union([
    z
      .array(z.unknown())
      .max(0)
      .transform(() => null),
    z.null(),
    schema,
  ]);

const RecycleWarranty = z.object({ quantity: Quantity, sale_price: Price, vat_rate: Rate.optional() });

const WireLine = z.object({
  id: Int,
  name: Text.nullish(),
  product_name: Text.nullish(),
  status: Flag.nullish(),
  part_number: Text.nullish(),
  ext_part_number: Text.nullish(),
  vat: Rate.nullish(),
  quantity: Quantity,
  sale_price: Price,
  recycle_warranties: emptyable(z.array(RecycleWarranty)).optional(),
});

const WireCustomer = z.object({
  name: Text.nullish(),
  email: Text.nullish(),
  phone_1: Text.nullish(),
  shipping_contact: Text.nullish(),
  shipping_phone: Text.nullish(),
  shipping_country: Text.nullish(),
  shipping_suburb: Text.nullish(),
  shipping_city: Text.nullish(),
  shipping_street: Text.nullish(),
  shipping_postal_code: Text.nullish(),
  billing_name: Text.nullish(),
  billing_country: Text.nullish(),
  billing_suburb: Text.nullish(),
  billing_city: Text.nullish(),
  billing_street: Text.nullish(),
  billing_postal_code: Text.nullish(),
});
export type WireCustomer = z.infer<typeof WireCustomer>;

export const WireOrder = z.object({
  id: Int,
  status: Int.pipe(z.number().min(0).max(5)),
  type: Int.pipe(z.union([z.literal(2), z.literal(3)])),
  is_complete: Flag.nullish(),
  date: z.union([z.string(), z.number()]).nullish(),
  created: z.string().nullish(),
  modified: z.string().nullish(),
  payment_mode: Text.nullish(),
  delivery_mode: Text.nullish(),
  shipping_tax: Price.nullish(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullish(),
  customer: emptyable(WireCustomer).optional(),
  products: z.array(WireLine).nullish(),
  vouchers: emptyable(
    z.array(z.object({ sale_price: Price.nullish(), sale_price_vat: Price.nullish() })),
  ).optional(),
});
export type WireOrder = z.infer<typeof WireOrder>;

/** One row of product_offer/read, as far as it is used. Source: emag-api.md 4.5. */
export const WireOffer = z.object({
  id: Int.pipe(z.number().min(1)),
  part_number_key: Text.nullish(),
  part_number: Text.nullish(),
  name: Text.nullish(),
  brand: Text.nullish(),
  brand_name: Text.nullish(),
  description: Text.nullish(),
  sale_price: Price.nullish(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullish(),
  vat_id: Int.nullish(),
  status: Int.pipe(z.union([z.literal(0), z.literal(1), z.literal(2)])),
  general_stock: Int.nullish(),
  ean: emptyable(z.array(Text)).optional(),
});

export const WireVatRates = z.array(z.object({ vat_id: Int, vat_rate: Rate }));

export const WireCount = z.object({ noOfItems: Int });
