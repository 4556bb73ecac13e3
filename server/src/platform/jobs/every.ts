/** Work that is done again and again while the process lives. */
import type { Logger } from 'pino';
import { DatabaseUnavailableError } from '../db/index.ts';

/** Calls `work` again and again with `ms` between. Returns what ends it and waits for the round under way. */
export function every(ms: number, work: () => Promise<void>): () => Promise<void> {
  let ended = false;
  let current: Promise<void> = Promise.resolve();
  let timer = setTimeout(round, ms);
  function round(): void {
    current = work().finally(() => {
      if (!ended) timer = setTimeout(round, ms);
    });
  }
  return async () => {
    ended = true;
    clearTimeout(timer);
    await current;
  };
}

/** Upkeep that any process may do at any time: its statements guard themselves (skip locked), so doubling does no harm. */
export interface Upkeep {
  name: string;
  intervalMs: number;
  run(): Promise<unknown>;
}

/**
 * Does the same for each of several, such as tenants: one whose turn fails does not keep the others from theirs.
 *
 * @throws AggregateError of those that failed; at once when there is no database
 */
export async function eachAlone<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${items.length} failed`);
}

export function startUpkeep(upkeep: Upkeep[], log: Logger): { stop(): Promise<void> } {
  const enders = upkeep.map(({ name, intervalMs, run }) =>
    every(intervalMs, async () => {
      try {
        await run();
      } catch (error) {
        log.error({ err: error, upkeep: name }, 'upkeep failed, tried again');
      }
    }),
  );
  return {
    async stop() {
      await Promise.all(enders.map((end) => end()));
    },
  };
}
