/** The documented problem for each refusal of the stock. */
import type { FieldIssue } from '@tradepost/contracts';
import { type HttpProblem, problem } from '#platform/http';
import type { StockRefusal } from './stock-request.ts';

/** `items` are the request's own lines, as they name their item; `fieldOf` is where line `i` names it. */
export function refused(
  refusal: StockRefusal | { reason: 'key_reused' },
  items: string[] = [],
  fieldOf: (index: number) => string = (i) => `body.lines.${i}.sku`,
): HttpProblem {
  switch (refusal.reason) {
    case 'short':
      return problem('STOCK_SHORT', 'There is not enough stock; nothing was changed.', {
        lines: refusal.lines,
      });
    case 'unknown_item': {
      const issues: FieldIssue[] = refusal.lines.map((i) => ({
        field: fieldOf(i),
        message: 'must be a SKU of this tenant, kept at the location named',
        value: items[i],
      }));
      return problem('VALIDATION_FAILED', 'A line names a SKU that does not exist.', { issues });
    }
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
