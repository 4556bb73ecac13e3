/** Saved views of a list: its filters and order under a name, kept for one person in one shop. */
import { useMemo } from 'react';
import { type Kept, useKept } from '../../preferences/kept.ts';
import { useSession } from '../session/session.ts';

/** What a list's address says after the `?`. */
export type Filters = Record<string, unknown>;

export interface View {
  id: string;
  name: string;
  filters: Filters;
}

interface Views {
  views: View[];
  /** The view that an address without filters opens; null: all. */
  firstId: string | null;
}

const none: Views = { views: [], firstId: null };

function isViews(value: unknown): value is Views {
  const { views, firstId } = (value ?? {}) as Partial<Views>;
  return (
    Array.isArray(views) &&
    views.every((view) => typeof view?.name === 'string' && typeof view.filters === 'object') &&
    (firstId === null || typeof firstId === 'string')
  );
}

export interface SavedViews {
  views: readonly View[];
  first: View | null;
  /** The view whose filters these are. */
  match: (filters: Filters) => View | null;
  add: (name: string, filters: Filters) => void;
  rename: (id: string, name: string) => void;
  /** Returns what puts it back where it was. */
  remove: (id: string) => () => void;
  setFirst: (id: string | null) => void;
}

/** @param list names the list in what is kept */
export function useSavedViews(list: string): SavedViews {
  const { tenant } = useSession();
  const kept = useMemo<Kept<Views>>(
    () => ({ key: `views:${tenant.tenantId}:${list}`, fallback: none, valid: isViews }),
    [tenant.tenantId, list],
  );
  const [{ views, firstId }, set] = useKept(kept);
  return {
    views,
    first: views.find(({ id }) => id === firstId) ?? null,
    match: (filters) => views.find((view) => sameFilters(view.filters, filters)) ?? null,
    add: (name, filters) =>
      set({ views: [...views, { id: `${Date.now()}-${views.length}`, name, filters }], firstId }),
    rename: (id, name) =>
      set({ views: views.map((view) => (view.id === id ? { ...view, name } : view)), firstId }),
    remove: (id) => {
      set({ views: views.filter((view) => view.id !== id), firstId: firstId === id ? null : firstId });
      return () => set({ views: [...views], firstId });
    },
    setFirst: (id) => set({ views: [...views], firstId: id }),
  };
}

/** Whether both ask for the same, in whatever order they say it. */
export function sameFilters(one: Filters, other: Filters): boolean {
  const said = (filters: Filters) =>
    JSON.stringify(
      Object.entries(filters)
        .filter(([, value]) => value !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  return said(one) === said(other);
}
