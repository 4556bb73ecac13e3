/** Alerts as people see them. */
import type { AlertState, StockAlert } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf } from '#platform/http';

interface AlertRow
  extends Omit<StockAlert, 'openedAt' | 'acknowledgedAt' | 'snoozedUntil' | 'resolvedAt' | 'state'> {
  state: AlertState;
  openedAt: Date;
  acknowledgedAt: Date | null;
  snoozedUntil: Date | null;
  resolvedAt: Date | null;
}

/** Nothing is written when a snooze is over: the alert is open again by itself. */
const stateAt = (now: Date) => sql<AlertState>`case when a.resolved_at is not null then 'resolved'
  when a.snoozed_until > ${now} then 'snoozed' when a.acknowledged_at is not null then 'acknowledged' else 'open' end`;

async function readAlerts(tx: TenantTx, where: RawBuilder<unknown>, limit: number): Promise<AlertRow[]> {
  const { rows } = await sql<AlertRow>`
    select a.id, a.kind, ${stateAt(tx.clock.now())} as state, a.variant_id as "variantId", v.product_id as "productId", v.sku, v.name,
      l.code as location, s.on_hand - s.reserved as available, a.available as "availableThen", s.incoming, a.threshold,
      a.opened_at as "openedAt", a.acknowledged_at as "acknowledgedAt", a.acknowledged_by as "acknowledgedBy",
      a.snoozed_until as "snoozedUntil", a.resolved_at as "resolvedAt"
    from stock_alert a
    join stock_level s on s.tenant_id = a.tenant_id and s.variant_id = a.variant_id and s.location_id = a.location_id
    join variant v on v.tenant_id = a.tenant_id and v.id = a.variant_id
    join location l on l.tenant_id = a.tenant_id and l.id = a.location_id
    where a.tenant_id = ${tx.tenantId} and ${where} order by a.id desc limit ${limit}`.execute(tx.kysely);
  return rows;
}

const present = (row: AlertRow): StockAlert => ({
  ...row,
  openedAt: row.openedAt.toISOString(),
  acknowledgedAt: row.acknowledgedAt?.toISOString() ?? null,
  snoozedUntil: row.state === 'snoozed' ? row.snoozedUntil!.toISOString() : null,
  resolvedAt: row.resolvedAt?.toISOString() ?? null,
});

export async function listAlerts(
  tx: TenantTx,
  filter: {
    state?: AlertState;
    kind?: StockAlert['kind'];
    location?: string;
    sku?: string;
    limit: number;
    cursor?: string;
  },
): Promise<{ items: StockAlert[]; nextCursor: string | null }> {
  const before = decodeCursor(z.uuid(), filter.cursor);
  const conditions = [sql`true`];
  if (before !== undefined) conditions.push(sql`a.id < ${before}`);
  if (filter.state !== undefined) {
    // By itself, so that an index has it; resolved ones are most of all.
    conditions.push(
      filter.state === 'resolved' ? sql`a.resolved_at is not null` : sql`a.resolved_at is null`,
    );
    conditions.push(sql`${stateAt(tx.clock.now())} = ${filter.state}`);
  }
  if (filter.kind !== undefined) conditions.push(sql`a.kind = ${filter.kind}`);
  if (filter.location !== undefined) conditions.push(sql`l.code = ${filter.location}`);
  if (filter.sku !== undefined) conditions.push(sql`v.sku = ${filter.sku}`);
  const rows = await readAlerts(tx, sql.join(conditions, sql` and `), filter.limit + 1);
  return pageOf(rows, filter.limit, present, (row) => row.id);
}

export async function findAlert(tx: TenantTx, id: string): Promise<StockAlert | null> {
  const [row] = await readAlerts(tx, sql`a.id = ${id}`, 1);
  return row === undefined ? null : present(row);
}
