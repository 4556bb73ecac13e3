/** Redis as the second layer: shared by processes, and never believed more than the log. */
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type CacheContext, createCache } from '#platform/cache';
import { systemClock } from '#platform/clock';
import { createDatabase, createPool } from '#platform/db';
import { comparePositions, Tail } from '#platform/events';
import { connectRedis } from '#platform/redis';
import { useDatabase } from './support/database.ts';
import { testSecret } from './support/http.ts';
import { startRedis } from './support/redis.ts';

const database = useDatabase();
const redis = await startRedis();
const cleanUps: (() => unknown)[] = [];
// Registered after Redis, so that it runs before Redis ends.
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A process: pool, tail and cache of its own. Its reader counts how often the database is asked. */
async function startProcess(epoch = 'epoch') {
  const { url, bus } = database.current;
  const pool = createPool({ url, poolSize: 1, maxOverflow: 2, poolTimeoutMs: 5000, poolRecycleSeconds: 60 });
  const db = createDatabase({ pool, clock: systemClock, bus });
  const tail = new Tail({ url, bus });
  await tail.start();
  const door = connectRedis({ url: redis.url, secret: testSecret, log: pino({ level: 'silent' }) });
  await expect.poll(() => door.isUp).toBe(true);
  const cache = createCache({ db, tail, epoch, redis: door, maxBytes: 1e6 });
  cleanUps.push(
    () => db.close(),
    () => tail.stop(),
    () => door.close(),
    () => cache.stop(),
  );
  const part = { db, tail, cache, door, loads: 0 };
  const reader = cache.wrap(
    {
      kind: 'product_list',
      schema: z.object({ names: z.array(z.string()) }),
      keyOf: (search: string) => search,
      tagsOf: () => ['products'],
    },
    async (ctx) => {
      part.loads++;
      const rows = await db.withTenant(ctx, (tx) =>
        tx.query<{ code: string }>('select code from location order by code'),
      );
      return { names: rows.map((r) => r.code) };
    },
  );
  return Object.assign(part, {
    read: async (ctx: CacheContext, q = 'q') => (await reader(ctx, q)).read().names,
  });
}

async function someone(): Promise<CacheContext> {
  return { ...(await database.current.createTenant()), permissions: new Set(['products.read']) };
}

async function addLocation(db: typeof database.current.db, ctx: CacheContext, code: string): Promise<void> {
  await db.withTenant(ctx, async (tx) => {
    await tx.execute(
      'insert into location (tenant_id, id, code, name) values ($1, gen_random_uuid(), $2, $2)',
      [tx.tenantId, code],
    );
    tx.dropCached(tx.tenantId, ['products']);
  });
}

test('what one process has read, the other has from Redis; a change at one is seen at both', async () => {
  const [one, two] = [await startProcess(), await startProcess()];
  const ctx = await someone();
  // A process does not believe what was loaded when the log stood where it was before its own start.
  const began = two.tail.position;
  await addLocation(one.db, ctx, 'r00');
  const isPast = ({ tail }: typeof one) => comparePositions(tail.position, began) > 0;
  await expect.poll(() => isPast(one) && isPast(two)).toBe(true);
  expect(await one.read(ctx)).toEqual(['main', 'r00']);
  await expect.poll(() => one.door.client.dbsize()).toBeGreaterThan(0);
  expect(await two.read(ctx)).toEqual(['main', 'r00']);
  expect([one.loads, two.loads]).toEqual([1, 0]);
  for (let round = 1; round <= 20; round++) {
    const [writer, other] = round % 2 === 0 ? [one, two] : [two, one];
    const code = `r${`${round}`.padStart(2, '0')}`;
    await addLocation(writer.db, ctx, code);
    expect(await writer.read(ctx)).toContain(code);
    await expect.poll(() => other.read(ctx), { interval: 2 }).toContain(code);
  }
});

test('a tenant is not given what lies in Redis for another, nor a new epoch what lies there of the old', async () => {
  const [one, two] = [await startProcess(), await startProcess()];
  const restored = await startProcess('another epoch');
  const [a, b] = [await someone(), await someone()];
  await addLocation(one.db, a, 'secret-place');
  await one.read(a);
  expect(await two.read(b)).toEqual(['main']);
  await restored.read(a);
  expect([two.loads, restored.loads]).toEqual([1, 1]);
});

test('rubbish in Redis is a miss', async () => {
  const one = await startProcess();
  const ctx = await someone();
  await one.read(ctx);
  const keyOf = async () => (await one.door.client.keys(`*${ctx.tenantId}*`))[0];
  await expect.poll(keyOf).toBeDefined();
  const key = (await keyOf())!;
  const far = '9223372036854775807.9223372036854775807 1';
  const rubbish = ['', 'x', '1.1 1\n', `${far}\n{"names":[1]}`, `${far}\n{"names":`, `${far}\n<html>`];
  for (const text of rubbish) {
    await one.door.client.set(key, text);
    const two = await startProcess();
    expect(await two.read(ctx)).toEqual(['main']);
    expect(two.loads).toBe(1);
  }
});

test('Redis killed, flushed, frozen: slower, never wrong, and used again when it is back', async () => {
  const [one, two] = [await startProcess(), await startProcess()];
  const ctx = await someone();
  await one.read(ctx);
  await redis.kill();
  await addLocation(one.db, ctx, 'while-away');
  expect(await one.read(ctx)).toContain('while-away');
  await expect.poll(() => two.read(ctx)).toContain('while-away');
  await expect.poll(() => one.cache.stats().connected).toBe(false);
  await redis.start();
  await expect.poll(() => one.door.isUp && two.door.isUp, { timeout: 10_000 }).toBe(true);
  expect(await one.read(ctx, 'again')).toContain('while-away');
  await expect.poll(() => one.door.client.dbsize()).toBeGreaterThan(0);
  const loads = two.loads;
  expect(await two.read(ctx, 'again')).toContain('while-away');
  expect(two.loads).toBe(loads);
  redis.freeze();
  const startedAtMs = performance.now();
  expect(await two.read(ctx, 'frozen')).toContain('while-away');
  redis.thaw();
  expect(performance.now() - startedAtMs).toBeLessThan(3000);
});
