import { expect, test } from 'vitest';
import { sameFilters } from './views.ts';

test('filters are the same in whatever order they are said, and whether the empty ones are named', () => {
  expect(sameFilters({ status: 'new', q: 'ana' }, { q: 'ana', status: 'new', account: undefined })).toBe(
    true,
  );
  expect(sameFilters({ status: 'new' }, { status: 'new', q: 'ana' })).toBe(false);
  expect(sameFilters({ low: true }, { low: 'true' })).toBe(false);
});
