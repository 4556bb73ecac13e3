export { type Cache, type CacheContext, type CacheOptions, createCache } from './cache.ts';
export { tagOfPattern } from './kinds.ts';
