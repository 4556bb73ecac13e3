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
 * Lets rows that arrive on top slide in, or holds them back while someone has scrolled down or moves the pointer over
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
  const firstKnown = known === null ? 0 : all.findIndex((row) => known.has(rowId(row)));
  // With no known row left this is another list altogether, and nothing in it is news.
  const arrived = Math.max(firstKnown, 0);
  const hold = (scrolled || pointing) && arrived > 0;
  const arrivals = all.slice(0, arrived).map(rowId);
  const signature = `${rows === undefined}|${hold}|${all.length}|${arrivals.join()}|${firstKnown}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature says all that matters of the rows
  useLayoutEffect(() => {
    if (rows === undefined || hold) return;
    setKnown(new Set(all.map(rowId)));
    if (arrivals.length > 0) setFresh((before) => new Set([...before, ...arrivals]));
  }, [signature]);

  return {
    rows: hold ? all.slice(arrived) : all,
    held: hold ? arrived : 0,
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
