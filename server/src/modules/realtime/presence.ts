/**
 * Presence: how many sockets are open over all processes. Each tells the others its own figures, when they change and at
 * least every two seconds; one that has been silent for six is no more.
 */
import type { Bus, Signals } from '#platform/bus';
import { newId } from '#platform/crypto';
import type { TenantFigures } from './hub.ts';

const everyMs = 2000;
const silentMs = 6000;
/** Many sockets that come at once are one change. */
const gatherMs = 100;

export interface Presence {
  /** The figures of this process have changed. */
  changed(): void;
  /** Of the other processes, for one tenant. */
  others(tenantId: string): { processes: number; figures: TenantFigures[] };
  stop(): void;
}

export function startPresence(deps: {
  bus: Bus;
  /** Those of this process, by tenant. */
  read: () => Record<string, TenantFigures>;
  /** Milliseconds of a steady clock. */
  nowMs?: () => number;
}): Presence {
  const { bus, read, nowMs = () => performance.now() } = deps;
  const self = newId();
  const heard = new Map<string, { atMs: number; tenants: Signals['presence']['tenants'] }>();
  let gathering: NodeJS.Timeout | undefined;

  function tell(tenants = read()): void {
    bus.publish('presence', { process: self, tenants });
  }

  const unsubscribe = bus.subscribe('presence', ({ process, tenants }) => {
    if (process === self) return;
    // One that is new here does not know of us either.
    if (!heard.has(process)) changed();
    heard.set(process, { atMs: nowMs(), tenants });
  });
  const timer = setInterval(() => {
    for (const [process, { atMs }] of heard) if (nowMs() - atMs > silentMs) heard.delete(process);
    tell();
  }, everyMs);
  timer.unref();

  function changed(): void {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      tell();
    }, gatherMs).unref();
  }

  return {
    changed,
    others(tenantId) {
      const alive = [...heard.values()].filter(({ atMs }) => nowMs() - atMs <= silentMs);
      return { processes: alive.length, figures: alive.flatMap(({ tenants }) => tenants[tenantId] ?? []) };
    },
    stop() {
      clearInterval(timer);
      clearTimeout(gathering);
      unsubscribe();
      // Its sockets are gone, and the others need not wait to notice.
      tell({});
    },
  };
}
