/** Cursors of keyset lists: the sort key of the last row, opaque to clients. */
import { z } from 'zod';
import { problem } from './problem.ts';

/**
 * An instant in a cursor: ISO 8601, or to the microsecond as the database writes one. Whatever passes the database can read,
 * so a forged cursor is refused here and fails nothing there: no year 0, no 30th of February, no zone beyond its bounds.
 */
export const InstantText = z
  .string()
  .regex(/^[1-9]\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-](0\d|1[0-5])(:[0-5]\d)?)$/)
  .refine((text) => iso.safeParse(text.replace(' ', 'T').replace(/[+-]\d\d$/, '$&:00')).success);
const iso = z.iso.datetime({ offset: true });

/** `key` must survive JSON: instants as `InstantText`. */
export function encodeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * The key behind a cursor; undefined without one, which is the first page.
 *
 * @throws HttpProblem CURSOR_INVALID when it is none of ours or of another list
 */
export function decodeCursor<S extends z.ZodType>(
  schema: S,
  cursor: string | undefined,
): z.output<S> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: refused like any other foreign cursor.
  }
  throw problem('CURSOR_INVALID', 'The cursor is not one that this list gave out.', {
    issues: [{ field: 'query.cursor', message: 'must be `nextCursor` of the page before' }],
  });
}

/**
 * A page of a keyset list, from one row more than its limit: the row over it only tells that there is a next page.
 *
 * @param keyOf the sort key of a row, for the cursor
 */
export function pageOf<Row, Item>(
  rows: Row[],
  limit: number,
  present: (row: Row) => Item,
  keyOf: (row: Row) => unknown,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const more = rows.length > limit;
  return { items: shown.map(present), nextCursor: more ? encodeCursor(keyOf(shown.at(-1)!)) : null };
}
