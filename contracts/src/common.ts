/** Building blocks that several contracts share: ids, instants, money, lists. */
import { z } from 'zod';

/** An entity id: a UUID in lower case. Version 7 when we make it, so ids sort by time. */
export const Id = z.uuid().meta({ description: 'UUID' });

/** UTC instant, ISO 8601 with `Z`. */
export const Instant = z.iso.datetime().meta({ description: 'UTC instant, ISO 8601' });

/** Stock keeping unit as the merchant writes it; 1–64 characters, no control characters, no surrounding space. */
export const Sku = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[^\p{C}\s](?:[^\p{C}]*[^\p{C}\s])?$/u,
    'must be 1–64 characters without control characters or surrounding spaces',
  );

export const Currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as RON');

/** The largest quantity of one line or level; far above any shop's stock, far below what overflows a 32-bit sum of 500 lines. */
export const MAX_QUANTITY = 1_000_000;
export const Quantity = z.int().min(1).max(MAX_QUANTITY);

/** Lines of one order or reservation. */
export const MAX_LINES = 500;

/** Query of every keyset list. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
};

/** Answer of every keyset list: `nextCursor` is null on the last page. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export const IdParams = z.strictObject({ id: Id });
