/**
 * A query of 250 ms, cached: how long a reader waits that finds it in memory, one that finds it in Redis, and over HTTP with
 * and without the cache.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { z } from 'zod';
import { createApiKey } from '../../server/src/modules/identity/index.ts';
import { type CacheContext, createCache } from '../../server/src/platform/cache/index.ts';
import { Tail } from '../../server/src/platform/events/index.ts';
import { connectRedis } from '../../server/src/platform/redis/index.ts';
import { type BenchResult, percentile, ratio } from './report.ts';
import { startChild } from './support/child.ts';
import { startBenchDatabase } from './support/database.ts';
import type { LoadReport } from './support/http-load.ts';

const reads = 5000;

async function startRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'tradepost-bench-redis-'));
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'];
  const child = spawn(process.env.REDIS_SERVER_PATH ?? 'redis-server', args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) break;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const median = (values: number[]) =>
  percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  const endings: (() => Promise<unknown>)[] = [() => bench.stop()];
  try {
    const server = await startRedis();
    endings.push(() => server.stop());
    const secret = 'the secret of a benchmark, long enough';
    const redis = connectRedis({ url: server.url, secret, log: pino({ level: 'silent' }) });
    await new Promise<void>((resolve) => void redis.onUp(resolve));
    const tail = new Tail({ url: bench.url, bus: bench.bus });
    await tail.start();
    endings.push(
      () => tail.stop(),
      () => redis.close(),
    );
    const tenant = await bench.createTenant();
    const ctx: CacheContext = { ...tenant, actor: 'system', permissions: new Set(['products.read']) };
    // About what a page of twenty products weighs.
    const rows = Array.from({ length: 20 }, (_, i) => ({
      id: `${i}`,
      name: 'A product of ours',
      text: 'x'.repeat(450),
    }));
    const reader = () =>
      createCache({ db: bench.db, tail, epoch: 'bench', redis, maxBytes: 64e6 }).wrap(
        {
          kind: 'product_list',
          schema: z.array(z.object({ id: z.string(), name: z.string(), text: z.string() })),
          keyOf: (key: number) => `${key}`,
          tagsOf: () => ['products'],
        },
        (asker, key) =>
          bench.db.withTenant(asker, async (tx) => {
            if (key === 0) await tx.query('select pg_sleep(0.25)');
            return rows;
          }),
      );
    const one = reader();
    const uncachedMs = await timed(() => one(ctx, 0));
    const memoryMs: number[] = [];
    for (let i = 0; i < reads; i++) memoryMs.push(await timed(async () => (await one(ctx, 0)).read()));
    for (let key = 1; key <= 500; key++) await one(ctx, key);
    // A process that has just been started: all of it lies in Redis, nothing in its memory.
    const two = reader();
    const redisMs: number[] = [];
    for (let key = 1; key <= 500; key++) {
      redisMs.push(
        await timed(async () => {
          if ((await two(ctx, key)).state !== 'hit') throw new Error('it was not in Redis');
        }),
      );
    }

    const { key } = await bench.db.withTenant(ctx, (tx) =>
      createApiKey(tx, { name: 'bench', scopes: ['products.read'] }),
    );
    const ours = startChild(new URL('./support/http-server.ts', import.meta.url), {
      BENCH_SERVER: 'ours',
      BENCH_DATABASE_URL: bench.url,
    });
    const load = startChild(new URL('./support/http-load.ts', import.meta.url));
    endings.push(
      () => ours.stop(),
      () => load.stop(),
    );
    const { port } = await ours.next<{ port: number }>();
    const over = (path: string) =>
      load.ask<LoadReport>({
        port,
        connections: 8,
        seconds: 3,
        request: { method: 'GET', path: `/api/v1${path}`, headers: { authorization: `Bearer ${key}` } },
      });
    const slow = await over('/slow');
    const cached = await over('/slow-cached');
    const row = (name: string, value: number) => ({ name, value, unit: 'ms' });
    return {
      name: 'cache',
      rows: [
        row('the query itself', uncachedMs),
        row('from memory, p50', median(memoryMs)),
        row('from Redis, p50', median(redisMs)),
        row('over HTTP without the cache, p50', slow.p50Ms),
        row('over HTTP from the cache, p50', cached.p50Ms),
      ],
      ratios: [
        ratio('ms from memory, p50', median(memoryMs), 0.2, true),
        ratio('ms from Redis, p50', median(redisMs), 2, true),
        ratio('over HTTP: without ÷ from the cache', slow.p50Ms / cached.p50Ms, 50),
      ],
    };
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
