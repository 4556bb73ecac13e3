/** What a subscriber missed, read from the log in pages. */
import type { EventChannel } from '@tradepost/contracts';
import type { Database } from '#platform/db';
import {
  hasMoreTenantEvents,
  isStillKept,
  type LogEvent,
  listTenantEvents,
  type Position,
} from '#platform/events';

/** Beyond this it is cheaper for a client to read the present state than to be told each step towards it. */
const maxMissedEvents = 10_000;

interface MissedRange {
  tenantId: string;
  channels: readonly EventChannel[];
  after: Position;
  upTo: Position;
}

interface MissedPage {
  events: LogEvent[];
  /** There may be more after the last of them. */
  more: boolean;
}

export interface History {
  /**
   * The next page; null when the log cannot tell everything after `after`, or when that is too much. The database is asked
   * only when the page is `stillWanted` once it is its turn; else the answer is null and means nothing.
   */
  read(
    range: MissedRange,
    options: { first: boolean; stillWanted: () => boolean },
  ): Promise<MissedPage | null>;
}

/**
 * @param concurrency pages read at once, so that a thousand clients that come back together leave connections for others
 * @param pageSize events per page: at a few kilobytes each, well below a socket's queue
 */
export function createHistory(deps: { db: Database; concurrency?: number; pageSize?: number }): History {
  const { db, concurrency = 8, pageSize = 200 } = deps;
  let free = concurrency;
  const waiting: (() => void)[] = [];

  return {
    async read({ tenantId, channels, after, upTo }, { first, stillWanted }) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        if (!stillWanted()) return null;
        return await db.asSystem('resume of a socket', async (tx) => {
          const events = await listTenantEvents(tx, tenantId, after, upTo, channels, pageSize);
          if (!(await isStillKept(tx, after))) return null;
          const more = events.length === pageSize;
          if (first && more) {
            const tooMany = await hasMoreTenantEvents(tx, tenantId, after, upTo, channels, maxMissedEvents);
            if (tooMany) return null;
          }
          return { events, more };
        });
      } finally {
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
