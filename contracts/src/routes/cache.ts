import { z } from 'zod';
import { defineRoute } from '../route.ts';

export const CacheStats = z.object({
  connected: z.boolean().describe('false while Redis is configured and away; memory alone does then'),
  store: z.enum(['memory', 'memory+redis']),
  usedMemory: z.int().describe('Bytes of the values held in the memory of this process, about'),
  totalKeys: z.int().describe('Values held in the memory of this process'),
  hits: z.int(),
  misses: z.int(),
  stale: z.int().describe('Answers that were over, told because the database was away'),
  hitRate: z.number().describe('Hits of all answers, 0–1, since the start of this process'),
});
export type CacheStats = z.infer<typeof CacheStats>;

const Pattern = z
  .string()
  .max(400)
  .regex(
    /^(\*|[^*:]+(:[^*:]+)?:\*|[^*]+)$/,
    'must be `*`, a beginning of one or two parts such as `products:*` or `products:list:*`, or a whole key',
  );

const CacheTag = z
  .string()
  .max(100)
  .regex(
    /^(products|stock|stock_days|orders|tasks|accounts|account:[\w-]+)$/,
    'must be products, stock, stock_days, orders, tasks, accounts or account:<id>',
  );

/** What the process behind the address is doing, as figures: for all tenants together, but for the cache. */
export const MonitoringMetrics = z.object({
  process: z.object({
    uptimeSeconds: z.number(),
    cpuSeconds: z.number(),
    residentBytes: z.int(),
    heapUsedBytes: z.int(),
    eventLoopDelayP99Seconds: z.number(),
  }),
  requests: z.object({
    inWork: z.int(),
    total: z.int().describe('Answered since the start'),
    failed: z.int().describe('Answered with 5xx'),
    averageSeconds: z.number(),
  }),
  pool: z.object({
    busy: z.int(),
    idle: z.int(),
    waiting: z.int().describe('Callers that wait for a connection'),
  }),
  cache: CacheStats.describe('Of this tenant, in this process'),
  tasks: z.object({ running: z.int() }),
  sockets: z.object({ open: z.int() }),
  events: z.object({ lagSeconds: z.number() }),
});
export type MonitoringMetrics = z.infer<typeof MonitoringMetrics>;

export const cacheRoutes = {
  getCacheStats: defineRoute({
    method: 'GET',
    path: '/cache/stats',
    operation: 'getCacheStats',
    tag: 'admin',
    summary: 'How the cache serves this tenant, in the process that answers',
    access: 'tenant.manage',
    responses: { 200: CacheStats },
  }),
  deleteCached: defineRoute({
    method: 'DELETE',
    path: '/cache',
    operation: 'deleteCached',
    tag: 'admin',
    summary: "Drop this tenant's cached values by pattern, in every process",
    access: 'tenant.manage',
    query: z.strictObject({ pattern: Pattern }),
    responses: { 204: null },
  }),
  invalidateCache: defineRoute({
    method: 'POST',
    path: '/cache/invalidate',
    operation: 'invalidateCache',
    tag: 'admin',
    summary: "Drop this tenant's cached values by pattern or by tag, in every process",
    access: 'tenant.manage',
    body: z.union([z.strictObject({ pattern: Pattern }), z.strictObject({ tag: CacheTag })]),
    responses: { 204: null },
  }),
  getMonitoringMetrics: defineRoute({
    method: 'GET',
    path: '/monitoring/metrics',
    operation: 'getMonitoringMetrics',
    tag: 'admin',
    summary:
      'Figures of the process that answers, for all tenants together: load, pool, tasks, sockets; and of this tenant’s cache',
    access: 'tenant.manage',
    responses: { 200: MonitoringMetrics },
  }),
};
