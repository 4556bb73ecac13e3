/** Levels of many variants at once, for who compares them with a file. */
import type { TenantTx } from '#platform/db';

export interface LevelFigures {
  variantId: string;
  location: string;
  onHand: number;
  reserved: number;
  incoming: number;
}

export async function readLevels(tx: TenantTx, variantIds: string[]): Promise<LevelFigures[]> {
  return tx.query<LevelFigures>(
    `select s.variant_id as "variantId", l.code as location, s.on_hand as "onHand", s.reserved, s.incoming
     from stock_level s join location l on l.tenant_id = s.tenant_id and l.id = s.location_id
     where s.tenant_id = $1 and s.variant_id = any ($2)`,
    [tx.tenantId, variantIds],
  );
}

/** Ids of the locations in use, by their codes. */
export async function readLocationIds(tx: TenantTx): Promise<Map<string, string>> {
  const rows = await tx.query<{ code: string; id: string }>(
    'select code, id from location where tenant_id = $1 and archived_at is null',
    [tx.tenantId],
  );
  return new Map(rows.map(({ code, id }) => [code, id]));
}
