/** What must hold for stock after whatever happened. Source: the invariants of the inventory, and the ledger behind it. */
import { withSql } from './embedded.ts';

/**
 * One line per stock level that breaks an invariant: 0 ≤ reserved ≤ onHand, reserved = Σ live reservations,
 * onHand = Σ movements. Also fails when there is no level at all, which would hold them all.
 */
export async function findStockFaults(databaseUrl: string): Promise<string[]> {
  return withSql(databaseUrl, async (sql) => {
    const { rows } = await sql.query<{
      sku: string;
      on_hand: number;
      reserved: number;
      live: number;
      ledger: number;
    }>(
      `select v.sku, s.on_hand, s.reserved,
         (select coalesce(sum(l.quantity), 0)::int from reservation_line l
            join reservation r on (r.tenant_id, r.id) = (l.tenant_id, l.reservation_id)
            where r.status = 'active' and (l.tenant_id, l.variant_id, l.location_id) = (s.tenant_id, s.variant_id, s.location_id)) as live,
         (select coalesce(sum(m.quantity), 0)::int from movement m
            where (m.tenant_id, m.variant_id, m.location_id) = (s.tenant_id, s.variant_id, s.location_id)) as ledger
       from stock_level s join variant v on (v.tenant_id, v.id) = (s.tenant_id, s.variant_id)`,
    );
    if (rows.length === 0) return ['there is no stock level'];
    return rows
      .filter(
        (r) => r.reserved < 0 || r.reserved > r.on_hand || r.reserved !== r.live || r.on_hand !== r.ledger,
      )
      .map(
        (r) => `${r.sku}: onHand ${r.on_hand}, ledger ${r.ledger}, reserved ${r.reserved}, live ${r.live}`,
      );
  });
}
