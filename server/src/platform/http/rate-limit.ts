/**
 * Rate limits: so many points per span of time and caller, in this process or over all that share a Redis.
 *
 * Invariants
 *   * Who is known to be out of points is refused here, without asking anybody.
 *   * Points are taken here first and counted in Redis in lots of a twentieth of the limit; the take that fills a lot waits
 *     for the answer. So all processes together let through at most the limit and a lot (rounded up) for each but one of
 *     them, and a limit below 40 is exact.
 *   * With Redis away each process counts by itself: then the limit holds for each of them.
 */
import type { FastifyReply } from 'fastify';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisDoor } from '../redis/index.ts';
import { problem } from './problem.ts';

export interface RateLimit {
  /**
   * Tells the caller in headers of `reply`, when there is one, what is left. Done at once, without a promise, unless Redis
   * counts. @throws HttpProblem RATE_LIMITED, at once or by the promise
   */
  take(caller: string, reply?: FastifyReply): Promise<void> | undefined;
  /** Undoes one `take`. */
  giveBack(caller: string): Promise<void>;
}

/** `points` per `seconds` and caller; 0 is no limit. `what` names the limit to people, and among processes. */
export type CreateRateLimit = (points: number, seconds: number, what: string) => RateLimit;

/** What is known of one caller in the present span. */
interface Account {
  endsAtMs: number;
  /** Points taken by all, as far as they were counted. */
  counted: number;
  /** Taken here and not counted yet. */
  uncounted: number;
  /** Ends when nothing is being counted. */
  counting: Promise<unknown>;
  /** The lot that takes still join. */
  lot: Lot | null;
}

/** Takes that wait to be counted together. */
interface Lot {
  /** How many wait: counted apart from `uncounted`, which points given back lower meanwhile. */
  joined: number;
  /** How far beyond the limit the count went; so many of them, the last to come, are refused. */
  excess: Promise<number>;
}

const lotsPerLimit = 20;
const idle = Promise.resolve();

/** Limits of this process alone. */
export const createRateLimit: CreateRateLimit = createRateLimits(null);

/** Limits over all processes that share this Redis. Null: of this process alone. */
export function createRateLimits(redis: RedisDoor | null): CreateRateLimit {
  return (points, seconds, what) => {
    if (points === 0) return { take: () => undefined, giveBack: async () => {} };
    const accounts = new Map<string, Account>();
    const spanMs = seconds * 1000;
    let sweepAtMs = 0;
    const lotSize = redis === null ? Infinity : Math.max(1, Math.floor(points / lotsPerLimit));
    const shared =
      redis === null
        ? null
        : new RateLimiterRedis({
            storeClient: redis.client,
            keyPrefix: `${redis.namespace}:limit:${what.replace(/\W+/g, '-')}:${seconds}`,
            points,
            duration: seconds,
          });

    function open(caller: string): Account {
      const nowMs = performance.now();
      const known = accounts.get(caller);
      if (known !== undefined && nowMs < known.endsAtMs) return known;
      if (nowMs >= sweepAtMs) {
        sweepAtMs = nowMs + spanMs;
        for (const [key, { endsAtMs }] of accounts) if (nowMs >= endsAtMs) accounts.delete(key);
      }
      const account: Account = {
        endsAtMs: nowMs + spanMs,
        counted: 0,
        uncounted: 0,
        counting: idle,
        lot: null,
      };
      accounts.set(caller, account);
      return account;
    }

    /** Counts what was taken here; gives how far that went beyond the limit. */
    async function count(caller: string, account: Account): Promise<number> {
      const taken = account.uncounted;
      account.lot = null;
      account.uncounted = 0;
      // Until the answer is here they count as they did.
      account.counted += taken;
      const state = await shared!.consume(caller, taken).catch((refusal: unknown) => refusal);
      // Anything else is Redis failing: what was taken here is still known here.
      if (!(state instanceof RateLimiterRes)) return 0;
      account.counted = state.consumedPoints;
      account.endsAtMs = performance.now() + state.msBeforeNext;
      return Math.max(0, state.consumedPoints - points);
    }

    function refuse({ endsAtMs }: Account): never {
      throw problem('RATE_LIMITED', `At most ${points} ${what} per ${seconds} s.`, {
        retryAfterSeconds: Math.max(1, Math.ceil((endsAtMs - performance.now()) / 1000)),
      });
    }

    async function takeOfLot(caller: string, account: Account, reply?: FastifyReply): Promise<void> {
      // Who comes while others are being counted is of the next lot.
      account.lot ??= { joined: 0, excess: account.counting.then(() => count(caller, account)) };
      const { lot } = account;
      account.counting = lot.excess;
      const place = ++lot.joined;
      const excess = await lot.excess;
      if (place > lot.joined - excess) refuse(account);
      tell(account, reply);
    }

    function tell(account: Account, reply?: FastifyReply): void {
      const left = Math.max(0, points - account.counted - account.uncounted);
      reply?.header('ratelimit-limit', points).header('ratelimit-remaining', left);
    }

    return {
      take(caller, reply) {
        const account = open(caller);
        if (account.counted + account.uncounted >= points) refuse(account);
        if (++account.uncounted >= lotSize && redis?.isUp) return takeOfLot(caller, account, reply);
        tell(account, reply);
        return undefined;
      },
      async giveBack(caller) {
        open(caller).uncounted--;
      },
    };
  };
}
