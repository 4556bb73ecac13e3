/** Writes in what is read from the cache. */
import { expect } from 'vitest';
import { processes } from './tradepost.ts';
import { until } from './wait.ts';

/** What was just written is read at once where it was written; another process hears of it from the log, a moment later. */
export async function expectSeen(what: string, seen: () => Promise<boolean>): Promise<void> {
  if (processes > 1) await until(what, seen);
  else expect(await seen(), what).toBe(true);
}
