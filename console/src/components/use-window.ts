import { useState } from 'react';

/** Rows are drawn in steps of this many, so that scrolling within a step draws nothing anew. */
const STEP = 20;
/** Below this many rows all are drawn. */
const WORTH_IT = 200;

interface RowWindow {
  /** First row drawn, and the one after the last. */
  from: number;
  to: number;
  /** Heights that stand for the rows not drawn, in px. */
  abovePx: number;
  belowPx: number;
  onScroll: (scroller: HTMLElement) => void;
}

/** Which rows of a long list to draw: those in sight and some around them. All rows are `rowHeightPx` high. */
export function useWindow(count: number, rowHeightPx: number): RowWindow {
  const [place, setPlace] = useState({ first: 0, visible: 60 });
  const windowed = count > WORTH_IT;
  const from = windowed ? Math.max(0, Math.min(place.first, count) - STEP) : 0;
  const to = windowed ? Math.min(count, place.first + place.visible + 2 * STEP) : count;
  return {
    from,
    to,
    abovePx: from * rowHeightPx,
    belowPx: (count - to) * rowHeightPx,
    onScroll: (scroller) => {
      const first = Math.floor(scroller.scrollTop / rowHeightPx / STEP) * STEP;
      const visible = Math.ceil(scroller.clientHeight / rowHeightPx);
      if (first !== place.first || visible !== place.visible) setPlace({ first, visible });
    },
  };
}
