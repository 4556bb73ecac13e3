/** What starts tasks by the clock, whatever the clock does. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ManualClock } from '#platform/clock';
import { runDueSchedules, type Schedule, startScheduler } from '#platform/jobs';
import { silent } from './factories/jobs.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock('2026-03-02T10:00:00Z');
const database = useDatabase(clock);
const minute = 60_000;

describe('schedules', () => {
  let names = 0;
  function scheduled(intervalMs: number): { schedule: Schedule; runs: () => number } {
    let runs = 0;
    const schedule = {
      name: `schedule_${++names}`,
      intervalMs,
      async run() {
        runs++;
      },
    };
    return { schedule, runs: () => runs };
  }
  const fail = (_: string, error: Error) => {
    throw error;
  };
  /** Its row, due now, as a scheduler makes it when it begins. */
  async function register(schedule: Schedule): Promise<void> {
    const { stop } = await startScheduler({ db: database.current.db, schedules: [schedule], log: silent });
    await stop();
  }
  const runDue = (schedule: Schedule) => runDueSchedules(database.current.db, [schedule], fail);

  test('each turn happens once over ten that look at once', async () => {
    const { schedule, runs } = scheduled(5 * minute);
    await register(schedule);
    for (let turn = 1; turn <= 5; turn++) {
      await Promise.all(Array.from({ length: 10 }, () => runDue(schedule)));
      expect(runs()).toBe(turn);
      clock.advance(5 * minute * 1.05);
    }
  });

  test('a turn whose work fails is not counted as done', async () => {
    const { schedule, runs } = scheduled(5 * minute);
    await register(schedule);
    const failures: string[] = [];
    const broken: Schedule = {
      ...schedule,
      async run() {
        throw new Error('broke');
      },
    };
    expect(await runDueSchedules(database.current.db, [broken], (_, e) => failures.push(e.message))).toEqual(
      [],
    );
    expect(failures).toEqual(['broke']);
    await runDue(schedule);
    expect(runs()).toBe(1);
  });

  test('a clock an hour ahead makes one turn, not twelve', async () => {
    const { schedule, runs } = scheduled(5 * minute);
    await register(schedule);
    await runDue(schedule);
    clock.advance(60 * minute);
    for (let look = 0; look < 3; look++) await runDue(schedule);
    expect(runs()).toBe(2);
  });

  test('a clock set back an hour makes no turn twice, and the next comes after one interval', async () => {
    const { schedule, runs } = scheduled(5 * minute);
    await register(schedule);
    await runDue(schedule);
    clock.advance(-60 * minute);
    for (let look = 0; look < 3; look++) await runDue(schedule);
    expect(runs()).toBe(1);
    clock.advance(5 * minute);
    await runDue(schedule);
    expect(runs()).toBe(2);
    clock.advance(60 * minute);
  });

  test.each([
    ['skips', '2026-03-28T23:00:00Z'],
    ['repeats', '2026-10-24T23:00:00Z'],
  ])(
    'where the clock on the wall %s an hour, an hourly turn is neither left out nor doubled',
    async (_, at) => {
      vi.stubEnv('TZ', 'Europe/Bucharest');
      onTestFinished(() => void vi.unstubAllEnvs());
      const { schedule } = scheduled(60 * minute);
      clock.advance(Date.parse(at) - clock.now().getTime());
      await register(schedule);
      const turns: number[] = [];
      const noted = { ...schedule, run: async () => void turns.push(clock.now().getTime()) };
      for (let look = 0; look < 60; look++, clock.advance(5 * minute)) await runDue(noted);
      const gapsMs = turns.slice(1).map((turn, n) => turn - turns[n]!);
      expect(gapsMs).toHaveLength(4);
      // A turn comes up to 5 % later, and is looked for every five minutes.
      for (const gapMs of gapsMs) expect([60 * minute, 65 * minute]).toContain(gapMs);
    },
  );
});
