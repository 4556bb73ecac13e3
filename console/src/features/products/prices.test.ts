import { expect, test } from 'vitest';
import { priceAfter } from './prices.ts';

test.for([
  [1000, 10, 1100],
  [999, 10, 1099],
  [5, 10, 6],
  [4, 10, 4],
  [1999, -50, 1000],
  [100_000_000, 0.07, 100_070_000],
  [1234, -100, 0],
])('%i changed by %f %% is %i', ([minor, percent, after]) => {
  expect(priceAfter(minor!, { type: 'change_price_by', percent: percent! })).toBe(after);
});

test('an amount is added, also a negative one', () => {
  expect(priceAfter(1000, { type: 'add_to_price', amountMinor: -250 })).toBe(750);
});
