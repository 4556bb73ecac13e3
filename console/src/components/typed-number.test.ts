import { expect, test } from 'vitest';
import { numberIn } from './typed-number.ts';

test('a number half typed, or with zeros at its end, is that number', () => {
  expect([numberIn('12.50'), numberIn('12.'), numberIn('0.0'), numberIn(3.5)]).toEqual([12.5, 12, 0, 3.5]);
});

test('nothing, a sign alone and words are no number', () => {
  expect([numberIn(''), numberIn(' '), numberIn('-'), numberIn('x')]).toEqual([null, null, null, null]);
});
