/**
 * Durable consumers: reactions that must happen for every event, once, whatever dies. The cursor moves in the transaction
 * that does the work, so a killed process repeats nothing and skips nothing. Over all processes one works at a time.
 */
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import type { Bus } from '../bus/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { type LogEvent, type LogRow, parseLogRows, readSql } from './log.ts';

const batchSize = 500;
/** A busy log would otherwise cost one transaction for each event. */
const restMs = 100;

export interface Consumer {
  name: string;
  /** Handles a batch in the consumer's own transaction. Slow or outside work belongs in a task enqueued here. */
  handle(tx: Tx, events: LogEvent[]): Promise<void>;
}

/** Reads the next batch for a consumer and moves its cursor. Returns the number of events, 0 also when another process is at it. */
export async function runConsumerOnce(db: Database, consumer: Consumer): Promise<number> {
  return db.asSystem(`consumer ${consumer.name}`, async (tx) => {
    const cursor = await tx.maybeOne<{ xact: string; id: string }>(
      'select xact::text, id::text from event_consumer where name = $1 for update skip locked',
      [consumer.name],
    );
    if (cursor === undefined) {
      // A new consumer begins at the present end: what happened before is not its business.
      await tx.execute(
        'insert into event_consumer (name, xact, id) values ($1, (event_horizon()).horizon, 0) on conflict do nothing',
        [consumer.name],
      );
      return 0;
    }
    const { events } = parseLogRows(await tx.query<LogRow>(readSql, [cursor.xact, cursor.id, batchSize]));
    if (events.length === 0) return 0;
    await consumer.handle(tx, events);
    const last = events.at(-1)!;
    await tx.execute(
      'update event_consumer set xact = $2::text::xid8, id = $3, updated_at = now() where name = $1',
      [consumer.name, last.xact.toString(), last.id.toString()],
    );
    return events.length;
  });
}

/** Runs consumers until stopped, woken by the bus and by itself once a second. */
export function startConsumers(deps: {
  db: Database;
  bus: Bus;
  consumers: Consumer[];
  onError: (name: string, error: Error) => void;
}): { stop(): Promise<void> } {
  let stopped = false;
  const loops = deps.consumers.map((consumer) => {
    let wake: (() => void) | undefined;
    let woken = false;
    const poke = (): void => {
      woken = true;
      wake?.();
    };
    const unsubscribe = deps.bus.subscribe('events', poke);
    const loop = (async () => {
      while (!stopped) {
        woken = false;
        try {
          const count = await runConsumerOnce(deps.db, consumer);
          if (count === batchSize) continue;
          // What came meanwhile is looked for after a rest.
          if (count > 0) woken = true;
        } catch (error) {
          deps.onError(consumer.name, error as Error);
          woken = false;
        }
        if (!stopped && !woken) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, 1000);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
          wake = undefined;
        }
        if (!stopped) await setTimeoutPromise(restMs);
      }
      unsubscribe();
    })();
    return { loop, poke };
  });
  return {
    async stop() {
      stopped = true;
      for (const { poke } of loops) poke();
      await Promise.all(loops.map(({ loop }) => loop));
    },
  };
}
