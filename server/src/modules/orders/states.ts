/** How a marketplace's status and our stock make the status people see. */
import type { Fulfilment, OrderState } from '@tradepost/contracts';

export const marketplaceStates: Record<number, Exclude<OrderState, 'backordered'>> = {
  0: 'cancelled',
  1: 'new',
  2: 'in_progress',
  3: 'prepared',
  4: 'finalized',
  5: 'returned',
};

/** Among copies of one order stamped with the same second, the one further on is the newer. Cancelling can follow anything. */
const rank: Record<number, number> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 0: 6 };

export function isFurther(status: number, than: number): boolean {
  return (rank[status] ?? 0) > (rank[than] ?? 0);
}

/** What the order asks of our stock: `hold` the pieces, count them as `sale`, or `none`. */
export function stockNeed(fulfilment: Fulfilment, externalStatus: number): 'hold' | 'sale' | 'none' {
  if (fulfilment === 'marketplace') return 'none';
  if (externalStatus >= 1 && externalStatus <= 3) return 'hold';
  return externalStatus === 4 ? 'sale' : 'none';
}

/** `lacksStock`: the order needs pieces held and they are not. */
export function orderState(externalStatus: number, lacksStock: boolean): OrderState {
  return lacksStock ? 'backordered' : (marketplaceStates[externalStatus] ?? 'new');
}
