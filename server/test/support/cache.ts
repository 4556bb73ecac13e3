/** A cache of a test's own, in memory. */
import { type Cache, createCache } from '#platform/cache';
import type { Database } from '#platform/db';

/** One that hears of this process's commits alone. */
export function buildCache(db: Database): Cache {
  return createCache({
    db,
    tail: { position: { xact: 0n, id: 0n }, subscribe: () => () => {} },
    epoch: 'test',
    redis: null,
    maxEntries: 1000,
    maxBytes: 10_000_000,
  });
}
