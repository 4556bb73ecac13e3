import { useElementSize } from '@mantine/hooks';
import type { StockSeries } from '@tradepost/contracts';
import { type KeyboardEvent, type PointerEvent, useMemo } from 'react';
import { useFormats, useText } from '../../i18n/locale.tsx';
import {
  areaPath,
  type Box,
  instantAt,
  neighbour,
  pointAt,
  type Span,
  spanOf,
  stepPath,
  ticksUpTo,
  xOf,
  yOf,
} from './chart-shape.ts';
import classes from './time-machine.module.css';

interface Props {
  series: StockSeries;
  height: number;
  /** The chosen instant, and what is told as it is dragged along; absent: the chart is only looked at. */
  cursor?: { atMs: number; onMove: (atMs: number) => void };
}

const DAY_MS = 86_400_000;

/** What is on hand and what of it is reserved, as steps from zero; with a cursor to drag, or to move by the arrow keys. */
export function StepChart({ series, height, cursor }: Props) {
  const { timeMachine } = useText();
  const formats = useFormats();
  const { ref, width } = useElementSize();
  const span = useMemo(() => spanOf(series), [series]);
  const { points } = series;
  const ticks = ticksUpTo(Math.max(1, ...points.map(({ onHand }) => onHand)), height > 100 ? 4 : 2);
  const top = ticks.at(-1)!;
  const left = Math.max(28, 8 + 7 * formats.number(top).length);
  const box = useMemo<Box>(
    () => ({ width, height, left, right: 8, top: 8, bottom: 22 }),
    [width, height, left],
  );
  const drawn = useMemo(() => {
    const onHand = stepPath(points, 'onHand', span, top, box);
    const reserved = stepPath(points, 'reserved', span, top, box);
    return {
      onHand,
      filled: areaPath(onHand, points, span, box),
      reserved: areaPath(reserved, points, span, box),
    };
  }, [points, span, top, box]);
  const times = timesWithin(span.fromMs, span.toMs, Math.max(2, Math.floor(width / 110)));
  const short = span.toMs - span.fromMs <= 2 * DAY_MS;
  // Of a day and a night the first label says which day it is.
  const nameOf = (time: Date, index: number) =>
    !short ? formats.day(time) : index === 0 ? formats.dayAndTime(time) : formats.clock(time);
  const there = cursor && pointAt(points, cursor.atMs);
  const x = cursor && xOf(Math.min(span.toMs, Math.max(span.fromMs, cursor.atMs)), span, box);

  const picture = width > 0 && (
    <svg width={width} height={height} aria-hidden>
      {ticks.map((value) => (
        <g key={value}>
          <line
            className={classes.grid}
            x1={box.left}
            x2={width - box.right}
            y1={yOf(value, top, box)}
            y2={yOf(value, top, box)}
          />
          <text className={classes.tick} x={box.left - 6} y={yOf(value, top, box) + 4} textAnchor="end">
            {formats.number(value)}
          </text>
        </g>
      ))}
      {times.map((time, index) => (
        <text
          key={time}
          className={classes.tick}
          x={xOf(time, span, box)}
          y={height - 6}
          textAnchor={index === 0 ? 'start' : index === times.length - 1 ? 'end' : 'middle'}
        >
          {nameOf(new Date(time), index)}
        </text>
      ))}
      <path className={classes.area} d={drawn.filled} />
      <path className={classes.reserved} d={drawn.reserved} />
      <path className={classes.onHand} d={drawn.onHand} />
      {x !== undefined && (
        <>
          <line className={classes.cursor} x1={x} x2={x} y1={box.top} y2={height - box.bottom} />
          {there && <circle className={classes.knob} cx={x} cy={yOf(there.onHand, top, box)} r={5} />}
        </>
      )}
    </svg>
  );
  if (cursor === undefined) {
    return (
      <div ref={ref} className={classes.chart} style={{ height }}>
        {picture}
      </div>
    );
  }

  const moveTo = (event: PointerEvent<HTMLDivElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    cursor.onMove(instantAt(event.clientX - left, span, box));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = keyTarget(event.key, cursor.atMs, span, points);
    if (to === undefined) return;
    event.preventDefault();
    cursor.onMove(to);
  };
  return (
    <div
      ref={ref}
      className={classes.chart}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={timeMachine.instant}
      aria-valuemin={span.fromMs}
      aria-valuemax={span.toMs}
      aria-valuenow={cursor.atMs}
      aria-valuetext={timeMachine.valueText(
        formats.exact(new Date(cursor.atMs)),
        formats.number(there?.onHand ?? 0),
        formats.number(there?.reserved ?? 0),
      )}
      data-draggable
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        moveTo(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) moveTo(event);
      }}
    >
      {picture}
    </div>
  );
}

/** Where a key leads: arrows from change to change, the others by tenths and to the ends. */
function keyTarget(
  key: string,
  atMs: number,
  { fromMs, toMs }: Span,
  points: StockSeries['points'],
): number | undefined {
  const tenthMs = Math.round((toMs - fromMs) / 10);
  switch (key) {
    case 'ArrowLeft':
      return neighbour(points, atMs, -1) ?? fromMs;
    case 'ArrowRight':
      return neighbour(points, atMs, 1) ?? toMs;
    case 'PageUp':
      return Math.max(fromMs, atMs - tenthMs);
    case 'PageDown':
      return Math.min(toMs, atMs + tenthMs);
    case 'Home':
      return fromMs;
    case 'End':
      return toMs;
    default:
      return undefined;
  }
}

/** Instants for the axis, evenly spread, the first and the last among them. */
function timesWithin(fromMs: number, toMs: number, most: number): number[] {
  const count = Math.min(7, most);
  return Array.from({ length: count }, (_, index) => fromMs + ((toMs - fromMs) * index) / (count - 1));
}
