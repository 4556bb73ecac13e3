/** What the buyers of a proof do: made from a seed, so that a breach can be looked for again. */
import type { ProofSize } from '@tradepost/contracts';

/** A buyer's way: a basket under one idempotency key, and what becomes of it. */
export interface Buyer {
  n: number;
  key: string;
  /** One SKU may be in several lines. */
  lines: { sku: string; quantity: number }[];
  /** Asks twice at once, as a browser does that is clicked twice. */
  twice: boolean;
  /** `race`: confirmed in the very moment the deadline passes. */
  ending: 'confirm' | 'release' | 'race' | 'leave';
  ttlSeconds: number;
}

/** The last piece of each is where overselling shows, so there are many; few enough that most batches want the same ones. */
export const skus = Array.from({ length: 20 }, (_, i) => `PROOF-${i + 1}`);

/** Numbers from 0 to below 1 (mulberry32, Tommy Ettinger; public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function planBuyers({ buyers }: ProofSize, seed: number): Buyer[] {
  const random = seededRandom(seed);
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  return Array.from({ length: buyers }, (_, n) => ({
    n,
    key: `proof-${n}`,
    // In no order: that baskets cross is what makes deadlocks.
    lines: Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
      sku: oneOf(skus),
      quantity: 1 + Math.floor(random() * 2),
    })),
    twice: random() < 0.2,
    ending: oneOf(['confirm', 'confirm', 'confirm', 'release', 'release', 'race', 'leave'] as const),
    ttlSeconds: 1,
  }));
}
