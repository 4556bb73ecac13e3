/** How much work one caller, and all of them together, may ask for at once. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { problem } from './problem.ts';

/** Requests in work per process; the next one is told to come back. Source: required-interface.md, "Settings by name". */
export const defaultMaxInWork = 1000;

export interface RateLimit {
  /** @throws HttpProblem RATE_LIMITED */
  take(caller: string, reply: FastifyReply): Promise<void>;
}

/** `points` per `seconds` and caller; 0 is no limit. `what` names the limit to people. */
export function createRateLimit(points: number, seconds: number, what: string): RateLimit {
  if (points === 0) return { take: async () => {} };
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return {
    async take(caller, reply) {
      try {
        const state = await limiter.consume(caller);
        reply.header('ratelimit-limit', points).header('ratelimit-remaining', state.remainingPoints);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw problem('RATE_LIMITED', `At most ${points} ${what} per ${seconds} s.`, {
          retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
      }
    },
  };
}

/** Refuses requests above `max` in work, except those that `always` lets in. Returns how many are in work. */
export function shedLoad(
  app: FastifyInstance,
  max: number,
  always: (url: string) => boolean,
): { readonly inWork: number } {
  const load = { inWork: 0 };
  app.addHook('onRequest', async (request, reply) => {
    if (load.inWork >= max && !always(request.url)) {
      throw problem('OVERLOADED', `${max} requests are in work.`, { retryAfterSeconds: 1 });
    }
    load.inWork++;
    // 'close' comes also when the client went away, for which there is no answer.
    reply.raw.once('close', () => {
      load.inWork--;
    });
  });
  return load;
}
