import { expect, test } from 'vitest';
import { newId } from '#platform/crypto';

test('ids are version 7 UUIDs that sort in the order they were made, also many thousand in a millisecond', () => {
  const beganMs = Date.now();
  const ids = Array.from({ length: 50_000 }, () => newId());
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids.map((id) => id.slice(19))).size).toBe(ids.length);
  const timeMs = Number.parseInt(newId().replace('-', '').slice(0, 12), 16);
  // Time is borrowed ahead by a millisecond for each 4,096 of them.
  expect(timeMs - beganMs).toBeGreaterThanOrEqual(0);
  expect(timeMs - Date.now()).toBeLessThan(50);
});
