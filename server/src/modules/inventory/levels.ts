/** Reading the stock: levels and reservations. */
import type { Reservation, StockLevel } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { thresholdOf } from './announce.ts';
import type { StockSettings } from './apply-stock.ts';
import type { Level } from './stock-request.ts';

export function presentLevel(level: Level, settings: StockSettings): StockLevel {
  const available = level.onHand - level.reserved;
  const lowStockThreshold = thresholdOf(level, settings);
  return {
    variantId: level.variantId,
    productId: level.productId,
    sku: level.sku,
    name: level.name,
    location: level.location,
    onHand: level.onHand,
    reserved: level.reserved,
    incoming: level.incoming,
    available,
    safetyBuffer: level.safetyBuffer,
    lowStockThreshold,
    low: available <= lowStockThreshold,
    version: level.version,
    updatedAt: level.updatedAt.toISOString(),
  };
}

const levelColumns = [
  's.variant_id as variantId',
  'v.product_id as productId',
  'v.sku',
  'v.name',
  's.location_id as locationId',
  'l.code as location',
  's.on_hand as onHand',
  's.reserved',
  's.incoming',
  's.safety_buffer as safetyBuffer',
  's.low_stock_threshold as lowStockThreshold',
  's.version',
  's.updated_at as updatedAt',
] as const;

function levels(tx: TenantTx) {
  return tx.kysely
    .selectFrom('stock_level as s')
    .innerJoin('variant as v', (on) =>
      on.onRef('v.tenant_id', '=', 's.tenant_id').onRef('v.id', '=', 's.variant_id'),
    )
    .innerJoin('location as l', (on) =>
      on.onRef('l.tenant_id', '=', 's.tenant_id').onRef('l.id', '=', 's.location_id'),
    )
    .where('s.tenant_id', '=', tx.tenantId)
    .select(levelColumns);
}

const byPriority = (query: ReturnType<typeof levels>) =>
  query.orderBy(sql`l.archived_at is null`, 'desc').orderBy('l.priority').orderBy('l.code');

/** Text that means itself in a LIKE pattern. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** Whether any variant of a product has a piece available; the operands are columns of the statement it is put into. */
export function hasStockAvailable(
  tenantId: RawBuilder<unknown>,
  productId: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`exists (select from variant v join stock_level s on s.tenant_id = v.tenant_id and s.variant_id = v.id and s.on_hand > s.reserved
    where v.tenant_id = ${tenantId} and v.product_id = ${productId})`;
}

/**
 * Products of which a variant has a piece available, or of which one has none; null when they are more than `max`. In a
 * few milliseconds either way.
 */
export async function listByStock(tx: TenantTx, available: boolean, max: number): Promise<string[] | null> {
  // Of more than `max` nothing is joined: the condition is decided once.
  const rows = await tx.query<{ id: string | null }>(
    `with s as (
       select s.variant_id from stock_level s where s.tenant_id = $1 and s.on_hand ${available ? '>' : '='} s.reserved
       order by s.tenant_id, s.variant_id limit $2
     )
     select distinct v.product_id as id from s join variant v on v.tenant_id = $1 and v.id = s.variant_id
     where (select count(*) from s) <= $3
     union all select null where (select count(*) from s) > $3`,
    [tx.tenantId, max + 1, max],
  );
  return rows[0]?.id === null ? null : rows.map((row) => row.id!);
}

const uuid = z.uuid();

/** Whether a text may be an id. Any other names an item by its SKU. */
export const isId = (item: string): boolean => uuid.safeParse(item).success;

/** A level of an item, at the location named or else the first by priority. */
export async function findLevel(
  tx: TenantTx,
  item: { sku: string; location?: string },
): Promise<Level | null> {
  let query = levels(tx).where('v.sku', '=', item.sku);
  if (item.location !== undefined) query = query.where('l.code', '=', item.location);
  const rows = (await byPriority(query).limit(1).execute()) as Level[];
  return rows[0] ?? null;
}

/**
 * The first level of an item named by SKU, by variant id, or by the id of a product that has one variant. Null when there
 * is none, or the product has several variants.
 */
export async function findItemLevel(tx: TenantTx, item: string): Promise<Level | null> {
  const byId = isId(item);
  const query = levels(tx).where((e) =>
    byId
      ? e.or([e('s.variant_id', '=', item), e('v.product_id', '=', item), e('v.sku', '=', item)])
      : e('v.sku', '=', item),
  );
  const rows = (await byPriority(query).limit(20).execute()) as Level[];
  const variants = new Set(rows.map((r) => r.variantId));
  return variants.size === 1 ? rows[0]! : null;
}

export async function findReservation(tx: TenantTx, id: string): Promise<Reservation | null> {
  const rows = await tx.query<{
    status: Reservation['status'];
    reference: string | null;
    expires_at: Date | null;
    created_at: Date;
    lines: Reservation['lines'];
  }>(
    `select r.status, r.reference, r.expires_at, r.created_at,
       (select coalesce(jsonb_agg(jsonb_build_object('sku', v.sku, 'variantId', v.id, 'location', l.code, 'quantity', x.quantity) order by v.sku), '[]')
        from reservation_line x
        join variant v on v.tenant_id = x.tenant_id and v.id = x.variant_id
        join location l on l.tenant_id = x.tenant_id and l.id = x.location_id
        where x.tenant_id = r.tenant_id and x.reservation_id = r.id) as lines
     from reservation r where r.tenant_id = $1 and r.id = $2`,
    [tx.tenantId, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    id,
    status: row.status,
    reference: row.reference,
    lines: row.lines,
    expiresAt: row.expires_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}
