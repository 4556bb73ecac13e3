/**
 * A worker in a process of its own, for tests that kill or stop it. Reads the database's address from DATABASE_URL, says on
 * stdout what happens, and lets its `write` handler go on when a line comes on stdin.
 */
import { once } from 'node:events';
import { pino } from 'pino';
import { InProcessBus } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { newId } from '#platform/crypto';
import { createDatabase, createPool } from '#platform/db';
import { registerTask, startRunner, TaskFencedError } from '#platform/jobs';
import { hang, kill, write } from './worker-tasks.ts';

const url = process.env.DATABASE_URL!;
const say = (line: string) => process.stdout.write(`${line}\n`);
const bus = new InProcessBus();
const pool = createPool({ url, poolSize: 3, maxOverflow: 0, poolTimeoutMs: 5000, poolRecycleSeconds: 3600 });
const db = createDatabase({ pool, clock: systemClock, bus });

await startRunner({
  db,
  url,
  bus,
  log: pino({ level: 'silent' }),
  concurrency: 4,
  retryDelaysMs: [0],
  tasks: [
    registerTask(hang, async () => async () => {
      say('began');
      await new Promise(() => {});
    }),
    registerTask(kill, async () => async () => {
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => {});
    }),
    registerTask(write, async () => async (context) => {
      say('began');
      await once(process.stdin, 'data');
      try {
        await context.transaction((tx) =>
          tx.execute('insert into location (tenant_id, id, code, name) values ($1, $2, $2, $2)', [
            context.tenantId,
            newId(),
          ]),
        );
        say('wrote');
      } catch (error) {
        say(error instanceof TaskFencedError ? 'fenced' : String(error));
      }
      return 'by the process that was stopped';
    }),
  ],
});
