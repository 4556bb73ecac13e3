/** How the log stands, for `/health` and `/metrics`: who holds its readers back, and which durable consumers are behind. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/index.ts';
import type { HealthCheck, PartState } from '../http/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import type { Tail } from './tail.ts';

/** The oldest write still open in this database. */
interface OldestWrite {
  /** Of the database session; null for a prepared transaction. */
  pid: number | null;
  /** `application_name`, or the gid of a prepared transaction. */
  name: string;
  /** As pg_stat_activity says it, or `prepared`. */
  state: string;
  since: Date;
  seconds: number;
}

interface ConsumerStatus {
  /** Age of the oldest event it has not read. */
  lagSeconds: number;
  /** Dropped by retention before it read them, ever. */
  lostEvents: number;
  /** Whether that happened within a day. */
  lostLately: boolean;
}

interface LogStatus {
  oldestWrite: OldestWrite | null;
  consumers: Record<string, ConsumerStatus>;
}

async function readStatus(db: Database): Promise<LogStatus> {
  return db.asSystem('status of the log', async (tx) => {
    const write = await tx.one<{
      pid: number | null;
      name: string;
      state: string;
      since: Date | null;
      seconds: number;
    }>(
      'select *, extract(epoch from clock_timestamp() - since)::float8 as seconds from event_oldest_write()',
    );
    const consumers = await tx.query<{ name: string; lag: number; lost: number; lately: boolean }>(
      `select c.name, c.lost_events as lost, coalesce(c.lost_at > now() - interval '1 day', false) as lately,
         coalesce(extract(epoch from clock_timestamp() - (
           select e.created_at from event e where (e.xact, e.id) > (c.xact, c.id) order by e.xact, e.id limit 1)), 0)::float8 as lag
       from event_consumer c`,
    );
    return {
      oldestWrite: write.since === null ? null : { ...write, since: write.since },
      consumers: Object.fromEntries(
        consumers.map((c) => [
          c.name,
          { lagSeconds: Math.max(0, c.lag), lostEvents: c.lost, lostLately: c.lately },
        ]),
      ),
    };
  });
}

/** Committed events wait longer than this only when something is wrong; a durable consumer may be at a long batch. */
const lagLimitSeconds = { tail: 5, consumer: 60 };

/** The part `events` of `/health`. */
export function eventLogHealth(db: Database, tail: Tail): HealthCheck {
  return async () => {
    const { oldestWrite, consumers } = await readStatus(db);
    const { seconds, waiting } = tail.lag;
    const blocker = waiting ? oldestWrite : null;
    return {
      ...judge(seconds, blocker, consumers),
      lagSeconds: round(seconds),
      blocker: blocker && present(blocker),
      consumers: presentAll(consumers),
    };
  };
}

function judge(
  lagSeconds: number,
  blocker: OldestWrite | null,
  consumers: LogStatus['consumers'],
): Pick<PartState, 'status' | 'detail'> {
  if (lagSeconds > lagLimitSeconds.tail) return { status: 'degraded', detail: explain(blocker) };
  const all = Object.entries(consumers);
  const lost = all.filter(([, c]) => c.lostLately);
  if (lost.length > 0) {
    const who = lost.map(([name, c]) => `${name} (${c.lostEvents})`).join(', ');
    return {
      status: 'degraded',
      detail: `Events were dropped by retention before these had read them: ${who}.`,
    };
  }
  const behind = all.filter(([, c]) => c.lagSeconds > lagLimitSeconds.consumer).map(([name]) => name);
  return behind.length > 0
    ? { status: 'degraded', detail: `Behind the log: ${behind.join(', ')}. The log of the server says why.` }
    : { status: 'ok' };
}

/** What is in the way, and what to do about it. */
function explain(blocker: OldestWrite | null): string {
  if (blocker === null) return 'Committed events are not read; the log of the server says why.';
  const since = `open for ${Math.round(blocker.seconds)} s`;
  if (blocker.pid === null) {
    return `The prepared transaction '${blocker.name}', ${since}, holds back committed events. End it with COMMIT PREPARED or ROLLBACK PREPARED.`;
  }
  return `Process ${blocker.pid} of PostgreSQL (${blocker.name || 'unnamed'}, ${blocker.state}), its transaction ${since}, holds back committed events. Let it commit, or end it: select pg_terminate_backend(${blocker.pid})`;
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

function present({ pid, name, state, since, seconds }: OldestWrite) {
  return { pid, name, state, since: since.toISOString(), seconds: round(seconds) };
}

function presentAll(consumers: LogStatus['consumers']) {
  return Object.fromEntries(
    Object.entries(consumers).map(([name, { lagSeconds, lostEvents }]) => [
      name,
      { lagSeconds: round(lagSeconds), lostEvents },
    ]),
  );
}

/** Of one look at /metrics. The supervisor of several processes gives each a second. */
const patienceMs = 500;

/** The same figures on `/metrics`. While the database is away only the lag is known, and it grows. */
export function measureEventLog(metrics: Metrics, db: Database, tail: Tail): void {
  // All gauges of one look at /metrics share a reading.
  let reading: Promise<LogStatus | null> | undefined;
  const read = (): Promise<LogStatus | null> => {
    // A database that stands still must not hold up the other figures.
    reading ??= Promise.race([
      readStatus(db).catch(() => null),
      delay(patienceMs, null, { ref: false }),
    ]).finally(() => setTimeout(() => (reading = undefined), 500).unref());
    return reading;
  };
  const perConsumer = (figure: (consumer: ConsumerStatus) => number) => async () =>
    Object.fromEntries(Object.entries((await read())?.consumers ?? {}).map(([name, c]) => [name, figure(c)]));

  // Every process looks at the same log: over several the worst counts, not the sum.
  metrics.gauge(
    'tradepost_event_lag_seconds',
    'How long committed events wait',
    () => tail.lag.seconds,
    'max',
  );
  metrics.gauge(
    'tradepost_event_horizon_age_seconds',
    'Age of the oldest write still open in the database; readers stop below it',
    async () => {
      const status = await read();
      return status === null ? Number.NaN : (status.oldestWrite?.seconds ?? 0);
    },
    'max',
  );
  metrics.gauge(
    'tradepost_event_blocker_age_seconds',
    'Age of the oldest open write when committed events wait for it; else 0',
    async () => {
      const status = await read();
      return status === null ? Number.NaN : tail.lag.waiting ? (status.oldestWrite?.seconds ?? 0) : 0;
    },
    'max',
  );
  metrics.gauges(
    'tradepost_event_consumer_lag_seconds',
    'Age of the oldest event that a durable consumer has not read',
    'consumer',
    perConsumer((c) => c.lagSeconds),
    'max',
  );
  metrics.gauges(
    'tradepost_event_consumer_lost_events',
    'Events dropped by retention before a durable consumer had read them',
    'consumer',
    perConsumer((c) => c.lostEvents),
    'max',
  );
}
