import type { Fields } from '../http/body.ts';
import type { EventOptions } from '../orders/change-order.ts';
import type { OrderWish } from '../orders/make-order.ts';
import { type OrderEventName, orderEvents } from '../orders/order.ts';
import type { SellerAccount } from '../seller-account.ts';
import {
  booleanIn,
  ControlError,
  choiceIn,
  integerIn,
  listIn,
  numberIn,
  objectIn,
  required,
  textIn,
} from './input.ts';

/** `POST /__sandbox/orders`. */
export interface OrderRequest {
  account: string;
  count: number;
  /** Null = all at once. */
  ratePerSecond: number | null;
  /** Ids from here on, one by one; null = the platform's next ones. */
  firstId: number | null;
  fields: Fields;
}

const templateKeys = [
  'paymentModeId',
  'isComplete',
  'company',
  'locker',
  'voucher',
  'observation',
  'bare',
] as const;

export function readOrderRequest(body: unknown): OrderRequest {
  const fields = objectIn(body, 'body', [
    'account',
    'count',
    'ratePerSecond',
    'firstId',
    'template',
    'type',
    'status',
    'lines',
  ]);
  return {
    account: required(textIn(fields, 'account'), 'account'),
    count: integerIn(fields, 'count', 1, 20_000) ?? 1,
    ratePerSecond: numberIn(fields, 'ratePerSecond', 0.01, 10_000) ?? null,
    firstId: integerIn(fields, 'firstId', 1, 4_294_967_295) ?? null,
    fields,
  };
}

export function readOrderWish(fields: Fields, account: SellerAccount): OrderWish {
  const template = objectIn(fields.template ?? {}, 'template', templateKeys);
  return {
    type: choiceIn(fields, 'type', [2, 3] as const),
    status: choiceIn(fields, 'status', [0, 1, 2, 3, 4, 5] as const),
    lines: fields.lines === undefined ? undefined : readLines(fields.lines, account),
    paymentModeId: choiceIn(template, 'paymentModeId', [1, 2, 3] as const),
    isComplete: choiceIn(template, 'isComplete', [0, 1] as const),
    company: booleanIn(template, 'company'),
    locker: booleanIn(template, 'locker'),
    voucher: booleanIn(template, 'voucher'),
    observation: textIn(template, 'observation'),
    bare: choiceIn(template, 'bare', ['no', 'null', 'unix'] as const),
  };
}

function readLines(value: unknown, account: SellerAccount): OrderWish['lines'] {
  return readQuantities(value, 1).map(({ partNumber, quantity }) => {
    const offer = account.offerByPartNumber(partNumber);
    if (!offer) throw new ControlError(`lines: the account offers no ${partNumber}`);
    return { offer, quantity };
  });
}

function readQuantities(value: unknown, min: number): { partNumber: string; quantity: number }[] {
  return listIn(value, 'lines').map((row) => {
    const line = objectIn(row, 'lines', ['part_number', 'quantity']);
    return {
      partNumber: required(textIn(line, 'part_number'), 'part_number'),
      quantity: required(integerIn(line, 'quantity', min, 65_535), 'quantity'),
    };
  });
}

/** `POST /__sandbox/orders/{id}/event`. */
export interface EventRequest {
  event: OrderEventName;
  /** Needed only where several accounts hold the id. */
  account: string | null;
  options: EventOptions;
}

export function readEventRequest(body: unknown): EventRequest {
  const keys = ['event', 'account', 'lines', 'modifiedSkewMs'];
  const fields = objectIn(body, 'body', keys);
  const lines = fields.lines === undefined ? undefined : readQuantities(fields.lines, 0);
  const modifiedSkewMs = integerIn(fields, 'modifiedSkewMs', -86_400_000, 86_400_000);
  return {
    event: required(choiceIn(fields, 'event', orderEvents), 'event'),
    account: textIn(fields, 'account') ?? null,
    options: { lines, modifiedSkewMs },
  };
}
