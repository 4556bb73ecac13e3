/** Environment and `.env` → Config. Nothing else reads the environment. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { describeSetting, type SettingName, type Settings, settingNames, settings } from './settings.ts';

type ProcessRole = 'api' | 'realtime' | 'worker';

export interface Config {
  host: string;
  /** 0: a free one. */
  port: number;
  dataDir: string;
  roles: ReadonlySet<ProcessRole>;
  environment: Settings['ENV'];
  /** Null: the one process serves by itself. */
  supervisor: {
    /** Processes that serve. */
    workers: number;
    /** Requests after which one of them is renewed; 0 is never. */
    workerMaxRequests: number;
  } | null;
  logLevel: Settings['LOG_LEVEL'];
  /** Null: made into DATA_DIR at the first start. */
  secret: string | null;
  metricsToken: string | null;
  demo: { enabled: boolean; ordersPerMinute: number };
  database: {
    /** Null: embedded. */
    url: string | null;
    poolSize: number;
    maxOverflow: number;
    poolTimeoutMs: number;
    poolRecycleSeconds: number;
  };
  /** Null: none, and then one process. */
  redisUrl: string | null;
  cache: { maxBytes: number };
  web: {
    /** Without a trailing slash. Null: http://host:port as it turns out. */
    publicUrl: string | null;
    trustProxy: string[];
    corsOrigins: string[];
    /** Requests per second; 0 is no limit. */
    rateLimitPerSecond: number;
    uploadLimitPerSecond: number;
    /** How `/docs` opens. */
    docs: { expansion: Settings['SWAGGER_UI_DOC_EXPANSION']; showOperationIds: boolean };
  };
  tasks: { concurrency: number; retryDelaysMs: number[] };
  emag: {
    syncOrdersIntervalMs: number;
    syncProductsIntervalMs: number;
    autoAcknowledgeIntervalMs: number;
    syncMaxPages: number;
    syncOverlapMs: number;
    cleanupIntervalMs: number;
    healthCheckIntervalMs: number;
    /** Calls; 0 is no limit. */
    limits: {
      ordersPerSecond: number;
      ordersPerMinute: number;
      otherPerSecond: number;
      otherPerMinute: number;
    };
    timeoutMs: number;
    extraBaseUrls: string[];
  };
  realtime: { heartbeatMs: number; maxClients: number };
  events: { retentionDays: number };
  auditRetentionDays: number;
  imports: { maxFileBytes: number };
  inventory: {
    lowStockThreshold: number;
    alertsEnabled: boolean;
    realtimeEnabled: boolean;
    analyticsEnabled: boolean;
    checkIntervalMs: number;
    maxHistoryDays: number;
  };
  /** Process id whose end ends us; null without one. */
  parentPid: number | null;
  /** Lines for a person, about settings that have no effect. */
  notices: string[];
}

/** Settings that cannot be used. Each line names the variable, its value and what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`These settings cannot be used:\n${problems.map((p) => `  ${p}`).join('\n')}`);
    this.problems = problems;
  }
}

/** EX_CONFIG of sysexits.h. */
export const configExitCode = 78;

/**
 * @param env what the process was given; it wins over `cwd`/.env. Empty means unset.
 * @throws ConfigError with every wrong setting at once
 */
export function loadConfig(env: Record<string, string | undefined>, cwd: string): Config {
  const merged = { ...readDotEnv(cwd), ...dropEmpty(env) };
  const given = Object.fromEntries(settingNames.map((name) => [name, merged[name]]));
  const result = settings.safeParse(given);
  if (!result.success) {
    const wrong = new Set(result.error.issues.map((issue) => issue.path[0] as SettingName));
    throw new ConfigError([...wrong].map((name) => refusal(name, merged[name])));
  }
  const values = result.data;
  const problems = findContradictions(values);
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(values, cwd, parentPid(merged.TRADEPOST_PARENT_PID));
}

function refusal(name: SettingName, value: string | undefined): string {
  const { allowed, secret } = describeSetting(name);
  return `${name}=${secret ? '(hidden)' : JSON.stringify(value ?? '')} is refused; allowed is ${allowed}.`;
}

function findContradictions(values: Settings): string[] {
  const problems: string[] = [];
  if (values.DATABASE_URL !== undefined && values.SECRET === undefined) {
    problems.push(
      'SECRET is required with DATABASE_URL: at least 32 characters, the same at every start (`openssl rand -base64 48`).',
    );
  }
  const workers = countWorkers(values);
  if (workers > 1 && values.REDIS_URL === undefined) {
    const asked = values.WORKERS === 'auto' ? `WORKERS=auto (${workers} cores)` : `WORKERS=${workers}`;
    problems.push(
      `${asked} is refused: several processes need REDIS_URL, by which they wake each other. Allowed without it is 1.`,
    );
  }
  if (values.WORKER_MAX_REQUESTS && !isSupervised(values)) {
    problems.push(
      `WORKER_MAX_REQUESTS=${values.WORKER_MAX_REQUESTS} is refused: a process that serves alone cannot be renewed. Set ENV=production or WORKERS above 1.`,
    );
  }
  if (values.ROLES.length === 0)
    problems.push('ROLES="" is refused; name at least one of api, realtime, worker.');
  return problems;
}

function countWorkers(values: Settings): number {
  const cores = availableParallelism();
  if (values.WORKERS === 'auto') return cores;
  const crowd = values.ENV === 'production' && values.REDIS_URL !== undefined;
  return values.WORKERS ?? (crowd ? 2 * cores + 1 : 1);
}

/** In production also a single process is watched, so that it can be renewed and restarted. */
function isSupervised(values: Settings): boolean {
  return values.ENV === 'production' || countWorkers(values) > 1;
}

function toConfig(values: Settings, cwd: string, parent: number | null): Config {
  const embedded = values.DATABASE_URL === undefined;
  const demo = (values.DEMO ?? (embedded ? 'on' : 'off')) === 'on';
  const seconds = (value: number) => value * 1000;
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: resolve(cwd, values.DATA_DIR),
    roles: new Set(values.ROLES),
    environment: values.ENV,
    supervisor: isSupervised(values)
      ? {
          workers: countWorkers(values),
          workerMaxRequests: values.WORKER_MAX_REQUESTS ?? (values.ENV === 'production' ? 10_000 : 0),
        }
      : null,
    logLevel: values.LOG_LEVEL,
    secret: values.SECRET ?? null,
    metricsToken: values.METRICS_TOKEN ?? null,
    demo: { enabled: demo, ordersPerMinute: values.DEMO_ORDERS_PER_MINUTE },
    database: {
      url: values.DATABASE_URL ?? null,
      poolSize: values.DB_POOL_SIZE,
      maxOverflow: values.DB_MAX_OVERFLOW,
      poolTimeoutMs: seconds(values.DB_POOL_TIMEOUT),
      poolRecycleSeconds: values.DB_POOL_RECYCLE,
    },
    redisUrl: values.REDIS_URL ?? null,
    cache: { maxBytes: values.CACHE_MEMORY_MB * 1_048_576 },
    web: {
      publicUrl: values.PUBLIC_URL ?? null,
      trustProxy: values.TRUST_PROXY,
      corsOrigins: values.CORS_ORIGINS,
      rateLimitPerSecond: values.RATE_LIMIT_API,
      uploadLimitPerSecond: values.RATE_LIMIT_UPLOADS,
      docs: {
        expansion: values.SWAGGER_UI_DOC_EXPANSION,
        showOperationIds: values.SWAGGER_UI_OPERATION_ID_EXPAND,
      },
    },
    tasks: {
      concurrency: values.TASK_CONCURRENCY,
      retryDelaysMs: (values.TASK_RETRY_DELAYS ?? (demo ? [5, 10, 20] : [300, 600, 1200])).map(seconds),
    },
    emag: {
      syncOrdersIntervalMs: seconds(values.EMAG_SYNC_ORDERS_INTERVAL ?? (demo ? 5 : 300)),
      syncProductsIntervalMs: seconds(values.EMAG_SYNC_PRODUCTS_INTERVAL),
      autoAcknowledgeIntervalMs: seconds(values.EMAG_AUTO_ACK_INTERVAL ?? (demo ? 10 : 600)),
      syncMaxPages: values.EMAG_SYNC_MAX_PAGES,
      syncOverlapMs: seconds(values.EMAG_SYNC_OVERLAP),
      cleanupIntervalMs: seconds(values.EMAG_CLEANUP_INTERVAL),
      healthCheckIntervalMs: seconds(values.EMAG_HEALTH_CHECK_INTERVAL ?? (demo ? 60 : 900)),
      limits: {
        ordersPerSecond: values.EMAG_ORDERS_PER_SECOND,
        ordersPerMinute: values.EMAG_ORDERS_PER_MINUTE,
        otherPerSecond: values.EMAG_OTHER_PER_SECOND,
        otherPerMinute: values.EMAG_OTHER_PER_MINUTE,
      },
      timeoutMs: seconds(values.EMAG_TIMEOUT),
      extraBaseUrls: values.EMAG_EXTRA_BASE_URLS,
    },
    realtime: { heartbeatMs: values.WEBSOCKET_HEARTBEAT_INTERVAL, maxClients: values.WEBSOCKET_MAX_CLIENTS },
    events: { retentionDays: values.EVENT_RETENTION_DAYS },
    auditRetentionDays: values.AUDIT_RETENTION_DAYS,
    imports: { maxFileBytes: values.IMPORT_MAX_FILE_BYTES },
    inventory: {
      lowStockThreshold: values.INVENTORY_LOW_STOCK_THRESHOLD,
      alertsEnabled: values.INVENTORY_ENABLE_ALERTS,
      realtimeEnabled: values.INVENTORY_ENABLE_REALTIME,
      analyticsEnabled: values.INVENTORY_ENABLE_ANALYTICS,
      checkIntervalMs: values.INVENTORY_CHECK_INTERVAL,
      maxHistoryDays: values.INVENTORY_MAX_HISTORY_DAYS,
    },
    parentPid: parent,
    notices: (['CELERY_BROKER_URL', 'CELERY_RESULT_BACKEND', 'SOCKETIO_ASYNC_MODE'] as const)
      .filter((name) => values[name] !== undefined)
      .map((name) => `${name}: ${describeSetting(name).description}`),
  };
}

function readDotEnv(cwd: string): Record<string, string | undefined> {
  try {
    return dropEmpty(parseEnv(readFileSync(resolve(cwd, '.env'), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError([`.env cannot be read: ${(error as Error).message}`]);
  }
}

function dropEmpty(env: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

/** Set by the start script, not by people. */
function parentPid(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : null;
}
