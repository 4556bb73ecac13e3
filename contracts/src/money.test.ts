import { expect, test } from 'vitest';
import { decimalsOf, toMajor, toMinor } from './money.ts';

test.each([
  ['RON', 2, 1999, 19.99],
  ['HUF', 2, 1999, 19.99],
  ['JPY', 0, 1999, 1999],
  ['KWD', 3, 1999, 1.999],
])('%s has %i decimals', (currency, decimals, minor, major) => {
  expect(decimalsOf(currency)).toBe(decimals);
  expect(toMajor(minor, currency)).toBe(major);
  expect(toMinor(major, currency)).toBe(minor);
});
