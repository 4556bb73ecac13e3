import { expect, test } from 'vitest';
import { passwordStrength } from './password-strength.ts';

test.for([
  ['short', 0],
  ['123456789', 0],
  ['aaaaaaaaaaaaaaaa', 1],
  ['1234567890123', 1],
  ['ana.popescu.ana', 1],
])('%s is no good password', ([password, most]) => {
  expect(passwordStrength(String(password), ['Ana Popescu', 'ana@example.com'])).toBeLessThanOrEqual(
    Number(most),
  );
});

test('more unrelated characters are stronger', () => {
  const words = ['kettle ant', 'kettle anchor', 'kettle anchor violet', 'kettle anchor Violet 7 moth'];
  const found = words.map((password) => passwordStrength(password));
  expect(found).toEqual(found.toSorted());
  expect(found[0]).toBeLessThan(3);
  expect(found.at(-1)).toBe(4);
});
