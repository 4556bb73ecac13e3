/**
 * Schedules: what starts tasks by the clock. Every process looks once a second; the row of a schedule is taken by one of
 * them, and moving it on is in the same transaction as what it starts, so each turn happens once over all processes.
 */
import type { Logger } from 'pino';
import type { Database, Tx } from '../db/index.ts';

export interface Schedule {
  name: string;
  intervalMs: number;
  /** Starts what is due: enqueues tasks, or does short upkeep itself. */
  run(tx: Tx): Promise<void>;
}

/** A turn comes up to so much of the interval later: marketplaces ask callers to keep away from round times. */
const spread = 0.05;

/** Runs every schedule that is due. Returns the names run. */
export async function runDueSchedules(
  db: Database,
  schedules: Schedule[],
  onError: (name: string, error: Error) => void,
): Promise<string[]> {
  const due = await db.asSystem('schedules due', (tx) =>
    tx.query<{ name: string }>(
      'select name from schedule where next_at <= $1 and name = any($2) order by next_at',
      [tx.clock.now(), schedules.map((s) => s.name)],
    ),
  );
  // A clock that was set back must not leave a schedule waiting for the time that was: no turn lies further away than its interval.
  await db.asSystem('schedules ahead', (tx) =>
    tx.execute(
      `update schedule s set next_at = $1::timestamptz + i.ms * interval '1 ms' from unnest($2::text[], $3::bigint[]) as i (name, ms)
       where s.name = i.name and s.next_at > $1::timestamptz + i.ms * $4::float8 * interval '1 ms'`,
      [db.clock.now(), schedules.map((s) => s.name), schedules.map((s) => s.intervalMs), 1 + spread],
    ),
  );
  const ran: string[] = [];
  for (const { name } of due) {
    const schedule = schedules.find((s) => s.name === name)!;
    try {
      const mine = await db.asSystem(`schedule ${name}`, async (tx) => {
        const now = tx.clock.now();
        const nextAt = new Date(now.getTime() + schedule.intervalMs * (1 + Math.random() * spread));
        const taken = await tx.query(
          `update schedule set next_at = $2, last_at = $3 where name in (
             select name from schedule where name = $1 and next_at <= $3 for update skip locked) returning name`,
          [name, nextAt, now],
        );
        if (taken.length === 0) return false;
        await schedule.run(tx);
        return true;
      });
      if (mine) ran.push(name);
    } catch (error) {
      onError(name, error as Error);
    }
  }
  return ran;
}

export async function startScheduler(deps: {
  db: Database;
  schedules: Schedule[];
  log: Logger;
}): Promise<{ stop(): Promise<void> }> {
  const { db, schedules, log } = deps;
  await db.asSystem('schedules', async (tx) => {
    for (const schedule of schedules) {
      // A shorter interval than before takes effect at once.
      await tx.execute(
        `insert into schedule (name, next_at) values ($1, $2)
         on conflict (name) do update set next_at = least(schedule.next_at, $3)`,
        [schedule.name, tx.clock.now(), new Date(tx.clock.now().getTime() + schedule.intervalMs)],
      );
    }
  });
  let stopped = false;
  let current: Promise<unknown> = Promise.resolve();
  let timer = setTimeout(round, 0);
  function round(): void {
    current = runDueSchedules(db, schedules, (name, err) =>
      log.error({ err, schedule: name }, 'schedule failed, tried again'),
    )
      .catch((err) => log.error({ err }, 'schedules could not be read, tried again'))
      .finally(() => {
        if (!stopped) timer = setTimeout(round, 1000);
      });
  }
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
