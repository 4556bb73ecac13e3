import { useInfiniteQuery } from '@tanstack/react-query';
import type { StockLevel } from '@tradepost/contracts';
import { list } from '../../api/queries.ts';

interface Levels {
  /** Of one SKU, at each location that knows it; undefined until they are there. */
  levels: readonly StockLevel[] | undefined;
  error: Error | null;
  refetch: () => unknown;
}

/** A growing list like the others, so that events keep its figures. No SKU has more levels than one page holds. */
export function useLevels(sku: string): Levels {
  const { data, error, refetch } = useInfiniteQuery(list('listStockLevels', { query: { sku, limit: 200 } }));
  return { levels: data?.pages.flatMap((page) => page.items), error, refetch };
}
