/**
 * The door to Redis: one connection for commands, one for subscriptions, and a steady look at both.
 *
 * Invariants
 *   * Redis holds nothing that cannot be lost. Whoever uses it has an answer for the time that it is away.
 *   * No command waits: away, it fails at once; silent, after half a second. Whoever asks `isUp` first does not pay even that.
 *   * It comes back by itself. Its going and its coming are one line of the log each, however many commands fail between.
 */
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { deriveKey } from '../crypto/index.ts';
import type { Metrics } from '../telemetry/index.ts';

export interface RedisDoor {
  /** For commands. They may fail at any moment; one that timed out may have taken effect. */
  readonly client: Redis;
  /** For subscriptions alone: Redis takes nothing else on such a connection. */
  readonly subscriber: Redis;
  /** Both connections answered when they were last asked, within the last second or so. */
  readonly isUp: boolean;
  /** How long the last look took; null while it is away. */
  readonly answeredInMs: number | null;
  /** Begins every key and channel, so that installations can share one Redis: `tp:<12 hex digits>`. */
  readonly namespace: string;
  /** Calls back each time Redis is there again, the first time included. Returns the function that ends it. */
  onUp(listener: () => void): () => void;
  close(): Promise<void>;
}

const connectTimeoutMs = 2000;
const commandTimeoutMs = 500;
const lookEveryMs = 1000;
/** A peer that vanished without a word never answers on the old connection. */
const reconnectAfterMs = 10_000;
const longestPauseMs = 1000;

export function connectRedis(options: {
  url: string;
  /** The installation's: its processes share a namespace, others have their own. */
  secret: string;
  log: Logger;
  metrics?: Metrics;
}): RedisDoor {
  const { log } = options;
  const connect = (name: string): Redis =>
    new Redis(options.url, {
      connectionName: `tradepost-${name}`,
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandTimeoutMs,
      // What cannot be sent now, or was not answered when the connection broke, fails: its caller knows what to do then.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      retryStrategy: (attempt) => Math.min(50 * attempt, longestPauseMs),
      keepAlive: 10_000,
    });
  const client = connect('commands');
  const subscriber = connect('subscriptions');
  const listeners = new Set<() => void>();
  let lastError = 'it did not answer in time';
  let isUp = false;
  let answeredInMs: number | null = null;
  /** When it was last seen up, or a new connection was last tried. */
  let triedAtMs = performance.now();
  let wasToldAway = false;
  let closed = false;
  let looking: Promise<void> | undefined;

  function setUp(up: boolean): void {
    if (up === isUp || closed) return;
    isUp = up;
    if (up) {
      if (wasToldAway) log.info('Redis is back');
      wasToldAway = false;
      for (const listener of [...listeners]) listener();
    } else tellAway();
  }

  function tellAway(): void {
    answeredInMs = null;
    if (wasToldAway || closed) return;
    wasToldAway = true;
    log.warn({ reason: lastError }, 'Redis is away: slower until it is back, never wrong');
  }

  async function look(): Promise<void> {
    const startedAtMs = performance.now();
    try {
      await Promise.all([client.ping(), subscriber.ping()]);
      triedAtMs = performance.now();
      answeredInMs = Math.round((triedAtMs - startedAtMs) * 10) / 10;
      setUp(true);
    } catch (error) {
      // The reason for "not writeable" was told by the connection itself.
      if (client.status === 'ready' && subscriber.status === 'ready') lastError = (error as Error).message;
      setUp(false);
      tellAway();
      if (performance.now() - triedAtMs > reconnectAfterMs) {
        triedAtMs = performance.now();
        for (const connection of [client, subscriber]) connection.disconnect(true);
      }
    }
  }

  function lookNow(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  for (const connection of [client, subscriber]) {
    connection.on('error', (error: Error) => {
      lastError = error.message;
    });
    connection.on('close', () => setUp(false));
    connection.on('ready', () => {
      if (client.status === 'ready' && subscriber.status === 'ready') void lookNow();
    });
  }
  const timer = setInterval(() => void lookNow(), lookEveryMs);
  timer.unref();
  options.metrics?.gauge('tradepost_redis_up', 'Whether Redis answers', () => (isUp ? 1 : 0), 'min');

  return {
    client,
    subscriber,
    namespace: `tp:${deriveKey(options.secret, 'redis-namespace').toString('hex').slice(0, 12)}`,
    get isUp() {
      return isUp;
    },
    get answeredInMs() {
      return answeredInMs;
    },
    onUp(listener) {
      listeners.add(listener);
      if (isUp) listener();
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      isUp = false;
      clearInterval(timer);
      // An orderly goodbye, so that what was sent before still goes out; it is not waited for longer than a command.
      if (client.status === 'ready') await client.quit().catch(() => {});
      for (const connection of [client, subscriber]) connection.disconnect();
    },
  };
}
