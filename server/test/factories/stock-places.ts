/** Stock at several places: requests in a transaction of their own, and the figures by place. */
import { applyStock, type StockOutcome, type StockRequest } from '#modules/inventory';
import type { Database, TenantContext } from '#platform/db';
import { settings } from './stock.ts';

export function applyAll(
  db: Database,
  tenant: TenantContext,
  requests: StockRequest[],
): Promise<StockOutcome[]> {
  return db.withTenant(tenant, (tx) => applyStock(tx, requests, settings));
}

export interface PlaceFigures {
  onHand: number;
  reserved: number;
  incoming: number;
}

/** By SKU and location, such as `A main`. */
export async function placeFigures(
  db: Database,
  tenant: TenantContext,
): Promise<Record<string, PlaceFigures>> {
  const rows = await db.withTenant(tenant, (tx) =>
    tx.query<PlaceFigures & { key: string }>(
      `select v.sku || ' ' || l.code as key, s.on_hand as "onHand", s.reserved, s.incoming
       from stock_level s join variant v on v.tenant_id = s.tenant_id and v.id = s.variant_id
       join location l on l.tenant_id = s.tenant_id and l.id = s.location_id order by 1`,
    ),
  );
  return Object.fromEntries(rows.map(({ key, ...figures }) => [key, figures]));
}
