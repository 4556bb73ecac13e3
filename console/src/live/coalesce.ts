/** Gathers invalidations, so that a burst of events costs one refetch of each query per pause instead of one per event. */
import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { hashKey } from '@tanstack/react-query';

export interface Coalescer {
  /** Marks the queries below this key as stale and refetches those on screen, at the next turn. */
  invalidate: (key: QueryKey) => void;
}

/** The first invalidation acts at once, so a lone event shows at once; the following ones wait for the pause. */
export function createCoalescer(client: QueryClient, pauseMs = 1_000): Coalescer {
  const waiting = new Map<string, QueryKey>();
  let pausing = false;

  function flush(): void {
    pausing = waiting.size > 0;
    if (!pausing) return;
    const keys = [...waiting.values()];
    waiting.clear();
    setTimeout(flush, pauseMs);
    // Not cancelling lets a refetch slower than the pause finish, instead of being restarted for ever.
    for (const queryKey of keys) void client.invalidateQueries({ queryKey }, { cancelRefetch: false });
  }

  return {
    invalidate: (key) => {
      waiting.set(hashKey(key), key);
      if (pausing) return;
      pausing = true;
      setTimeout(flush, 0);
    },
  };
}
