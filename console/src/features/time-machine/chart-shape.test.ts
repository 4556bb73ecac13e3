import type { StockPoint } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { areaPath, instantAt, neighbour, pointAt, stepPath, ticksUpTo, xOf } from './chart-shape.ts';

const point = (at: string, onHand: number): StockPoint => ({
  at: `2026-11-20T${at}:00.000Z`,
  onHand,
  reserved: 0,
  incoming: 0,
  lowestAvailable: onHand,
});
const points = [point('10:00', 4), point('11:00', 10), point('13:00', 0)];
const span = { fromMs: Date.parse('2026-11-20T10:00:00Z'), toMs: Date.parse('2026-11-20T14:00:00Z') };
const box = { width: 440, height: 120, left: 30, right: 10, top: 10, bottom: 10 };

describe('a chart of steps', () => {
  test('has whole, round values on its axis, from zero to above the largest', () => {
    expect(ticksUpTo(0)).toEqual([0, 1]);
    expect(ticksUpTo(3)).toEqual([0, 1, 2, 3]);
    expect(ticksUpTo(10)).toEqual([0, 5, 10]);
    expect(ticksUpTo(7_300)).toEqual([0, 2_000, 4_000, 6_000, 8_000]);
  });

  test('holds each figure until the next point, the last one until the end', () => {
    const line = stepPath(points, 'onHand', span, 10, box);
    expect(line).toBe('M30.0,70.0H130.0V10.0H330.0V110.0H430.0');
    expect(areaPath(line, points, span, box)).toBe(`${line}V110.0H30.0Z`);
  });

  test('finds the instant under the pointer, never outside', () => {
    expect(instantAt(230, span, box)).toBe(Date.parse('2026-11-20T12:00:00Z'));
    expect(instantAt(-50, span, box)).toBe(span.fromMs);
    expect(instantAt(900, span, box)).toBe(span.toMs);
    expect(xOf(Date.parse('2026-11-20T12:00:00Z'), span, box)).toBe(230);
  });

  test('knows what held at an instant and where the figure changed next', () => {
    const noon = Date.parse('2026-11-20T12:00:00Z');
    expect(pointAt(points, noon)?.onHand).toBe(10);
    expect(pointAt(points, span.fromMs - 1)).toBeUndefined();
    expect(neighbour(points, noon, -1)).toBe(Date.parse(points[1]!.at));
    expect(neighbour(points, noon, 1)).toBe(Date.parse(points[2]!.at));
    expect(neighbour(points, span.toMs, 1)).toBeNull();
  });
});
