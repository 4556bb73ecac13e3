/** Work that is done again and again while the process lives. */
import type { Logger } from 'pino';

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
