/**
 * Background tasks per second, with the ledger people see: enqueued each in a transaction of its own by 16 callers, and
 * drained. The peer is raw pg-boss on the same PostgreSQL, which keeps no ledger. Then how long one waits for its start,
 * from the commit that asked for it to the first line of its handler, while 200 are asked for each second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import pino from 'pino';
import { z } from 'zod';
import { defineTask, enqueueTask, registerTask, startRunner } from '../../server/src/platform/jobs/index.ts';
import { type BenchResult, median, percentile, ratio } from './report.ts';
import { type BenchDatabase, startBenchDatabase } from './support/database.ts';

const count = 5000;
const callers = 16;
const rounds = 5;
const startsPerSecond = 200;
const startsForSeconds = 10;

const noop = defineTask({ type: 'noop', payload: z.object({}) });

async function spread(work: () => Promise<unknown>): Promise<number> {
  let left = count;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return count / ((performance.now() - begun) / 1000);
}

async function ours(bench: BenchDatabase): Promise<{ enqueued: number; drained: number }> {
  const tenant = { ...(await bench.createTenant()), actor: 'system' as const };
  const enqueued = await spread(() => bench.db.withTenant(tenant, (tx) => enqueueTask(tx, noop, {})));
  let done = 0;
  const begun = performance.now();
  let finish!: (rate: number) => void;
  const drained = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const runner = await startRunner({
    db: bench.db,
    url: bench.url,
    bus: bench.bus,
    log: pino({ level: 'warn' }),
    tasks: [
      registerTask(
        noop,
        async () => async () =>
          void (++done === count && finish(count / ((performance.now() - begun) / 1000))),
      ),
    ],
    concurrency: 50,
    retryDelaysMs: [],
  });
  const rate = await drained;
  await runner.stop();
  return { enqueued, drained: rate };
}

async function peer(boss: PgBoss): Promise<{ enqueued: number; drained: number }> {
  const enqueued = await spread(() => boss.send('noop', {}));
  const begun = performance.now();
  for (let done = 0; done < count; ) {
    const jobs = await boss.fetch('noop', { batchSize: 50 });
    await boss.complete(
      'noop',
      jobs.map((j) => j.id),
    );
    done += jobs.length;
  }
  return { enqueued, drained: count / ((performance.now() - begun) / 1000) };
}

/** Milliseconds from commit to start, sorted. */
async function starts(bench: BenchDatabase): Promise<number[]> {
  const tenant = { ...(await bench.createTenant()), actor: 'system' as const };
  const startedAtMs = new Map<string, number>();
  const runner = await startRunner({
    db: bench.db,
    url: bench.url,
    bus: bench.bus,
    log: pino({ level: 'warn' }),
    tasks: [
      registerTask(noop, async () => async (ctx) => void startedAtMs.set(ctx.taskId, performance.now())),
    ],
    concurrency: 50,
    retryDelaysMs: [],
  });
  const committedAtMs = new Map<string, number>();
  const begun = performance.now();
  const asking: Promise<void>[] = [];
  for (let n = 0; n < startsPerSecond * startsForSeconds; n++) {
    const aheadMs = begun + (n * 1000) / startsPerSecond - performance.now();
    if (aheadMs > 0) await delay(aheadMs);
    asking.push(
      bench.db
        .withTenant(tenant, (tx) => enqueueTask(tx, noop, {}))
        .then(({ task }) => void committedAtMs.set(task.id, performance.now())),
    );
  }
  await Promise.all(asking);
  while (startedAtMs.size < committedAtMs.size) await delay(10);
  await runner.stop();
  return [...committedAtMs]
    .map(([id, atMs]) => Math.max(0, startedAtMs.get(id)! - atMs))
    .sort((a, b) => a - b);
}

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  const boss = new PgBoss({ connectionString: bench.url, max: 20 });
  boss.on('error', () => {});
  try {
    await boss.start();
    await boss.createQueue('noop');
    const us = { enqueued: [] as number[], drained: [] as number[] };
    const them = { enqueued: [] as number[], drained: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      const b = await peer(boss);
      const a = await ours(bench);
      us.enqueued.push(a.enqueued);
      us.drained.push(a.drained);
      them.enqueued.push(b.enqueued);
      them.drained.push(b.drained);
    }
    const waits = await starts(bench);
    return {
      name: 'tasks',
      rows: [
        { name: 'pg-boss enqueued, own transactions', value: median(them.enqueued), unit: 'tasks/s' },
        {
          name: 'ours enqueued with ledger and event, own transactions',
          value: median(us.enqueued),
          unit: 'tasks/s',
        },
        { name: 'pg-boss drained in batches of 50', value: median(them.drained), unit: 'tasks/s' },
        { name: 'ours drained with ledger, attempts and events', value: median(us.drained), unit: 'tasks/s' },
        {
          name: `commit → start at ${startsPerSecond} tasks/s, p50`,
          value: percentile(waits, 0.5),
          unit: 'ms',
        },
        {
          name: `commit → start at ${startsPerSecond} tasks/s, p99`,
          value: percentile(waits, 0.99),
          unit: 'ms',
        },
      ],
      ratios: [
        ratio('enqueued: ours ÷ pg-boss', median(us.enqueued) / median(them.enqueued), 0.5),
        ratio('drained: ours ÷ pg-boss', median(us.drained) / median(them.drained), 0.5),
        ratio('commit → start p99, ms', percentile(waits, 0.99), 100, true),
      ],
    };
  } finally {
    await boss.stop({ graceful: false }).catch(() => {});
    await bench.stop();
  }
}
