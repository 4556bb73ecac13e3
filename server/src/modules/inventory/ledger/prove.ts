/** The proof that the ledger adds up: movements to levels, reservations to what is reserved, each balance to the next. */
import type { DriftKind } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';

/** What ledger and reservations say of a level, beside what it says itself. */
export interface LevelProof {
  variantId: string;
  locationId: string;
  onHand: number;
  reserved: number;
  /** Sum of all its movements, with the archive. */
  moved: number;
  movements: number;
  /** Sum of the live reservations. */
  held: number;
  /** The first movement whose balance does not follow from the one before it, since the last repair; null: there is none. */
  brokenId: string | null;
  /** The balance it has, and should have. */
  brokenActual: number | null;
  brokenExpected: number | null;
}

/**
 * Adds up the levels of the variants above `after` and up to `upTo`. One statement, so one moment of them all: what others
 * commit meanwhile is in all of its sums or in none. Movements of releases that kept no versions have no certain order; the
 * chain begins behind them.
 */
export async function proveLevels(tx: TenantTx, after: string, upTo: string): Promise<LevelProof[]> {
  return tx.query<LevelProof>(
    `with moved as materialized (
       select id, variant_id, location_id, kind, quantity, on_hand_after, level_version from movement
       where tenant_id = $1 and variant_id > $2 and variant_id <= $3
       union all
       select id, variant_id, location_id, kind, quantity, on_hand_after, level_version from movement_archive
       where tenant_id = $1 and variant_id > $2 and variant_id <= $3
     ), sums as (
       select variant_id, location_id, sum(quantity)::int as moved, count(*)::int as movements from moved group by 1, 2
     ), chain as (
       select m.*, lag(on_hand_after) over w as before, count(*) filter (where kind = 'repair') over w_after as repairs_ahead
       from moved m where level_version > 0
       window w as (partition by variant_id, location_id order by level_version, id),
         w_after as (partition by variant_id, location_id order by level_version desc, id desc rows between unbounded preceding and 1 preceding)
     ), broken as (
       select distinct on (variant_id, location_id) variant_id, location_id, id, on_hand_after, before + quantity as expected from chain
       where before is not null and on_hand_after <> before + quantity and kind <> 'repair' and repairs_ahead = 0
       order by variant_id, location_id, level_version, id
     ), held as (
       select l.variant_id, l.location_id, sum(l.quantity)::int as held
       from reservation_line l join reservation r on r.tenant_id = $1 and r.id = l.reservation_id and r.status = 'active'
       where l.tenant_id = $1 and l.variant_id > $2 and l.variant_id <= $3 group by 1, 2
     )
     select s.variant_id as "variantId", s.location_id as "locationId", s.on_hand as "onHand", s.reserved,
       coalesce(m.moved, 0) as moved, coalesce(m.movements, 0) as movements, coalesce(h.held, 0) as held,
       b.id as "brokenId", b.on_hand_after as "brokenActual", b.expected as "brokenExpected"
     from stock_level s
     left join sums m using (variant_id, location_id)
     left join held h using (variant_id, location_id)
     left join broken b using (variant_id, location_id)
     where s.tenant_id = $1 and s.variant_id > $2 and s.variant_id <= $3`,
    [tx.tenantId, after, upTo],
  );
}

interface Found {
  kind: DriftKind;
  actual: number;
  expected: number;
  movementId: string | null;
}

/** Where a level does not add up. A wrong sum explains a broken chain. */
export function driftsOf(proof: LevelProof): Found[] {
  const { onHand, moved, reserved, held, brokenId, brokenActual, brokenExpected } = proof;
  const found: Found[] = [];
  if (onHand !== moved) found.push({ kind: 'on_hand', actual: onHand, expected: moved, movementId: null });
  else if (brokenId !== null)
    found.push({ kind: 'chain', actual: brokenActual!, expected: brokenExpected!, movementId: brokenId });
  if (reserved !== held) found.push({ kind: 'reserved', actual: reserved, expected: held, movementId: null });
  return found;
}
