/** Tells of changed levels: `stock_changed` for each, and alerts of those that crossed a threshold. */
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import type { StockSettings } from './apply-stock.ts';
import type { Alert, LockedLevel } from './queries.ts';
import type { Level } from './stock-request.ts';

/** A level in a batch: as it will be, with what it was. */
export interface ChangedLevel extends LockedLevel {
  before: { onHand: number; reserved: number; incoming: number };
}

export const thresholdOf = (level: Pick<Level, 'lowStockThreshold'>, settings: StockSettings): number =>
  level.lowStockThreshold ?? settings.lowStockThreshold;

/** What an alert about this level would say now; null for none. */
export function stateOf(
  level: Pick<Level, 'onHand' | 'reserved' | 'lowStockThreshold'>,
  settings: StockSettings,
): Alert | null {
  if (!settings.alertsEnabled) return null;
  const available = level.onHand - level.reserved;
  if (available <= 0) return 'out';
  return available <= thresholdOf(level, settings) ? 'low' : null;
}

/**
 * What is to be said of a level after a change. Where nothing was said before and it was out then as now, nothing is: goods
 * set out for a place where there never were any, or somebody set its limits.
 */
export function alertOf(level: ChangedLevel, settings: StockSettings): Alert | null {
  const state = stateOf(level, settings);
  const wasOut = stateOf({ ...level, ...level.before }, settings) === 'out';
  return level.alert === null && state === 'out' && wasOut ? null : state;
}

/**
 * Emits what changed, after it is written. A crossing is announced once: `stock_low` when the level was fine before,
 * `stock_out` when it was not out; recovery arms both again. What a level opens with is listed, not announced.
 */
export async function announce(
  tx: TenantTx,
  changed: { level: ChangedLevel; alert: Alert | null }[],
  opened: ReadonlySet<ChangedLevel>,
  settings: StockSettings,
): Promise<void> {
  const turns = changed.filter(({ level, alert }) => level.alert !== alert);
  if (turns.length > 0) await writeAlerts(tx, turns, settings);
  for (const { level } of changed) {
    const { variantId, productId, sku, location, onHand, reserved, incoming, version, before } = level;
    const available = onHand - reserved;
    tx.emit('stock_changed', {
      variantId,
      productId,
      sku,
      location,
      onHand,
      reserved,
      incoming,
      available,
      previousAvailable: before.onHand - before.reserved,
      low: available <= thresholdOf(level, settings),
      version,
      updatedAt: level.updatedAt.toISOString(),
    });
  }
  for (const { level, alert } of turns) {
    if (alert === null || opened.has(level)) continue;
    const { variantId, productId, sku, name, location } = level;
    const available = level.onHand - level.reserved;
    const threshold = thresholdOf(level, settings);
    const data = { variantId, productId, sku, name, location, available, threshold };
    if (level.alert === null) tx.emit('stock_low', data);
    if (alert === 'out' && level.alert !== 'out') tx.emit('stock_out', data);
  }
}

/** Closes the open alerts of levels that turned, and opens those that say what they are now. */
export async function writeAlerts(
  tx: TenantTx,
  turns: { level: Level; alert: Alert | null }[],
  settings: StockSettings,
): Promise<void> {
  const opening = turns.filter((turn) => turn.alert !== null);
  await tx.execute(
    `update stock_alert a set resolved_at = $2 from unnest($3::uuid[], $4::uuid[]) as t (variant_id, location_id)
     where a.tenant_id = $1 and a.variant_id = t.variant_id and a.location_id = t.location_id and a.resolved_at is null`,
    [tx.tenantId, tx.clock.now(), turns.map((t) => t.level.variantId), turns.map((t) => t.level.locationId)],
  );
  if (opening.length === 0) return;
  await tx.execute(
    `insert into stock_alert (tenant_id, id, variant_id, location_id, kind, available, threshold, opened_at)
     select $1, a.*, $2 from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::int[]) as a`,
    [
      tx.tenantId,
      tx.clock.now(),
      opening.map(() => newId()),
      opening.map((t) => t.level.variantId),
      opening.map((t) => t.level.locationId),
      opening.map((t) => t.alert),
      opening.map((t) => t.level.onHand - t.level.reserved),
      opening.map((t) => thresholdOf(t.level, settings)),
    ],
  );
}
