/** The buses: alone, and over a real Redis that is killed, frozen, flushed and spoken to by strangers. */
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { InProcessBus, RedisBus, type Signals } from '#platform/bus';
import { connectRedis, type RedisDoor } from '#platform/redis';
import { createMetrics } from '#platform/telemetry';
import { newId } from '../src/platform/crypto/index.ts';
import { testSecret } from './support/http.ts';
import { startRedis } from './support/redis.ts';

const server = await startRedis();
const open: { bus: RedisBus; redis: RedisDoor }[] = [];
const cancel: Signals['task_cancel'] = { tenantId: newId(), taskId: newId() };

/** A process's bus, once it hears the others. */
async function join(secret = testSecret, log = pino({ level: 'silent' })) {
  const metrics = createMetrics();
  const redis = connectRedis({ url: server.url, secret, log, metrics });
  const bus = new RedisBus({ redis, metrics, onError: () => {} });
  open.push({ bus, redis });
  await listening(bus);
  const garbage = async () =>
    (await metrics.registry.getSingleMetric('tradepost_bus_received_total')!.get()).values.find(
      (v) => v.labels.topic === 'garbage',
    )?.value ?? 0;
  return { bus, redis, garbage };
}

/** Having joined, it pokes itself. */
async function listening(bus: RedisBus): Promise<void> {
  const poked = vi.fn();
  const end = bus.subscribe('tasks', poked);
  await vi.waitFor(() => expect(poked).toHaveBeenCalled(), 10_000);
  end();
}

afterEach(async () => {
  for (const { bus, redis } of open.splice(0)) {
    bus.close();
    await redis.close();
  }
});

test('a listener that throws stops neither the publisher nor the others', () => {
  const failed = vi.fn();
  const bus = new InProcessBus(failed);
  const heard = vi.fn();
  bus.subscribe('events', () => {
    throw new Error('broken');
  });
  bus.subscribe('events', heard);
  bus.publish('events', undefined);
  expect(heard).toHaveBeenCalledOnce();
  expect(failed).toHaveBeenCalledOnce();
});

describe('over Redis', () => {
  test('each signal is heard once: here at once, there soon', async () => {
    const [a, b] = [await join(), await join()];
    const here = vi.fn();
    const there = vi.fn();
    a.bus.subscribe('task_cancel', here);
    b.bus.subscribe('task_cancel', there);
    a.bus.publish('task_cancel', cancel);
    expect(here).toHaveBeenCalledExactlyOnceWith(cancel);
    await vi.waitFor(() => expect(there).toHaveBeenCalledWith(cancel));
    // A signal that follows on the same road has passed: nothing came twice.
    const after = vi.fn();
    a.bus.subscribe('presence', after);
    b.bus.publish('presence', { process: newId(), tenants: {} });
    await vi.waitFor(() => expect(after).toHaveBeenCalledOnce());
    expect(here).toHaveBeenCalledOnce();
    expect(there).toHaveBeenCalledOnce();
  });

  test('a thousand commits are a handful of pokes, and the last one is among them', async () => {
    const [a, b] = [await join(), await join()];
    let committed = 0;
    let seen = -1;
    let pokes = 0;
    b.bus.subscribe('events', () => {
      pokes++;
      seen = committed;
    });
    for (let i = 0; i < 10; i++) {
      for (let j = 0; j < 100; j++) {
        committed++;
        a.bus.publish('events', undefined);
      }
      await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(seen).toBe(1000));
    expect(pokes).toBeLessThan(50);
  });

  test('installations that share a Redis do not hear each other', async () => {
    const [a, other, b] = [await join(), await join('the secret of another installation'), await join()];
    const strange = vi.fn();
    const ours = vi.fn();
    other.bus.subscribe('task_cancel', strange);
    b.bus.subscribe('task_cancel', ours);
    a.bus.publish('task_cancel', cancel);
    await vi.waitFor(() => expect(ours).toHaveBeenCalledOnce());
    await a.redis.client.ping();
    expect(strange).not.toHaveBeenCalled();
  });

  test("a stranger's garbage on the channel is counted and heard by nobody", async () => {
    const { bus, redis, garbage } = await join();
    const heard = vi.fn();
    for (const topic of ['events', 'tasks', 'task_cancel', 'presence'] as const) bus.subscribe(topic, heard);
    const stranger = new Redis(server.url);
    const from = newId();
    const messages = [
      'hello',
      '{"__proto__":{"x":1}}',
      JSON.stringify({ from, topic: 'constructor' }),
      JSON.stringify({ from, topic: 'events', message: 'come' }),
      JSON.stringify({ from, topic: 'task_cancel', message: { tenantId: 'x', taskId: 7 } }),
      JSON.stringify({ from: 'me', topic: 'tasks' }),
      JSON.stringify({ from, topic: 'tasks', pad: 'x'.repeat(2_000_000) }),
    ];
    for (const message of messages) await stranger.publish(`${redis.namespace}:bus`, message);
    await vi.waitFor(async () => expect(await garbage()).toBe(messages.length));
    expect(heard).not.toHaveBeenCalled();
    stranger.disconnect();
  });

  test('Redis killed: signals stay in the process; back: everything is poked, then all hear each other', async () => {
    const lines: { level: number; msg: string }[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const [a, b] = [await join(testSecret, log), await join()];
    await server.kill();
    await vi.waitFor(() => expect(a.redis.isUp).toBe(false), 5000);
    const here = vi.fn();
    a.bus.subscribe('task_cancel', here);
    a.bus.publish('task_cancel', cancel);
    expect(here).toHaveBeenCalledOnce();
    const poked = [vi.fn(), vi.fn()];
    b.bus.subscribe('events', poked[0]!);
    b.bus.subscribe('tasks', poked[1]!);
    await server.start();
    for (const heard of poked) await vi.waitFor(() => expect(heard).toHaveBeenCalled(), 5000);
    await vi.waitFor(() => expect(a.redis.isUp).toBe(true), 5000);
    const there = vi.fn();
    b.bus.subscribe('task_cancel', there);
    a.bus.publish('task_cancel', cancel);
    await vi.waitFor(() => expect(there).toHaveBeenCalledWith(cancel));
    expect(lines.map((l) => [l.level, l.msg.split(':')[0]])).toEqual([
      [40, 'Redis is away'],
      [30, 'Redis is back'],
    ]);
  });

  test('Redis frozen: nobody waits for it, and it is noticed within two seconds', async () => {
    const { bus, redis } = await join();
    server.freeze();
    try {
      const startedAtMs = performance.now();
      for (let i = 0; i < 1000; i++) bus.publish('events', undefined);
      expect(performance.now() - startedAtMs).toBeLessThan(100);
      await vi.waitFor(() => expect(redis.isUp).toBe(false), 2000);
      await expect(redis.client.ping()).rejects.toThrow();
      expect(performance.now() - startedAtMs).toBeLessThan(3500);
    } finally {
      server.thaw();
    }
    await vi.waitFor(() => expect(redis.isUp).toBe(true), 5000);
  });
});
