import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { query } from '../../api/queries.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

/** A level over the last days, up to now. */
export function useSeries(sku: string, location: string | undefined, days: number, points: number) {
  // To the minute, so that what is asked for stays the same from one drawing to the next.
  const from = useMemo(
    () => new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - days * DAY_MS).toISOString(),
    [days],
  );
  return useQuery({
    ...query('getStockSeries', { query: { sku, location, from, points } }),
    placeholderData: keepPreviousData,
  });
}
