/** Rate limits over several processes: one count for all, one process's own when Redis is away. */
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { createRateLimits } from '#platform/http';
import { connectRedis, type RedisDoor } from '#platform/redis';
import { newId } from '../src/platform/crypto/index.ts';
import { testSecret } from './support/http.ts';
import { startRedis } from './support/redis.ts';

const server = await startRedis();
const open: RedisDoor[] = [];
afterEach(async () => {
  for (const redis of open.splice(0)) await redis.close();
});

/** One limit as each of `processes` has it. */
async function limitOf(points: number, processes: number, seconds = 60) {
  const doors = Array.from({ length: processes }, () =>
    connectRedis({ url: server.url, secret: testSecret, log: pino({ level: 'silent' }) }),
  );
  open.push(...doors);
  await vi.waitFor(() => expect(doors.every((redis) => redis.isUp)).toBe(true), 5000);
  const what = `things of ${newId()}`;
  return { doors, limits: doors.map((redis) => createRateLimits(redis)(points, seconds, what)) };
}

/** Of `tries` spread over the processes, how many are let through. */
async function letThrough(
  limits: { take(caller: string): Promise<void> | undefined }[],
  tries: number,
  caller = 'key:1',
): Promise<number> {
  const results = await Promise.allSettled(
    Array.from({ length: tries }, async (_, i) => limits[i % limits.length]!.take(caller)),
  );
  return results.filter((r) => r.status === 'fulfilled').length;
}

test('a small limit is exact over three processes at once', async () => {
  const { limits } = await limitOf(10, 3);
  expect(await letThrough(limits, 90)).toBe(10);
  expect(await letThrough(limits, 9)).toBe(0);
  expect(await letThrough(limits, 9, 'key:2')).toBe(9);
});

test('a large one lets through at most a lot more for each process beside the first', async () => {
  const { limits } = await limitOf(100, 3);
  const passed = await letThrough(limits, 900);
  expect(passed).toBeGreaterThanOrEqual(100);
  expect(passed).toBeLessThanOrEqual(100 + 2 * 5);
});

test('who is out of points is refused without asking Redis', async () => {
  const { doors, limits } = await limitOf(10, 1);
  await letThrough(limits, 10);
  const asked = vi.spyOn(doors[0]!.client, 'sendCommand');
  expect(await letThrough(limits, 1000)).toBe(0);
  expect(asked).not.toHaveBeenCalled();
});

test('the span over, everybody begins anew, also where another process began it', async () => {
  const { limits } = await limitOf(2, 2, 1);
  expect(await letThrough(limits, 8)).toBe(2);
  await vi.waitFor(async () => expect(await letThrough(limits, 8)).toBe(2), { timeout: 3000, interval: 200 });
});

test('a point given back is there again', async () => {
  const { limits } = await limitOf(10, 2);
  for (let i = 0; i < 30; i++) {
    await limits[0]!.take('address');
    await limits[0]!.giveBack('address');
  }
  expect(await letThrough(limits, 40, 'address')).toBeGreaterThanOrEqual(9);
});

test('points given back while others wait to be counted take nobody else out', async () => {
  const { limits } = await limitOf(100, 1);
  const limit = limits[0]!;
  expect(await letThrough(limits, 4, 'address')).toBe(4);
  // The fifth fills a lot; it and those after it wait for the count.
  const waiting = letThrough(limits, 4, 'address');
  await Promise.all([limit.giveBack('address'), limit.giveBack('address')]);
  expect(await waiting).toBe(4);
  expect(await letThrough(limits, 100, 'address')).toBe(94);
});

test('Redis killed or frozen: each process holds the limit by itself, and nobody waits long', async () => {
  const { doors, limits } = await limitOf(10, 2);
  server.freeze();
  const startedAtMs = performance.now();
  expect(await letThrough(limits, 60, 'while frozen')).toBe(20);
  expect(performance.now() - startedAtMs).toBeLessThan(1500);
  await vi.waitFor(() => expect(doors.some((redis) => redis.isUp)).toBe(false), 5000);
  const beforeMs = performance.now();
  expect(await letThrough(limits, 60, 'known to be away')).toBe(20);
  expect(performance.now() - beforeMs).toBeLessThan(50);
  await server.kill();
  expect(await letThrough(limits, 60, 'while killed')).toBe(20);
  await server.start();
  await vi.waitFor(() => expect(doors.every((redis) => redis.isUp)).toBe(true), 5000);
  expect(await letThrough(limits, 60, 'afterwards')).toBe(10);
});
