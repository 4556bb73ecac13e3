import { useQuery } from '@tanstack/react-query';
import type { TenantSettings } from '@tradepost/contracts';
import { query } from '../../api/queries.ts';

/** The shop's settings; they change about never. */
export const shopQuery = { ...query('getTenantSettings', {}), staleTime: 10 * 60_000 };

/** The currency that new prices and filters are in. */
export function useShopCurrency(): TenantSettings['currency'] {
  return useQuery(shopQuery).data?.currency ?? 'RON';
}
