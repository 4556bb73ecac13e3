import type { UseInfiniteQueryResult } from '@tanstack/react-query';

/** What a table is told of the list it shows beside its rows: whether it failed, and whether there is more. */
export function pagingOf(list: UseInfiniteQueryResult) {
  return {
    error: list.error,
    onRetry: () => void list.refetch(),
    more: {
      has: list.hasNextPage,
      loading: list.isFetchingNextPage,
      load: () => void list.fetchNextPage(),
    },
  };
}
