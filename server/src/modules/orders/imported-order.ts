/** An order as a marketplace connector hands it over: the marketplace's facts in our words, money in minor units. */
import type { Fulfilment } from '@tradepost/contracts';

export interface ImportedLine {
  externalId: string;
  /** The seller's part number, by which our variant is found. */
  sku: string | null;
  name: string;
  quantity: number;
  /** Net, decimal text with up to four decimals. */
  unitPrice: string;
  /** Fraction, decimal text: `0.2100`. */
  vatRate: string;
  cancelled: boolean;
}

export interface ImportedOrder {
  externalId: string;
  /** 0 cancelled, 1 new, 2 in progress, 3 prepared, 4 finalized, 5 returned. */
  externalStatus: number;
  fulfilment: Fulfilment;
  /** false: the marketplace still gathers its details; it is kept, and neither held nor acknowledged yet. */
  complete: boolean;
  /** The marketplace's time of the last change; null when it sends none. */
  modifiedAt: Date | null;
  placedAt: Date;
  customerName: string | null;
  customer: {
    email: string | null;
    phone: string | null;
    shippingAddress: string | null;
    billingAddress: string | null;
  };
  currency: string;
  totalMinor: number;
  shippingMinor: number;
  discountMinor: number;
  paymentMode: string | null;
  deliveryMode: string | null;
  lines: ImportedLine[];
  /** As it was sent. */
  raw: unknown;
}
