/** What operators look at and turn: figures of the process, and the cache. */
import { cacheRoutes as contracts, type MonitoringMetrics } from '@tradepost/contracts';
import { type Cache, tagOfPattern } from '#platform/cache';
import type { Database } from '#platform/db';
import { route, withIdempotency } from '#platform/http';
import type { ModuleManifest } from '#platform/module';
import type { Metrics } from '#platform/telemetry';

export function createMonitoringModule(deps: {
  db: Database;
  cache: Cache;
  metrics: Metrics;
}): ModuleManifest {
  const { db, cache, metrics } = deps;
  return {
    name: 'monitoring',
    routes: [
      route(contracts.getCacheStats, async ({ ctx }) => ({ status: 200, body: cache.statsOf(ctx.tenantId) })),
      route(contracts.deleteCached, async ({ ctx, query }) => {
        await db.withTenant(ctx, async (tx) => tx.dropCached(ctx.tenantId, [tagOfPattern(query.pattern)]));
        return { status: 204 };
      }),
      route(contracts.invalidateCache, ({ ctx, body, request }) =>
        withIdempotency(db, ctx, request, contracts.invalidateCache.operation, async (tx) => {
          tx.dropCached(ctx.tenantId, ['tag' in body ? body.tag : tagOfPattern(body.pattern)]);
          return { status: 204 as const, body: undefined };
        }),
      ),
      route(contracts.getMonitoringMetrics, async ({ ctx }) => ({
        status: 200,
        body: await readFigures(metrics, cache.statsOf(ctx.tenantId)),
      })),
    ],
  };
}

/** The same figures as `/metrics`, chosen and named for a screen; of the cache what it is to one tenant. */
async function readFigures(
  { registry }: Metrics,
  cache: MonitoringMetrics['cache'],
): Promise<MonitoringMetrics> {
  type Sample = { value: number; labels: Partial<Record<string, string | number>>; metricName?: string };
  const samples = async (name: string): Promise<Sample[]> =>
    (await registry.getSingleMetric(name)?.get())?.values ?? [];
  const figure = async (name: string, state?: string): Promise<number> =>
    (await samples(name)).find((s) => state === undefined || s.labels.state === state)?.value ?? 0;

  const durations = await samples('tradepost_http_request_duration_seconds');
  const sum = (suffix: string, wanted: (s: Sample) => boolean = () => true) =>
    durations
      .filter((s) => s.metricName?.endsWith(suffix) === true && wanted(s))
      .reduce((total, s) => total + s.value, 0);
  const total = sum('_count');
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return {
    process: {
      uptimeSeconds: process.uptime(),
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      residentBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      eventLoopDelayP99Seconds: await figure('nodejs_eventloop_lag_p99_seconds'),
    },
    requests: {
      inWork: await figure('tradepost_http_requests_in_work'),
      total,
      failed: sum('_count', (s) => Number(s.labels.status) >= 500),
      averageSeconds: total === 0 ? 0 : sum('_sum') / total,
    },
    pool: {
      busy: await figure('tradepost_db_connections', 'busy'),
      idle: await figure('tradepost_db_connections', 'idle'),
      waiting: await figure('tradepost_db_waiting_callers'),
    },
    cache,
    tasks: { running: await figure('tradepost_tasks_running') },
    sockets: { open: await figure('tradepost_sockets') },
    events: { lagSeconds: await figure('tradepost_event_lag_seconds') },
  };
}
