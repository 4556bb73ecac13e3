/** What was sold each day: of days that are over from the daily figures, of the rest from the ledger. */
import type { TenantTx } from '#platform/db';

interface DailySale {
  variantId: string;
  /** UTC, `2026-11-22`. */
  day: string;
  /** Pieces, over all locations. */
  sold: number;
}

/**
 * Sales of these variants from a day on, to now; days without any are left out. Returns are not taken off: what comes
 * back was asked for all the same.
 */
export async function listDailySales(
  tx: TenantTx,
  variantIds: string[],
  fromDay: string,
): Promise<DailySale[]> {
  return tx.query<DailySale>(
    `with over as (select coalesce((select through_day from stock_rollup where tenant_id = $1), '-infinity') as through_day),
     sale as (
       select d.variant_id, d.day, d.sold from stock_day d, over
       where d.tenant_id = $1 and d.variant_id = any ($2) and d.day >= $3::date and d.day <= over.through_day and d.sold > 0
       union all
       select m.variant_id, (m.created_at at time zone 'UTC')::date, -m.quantity from movement m, over
       where m.tenant_id = $1 and m.variant_id = any ($2) and m.kind = 'sale' and (m.created_at at time zone 'UTC')::date >= $3::date
         and (m.created_at at time zone 'UTC')::date > over.through_day
     )
     select variant_id as "variantId", day::text, sum(sold)::int as sold from sale group by 1, day order by 1, day`,
    [tx.tenantId, variantIds, fromDay],
  );
}
