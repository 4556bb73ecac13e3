/** SQL of the stock. The two statements of `applyStock` are here whole: what it locks and what it writes. */
import type { Reservation } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import type { Level } from './stock-request.ts';

/**
 * Locks the levels of the variants named, always in the order of their keys, so that two transactions that want the
 * same levels never wait for each other in a circle.
 */
export async function lockLevels(tx: TenantTx, skus: string[], variantIds: string[]): Promise<Level[]> {
  return tx.prepared<Level>(
    'lock_levels',
    `select s.variant_id as "variantId", v.product_id as "productId", v.sku, v.name, s.location_id as "locationId", l.code as location,
       s.on_hand as "onHand", s.reserved, s.incoming, s.version, s.updated_at as "updatedAt"
     from stock_level s
     join variant v on v.tenant_id = s.tenant_id and v.id = s.variant_id
     join location l on l.tenant_id = s.tenant_id and l.id = s.location_id
     where s.tenant_id = $1
       and s.variant_id = any (array(select id from variant where tenant_id = $1 and sku = any ($2)) || $3::uuid[])
     order by s.variant_id, s.location_id
     for update of s`,
    [tx.tenantId, skus, variantIds],
  );
}

export interface HeldReservation {
  id: string;
  status: Reservation['status'];
  reference: string | null;
  expiresAt: Date | null;
  createdAt: Date;
  lines: { variantId: string; locationId: string; quantity: number }[];
}

/** Locks reservations, in the order of their ids, before any level: every path takes the two kinds in that order. */
export async function lockReservations(tx: TenantTx, ids: string[]): Promise<HeldReservation[]> {
  return tx.query<HeldReservation>(
    `select r.id, r.status, r.reference, r.expires_at as "expiresAt", r.created_at as "createdAt",
       (select coalesce(jsonb_agg(jsonb_build_object('variantId', variant_id, 'locationId', location_id, 'quantity', quantity)), '[]')
        from reservation_line where tenant_id = r.tenant_id and reservation_id = r.id) as lines
     from reservation r where r.tenant_id = $1 and r.id = any ($2) order by r.id for update`,
    [tx.tenantId, ids],
  );
}

export interface StockWrite {
  levels: { variantId: string; locationId: string; onHandDelta: number; reservedDelta: number }[];
  reservations: { id: string; reference: string | null; actor: string; expiresAt: Date | null }[];
  reservationLines: { reservationId: string; variantId: string; locationId: string; quantity: number }[];
  endings: { id: string; status: string }[];
  movements: {
    id: string;
    variantId: string;
    locationId: string;
    kind: string;
    quantity: number;
    onHandAfter: number;
    reason: string | null;
    reference: string | null;
    actor: string;
    note: string | null;
  }[];
}

/**
 * Writes everything of a batch in one statement. The guard is here, beside the CHECK constraints: a level that the change
 * would take below zero or below what is reserved is not updated, and then the number of rows tells.
 */
export async function writeStock(tx: TenantTx, write: StockWrite): Promise<void> {
  const { levels, reservations, reservationLines, endings, movements } = write;
  const [row] = await tx.prepared<{ levels: number; endings: number }>(
    'write_stock',
    `with level as (
       update stock_level s set on_hand = s.on_hand + d.on_hand, reserved = s.reserved + d.reserved, version = s.version + 1, updated_at = $2
       from unnest($3::uuid[], $4::uuid[], $5::int[], $6::int[]) as d (variant_id, location_id, on_hand, reserved)
       where s.tenant_id = $1 and s.variant_id = d.variant_id and s.location_id = d.location_id
         and s.reserved + d.reserved >= 0 and s.on_hand + d.on_hand >= s.reserved + d.reserved
       returning 1
     ), held as (
       insert into reservation (tenant_id, id, status, reference, actor, expires_at, created_at)
       select $1, id, 'active', reference, actor, expires_at, $2
       from unnest($7::uuid[], $8::text[], $9::text[], $10::timestamptz[]) as r (id, reference, actor, expires_at)
     ), held_line as (
       insert into reservation_line (tenant_id, reservation_id, variant_id, location_id, quantity)
       select $1, * from unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::int[])
     ), ended as (
       update reservation r set status = e.status, ended_at = $2
       from unnest($15::uuid[], $16::text[]) as e (id, status)
       where r.tenant_id = $1 and r.id = e.id and r.status = 'active'
       returning 1
     ), moved as (
       insert into movement (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, created_at)
       select $1, m.*, $2 from unnest($17::uuid[], $18::uuid[], $19::uuid[], $20::text[], $21::int[], $22::int[], $23::text[], $24::text[], $25::text[], $26::text[]) as m
     )
     select (select count(*) from level)::int as levels, (select count(*) from ended)::int as endings`,
    [
      tx.tenantId,
      tx.clock.now(),
      levels.map((l) => l.variantId),
      levels.map((l) => l.locationId),
      levels.map((l) => l.onHandDelta),
      levels.map((l) => l.reservedDelta),
      reservations.map((r) => r.id),
      reservations.map((r) => r.reference),
      reservations.map((r) => r.actor),
      reservations.map((r) => r.expiresAt),
      reservationLines.map((l) => l.reservationId),
      reservationLines.map((l) => l.variantId),
      reservationLines.map((l) => l.locationId),
      reservationLines.map((l) => l.quantity),
      endings.map((e) => e.id),
      endings.map((e) => e.status),
      movements.map((m) => m.id),
      movements.map((m) => m.variantId),
      movements.map((m) => m.locationId),
      movements.map((m) => m.kind),
      movements.map((m) => m.quantity),
      movements.map((m) => m.onHandAfter),
      movements.map((m) => m.reason),
      movements.map((m) => m.reference),
      movements.map((m) => m.actor),
      movements.map((m) => m.note),
    ],
  );
  if (row!.levels !== levels.length || row!.endings !== endings.length) {
    throw new Error('the stock write was refused by its own guard; nothing of the batch was kept');
  }
}

/** Ids of reservations past their deadline, over one tenant, oldest first. Rows another process works on are left to it. */
export async function listExpired(tx: TenantTx, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from reservation where tenant_id = $1 and status = 'active' and expires_at <= $2
     order by expires_at limit $3 for update skip locked`,
    [tx.tenantId, tx.clock.now(), limit],
  );
  return rows.map((r) => r.id);
}
