/** Reading the stock: levels, movements, reservations. */
import type { Movement, Reservation, StockLevel } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf } from '#platform/http';
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

/** Text that means itself in a LIKE pattern. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

const LevelKey = z.tuple([z.string(), z.string()]);

export async function listLevels(
  tx: TenantTx,
  filter: {
    sku?: string;
    productId?: string;
    location?: string;
    search?: string;
    low?: 'true' | 'false';
    limit: number;
    cursor?: string;
  },
  settings: StockSettings,
): Promise<{ items: StockLevel[]; nextCursor: string | null }> {
  const after = decodeCursor(LevelKey, filter.cursor);
  let query = levels(tx)
    .orderBy('v.sku')
    .orderBy('l.code')
    .limit(filter.limit + 1);
  if (after !== undefined) query = query.where(sql<boolean>`(v.sku, l.code) > (${after[0]}, ${after[1]})`);
  if (filter.sku !== undefined) query = query.where('v.sku', '=', filter.sku);
  if (filter.productId !== undefined) query = query.where('v.product_id', '=', filter.productId);
  if (filter.search) {
    const pattern = escapeLike(filter.search);
    query = query.where((e) =>
      e.or([e('v.sku', 'like', `${pattern}%`), e('v.name', 'ilike', `%${pattern}%`)]),
    );
  }
  if (filter.location !== undefined) query = query.where('l.code', '=', filter.location);
  const available = sql<number>`(s.on_hand - s.reserved)`;
  const threshold = sql<number>`coalesce(s.low_stock_threshold, ${settings.lowStockThreshold})`;
  if (filter.low === 'true') query = query.where(available, '<=', threshold);
  if (filter.low === 'false') query = query.where(available, '>', threshold);
  const rows = (await query.execute()) as Level[];
  return pageOf(
    rows,
    filter.limit,
    (level) => presentLevel(level, settings),
    (level) => [level.sku, level.location],
  );
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

/**
 * The first level of an item named by SKU, by variant id, or by the id of a product that has one variant. Null when there
 * is none, or the product has several variants.
 */
export async function findItemLevel(tx: TenantTx, item: string): Promise<Level | null> {
  const byId = uuid.safeParse(item).success;
  const rows = (await levels(tx)
    .where((e) =>
      byId
        ? e.or([e('s.variant_id', '=', item), e('v.product_id', '=', item), e('v.sku', '=', item)])
        : e('v.sku', '=', item),
    )
    .orderBy(sql`l.archived_at is null`, 'desc')
    .orderBy('l.priority')
    .orderBy('l.code')
    .limit(20)
    .execute()) as Level[];
  const variants = new Set(rows.map((r) => r.variantId));
  return variants.size === 1 ? rows[0]! : null;
}

export async function listMovements(
  tx: TenantTx,
  filter: { sku?: string; limit: number; cursor?: string },
): Promise<{ items: Movement[]; nextCursor: string | null }> {
  const before = decodeCursor(uuid, filter.cursor);
  let query = tx.kysely
    .selectFrom('movement as m')
    .innerJoin('variant as v', (on) =>
      on.onRef('v.tenant_id', '=', 'm.tenant_id').onRef('v.id', '=', 'm.variant_id'),
    )
    .innerJoin('location as l', (on) =>
      on.onRef('l.tenant_id', '=', 'm.tenant_id').onRef('l.id', '=', 'm.location_id'),
    )
    .where('m.tenant_id', '=', tx.tenantId)
    .select([
      'm.id',
      'm.variant_id as variantId',
      'v.sku',
      'l.code as location',
      'm.kind',
      'm.quantity',
      'm.on_hand_after as onHandAfter',
    ])
    .select(['m.reason', 'm.reference', 'm.actor', 'm.note', 'm.created_at as createdAt'])
    .orderBy('m.id', 'desc')
    .limit(filter.limit + 1);
  if (before !== undefined) query = query.where('m.id', '<', before);
  if (filter.sku !== undefined) query = query.where('v.sku', '=', filter.sku);
  const rows = await query.execute();
  return pageOf(
    rows,
    filter.limit,
    (row) => ({ ...row, kind: row.kind as Movement['kind'], createdAt: row.createdAt.toISOString() }),
    (row) => row.id,
  );
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
