/** SQL of the stock. The two statements of `applyStock` are here whole: what it locks and what it writes. */
import type { Reservation } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import type { Shelf } from './allocate.ts';

export type Alert = 'low' | 'out';

/** A level, locked, with the newest alert about it. */
export interface LockedLevel extends Shelf {
  alert: Alert | null;
}

/**
 * Locks the levels of the variants named, always in the order of their keys, so that two transactions that want the
 * same levels never wait for each other in a circle.
 */
export async function lockLevels(tx: TenantTx, skus: string[], variantIds: string[]): Promise<LockedLevel[]> {
  return tx.prepared<LockedLevel>(
    'lock_levels',
    `select s.variant_id as "variantId", v.product_id as "productId", v.sku, v.name, s.location_id as "locationId", l.code as location,
       s.on_hand as "onHand", s.reserved, s.incoming, s.safety_buffer as "safetyBuffer", s.low_stock_threshold as "lowStockThreshold",
       s.alert, s.version, s.updated_at as "updatedAt", l.priority, l.archived_at is not null as archived
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
  return tx.prepared<HeldReservation>(
    'lock_reservations',
    `select r.id, r.status, r.reference, r.expires_at as "expiresAt", r.created_at as "createdAt",
       (select coalesce(jsonb_agg(jsonb_build_object('variantId', variant_id, 'locationId', location_id, 'quantity', quantity)), '[]')
        from reservation_line where tenant_id = r.tenant_id and reservation_id = r.id) as lines
     from reservation r where r.tenant_id = $1 and r.id = any ($2) order by r.id for update`,
    [tx.tenantId, ids],
  );
}

export async function anyReservation(tx: TenantTx, ids: string[]): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(
    'select exists (select from reservation where tenant_id = $1 and id = any ($2)) as found',
    [tx.tenantId, ids],
  );
  return found;
}

/** Ids of the reservations that hold pieces of these items now. */
export async function listHolding(tx: TenantTx, skus: string[], variantIds: string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select distinct r.id from reservation_line l
     join reservation r on r.tenant_id = l.tenant_id and r.id = l.reservation_id and r.status = 'active'
     where l.tenant_id = $1
       and l.variant_id = any (array(select id from variant where tenant_id = $1 and sku = any ($2)) || $3::uuid[])`,
    [tx.tenantId, skus, variantIds],
  );
  return rows.map((row) => row.id);
}

export interface StockWrite {
  /** When all of it happens; a level whose last change is later keeps that time. */
  now: Date;
  levels: {
    variantId: string;
    locationId: string;
    onHandDelta: number;
    reservedDelta: number;
    incomingDelta: number;
    alert: Alert | null;
  }[];
  reservations: {
    id: string;
    status: 'active' | 'confirmed';
    reference: string | null;
    actor: string;
    expiresAt: Date | null;
  }[];
  reservationLines: { reservationId: string; variantId: string; locationId: string; quantity: number }[];
  /** Of reservations there already: how they end, or their new deadline. */
  changes: { id: string; status: Reservation['status']; expiresAt: Date | null; endReason: string | null }[];
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
    /** Of its level, after this write. */
    levelVersion: number;
    at: Date;
  }[];
}

/**
 * Writes everything of a batch in one statement. The guard is here, beside the CHECK constraints: a level that the change
 * would take below zero or below what is reserved is not updated, and then the number of rows tells.
 */
export async function writeStock(tx: TenantTx, write: StockWrite): Promise<void> {
  const { now, levels, reservations, reservationLines, changes, movements } = write;
  const [row] = await tx.prepared<{ levels: number; changes: number }>(
    'write_stock',
    `with level as (
       update stock_level s set on_hand = s.on_hand + d.on_hand, reserved = s.reserved + d.reserved, incoming = s.incoming + d.incoming,
         alert = d.alert, version = s.version + 1, updated_at = greatest(s.updated_at, $2)
       from unnest($3::uuid[], $4::uuid[], $5::int[], $6::int[], $7::int[], $8::text[]) as d (variant_id, location_id, on_hand, reserved, incoming, alert)
       where s.tenant_id = $1 and s.variant_id = d.variant_id and s.location_id = d.location_id
         and s.reserved + d.reserved >= 0 and s.on_hand + d.on_hand >= s.reserved + d.reserved
       returning s.variant_id, s.location_id, s.updated_at, s.version, s.on_hand, s.reserved, s.incoming
     ), remembered as (
       insert into stock_history (tenant_id, variant_id, location_id, at, version, on_hand, reserved, incoming) select $1, level.* from level
     ), held as (
       insert into reservation (tenant_id, id, status, reference, actor, expires_at, created_at, ended_at)
       select $1, id, status, reference, actor, expires_at, $2, case when status = 'confirmed' then $2 end
       from unnest($9::uuid[], $10::text[], $11::text[], $12::text[], $13::timestamptz[]) as r (id, status, reference, actor, expires_at)
     ), held_line as (
       insert into reservation_line (tenant_id, reservation_id, variant_id, location_id, quantity)
       select $1, * from unnest($14::uuid[], $15::uuid[], $16::uuid[], $17::int[])
     ), changed as (
       update reservation r set status = c.status, expires_at = c.expires_at, end_reason = c.end_reason,
         ended_at = case when c.status <> 'active' then $2 end
       from unnest($18::uuid[], $19::text[], $20::timestamptz[], $21::text[]) as c (id, status, expires_at, end_reason)
       where r.tenant_id = $1 and r.id = c.id and r.status = 'active'
       returning 1
     ), moved as (
       insert into movement (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, level_version, created_at)
       select $1, m.* from unnest($22::uuid[], $23::uuid[], $24::uuid[], $25::text[], $26::int[], $27::int[], $28::text[], $29::text[], $30::text[],
         $31::text[], $32::int[], $33::timestamptz[]) as m
     )
     select (select count(*) from level)::int as levels, (select count(*) from changed)::int as changes`,
    [
      tx.tenantId,
      now,
      levels.map((l) => l.variantId),
      levels.map((l) => l.locationId),
      levels.map((l) => l.onHandDelta),
      levels.map((l) => l.reservedDelta),
      levels.map((l) => l.incomingDelta),
      levels.map((l) => l.alert),
      reservations.map((r) => r.id),
      reservations.map((r) => r.status),
      reservations.map((r) => r.reference),
      reservations.map((r) => r.actor),
      reservations.map((r) => r.expiresAt),
      reservationLines.map((l) => l.reservationId),
      reservationLines.map((l) => l.variantId),
      reservationLines.map((l) => l.locationId),
      reservationLines.map((l) => l.quantity),
      changes.map((c) => c.id),
      changes.map((c) => c.status),
      changes.map((c) => c.expiresAt),
      changes.map((c) => c.endReason),
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
      movements.map((m) => m.levelVersion),
      movements.map((m) => m.at),
    ],
  );
  if (row!.levels !== levels.length || row!.changes !== changes.length) {
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
