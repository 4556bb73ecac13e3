export {
  type Cache,
  type CacheContext,
  type Cached,
  type CachedReader,
  type CacheOptions,
  type CacheStats,
  createCache,
} from './cache.ts';
export { type CacheKind, type CacheTag, cacheKinds, tagOfPattern } from './kinds.ts';
