/** The geometry of a chart of steps: each figure holds until the next point. Pure, in px and milliseconds. */
import type { StockPoint, StockSeries } from '@tradepost/contracts';

export interface Box {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Span {
  fromMs: number;
  toMs: number;
}

export function spanOf({ from, to }: Pick<StockSeries, 'from' | 'to'>): Span {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) };
}

/** Values for the axis: from zero in round steps, at most `most` of them above it. */
export function ticksUpTo(largest: number, most = 4): number[] {
  const rough = Math.max(1, largest) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Pieces are whole: no step is below one.
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? 1);
  const count = Math.max(1, Math.ceil(largest / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

export function xOf(atMs: number, { fromMs, toMs }: Span, { left, right, width }: Box): number {
  return left + ((atMs - fromMs) / Math.max(1, toMs - fromMs)) * (width - left - right);
}

/** The instant under a place, kept within the chart. */
export function instantAt(x: number, span: Span, { left, right, width }: Box): number {
  const part = (x - left) / Math.max(1, width - left - right);
  return Math.round(span.fromMs + Math.min(1, Math.max(0, part)) * (span.toMs - span.fromMs));
}

export function yOf(value: number, top: number, box: Box): number {
  return box.height - box.bottom - (value / Math.max(1, top)) * (box.height - box.top - box.bottom);
}

/** A line of steps through the points, up to the end of the span. */
export function stepPath(
  points: readonly StockPoint[],
  figure: 'onHand' | 'reserved' | 'incoming',
  span: Span,
  top: number,
  box: Box,
): string {
  const first = points[0];
  if (first === undefined) return '';
  const place = (value: number) => value.toFixed(1);
  let path = `M${place(xOf(Math.max(Date.parse(first.at), span.fromMs), span, box))},${place(yOf(first[figure], top, box))}`;
  for (const point of points.slice(1)) {
    path += `H${place(xOf(Date.parse(point.at), span, box))}V${place(yOf(point[figure], top, box))}`;
  }
  return `${path}H${place(xOf(span.toMs, span, box))}`;
}

/** The same closed along the axis, to be filled. */
export function areaPath(line: string, points: readonly StockPoint[], span: Span, box: Box): string {
  const first = points[0];
  if (first === undefined) return '';
  const floor = (box.height - box.bottom).toFixed(1);
  return `${line}V${floor}H${xOf(Math.max(Date.parse(first.at), span.fromMs), span, box).toFixed(1)}Z`;
}

/** The point that holds at an instant; undefined before the first one. */
export function pointAt(points: readonly StockPoint[], atMs: number): StockPoint | undefined {
  return points.findLast((point) => Date.parse(point.at) <= atMs);
}

/** The nearest change before or after an instant; null where there is none within the chart. */
export function neighbour(points: readonly StockPoint[], atMs: number, step: -1 | 1): number | null {
  const times = points.map((point) => Date.parse(point.at));
  const found = step > 0 ? times.find((time) => time > atMs) : times.findLast((time) => time < atMs);
  return found ?? null;
}
