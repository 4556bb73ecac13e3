/** Every variable that Tradepost reads: what it means, what it may be, what it is when nobody sets it. */
import { z } from 'zod';

interface Kind<S extends z.ZodType> {
  schema: S;
  /** Ends the sentence "allowed is …". */
  allowed: string;
}

interface About {
  section: string;
  description: string;
  example: string;
  /** What it is when unset, in words, where that is not one fixed value. */
  unset?: string;
  /** Its value is never shown. */
  secret?: boolean;
}

export interface SettingMeta extends About {
  allowed: string;
  default?: string;
}

const about = z.registry<SettingMeta>();

/** A setting with a default: text, as one would write it in the environment. */
function setting<S extends z.ZodType>(kind: Kind<S>, defaultText: string, meta: About) {
  const schema = z.preprocess((value) => value ?? defaultText, kind.schema);
  about.add(schema, { ...meta, allowed: kind.allowed, default: defaultText });
  return schema;
}

/** A setting that may stay unset. */
function optional<S extends z.ZodType>(kind: Kind<S>, meta: About) {
  const schema = kind.schema.optional();
  about.add(schema, { ...meta, allowed: kind.allowed });
  return schema;
}

function whole(min: number, max: number) {
  const range = z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max));
  return { schema: range, allowed: `a whole number from ${min} to ${max}` };
}

function oneOf<const V extends readonly [string, ...string[]]>(values: V) {
  return { schema: z.enum(values), allowed: `one of ${values.join(', ')}` };
}

const text = { schema: z.string().min(1), allowed: 'any text' };
const onOff = oneOf(['on', 'off']);
/** On or off as other back ends write it, so that their settings can be kept. */
const flag = {
  schema: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['on', 'off', 'true', 'false', '1', '0']))
    .transform((value) => ['on', 'true', '1'].includes(value)),
  allowed: 'on or off (also true, false, 1, 0)',
};

function list<S extends z.ZodType<unknown, string>>(item: S, allowed: string) {
  const parts = z.string().transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
  return { schema: parts.pipe(z.array(item)), allowed };
}

const postgresUrl = {
  schema: z.string().regex(/^postgres(ql)?:\/\/\S+$/),
  allowed: 'an address such as postgresql://user:password@host:5432/name',
};
const redisUrl = {
  schema: z.string().regex(/^rediss?:\/\/\S+$/),
  allowed: 'an address such as redis://host:6379',
};
const origin = z.string().regex(/^https?:\/\/[^\s/?#*]+$/);
const url = z.url({ protocol: /^https?$/ });

const server = 'Server';
const database = 'Database';
const web = 'Web';
const tasks = 'Tasks';
const emag = 'eMAG';
const inventory = 'Inventory';
const realtime = 'Realtime and events';
const accepted = 'Accepted for older installations';

export const settings = z.object({
  PORT: setting(whole(0, 65_535), '8000', {
    section: server,
    description: 'Port of everything: console, API, sockets. 0 takes a free one.',
    example: '8080',
  }),
  HOST: setting(text, '127.0.0.1', {
    section: server,
    description: 'Address to listen on. `0.0.0.0` serves the network: put HTTPS in front.',
    example: '0.0.0.0',
  }),
  DATA_DIR: setting(text, './data', {
    section: server,
    description: 'Folder of the embedded database, the secret and demo.json.',
    example: '/var/lib/tradepost',
  }),
  ROLES: setting(
    list(z.enum(['api', 'realtime', 'worker']), 'a list of api, realtime, worker'),
    'api,realtime,worker',
    {
      section: server,
      description: 'The parts that this process runs.',
      example: 'api,realtime',
    },
  ),
  WORKERS: optional(
    {
      schema: z.union([z.literal('auto'), whole(1, 64).schema]),
      allowed: '`auto` (one per core) or a whole number from 1 to 64',
    },
    {
      section: server,
      description:
        'Processes that serve, behind one port. More than one need REDIS_URL, by which they wake each other.',
      unset: '1; with `ENV=production` and REDIS_URL 2 × cores + 1',
      example: 'auto',
    },
  ),
  WORKER_MAX_REQUESTS: optional(whole(0, 1_000_000_000), {
    section: server,
    description:
      'Requests after which a process is replaced by a new one, which serves before the old one ends. 0 = never.',
    unset: '0; with `ENV=production` 10000',
    example: '50000',
  }),
  DEMO: optional(onOff, {
    section: server,
    description: 'Two demo tenants with moving marketplace traffic.',
    unset: '`on` with the embedded database, else `off`',
    example: 'off',
  }),
  DEMO_ORDERS_PER_MINUTE: setting(whole(1, 6000), '15', {
    section: server,
    description: 'Orders a minute that the demo marketplace receives.',
    example: '60',
  }),
  ENV: setting(oneOf(['development', 'production', 'test']), 'development', {
    section: server,
    description:
      'Where it runs; a word in the logs. With `production` the processes that serve are watched, restarted and renewed.',
    example: 'production',
  }),
  LOG_LEVEL: setting(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']), 'info', {
    section: server,
    description: 'What the log (stderr, JSON lines) tells.',
    example: 'debug',
  }),
  SECRET: optional(
    { schema: z.string().min(32), allowed: 'at least 32 characters' },
    {
      section: server,
      description:
        "The installation's secret: sessions are signed and marketplace passwords sealed by it. Losing it means signing in again and entering those passwords again.",
      unset: 'made once into `DATA_DIR/secret` with the embedded database; required with DATABASE_URL',
      example: '(output of `openssl rand -base64 48`)',
      secret: true,
    },
  ),
  METRICS_TOKEN: optional(
    { schema: z.string().min(16), allowed: 'at least 16 characters' },
    {
      section: server,
      description: 'When set, `/metrics` asks for it as a bearer token.',
      unset: '`/metrics` is open to whoever reaches the port',
      example: '(output of `openssl rand -base64 24`)',
      secret: true,
    },
  ),

  DATABASE_URL: optional(postgresUrl, {
    section: database,
    description: 'PostgreSQL 15 or newer. Its user must own the database and may create roles.',
    unset: 'an embedded PostgreSQL in DATA_DIR',
    example: 'postgresql://tradepost:password@db:5432/tradepost',
    secret: true,
  }),
  DB_POOL_SIZE: setting(whole(1, 1000), '20', {
    section: database,
    description: 'Connections that one process keeps once they are open.',
    example: '40',
  }),
  DB_MAX_OVERFLOW: setting(whole(0, 1000), '40', {
    section: database,
    description: 'Connections above it under load, closed again after 30 s without use.',
    example: '10',
  }),
  DB_POOL_TIMEOUT: setting(whole(1, 300), '30', {
    section: database,
    description: 'Seconds that a request waits for a connection before it is answered 503.',
    example: '5',
  }),
  DB_POOL_RECYCLE: setting(whole(10, 86_400), '3600', {
    section: database,
    description: 'Age in seconds at which a connection is replaced.',
    example: '1800',
  }),
  REDIS_URL: optional(redisUrl, {
    section: database,
    description:
      'Redis, by which several processes wake each other and share caches and rate limits. One process needs none.',
    unset: 'signals stay in the one process',
    example: 'redis://redis:6379',
    secret: true,
  }),

  CACHE_MEMORY_MB: setting(whole(1, 65_536), '64', {
    section: database,
    description:
      'Megabytes of cached lists and figures that this process holds; the longest unused go first.',
    example: '256',
  }),

  PUBLIC_URL: optional(
    { schema: origin, allowed: 'an origin such as https://shop.example (no path)' },
    {
      section: web,
      description: 'The address people use. With https, cookies are sent over HTTPS only.',
      unset: '`http://HOST:PORT`',
      example: 'https://shop.example',
    },
  ),
  TRUST_PROXY: setting(
    list(
      z.string().regex(/^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)$/),
      'a list of addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
    ),
    '',
    {
      section: web,
      description: 'Proxies whose `X-Forwarded-*` headers are believed.',
      example: 'loopback,10.0.0.0/8',
    },
  ),
  CORS_ORIGINS: setting(list(origin, 'a list of origins such as https://shop.example; `*` is refused'), '', {
    section: web,
    description:
      'Origins whose pages may call the API with an API key. Cookies are never sent along from there.',
    example: 'https://shop.example',
  }),
  RATE_LIMIT_API: setting(whole(0, 1_000_000), '100', {
    section: web,
    description: 'Requests per second and credential, or peer address without one. 0 = no limit.',
    example: '500',
  }),
  RATE_LIMIT_UPLOADS: setting(whole(0, 1_000_000), '10', {
    section: web,
    description: 'Uploads per second and credential. 0 = no limit.',
    example: '20',
  }),

  IMPORT_MAX_FILE_BYTES: setting(whole(1024, 4_294_967_296), '209715200', {
    section: web,
    description: 'Bytes of the largest file that can be imported.',
    example: '52428800',
  }),

  SWAGGER_UI_DOC_EXPANSION: setting(oneOf(['none', 'list', 'full']), 'list', {
    section: web,
    description: 'How far `/docs` is unfolded when it opens: groups, their calls, or all of it.',
    example: 'none',
  }),
  SWAGGER_UI_OPERATION_ID_EXPAND: setting(flag, 'off', {
    section: web,
    description: "Shows each call's operation id in `/docs`.",
    example: 'on',
  }),

  TASK_CONCURRENCY: setting(whole(1, 200), '10', {
    section: tasks,
    description: 'Tasks at once in one process.',
    example: '4',
  }),
  TASK_RETRY_DELAYS: optional(list(whole(0, 86_400).schema, 'a list of seconds such as 300,600,1200'), {
    section: tasks,
    description: 'Seconds before the second, third, … try of a failed task; after the last it is dead.',
    unset: '300,600,1200 (5,10,20 in the demo)',
    example: '60,300',
  }),

  EMAG_SYNC_ORDERS_INTERVAL: optional(whole(1, 86_400), {
    section: emag,
    description: 'Seconds between reads of new orders.',
    unset: '300 (5 in the demo)',
    example: '120',
  }),
  EMAG_SYNC_PRODUCTS_INTERVAL: setting(whole(60, 2_592_000), '3600', {
    section: emag,
    description: 'Seconds between reads of the products of every account.',
    example: '21600',
  }),
  EMAG_AUTO_ACK_INTERVAL: optional(whole(1, 86_400), {
    section: emag,
    description: 'Seconds between rounds that acknowledge orders.',
    unset: '600 (10 in the demo)',
    example: '300',
  }),
  EMAG_SYNC_MAX_PAGES: setting(whole(1, 1000), '10', {
    section: emag,
    description: 'Pages of one account read in one run; the next run goes on.',
    example: '50',
  }),
  EMAG_SYNC_OVERLAP: setting(whole(0, 86_400), '300', {
    section: emag,
    description: 'Seconds that a read reaches back behind the last one, for orders that appear late.',
    example: '600',
  }),
  EMAG_CLEANUP_INTERVAL: setting(whole(60, 2_592_000), '86400', {
    section: emag,
    description: 'Seconds between clean-ups of run logs older than 30 days.',
    example: '43200',
  }),
  EMAG_HEALTH_CHECK_INTERVAL: optional(whole(10, 86_400), {
    section: emag,
    unset: '900 (60 in the demo)',
    description: 'Seconds between checks of database and recent activity.',
    example: '300',
  }),
  EMAG_ORDERS_PER_SECOND: setting(whole(0, 10_000), '10', {
    section: emag,
    description: 'Order calls per second and account. 0 = no limit.',
    example: '5',
  }),
  EMAG_ORDERS_PER_MINUTE: setting(whole(0, 1_000_000), '600', {
    section: emag,
    description: 'Order calls per minute and account. 0 = no limit.',
    example: '300',
  }),
  EMAG_OTHER_PER_SECOND: setting(whole(0, 10_000), '2', {
    section: emag,
    description: 'Other calls per second and account. 0 = no limit.',
    example: '1',
  }),
  EMAG_OTHER_PER_MINUTE: setting(whole(0, 1_000_000), '150', {
    section: emag,
    description: 'Other calls per minute and account. 0 = no limit.',
    example: '60',
  }),
  EMAG_TIMEOUT: setting(whole(1, 300), '30', {
    section: emag,
    description: 'Seconds until a call is given up.',
    example: '10',
  }),
  EMAG_EXTRA_BASE_URLS: setting(list(url, 'a list of http(s) addresses'), '', {
    section: emag,
    description: "Addresses beside eMAG's own that an account may use, such as a simulator's.",
    example: 'http://127.0.0.1:8100/api-3',
  }),

  WEBSOCKET_HEARTBEAT_INTERVAL: setting(whole(1000, 600_000), '30000', {
    section: realtime,
    description: 'Milliseconds between pings to each socket; one without answer until the next is closed.',
    example: '15000',
  }),
  WEBSOCKET_MAX_CLIENTS: setting(whole(1, 100_000), '1000', {
    section: realtime,
    description:
      'Open sockets of this process; more are answered 503. When all are taken, a tenant with fewer gets one of the tenant with most.',
    example: '5000',
  }),
  EVENT_RETENTION_DAYS: setting(whole(1, 365), '14', {
    section: realtime,
    description: 'Days that events are kept for readers who were away.',
    example: '30',
  }),
  AUDIT_RETENTION_DAYS: setting(whole(1, 3650), '365', {
    section: server,
    description: 'Days that the audit log is kept.',
    example: '730',
  }),
  INVENTORY_ENABLE_REALTIME: setting(flag, 'true', {
    section: inventory,
    description: 'Whether sockets are told of stock. The event log has it in any case.',
    example: 'false',
  }),
  INVENTORY_ENABLE_ALERTS: setting(flag, 'true', {
    section: inventory,
    description: 'Whether low and missing stock is announced and listed.',
    example: 'false',
  }),
  INVENTORY_LOW_STOCK_THRESHOLD: setting(whole(0, 1_000_000), '10', {
    section: inventory,
    description:
      'Available pieces at or below which stock is low, where a level has no threshold of its own.',
    example: '5',
  }),
  INVENTORY_CHECK_INTERVAL: setting(whole(1000, 86_400_000), '60000', {
    section: inventory,
    description: 'Milliseconds between looks for alerts that a changed threshold made due.',
    example: '300000',
  }),
  INVENTORY_ENABLE_ANALYTICS: setting(flag, 'true', {
    section: inventory,
    description: 'Whether the figures of the inventory report are made.',
    example: 'false',
  }),
  INVENTORY_MAX_HISTORY_DAYS: setting(whole(1, 3650), '30', {
    section: inventory,
    description:
      'Days after which movements move to the archive; before that, a level is known for every instant.',
    example: '90',
  }),

  CELERY_BROKER_URL: optional(text, {
    section: accepted,
    description: 'Ignored, with a notice: tasks live in PostgreSQL.',
    unset: 'nothing',
    example: 'redis://redis:6379/0',
    secret: true,
  }),
  CELERY_RESULT_BACKEND: optional(text, {
    section: accepted,
    description: 'Ignored, with a notice: results live in PostgreSQL.',
    unset: 'nothing',
    example: 'redis://redis:6379/1',
    secret: true,
  }),
  SOCKETIO_ASYNC_MODE: optional(text, {
    section: accepted,
    description: 'Ignored, with a notice: there is one mode.',
    unset: 'nothing',
    example: 'eventlet',
  }),
});

export type Settings = z.output<typeof settings>;
export type SettingName = keyof Settings;
export const settingNames = Object.keys(settings.shape) as SettingName[];

export function describeSetting(name: SettingName): SettingMeta {
  const meta = about.get(settings.shape[name]);
  if (meta === undefined) throw new Error(`${name} is not described`);
  return meta;
}
