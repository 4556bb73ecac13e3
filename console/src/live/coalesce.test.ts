import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCoalescer } from './coalesce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a burst costs one invalidation per key now, and one after the pause', () => {
  const client = new QueryClient();
  const invalidate = vi.spyOn(client, 'invalidateQueries').mockResolvedValue();
  const later = createCoalescer(client, 1_000);
  for (let event = 0; event < 100; event += 1) {
    later.invalidate(['getDashboard']);
    later.invalidate(['listTasks']);
    vi.advanceTimersByTime(5);
  }
  expect(invalidate).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5_000);
  expect(invalidate).toHaveBeenCalledTimes(4);
});
