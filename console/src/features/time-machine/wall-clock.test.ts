import { expect, test } from 'vitest';
import { fromWallClock, toWallClock } from './wall-clock.ts';

const zone = 'Europe/Bucharest';

test('a time goes to the wall and back, in winter and in summer', () => {
  for (const instant of [
    '2026-11-20T12:03:00.000Z',
    '2026-07-01T21:59:59.000Z',
    '2026-01-01T00:00:00.000Z',
  ]) {
    const wall = toWallClock(new Date(instant), zone);
    expect(fromWallClock(wall, zone)?.toISOString()).toBe(instant);
  }
  expect(toWallClock(new Date('2026-11-20T12:03:00Z'), zone)).toBe('2026-11-20T14:03:00');
  expect(toWallClock(new Date('2026-07-01T21:59:59Z'), zone)).toBe('2026-07-02T00:59:59');
});

test('an hour that is repeated is its first pass, one that is skipped moves on, nonsense is nothing', () => {
  // Clocks went back at 01:00 UTC on 25 October, and forward at 01:00 UTC on 29 March.
  expect(fromWallClock('2026-10-25T03:30:00', zone)?.toISOString()).toBe('2026-10-25T00:30:00.000Z');
  expect(fromWallClock('2026-03-29T03:30:00', zone)?.toISOString()).toBe('2026-03-29T01:30:00.000Z');
  expect(fromWallClock('yesterday', zone)).toBeNull();
});
