/** Keeps calls below eMAG's limits: so many in any second and in any minute. Source: emag-api.md 2.1. */
import { setTimeout as delay } from 'node:timers/promises';

export interface RateLimit {
  /** 0: none. */
  perSecond: number;
  perMinute: number;
}

export class RateBucket {
  #limits: { windowMs: number; calls: number }[];
  #calls: number[] = [];
  #turn: Promise<void> = Promise.resolve();
  #now: () => number;

  constructor(limit: RateLimit, now: () => number = () => performance.now()) {
    this.#limits = [
      // Evenly apart: of two bursts a second apart, the first delayed on its way, eMAG would count both in one second.
      { windowMs: 1000 / limit.perSecond, calls: Math.min(1, limit.perSecond) },
      { windowMs: 1000, calls: limit.perSecond },
      { windowMs: 60_000, calls: limit.perMinute },
    ].filter((l) => l.calls > 0);
    this.#now = now;
  }

  /** Milliseconds until another call is within the limits. */
  get waitMs(): number {
    const now = this.#now();
    return Math.max(
      0,
      ...this.#limits.map(({ windowMs, calls }) => {
        const oldest = this.#calls[this.#calls.length - calls];
        return oldest === undefined ? 0 : oldest + windowMs - now;
      }),
    );
  }

  /** Resolves when the call may go, in the order asked. Rejects when the signal aborts first. */
  async take(signal?: AbortSignal): Promise<void> {
    if (this.#limits.length === 0) return;
    const before = this.#turn;
    let done!: () => void;
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      for (let wait = this.waitMs; wait > 0; wait = this.waitMs)
        await delay(Math.ceil(wait), undefined, { signal });
      signal?.throwIfAborted();
      const now = this.#now();
      this.#calls.push(now);
      const expired = this.#calls.findIndex((at) => at > now - 60_000);
      if (expired > 0) this.#calls.splice(0, expired);
    } finally {
      done();
    }
  }
}
