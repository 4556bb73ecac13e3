import { formatLocal } from '../local-time.ts';
import { northwind } from '../northwind.ts';
import { formatE4 } from '../offers/offer.ts';
import type { Platform } from '../platforms.ts';
import { hash32 } from '../random.ts';
import type { SellerAccount } from '../seller-account.ts';
import type { Order, OrderLine } from './order.ts';

const paymentModes = { 1: 'RAMBURS', 2: 'ORDIN DE PLATA', 3: 'CARD online' } as const;
const reasons: Readonly<Record<number, string>> = { 24: 'Customer request', 31: 'Partner asked' };

/**
 * One row of order/read, with the wire's own mixture of numbers and strings, `[]` for empty objects and gross beside
 * net amounts. Source: emag-api.md 3.4 to 3.7, 6.1.
 */
export function presentOrder(order: Order, account: SellerAccount): Record<string, unknown> {
  const { platform } = account;
  const bare = order.bare !== 'no';
  const totalE4 = grossTotalE4(order, platform);
  const cashed = totalE4 / 10_000;
  const mode = paymentModes[order.paymentModeId];
  return {
    vendor_name: `${account.settings.tenant} ${account.settings.name}`,
    id: order.id,
    parent_id: null,
    status: order.status,
    is_complete: order.isComplete,
    type: order.type,
    date: order.bare === 'unix' ? Math.floor(order.createdMs / 1000) : bare ? null : order.dateLocal,
    created: order.createdLocal,
    modified: order.modifiedLocal,
    payment_mode: mode,
    payment_mode_id: order.paymentModeId,
    detailed_payment_method: mode,
    delivery_payment_mode: null,
    delivery_mode: order.locker === null ? 'courier' : 'pickup',
    details: order.locker === null ? [] : lockerDetails(order.locker),
    observation: order.observation,
    payment_status: order.paid ? 1 : 0,
    cashed_co: order.paymentModeId === 3 ? cashed : null,
    cashed_cod: order.paymentModeId === 1 && order.paid ? cashed : null,
    shipping_tax: formatE4(order.shippingTaxE4),
    shipping_tax_voucher_split: [],
    customer: bare ? null : presentCustomer(order, account),
    products: bare ? [] : order.lines.map((line) => presentLine(line, order, platform)),
    attachments: [],
    vouchers: order.lines.filter(hasVoucher).map((line) => presentVoucher(line, order)),
    proforms: [],
    is_storno: false,
    refunded_amount: '0',
    refund_status: null,
    cancellation_request: localOrNull(order.cancellationRequestedMs, platform),
    reason_cancellation: {
      id: order.cancellationReasonId,
      name: order.cancellationReasonId === null ? null : (reasons[order.cancellationReasonId] ?? 'Other'),
    },
    has_editable_products: order.status === 2 || order.status === 3 ? 1 : 0,
    maximum_date_for_shipment: formatLocal(order.shipByMs, platform.timeZone),
    finalization_date: localOrNull(order.finalizedMs, platform),
    late_shipment: order.late ? 1 : 0,
    flags: [],
    emag_club: order.customer % 3 === 0 ? 1 : 0,
    weekend_delivery: 0,
    enforced_vendor_courier_accounts: null,
    currency: platform.currency,
  };
}

/**
 * Lines and vouchers gross, plus shipping, which is gross already; rounded once at the end, half up (A14).
 * Source: emag-api.md 3.5.
 */
function grossTotalE4(order: Order, platform: Platform): number {
  let sum = order.shippingTaxE4;
  for (const line of order.lines) {
    const netE4 = line.status === 1 ? line.quantity * line.salePriceE4 + line.voucherNetE4 : 0;
    sum += (netE4 * (10_000 + line.vatE4)) / 10_000;
  }
  const step = platform.totalDecimals === 0 ? 10_000 : 100;
  return Math.floor(sum / step + 0.5) * step;
}

function presentLine(line: OrderLine, order: Order, platform: Platform): Record<string, unknown> {
  return {
    id: line.id,
    product_id: String(line.offerId),
    mkt_id: 91_000_000 + line.offerId,
    name: line.name,
    status: line.status,
    part_number: line.partNumber,
    ext_part_number: line.partNumber,
    part_number_key: line.partNumberKey,
    currency: platform.currency,
    vat: formatE4(line.vatE4),
    quantity: line.quantity,
    initial_qty: line.initialQuantity,
    storno_qty: line.stornoQuantity,
    sale_price: formatE4(line.salePriceE4),
    original_price: formatE4(line.salePriceE4),
    retained_amount: 0,
    reversible_vat_charging: 0,
    created: order.createdLocal,
    modified: order.modifiedLocal,
    details: [],
    recycle_warranties: [],
    attachments: [],
    serial_numbers: null,
    product_voucher_split: hasVoucher(line) ? [presentSplit(line)] : [],
    campaign: { id: null, name: null },
  };
}

function hasVoucher(line: OrderLine): boolean {
  return line.voucherNetE4 !== 0 && line.status === 1;
}

function voucherVatE4(line: OrderLine): number {
  return Math.round((line.voucherNetE4 * line.vatE4) / 10_000);
}

function presentSplit(line: OrderLine): Record<string, unknown> {
  return {
    voucher_id: 800_000 + (line.id % 1000),
    value: line.voucherNetE4 / 10_000,
    vat_value: voucherVatE4(line) / 10_000,
    vat: formatE4(line.vatE4),
    offered_by: 'eMAG',
    voucher_name: 'Voucher exemplu',
  };
}

function presentVoucher(line: OrderLine, order: Order): Record<string, unknown> {
  return {
    id: String(line.id),
    voucher_id: 800_000 + (line.id % 1000),
    status: 1,
    sale_price: formatE4(line.voucherNetE4),
    sale_price_vat: formatE4(voucherVatE4(line)),
    vat: formatE4(line.vatE4),
    voucher_name: 'Voucher exemplu',
    issue_date: order.createdLocal.slice(0, 10),
    created: order.createdLocal,
    modified: order.createdLocal,
  };
}

/** A made-up person behind an alias: the marketplace never shows the true address (T11). */
function presentCustomer(order: Order, account: SellerAccount): Record<string, unknown> {
  const { platform } = account;
  const customer = northwind().customers[order.customer] as {
    code: string;
    company: string;
    contact: string;
  };
  const locality = platform.localities[order.locality % platform.localities.length];
  const alias = hash32(`${platform.key}/${customer.code}`);
  const name = order.company ? customer.company : customer.contact;
  const phone = `07${String(alias % 100_000_000).padStart(8, '0')}`;
  const place = {
    country: platform.country,
    suburb: locality?.county,
    city: locality?.city,
    locality_id: String(locality?.id),
    street: order.street,
    postal_code: '',
  };
  return {
    id: 7_000_000 + order.customer,
    mkt_id: 88_000_000 + order.customer,
    name,
    company: name,
    gender: order.company ? '' : alias % 2 === 0 ? 'F' : 'M',
    email: `${alias.toString(16).padStart(8, '0')}${hash32(customer.company).toString(16).slice(0, 4)}@emag.ro`,
    phone_1: phone,
    phone_2: '',
    phone_3: '',
    code: order.company ? `RO${10_000_000 + (alias % 89_999_999)}` : '',
    registration_number: order.company ? `J12/${alias % 9999}/2015` : '',
    bank: '',
    iban: '',
    fax: null,
    legal_entity: order.company ? 1 : 0,
    is_vat_payer: order.company ? 1 : 0,
    liable_person: null,
    billing_name: name,
    billing_phone: phone,
    ...prefixed('billing', place),
    shipping_contact: customer.contact,
    shipping_phone: phone,
    ...prefixed('shipping', place),
    created: '2024-05-06 07:08:09',
    modified: order.createdLocal,
  };
}

function prefixed(prefix: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) named[`${prefix}_${key}`] = fields[key];
  return named;
}

function lockerDetails(locker: number): Record<string, unknown> {
  return {
    locker_id: `0a1b2c3d-1111-4222-8333-44445555${locker}`,
    locker_name: `easybox ${locker}`,
    locker_delivery_eligible: 1,
    courier_external_office_id: null,
  };
}

function localOrNull(atMs: number | null, platform: Platform): string | null {
  return atMs === null ? null : formatLocal(atMs, platform.timeZone);
}
