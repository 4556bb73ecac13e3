import { type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** How long after the last movement of the pointer the rows below it stay where they are. */
const POINTER_REST_MS = 1_200;

interface LiveRows<T> {
  rows: readonly T[];
  /** New rows that wait above. */
  held: number;
  release: () => void;
  isFresh: (id: string) => boolean;
  pointerProps: { onPointerMove: (event: PointerEvent) => void; onPointerLeave: () => void };
}

/**
 * Lets rows that arrive slide in, or holds them back while someone has scrolled down or moves the pointer over
 * the rows, so that nothing jumps away from under it.
 */
export function useLiveRows<T>(
  rows: readonly T[] | undefined,
  rowId: (row: T) => string,
  scrolled: boolean,
): LiveRows<T> {
  const [known, setKnown] = useState<ReadonlySet<string> | null>(null);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [pointing, setPointing] = useState(false);
  const restTimer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(restTimer.current), []);

  const all = rows ?? [];
  const lastKnown = known === null ? -1 : all.findLastIndex((row) => known.has(rowId(row)));
  // What stands above a row already seen is news. Below the last one it is the next page, or another list altogether.
  const arrivals = all.slice(0, Math.max(lastKnown, 0)).flatMap((row) => {
    const id = rowId(row);
    return known?.has(id) ? [] : [id];
  });
  const hold = (scrolled || pointing) && arrivals.length > 0;
  const signature = `${rows === undefined}|${hold}|${all.length}|${arrivals.join()}|${lastKnown}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature says all that matters of the rows
  useLayoutEffect(() => {
    if (rows === undefined || hold) return;
    setKnown(new Set(all.map(rowId)));
    if (arrivals.length > 0) setFresh((before) => new Set([...before, ...arrivals]));
  }, [signature]);

  return {
    rows: hold ? all.filter((row) => !arrivals.includes(rowId(row))) : all,
    held: hold ? arrivals.length : 0,
    release: () => {
      setFresh((before) => new Set([...before, ...arrivals]));
      setKnown(new Set(all.map(rowId)));
    },
    isFresh: (id) => fresh.has(id) || (!hold && arrivals.includes(id)),
    pointerProps: {
      onPointerMove: (event) => {
        if (event.pointerType !== 'mouse') return;
        if (!pointing) setPointing(true);
        clearTimeout(restTimer.current);
        restTimer.current = setTimeout(() => setPointing(false), POINTER_REST_MS);
      },
      onPointerLeave: () => {
        clearTimeout(restTimer.current);
        setPointing(false);
      },
    },
  };
}
