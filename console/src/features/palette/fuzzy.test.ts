import { describe, expect, test } from 'vitest';
import { best, score } from './fuzzy.ts';

describe('a query', () => {
  test('finds the beginning of a word before its middle, and that before first letters', () => {
    const words = ['Marketplaces', 'Sign out', 'Stock', 'Adjust stock of…'];
    expect(best(words, 'st', String, 9)).toEqual(['Stock', 'Adjust stock of…']);
    expect(best([...words, 'Most sold'], 'so', String, 9)).toEqual([
      'Most sold',
      'Sign out',
      'Adjust stock of…',
    ]);
    expect(best(words, 'place', String, 9)).toEqual(['Marketplaces']);
  });

  test('needs all of its words, in any order', () => {
    expect(score('stock adj', 'Adjust stock of…')).toBe(6);
    expect(score('stock sign', 'Adjust stock of…')).toBeNull();
  });

  test('minds neither case nor accents', () => {
    expect(score('SETARI', 'Setări')).toBe(3);
    expect(score('țara', 'tara')).toBe(3);
  });

  test('of nothing finds all as they stand', () => {
    expect(best(['b', 'a'], ' ', String, 9)).toEqual(['b', 'a']);
  });
});
