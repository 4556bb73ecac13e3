import { useQuery } from '@tanstack/react-query';
import type { Location } from '@tradepost/contracts';
import { useMemo } from 'react';
import { query } from '../../api/queries.ts';

export interface Locations {
  /** In the order stock is taken from them, those in use first. */
  all: readonly Location[];
  inUse: readonly Location[];
  /** Stock lies, or may lie, in more than one place: screens say which. */
  several: boolean;
  /** The name of a location by its code. */
  nameOf: (code: string) => string;
  /** Levels in the order their stock is taken. */
  byRank: <L extends { location: string }>(levels: readonly L[]) => L[];
}

export function useLocations(): Locations {
  const items = useQuery(query('listLocations', {})).data?.items;
  return useMemo(() => {
    const all = items ?? [];
    const ranks = new Map(all.map(({ code }, index) => [code, index]));
    const rankOf = ({ location }: { location: string }) => ranks.get(location) ?? 0;
    const names = new Map(all.map(({ code, name }) => [code, name]));
    return {
      all,
      inUse: all.filter(({ archivedAt }) => archivedAt === null),
      several: all.length > 1,
      nameOf: (code) => names.get(code) ?? code,
      byRank: (levels) => levels.toSorted((a, b) => rankOf(a) - rankOf(b)),
    };
  }, [items]);
}
