import { useMemo, useRef, useState } from 'react';

/** The rows checked in a table. `DataTable` draws and changes it; the page acts on `ids`. */
export interface Selection {
  ids: ReadonlySet<string>;
  /**
   * Turns one row on or off; with `range` all rows from the one touched before to this one take its new state.
   * `order` holds the ids as they stand on the screen.
   */
  toggle: (id: string, order: readonly string[], range: boolean) => void;
  /** Turns all of these on or off. */
  setAll: (ids: readonly string[], on: boolean) => void;
  clear: () => void;
}

export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  return useMemo(() => {
    const setAll = (some: readonly string[], on: boolean) =>
      setIds((before) => {
        const after = new Set(before);
        for (const id of some) {
          if (on) after.add(id);
          else after.delete(id);
        }
        return after;
      });
    return {
      ids,
      toggle: (id, order, range) => {
        const from = anchor.current === null || !range ? -1 : order.indexOf(anchor.current);
        const to = order.indexOf(id);
        const touched = from < 0 ? [id] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
        setAll(touched, !ids.has(id));
        anchor.current = id;
      },
      setAll,
      clear: () => {
        anchor.current = null;
        setIds(new Set());
      },
    };
  }, [ids]);
}
