import { expect, test } from 'vitest';
import { daysIn, gather, stepOf } from './gather.ts';

function days(from: string, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const date = new Date(`${from}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() + index);
    return { day: date.toISOString().slice(0, 10), sold: 1, returned: 0, received: 2, other: -1 };
  });
}

test('weeks begin on Monday, and cut ones keep their own first day', () => {
  // 2026-11-18 is a Wednesday.
  const weeks = gather(days('2026-11-18', 14), { from: '2026-11-18', to: '2026-12-01' }, 'week');
  expect(weeks.map(({ from, sold }) => [from, sold])).toEqual([
    ['2026-11-18', 5],
    ['2026-11-23', 7],
    ['2026-11-30', 2],
  ]);
});

const period = { from: '2025-12-20', to: '2026-01-28' };

test('nothing is lost between the steps, over the turn of a year', () => {
  for (const step of ['day', 'week', 'month'] as const) {
    const moved = gather(days('2025-12-20', 40), period, step);
    const total = (kind: 'sold' | 'received' | 'other') => moved.reduce((sum, each) => sum + each[kind], 0);
    expect([total('sold'), total('received'), total('other')]).toEqual([40, 80, -40]);
  }
  expect(gather(days('2025-12-20', 40), period, 'month').map(({ from }) => from)).toEqual([
    '2025-12-20',
    '2026-01-01',
  ]);
});

test('steps in which nothing moved are there, at zero', () => {
  const week = { from: '2026-11-16', to: '2026-11-22' };
  expect(daysIn(week)).toBe(7);
  expect(gather(days('2026-11-18', 1), week, 'day').map(({ sold }) => sold)).toEqual([0, 0, 1, 0, 0, 0, 0]);
});

test('a longer period has longer steps', () => {
  expect([30, 90, 365].map(stepOf)).toEqual(['day', 'week', 'month']);
});
