/** Waiting for what another process does: looked at again and again, until a deadline that names what was missing. */
import { setTimeout as delay } from 'node:timers/promises';

const lookEveryMs = 50;

/** The first value of `look` that is neither undefined, null nor false. @throws when there is none within `timeoutMs` */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== null && value !== false) {
      return value as NonNullable<Exclude<T, false>>;
    }
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs / 1000} s in vain: ${what}`);
    await delay(lookEveryMs);
  }
}
