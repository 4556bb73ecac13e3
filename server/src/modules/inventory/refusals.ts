/** The documented problem for each refusal of the stock. */
import type { FieldIssue } from '@tradepost/contracts';
import { type HttpProblem, problem } from '#platform/http';
import type { StockRefusal } from './stock-request.ts';

/** How a request names the items of its lines. */
export interface NamedItems {
  items: string[];
  /** Where line `index` names its item. */
  fieldOf: (index: number) => string;
  /** By SKU alone, or by an id as well. */
  by: 'sku' | 'id or sku';
}

/** Lines of a body, each with a SKU. */
export const linesBySku = (items: string[] = []): NamedItems => ({
  items,
  fieldOf: (i) => `body.lines.${i}.sku`,
  by: 'sku',
});

function unknownItem({ items, fieldOf, by }: NamedItems, lines: number[]): HttpProblem {
  const issuesSaying = (message: string): FieldIssue[] =>
    lines.map((i) => ({ field: fieldOf(i), message, value: items[i] }));
  if (by === 'sku') {
    return problem('VALIDATION_FAILED', 'A line names a SKU that does not exist.', {
      issues: issuesSaying('must be a SKU of this tenant, kept at the location named'),
    });
  }
  return problem('NOT_FOUND', `${fieldOf(lines[0]!)} names no item with one variant.`, {
    issues: issuesSaying('must be a SKU, a variant id, or the id of a product with one variant'),
  });
}

export function refused(
  refusal: StockRefusal | { reason: 'key_reused' },
  named: NamedItems = linesBySku(),
): HttpProblem {
  switch (refusal.reason) {
    case 'short':
      return problem('STOCK_SHORT', 'There is not enough stock; nothing was changed.', {
        lines: refusal.lines,
      });
    case 'unknown_item':
      return unknownItem(named, refusal.lines);
    case 'too_many':
      return problem('VALIDATION_FAILED', `${refusal.sku} would have more pieces than can be counted.`, {
        issues: [{ field: 'body.quantity', message: `must leave at most ${refusal.largest} pieces on hand` }],
      });
    case 'changed': {
      const { sku, location, expectedOnHand, onHand } = refusal;
      return problem(
        'STOCK_CHANGED',
        `${onHand} pieces of ${sku} are on hand at ${location}, not ${expectedOnHand}; nothing was changed.`,
        { stock: { sku, location, expectedOnHand, onHand } },
      );
    }
    case 'reservation_not_found':
      return problem('NOT_FOUND', 'There is no such reservation.');
    case 'reservation_ended':
      return problem('STATE_CONFLICT', `The reservation is ${refusal.status} already.`);
    case 'held_for_order':
      return problem('STATE_CONFLICT', 'This stock is held for a marketplace order, and follows that order.');
    case 'sold_otherwise':
      return problem('STATE_CONFLICT', 'This order was taken from the stock already, with other items.');
    case 'key_reused':
      return problem(
        'IDEMPOTENCY_KEY_REUSED',
        'This Idempotency-Key belongs to a request with another path or body.',
      );
  }
}
