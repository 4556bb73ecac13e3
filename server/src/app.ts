/** The application, as a list of its parts. A new module is a folder plus a line in `modules`. */
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { createDemo, type Demo } from '#flows/demo';
import { createExportsFlow } from '#flows/exports';
import { createHealthCheck } from '#flows/health-check';
import { createImportsFlow } from '#flows/imports';
import { createMarketplaceOrdersFlow, requestSync } from '#flows/marketplace-orders';
import { createMarketplaceProductsFlow } from '#flows/marketplace-products';
import { createStockProof } from '#flows/stock-proof';
import { createCatalogueModule, findForList } from '#modules/catalogue';
import { createIdentity, type Identity } from '#modules/identity';
import { createInventoryModule } from '#modules/inventory';
import { createConnections, createMarketplacesModule } from '#modules/marketplaces';
import { createMonitoringModule } from '#modules/monitoring';
import { createNotificationsModule } from '#modules/notifications';
import { createOrdersModule } from '#modules/orders';
import { createPurchasingModule } from '#modules/purchasing';
import { createRealtimeModule } from '#modules/realtime';
import { createTasksModule } from '#modules/tasks';
import { type Bus, InProcessBus, RedisBus } from '#platform/bus';
import { createCache } from '#platform/cache';
import { systemClock } from '#platform/clock';
import type { Config } from '#platform/config';
import { deriveKey } from '#platform/crypto';
import { checkRoles, createDatabase, createPool, type Database } from '#platform/db';
import { eventLogHealth, loadEpoch, measureEventLog, startConsumers, Tail } from '#platform/events';
import { createHttp, createRateLimits, type HealthCheck } from '#platform/http';
import { startRunner, startScheduler, startUpkeep } from '#platform/jobs';
import type { ModuleManifest } from '#platform/module';
import { connectRedis } from '#platform/redis';
import { createMetrics, type Metrics, measurePool } from '#platform/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { databaseHealth, keepEventLog, platformSchedules, redisHealth } from './start/upkeep.ts';
import { startWarming } from './start/warm-caches.ts';

export interface App {
  db: Database;
  identity: Identity;
  demo: Demo;
  metrics: Metrics;
  /** Begins to serve. Returns the address people use. @throws when the port is taken */
  listen(): Promise<string>;
  /** Takes nothing new, lets what is under way end, closes the pools. The database itself is the caller's. `farewellMs` as for `Http.close`. */
  stop(farewellMs?: number): Promise<void>;
}

/** What a process has of the others that serve beside it under one supervisor. */
export interface Crew {
  /** Requests after which it asks to be renewed; 0 is never. */
  maxRequests: number;
  onWorn(): void;
  health: HealthCheck;
  /** The metrics of all of them. */
  measureAll(): Promise<string>;
}

/** After it begins to serve, when the console has been loaded and nobody waits for what is loaded then. */
const warmUpAfterMs = 3000;
const consoleDist = fileURLToPath(new URL('../../console/dist', import.meta.url));

export async function createApp(deps: {
  config: Config;
  databaseUrl: string;
  secret: string;
  log: Logger;
  /** Default: the process is alone on its port. */
  crew?: Crew;
}): Promise<App> {
  const { config, databaseUrl: url, secret, log, crew } = deps;
  const clock = systemClock;
  const metrics = createMetrics();
  /** Null: this process is the only one, and needs none. */
  const redis =
    config.redisUrl === null ? null : connectRedis({ url: config.redisUrl, secret, log, metrics });
  const onError = (err: unknown, topic: string) => log.error({ err, topic }, 'a listener of the bus failed');
  const bus = redis === null ? new InProcessBus(onError) : new RedisBus({ redis, metrics, onError });
  const pool = createPool({ ...config.database, url });
  const db = createDatabase({ pool, clock, bus });
  measurePool(metrics, pool);
  await checkRoles(pool);
  // Before anything writes an event: after a long rest today's partition may be missing, in a process without the role worker too.
  await db.asSystem('maintain event log', (tx) => keepEventLog(tx, config.events.retentionDays, log));
  const epoch = await db.asSystem('epoch of the log', loadEpoch);
  const tail = new Tail({
    url,
    bus,
    onError: (err) => log.error({ err }, 'the tail lost the log, tried again'),
  });
  await tail.start();
  measureEventLog(metrics, db, tail);

  const { publicUrl } = config.web;
  const settings = config.inventory;
  const { auditRetentionDays } = config;
  const createRateLimit = createRateLimits(redis);
  const identity = createIdentity({
    ...{ db, databaseUrl: url, secret, publicUrl, auditRetentionDays, log, tail },
    createRateLimit,
  });
  const cache = createCache({ db, tail, epoch, redis, metrics, ...config.cache });
  const orders = createOrdersModule({ db, settings, cache });
  const realtime = createRealtimeModule({
    db,
    clock,
    tail,
    epoch,
    identity,
    orderStatistics: orders.readStatistics,
    allowedOrigins: publicUrl === null ? [] : [publicUrl],
    ...config.realtime,
    inventoryEnabled: settings.realtimeEnabled,
    onError: (err) => log.error({ err }, 'socket server'),
  });

  const { emag } = config;
  const secrets = { key: deriveKey(secret, 'marketplace-passwords'), extraBaseUrls: [...emag.extraBaseUrls] };
  const connect = createConnections({
    orderCalls: { perSecond: emag.limits.ordersPerSecond, perMinute: emag.limits.ordersPerMinute },
    otherCalls: { perSecond: emag.limits.otherPerSecond, perMinute: emag.limits.otherPerMinute },
    timeoutMs: emag.timeoutMs,
  });
  let address = '';
  const demo = createDemo({
    db,
    log,
    dataDir: config.dataDir,
    stock: settings,
    secrets,
    connect,
    makeSetupUrl: () => identity.makeSetupUrl(address),
  });

  const modules: ModuleManifest[] = [
    identity,
    createCatalogueModule({ db, settings, cache }),
    createInventoryModule({
      ...{ db, settings, cache, findProducts: findForList },
      analyticsEnabled: config.inventory.analyticsEnabled,
      checkIntervalMs: config.inventory.checkIntervalMs,
      maxHistoryDays: config.inventory.maxHistoryDays,
    }),
    createNotificationsModule({ db }),
    orders,
    createPurchasingModule({ db, settings, log }),
    createMarketplacesModule({ db, secrets, requestSync, cleanupIntervalMs: emag.cleanupIntervalMs }),
    createMarketplaceOrdersFlow({
      connect,
      secrets,
      stock: settings,
      maxPages: emag.syncMaxPages,
      overlapMs: emag.syncOverlapMs,
      firstLookMs: 30 * 86_400_000,
      lockWaitMs: 5000,
      syncIntervalMs: emag.syncOrdersIntervalMs,
      acknowledgeIntervalMs: emag.autoAcknowledgeIntervalMs,
    }),
    createMarketplaceProductsFlow({
      db,
      connect,
      secrets,
      stock: settings,
      maxPages: emag.syncMaxPages,
      syncIntervalMs: emag.syncProductsIntervalMs,
    }),
    createStockProof({ db, url, settings }),
    createExportsFlow({ db }),
    createImportsFlow({ db, settings, dataDir: config.dataDir, maxFileBytes: config.imports.maxFileBytes }),
    createHealthCheck({ intervalMs: emag.healthCheckIntervalMs }),
    createMonitoringModule({ db, cache, metrics }),
    createTasksModule({ db, bus }),
    realtime,
    demo,
  ];

  const serves = (role: 'api' | 'realtime' | 'worker') => config.roles.has(role);
  const http = await createHttp({
    ...config.web,
    metricsToken: config.metricsToken,
    createRateLimit,
    ...(crew !== undefined && {
      measureAll: crew.measureAll,
      ...(crew.maxRequests > 0 && { wear: { maxRequests: crew.maxRequests, onWorn: crew.onWorn } }),
    }),
    log,
    metrics,
    secret,
    csrf: identity.csrf,
    authenticate: identity.authenticate,
    routes: serves('api') ? modules.flatMap((m) => m.routes ?? []) : [],
    healthParts: {
      database: databaseHealth(db),
      events: eventLogHealth(db, tail),
      ...(redis !== null && { redis: redisHealth(redis) }),
      ...(crew !== undefined && { processes: crew.health }),
      ...Object.assign({}, ...modules.map((m) => m.healthParts)),
    },
    documents: Object.assign({}, ...modules.map((m) => m.documents)),
    consoleDist,
    version: manifest.version,
  });
  if (serves('realtime')) realtime.attach(http.server, http.peerGate);
  metrics.gauge('tradepost_sockets', 'Open sockets', () => realtime.stats().clients);

  const worker = serves('worker')
    ? await startWorker({ config, db, url, bus, log, metrics, modules })
    : { stop: async () => {} };

  let stopWarming = async () => {};
  const warmUp = () => identity.warmUp().catch((err) => log.warn({ err }, 'signing in is not warm'));

  return {
    db,
    identity,
    demo,
    metrics,
    async listen() {
      const own = await http.listen(config.host, config.port);
      address = publicUrl ?? own;
      if (serves('api')) setTimeout(() => void warmUp(), warmUpAfterMs).unref();
      stopWarming = startWarming({ db, modules, log });
      return address;
    },
    async stop(farewellMs) {
      // The port is given up at once, while sockets, requests and tasks come to their end.
      await Promise.all([stopWarming(), realtime.stop(), http.close({ farewellMs }), worker.stop()]);
      await demo.stop();
      await identity.stop();
      cache.stop();
      await tail.stop();
      await db.close();
      bus.close();
      await redis?.close();
    },
  };
}

/** What runs behind the requests: tasks, schedules, durable consumers, upkeep. */
async function startWorker(deps: {
  config: Config;
  db: Database;
  url: string;
  bus: Bus;
  log: Logger;
  metrics: Metrics;
  modules: ModuleManifest[];
}): Promise<{ stop(): Promise<void> }> {
  const { config, db, url, bus, log, metrics, modules } = deps;
  const runner = await startRunner({
    db,
    url,
    bus,
    log,
    tasks: modules.flatMap((m) => m.tasks ?? []),
    ...config.tasks,
  });
  metrics.gauge('tradepost_tasks_running', 'Task attempts under way', () => runner.running);
  const schedules = [
    ...platformSchedules(config.events.retentionDays, log),
    ...modules.flatMap((m) => m.schedules ?? []),
  ];
  const scheduler = await startScheduler({ db, schedules, log });
  const consumers = startConsumers({
    db,
    bus,
    consumers: modules.flatMap((m) => m.consumers ?? []),
    onError: (name, err) => log.error({ err, consumer: name }, 'consumer failed, tried again'),
  });
  const upkeep = startUpkeep(
    modules.flatMap((m) => m.upkeep ?? []),
    log,
  );
  return {
    async stop() {
      await Promise.all([scheduler.stop(), consumers.stop(), upkeep.stop(), runner.stop()]);
    },
  };
}
