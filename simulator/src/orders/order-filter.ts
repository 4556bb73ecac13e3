import { addMonth, normaliseLocal } from '../local-time.ts';
import type { Order } from './order.ts';

export interface OrderFilter {
  /** Direct look-up instead of a walk; null = any. */
  ids: readonly number[] | null;
  accepts(order: Order): boolean;
}

export class FilterError extends Error {}

const maxId = 4_294_967_295;

/**
 * The filters of order/read and order/count, from JSON or form input (numbers may be strings, lists may be single
 * values). Unknown keys are ignored; a bad value throws FilterError (texts are ours, A12).
 * `type` falls back to 3 even beside `id`: an FBE order stays invisible unless asked for. Source: emag-api.md 3.3.
 */
export function parseOrderFilter(input: Readonly<Record<string, unknown>>): OrderFilter {
  const ids = integers(input, 'id', 1, maxId);
  const statuses = integers(input, 'status', 0, 5);
  const paymentModes = integers(input, 'payment_mode_id', 1, 3);
  const isComplete = integer(input, 'is_complete', 0, 1);
  const type = integer(input, 'type', 2, 3) ?? 3;
  const created = window(input, 'created');
  const modified = window(input, 'modified');
  return {
    ids,
    // Both ends inclusive (A11).
    accepts: (order) =>
      order.type === type &&
      (statuses === null || statuses.includes(order.status)) &&
      (paymentModes === null || paymentModes.includes(order.paymentModeId)) &&
      (isComplete === null || order.isComplete === isComplete) &&
      (created.after === null || order.createdLocal >= created.after) &&
      (created.before === null || order.createdLocal <= created.before) &&
      (modified.after === null || order.modifiedLocal >= modified.after) &&
      (modified.before === null || order.modifiedLocal <= modified.before),
  };
}

/** A whole number or its decimal text; null when absent or empty. */
export function integer(
  input: Readonly<Record<string, unknown>>,
  key: string,
  min: number,
  max: number,
): number | null {
  const value = input[key];
  if (value === undefined || value === null || value === '') return null;
  const isText = typeof value === 'string' && /^\d{1,10}$/.test(value);
  const number = isText ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
    throw new FilterError(`Invalid value for key ${key}`);
  }
  return number;
}

/** One number or a list of them; null when absent. */
export function integers(
  input: Readonly<Record<string, unknown>>,
  key: string,
  min: number,
  max: number,
): number[] | null {
  const value = input[key];
  if (!Array.isArray(value)) {
    const single = integer(input, key, min, max);
    return single === null ? null : [single];
  }
  const found = value.map((item) => integer({ [key]: item }, key, min, max));
  const numbers = found.filter((item) => item !== null);
  return numbers.length === 0 ? null : numbers;
}

function window(input: Readonly<Record<string, unknown>>, kind: 'created' | 'modified') {
  const after = localTime(input, `${kind}After`);
  const before = localTime(input, `${kind}Before`);
  if (before !== null && after === null) {
    throw new FilterError(`${kind}Before must be used together with ${kind}After`);
  }
  if (before !== null && after !== null && before > addMonth(after)) {
    throw new FilterError(`The interval between ${kind}After and ${kind}Before is limited to 1 month`);
  }
  return { after, before };
}

function localTime(input: Readonly<Record<string, unknown>>, key: string): string | null {
  const value = input[key];
  if (value === undefined || value === null || value === '') return null;
  const full = typeof value === 'string' ? normaliseLocal(value) : null;
  if (full === null) throw new FilterError(`Invalid date for key ${key}, expected YYYY-MM-DD HH:mm:ss`);
  return full;
}
