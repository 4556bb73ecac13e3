/**
 * The cache: one typed door. A reader wrapped here is asked once for a key, however many want it, and its answer is kept
 * until its time is over or an event of the log drops one of its tags. No writer calls the cache.
 *
 * Invariants
 *   * A key carries its tenant and the permissions its value depends on; there is no way to build one without a context.
 *   * A value is judged when it is read (freshness.ts): a change committed before the read began is in what is answered.
 *     By another process it is known when the log brings it, some milliseconds later; 100 ms is promised.
 *   * What is over is still told while the database is away, an hour at most, and says so.
 *   * The memory is bounded. Redis is a second layer: without it, or while it is away, memory does.
 */
import type { Permission } from '@tradepost/contracts';
import type { z } from 'zod';
import { sha256 } from '../crypto/index.ts';
import { type Database, DatabaseUnavailableError, type TenantContext } from '../db/index.ts';
import type { LogEvent, Position } from '../events/index.ts';
import type { RedisDoor } from '../redis/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { Freshness, type Mark, unknown } from './freshness.ts';
import { type CacheKind, type CacheTag, cacheKinds, patternsOf } from './kinds.ts';
import { type Entry, Memory } from './memory.ts';
import { createSharedLayer } from './shared.ts';

/** Whose question it is. A RequestContext is one. */
export interface CacheContext extends TenantContext {
  permissions: ReadonlySet<Permission>;
}

export interface Cached<T> {
  /** As it leaves, in UTF-8: text would be encoded again for each who is told. Not to be written to. */
  json: Buffer;
  /** Strong, quoted; carries tenant and permissions. */
  etag: string;
  /** `stale`: the database is away and this was true before. */
  state: 'hit' | 'miss' | 'stale';
  ageSeconds: number;
  /** The value, the caller's own copy. */
  read(): T;
}

/** How a reader is cached. The kind gives prefix and time to live. */
export interface CacheOptions<A, S extends z.ZodType> {
  kind: CacheKind;
  /** What is stored; unlisted fields stay out. */
  schema: S;
  /** Tells one question from another, within tenant and kind. */
  keyOf(args: A): string;
  /** Every tag whose events change the answer. */
  tagsOf(args: A): readonly CacheTag[];
}

export type CachedReader<A, T> = (ctx: CacheContext, args: A) => Promise<Cached<T>>;

export interface CacheStats {
  /** False while Redis is configured and away: memory alone does then. */
  connected: boolean;
  store: 'memory' | 'memory+redis';
  /** Bytes in this process, about. */
  usedMemory: number;
  totalKeys: number;
  hits: number;
  misses: number;
  stale: number;
  /** 0–1 */
  hitRate: number;
}

export interface Cache {
  /** Caches what `load` answers; its answer must not depend on more of the context than tenant and the kind's permissions. */
  wrap<A, S extends z.ZodType>(
    options: CacheOptions<A, S>,
    load: (ctx: CacheContext, args: A) => Promise<z.input<S>>,
  ): CachedReader<A, z.output<S>>;
  /** Of one tenant in this process. */
  statsOf(tenantId: string): CacheStats;
  /** Of this process. */
  stats(): CacheStats;
  stop(): void;
}

export interface CacheDeps {
  db: Database;
  /** Started. */
  tail: { readonly position: Position; subscribe(listener: (events: LogEvent[]) => void): () => void };
  /** Of the log. */
  epoch: string;
  redis: RedisDoor | null;
  metrics?: Metrics;
  /** Default 20,000. */
  maxEntries?: number;
  maxBytes: number;
}

interface Counts {
  hits: number;
  misses: number;
  stale: number;
}

interface Found {
  entry: Entry;
  state: Cached<unknown>['state'];
}

interface Loading {
  mark: Mark;
  found: Promise<Found>;
}

const graceSeconds = 3600;
/** While the database is away, it is asked for each key this often at most. */
const tryAgainMs = 1000;
const longestKey = 200;

export function createCache(deps: CacheDeps): Cache {
  const { db, redis } = deps;
  const freshness = new Freshness(deps.tail);
  const memory = new Memory({ maxEntries: deps.maxEntries ?? 20_000, maxBytes: deps.maxBytes });
  const shared = redis === null ? null : createSharedLayer(redis, deps.epoch);
  const loadings = new Map<string, Loading>();
  const countsByTenant = new Map<string, Counts>();
  const total: Counts = { hits: 0, misses: 0, stale: 0 };
  /** Until when no question is passed on to a database that is away, in steady milliseconds. */
  let awayUntilMs = 0;
  const endings = [
    deps.tail.subscribe((events) => freshness.noteLog(events)),
    db.onCommit((events) => freshness.noteCommit(events)),
  ];
  const asked = deps.metrics?.counter(
    'tradepost_cache_reads_total',
    'Answers by kind and how they were found',
    ['kind', 'state'],
  );
  deps.metrics?.gauge('tradepost_cache_bytes', 'What cached values take, about', () => memory.total.bytes);
  deps.metrics?.gauge('tradepost_cache_entries', 'Cached values', () => memory.total.entries);

  function count(kind: CacheKind, tenantId: string, state: Cached<unknown>['state']): void {
    let counts = countsByTenant.get(tenantId);
    if (counts === undefined) {
      counts = { hits: 0, misses: 0, stale: 0 };
      countsByTenant.set(tenantId, counts);
    }
    const field = state === 'hit' ? 'hits' : state === 'miss' ? 'misses' : 'stale';
    counts[field]++;
    total[field]++;
    asked?.inc({ kind, state });
  }

  function describe(counts: Counts, held: { entries: number; bytes: number }): CacheStats {
    const reads = counts.hits + counts.misses + counts.stale;
    return {
      connected: shared === null || shared.isUp,
      store: shared === null ? 'memory' : 'memory+redis',
      usedMemory: held.bytes,
      totalKeys: held.entries,
      ...counts,
      hitRate: reads === 0 ? 0 : counts.hits / reads,
    };
  }

  return {
    wrap<A, S extends z.ZodType>(
      { kind, schema, keyOf, tagsOf }: CacheOptions<A, S>,
      load: (ctx: CacheContext, args: A) => Promise<z.input<S>>,
    ): CachedReader<A, z.output<S>> {
      const { prefix, ttlSeconds, permissions } = cacheKinds[kind];

      function keep(
        name: string,
        { text, ...entry }: Omit<Entry, 'json' | 'etag' | 'expiresAtMs'> & { text: string },
      ): Entry {
        const etag = `"${sha256(`${name}\n${text}`).toString('base64url').slice(0, 27)}"`;
        const expiresAtMs = entry.loadedAtMs + ttlSeconds * 1000;
        const kept = { ...entry, json: Buffer.from(text), etag, expiresAtMs };
        memory.set(name, kept);
        return kept;
      }

      async function find(
        name: string,
        ctx: CacheContext,
        args: A,
        tags: string[],
        mark: Mark,
      ): Promise<Found> {
        const { tenantId } = ctx;
        const loadedAtMs = db.clock.now().getTime();
        const stored = (await shared?.find(name)) ?? null;
        // Another program, or a release that knew other fields, may have written it.
        const text = stored === null ? null : reshape(schema, stored.text);
        let last = memory.get(name);
        if (stored !== null && text !== null) {
          const isFresh = freshness.isFreshAt(tenantId, tags, stored.position);
          if (isFresh || last === undefined) {
            const found = { tenantId, text, tags, loadedAtMs: stored.loadedAtMs };
            last = keep(name, { ...found, mark: isFresh ? freshness.mark() : unknown });
          }
          if (isFresh && isLive(last!, loadedAtMs)) return { entry: last!, state: 'hit' };
        }
        const graceEndsAtMs = last === undefined ? 0 : last.expiresAtMs + graceSeconds * 1000;
        const mayBeStale = loadedAtMs < graceEndsAtMs;
        if (mayBeStale && performance.now() < awayUntilMs) return { entry: last!, state: 'stale' };
        try {
          const answer = JSON.stringify(schema.parse(await load(ctx, args)));
          shared?.put(name, { position: mark.position, loadedAtMs, text: answer }, ttlSeconds + graceSeconds);
          return { entry: keep(name, { tenantId, text: answer, tags, mark, loadedAtMs }), state: 'miss' };
        } catch (error) {
          if (!(error instanceof DatabaseUnavailableError) || !mayBeStale) throw error;
          awayUntilMs = performance.now() + tryAgainMs;
          return { entry: last!, state: 'stale' };
        }
      }

      async function join(name: string, ctx: CacheContext, args: A, tags: string[]): Promise<Found> {
        const current = loadings.get(name);
        if (current !== undefined && freshness.isFresh(ctx.tenantId, tags, current.mark)) {
          const { entry, state } = await current.found;
          return { entry, state: state === 'miss' ? 'hit' : state };
        }
        const mark = freshness.mark();
        const loading = { mark, found: find(name, ctx, args, tags, mark) };
        loadings.set(name, loading);
        try {
          return await loading.found;
        } finally {
          if (loadings.get(name) === loading) loadings.delete(name);
        }
      }

      return async (ctx, args) => {
        const granted = permissions.filter((p) => ctx.permissions.has(p)).join('+');
        const key = `${prefix}:${shorten(keyOf(args))}`;
        const name = `${ctx.tenantId}:${granted}:${key}`;
        const nowMs = db.clock.now().getTime();
        const known = memory.get(name);
        const isHit =
          known !== undefined &&
          isLive(known, nowMs) &&
          freshness.isFresh(ctx.tenantId, known.tags, known.mark);
        const { entry, state } = isHit
          ? { entry: known, state: 'hit' as const }
          : await join(name, ctx, args, [...tagsOf(args), ...patternsOf(key)]);
        count(kind, ctx.tenantId, state);
        return {
          json: entry.json,
          etag: entry.etag,
          state,
          ageSeconds: Math.max(0, Math.round((nowMs - entry.loadedAtMs) / 1000)),
          read: () => JSON.parse(entry.json.toString()) as z.output<S>,
        };
      };
    },
    statsOf: (tenantId) =>
      describe(countsByTenant.get(tenantId) ?? { hits: 0, misses: 0, stale: 0 }, memory.heldBy(tenantId)),
    stats: () => describe(total, memory.total),
    stop() {
      for (const end of endings) end();
    },
  };
}

/** A clock that was set back must not prolong a life. */
function isLive(entry: Entry, nowMs: number): boolean {
  return nowMs < entry.expiresAtMs && nowMs >= entry.loadedAtMs - 1000;
}

function shorten(key: string): string {
  return key.length > longestKey ? sha256(key).toString('base64url') : key;
}

/** Stored text as the schema knows it; null when it does not. */
function reshape(schema: z.ZodType, text: string): string | null {
  try {
    return JSON.stringify(schema.parse(JSON.parse(text)));
  } catch {
    return null;
  }
}
