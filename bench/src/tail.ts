/**
 * The event log's tail: how long an event takes from its commit to a reader while 4,000 are committed each second, each in a
 * transaction of its own; and what 20 processes that tail a log at rest cost the database.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Tail } from '../../server/src/platform/events/index.ts';
import { type BenchResult, percentile, ratio } from './report.ts';
import { type BenchDatabase, startBenchDatabase } from './support/database.ts';

const eventsPerSecond = 4000;
const seconds = 10;
const warmUpSeconds = 2;
const writers = 48;
const processes = 20;
const restSeconds = 15;

/** Milliseconds from commit to reader, sorted, and how many were committed each second. */
async function measureLatency(bench: BenchDatabase): Promise<{ waitsMs: number[]; rate: number }> {
  const tail = new Tail({ url: bench.url, bus: bench.bus });
  const committedAtMs = new Map<bigint, number>();
  const readAtMs = new Map<bigint, number>();
  tail.subscribe((events) => {
    const now = performance.now();
    for (const event of events) readAtMs.set(event.id, now);
  });
  await tail.start();
  const begun = performance.now();
  const total = eventsPerSecond * (seconds + warmUpSeconds);
  let next = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let n = next++; n < total; n = next++) {
        const aheadMs = begun + (n * 1000) / eventsPerSecond - performance.now();
        if (aheadMs > 1) await delay(aheadMs);
        const { rows } = await bench.db.pool.query<{ id: number }>({
          name: 'write',
          text: `insert into event (tenant_id, channel, type, version, data, actor)
                 values (null, 'products', 'product_updated', 1, '{}', 'system') returning id`,
        });
        const now = performance.now();
        if (n >= eventsPerSecond * warmUpSeconds) committedAtMs.set(BigInt(rows[0]!.id), now);
        bench.bus.publish('events', undefined);
      }
    }),
  );
  const tookSeconds = (performance.now() - begun) / 1000;
  while (readAtMs.size < total) await delay(10);
  await tail.stop();
  const waitsMs = [...committedAtMs]
    // The reader may have it before the writer has its answer.
    .map(([id, atMs]) => Math.max(0, readAtMs.get(id)! - atMs))
    .sort((a, b) => a - b);
  return { waitsMs, rate: total / tookSeconds };
}

/** Processor time of the postmaster and all its children so far, in seconds, of those that live. Linux only. */
async function readDatabaseCpu(postmaster: number): Promise<number> {
  const ticksPerSecond = 100;
  let ticks = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(pid) === postmaster || Number(fields[1]) === postmaster)
      ticks += Number(fields[11]) + Number(fields[12]);
    // What ended in between, such as a backend or a vacuum, is told by its parent; without it the sum could fall.
    if (Number(pid) === postmaster) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks / ticksPerSecond;
}

/** Share of one core that the database takes over some seconds at rest. */
async function measureRest(postmaster: number): Promise<number> {
  const before = await readDatabaseCpu(postmaster);
  await delay(restSeconds * 1000);
  return ((await readDatabaseCpu(postmaster)) - before) / restSeconds;
}

async function startTailProcess(url: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./support/tail-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  const children: ChildProcess[] = [];
  try {
    const { waitsMs, rate } = await measureLatency(bench);
    // What the writing left for the background to do is not the tails' cost.
    await bench.db.pool.query('checkpoint');
    await bench.db.pool.query('vacuum analyze event');
    const alone = await measureRest(bench.postmaster);
    for (let n = 0; n < processes; n++) children.push(await startTailProcess(bench.url));
    const tailed = await measureRest(bench.postmaster);
    const p99 = percentile(waitsMs, 0.99);
    return {
      name: 'tail',
      rows: [
        { name: 'events committed, each by itself', value: rate, unit: 'events/s' },
        { name: 'commit → reader, p50', value: percentile(waitsMs, 0.5), unit: 'ms' },
        { name: 'commit → reader, p99', value: p99, unit: 'ms' },
        { name: 'database at rest, nobody tails', value: alone * 100, unit: '% of a core' },
        { name: `database at rest, ${processes} processes tail`, value: tailed * 100, unit: '% of a core' },
      ],
      ratios: [
        ratio('events/s committed ÷ asked for', rate / eventsPerSecond, 0.95),
        ratio('commit → reader p99, ms', p99, 20, true),
        ratio(`${processes} tailing processes, share of one core`, tailed - alone, 0.1, true),
      ],
    };
  } finally {
    for (const child of children) child.kill();
    await bench.stop();
  }
}
