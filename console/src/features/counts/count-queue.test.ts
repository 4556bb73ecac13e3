import type { CountLine, PutCountLine } from '@tradepost/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallFailed } from '../../api/call.ts';
import { createCountQueue } from './count-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const one = (code: string): PutCountLine => ({ code, quantity: 1, mode: 'add' });
const line = (sku: string, counted: number): CountLine => ({
  variantId: sku,
  productId: 'p',
  sku,
  name: sku,
  barcode: null,
  onHand: 0,
  reserved: 0,
  counted,
  expected: 0,
  difference: counted,
  differenceMinor: null,
  currency: 'RON',
  countedAt: null,
  countedBy: null,
  applied: null,
});

/** A server that counts, once per key. */
function server() {
  const counted = new Map<string, number>();
  const keys = new Map<string, CountLine>();
  const calls: string[] = [];
  /** What the next calls meet; `lost`: it is counted and the answer does not arrive. */
  const faults: ('away' | 'lost' | 'unknown')[] = [];
  return {
    calls,
    faults,
    send: async ({ code }: PutCountLine, key: string): Promise<CountLine> => {
      calls.push(code);
      const fault = faults.shift();
      if (fault === 'away') throw new CallFailed(0, null);
      if (fault === 'unknown') {
        const rest = { type: 'about:blank', title: 'x', detail: 'x', requestId: 'r', status: 400 };
        throw new CallFailed(400, { ...rest, code: 'VALIDATION_FAILED' });
      }
      if (!keys.has(key)) {
        counted.set(code, (counted.get(code) ?? 0) + 1);
        keys.set(key, line(code, counted.get(code)!));
      }
      if (fault === 'lost') throw new CallFailed(502, null);
      return keys.get(key)!;
    },
  };
}

test('scans go one after the other, and the last one is shown', async () => {
  const { send, calls } = server();
  const seen: string[] = [];
  const queue = createCountQueue(send, ({ sku }) => void seen.push(sku));
  for (const code of ['A', 'B', 'A']) queue.put(one(code));
  expect(queue.getState().waiting).toBe(3);
  await vi.runAllTimersAsync();
  expect(calls).toEqual(['A', 'B', 'A']);
  expect(queue.getState()).toMatchObject({ waiting: 0, away: false, last: { sku: 'A', counted: 2 } });
  expect(seen).toEqual(['A', 'B', 'A']);
});

test('a server that is away is waited for; what it counted without answering is counted once', async () => {
  const { send, faults } = server();
  faults.push('away', 'lost');
  const queue = createCountQueue(send, () => {});
  queue.put(one('A'));
  await vi.advanceTimersByTimeAsync(0);
  expect(queue.getState()).toMatchObject({ waiting: 1, away: true });
  queue.put(one('B'));
  await vi.runAllTimersAsync();
  expect(queue.getState()).toMatchObject({ waiting: 0, away: false, last: { sku: 'B', counted: 1 } });
  queue.put(one('A'));
  await vi.runAllTimersAsync();
  expect(queue.getState().last).toMatchObject({ sku: 'A', counted: 2 });
});

test('what is refused is said, and does not hold up the others', async () => {
  const { send, faults } = server();
  faults.push('unknown');
  const queue = createCountQueue(send, () => {});
  queue.put(one('nonsense'));
  queue.put(one('A'));
  await vi.runAllTimersAsync();
  const { refused, last } = queue.getState();
  expect(last?.sku).toBe('A');
  expect(refused.map(({ code }) => code)).toEqual(['nonsense']);
  queue.dismiss(refused[0]!.key);
  expect(queue.getState().refused).toEqual([]);
});
