/** Sliding windows: at most `max` requests within any `windowMs`. */
export interface RateWindow {
  windowMs: number;
  max: number;
}

export type BucketName = 'order' | 'other';
export type RateLimits = Readonly<Record<BucketName, readonly RateWindow[]>>;

/** Source: emag-api.md 2.1. */
export const officialRateLimits: RateLimits = {
  order: [
    { windowMs: 1000, max: 12 },
    { windowMs: 60_000, max: 720 },
  ],
  other: [
    { windowMs: 1000, max: 3 },
    { windowMs: 60_000, max: 180 },
  ],
};

export interface Taken {
  allowed: boolean;
  /** `X-RateLimit-…` headers; the names carry the window as the gateway writes it (A6). */
  headers: Record<string, string>;
}

/**
 * The request times of every account and bucket. A refused request does not count, so a client that keeps knocking
 * gets through as soon as a window frees up.
 */
export class RateLimiter {
  readonly #times = new Map<string, number[]>();

  take(account: string, bucket: BucketName, limits: RateLimits, nowMs: number): Taken {
    const windows = limits[bucket];
    const key = `${bucket} ${account}`;
    let times = this.#times.get(key) ?? [];
    const longestMs = Math.max(...windows.map((window) => window.windowMs));
    const last = times.at(-1);
    // The clock may have been set back: what lies ahead of it says nothing any more.
    times = last !== undefined && last > nowMs ? [] : times.filter((time) => time > nowMs - longestMs);
    const remaining = windows.map(
      (window) => window.max - times.filter((time) => time > nowMs - window.windowMs).length,
    );
    const allowed = remaining.every((left) => left > 0);
    if (allowed) times.push(nowMs);
    this.#times.set(key, times);
    const headers: Record<string, string> = {};
    windows.forEach((window, index) => {
      const name = windowName(window.windowMs);
      headers[`X-RateLimit-Limit-${name}`] = String(window.max);
      headers[`X-RateLimit-Remaining-${name}`] = String(
        Math.max(0, (remaining[index] ?? 0) - (allowed ? 1 : 0)),
      );
    });
    return { allowed, headers };
  }

  clear(): void {
    this.#times.clear();
  }
}

function windowName(windowMs: number): string {
  if (windowMs === 1000) return 'second';
  if (windowMs === 60_000) return 'minute';
  return `${windowMs / 1000}second`;
}
