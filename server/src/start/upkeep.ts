/** What the platform itself does by the clock, and the health of the stores. */
import type { Logger } from 'pino';
import type { Database, Tx } from '#platform/db';
import { maintainEventLog } from '#platform/events';
import { type HealthCheck, idempotencyKeptDays } from '#platform/http';
import type { Schedule } from '#platform/jobs';
import type { RedisDoor } from '#platform/redis';

const hour = 3_600_000;

export function platformSchedules(eventRetentionDays: number, log: Logger): Schedule[] {
  return [
    {
      name: 'maintain_event_log',
      intervalMs: hour,
      run: (tx) => keepEventLog(tx, eventRetentionDays, log),
    },
    {
      name: 'delete_old_idempotency_keys',
      intervalMs: hour,
      async run(tx) {
        const before = new Date(tx.clock.now().getTime() - idempotencyKeptDays * 24 * hour);
        await tx.execute('delete from idempotency_key where created_at < $1', [before]);
      },
    },
  ];
}

/** Maintains the log and tells what had to go unread; `/health` shows it for a day, `/metrics` for good. */
export async function keepEventLog(tx: Tx, retentionDays: number, log: Logger): Promise<void> {
  for (const loss of await maintainEventLog(tx, retentionDays))
    log.error(loss, 'events were dropped that a durable consumer had not read for twice the retention');
}

/** Whether the database answers, and whether callers queue for its connections. */
export function databaseHealth(db: Database): HealthCheck {
  return async () => {
    const startedAtMs = performance.now();
    await db.asSystem('health', (tx) => tx.query('select 1'));
    const { totalCount, idleCount, waitingCount } = db.pool;
    return {
      status: 'ok',
      answeredInMs: Math.round((performance.now() - startedAtMs) * 10) / 10,
      connections: totalCount,
      idleConnections: idleCount,
      waitingCallers: waitingCount,
    };
  };
}

/** Without Redis everything works, slower: it never makes the process unready. */
export function redisHealth(redis: RedisDoor): HealthCheck {
  return async () =>
    redis.isUp
      ? { status: 'ok', answeredInMs: redis.answeredInMs }
      : {
          status: 'degraded',
          detail: 'Redis is away: other processes are noticed within a second instead of at once',
        };
}
