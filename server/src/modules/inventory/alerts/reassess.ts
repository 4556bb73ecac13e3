/** Makes what is said of a level true again, when its thresholds change or something was missed. */
import type { StockLevel, UpdateStockLevel } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { problem } from '#platform/http';
import { alertOf, announce, type ChangedLevel, stateOf } from '../announce.ts';
import type { StockSettings } from '../apply-stock.ts';
import { presentLevel } from '../levels.ts';
import { type Alert, type LockedLevel, lockLevels } from '../queries.ts';
import type { LevelKey } from './check-alerts.ts';

/**
 * Sets the limits of a level; its alert follows in the same commit. One that never had stock gets none: it is not sold there yet.
 *
 * @throws HttpProblem NOT_FOUND
 */
export async function updateLimits(
  tx: TenantTx,
  { variantId, location }: { variantId: string; location: string },
  change: UpdateStockLevel,
  settings: StockSettings,
): Promise<StockLevel> {
  const before = (await lockLevels(tx, [], [variantId])).find((level) => level.location === location);
  if (before === undefined)
    throw problem('NOT_FOUND', 'There is no such stock level: no such variant, or it never was there.');
  const { safetyBuffer = before.safetyBuffer, lowStockThreshold = before.lowStockThreshold } = change;
  const level = { ...before, safetyBuffer, lowStockThreshold };
  const same = safetyBuffer === before.safetyBuffer && lowStockThreshold === before.lowStockThreshold;
  if (!same) await reassess(tx, [{ level, alert: alertOf(unmoved(level), settings) }], settings);
  return presentLevel(level, settings);
}

/**
 * Locks these levels and opens or resolves alerts of those that still say something else than their figures.
 *
 * @returns how many did
 */
export async function correctAlerts(
  tx: TenantTx,
  keys: LevelKey[],
  settings: StockSettings,
): Promise<number> {
  const locked = await lockLevels(tx, [], [...new Set(keys.map((key) => key.variantId))]);
  const asked = new Set(keys.map((key) => `${key.variantId}/${key.locationId}`));
  const wrong = locked.filter(
    (level) =>
      asked.has(`${level.variantId}/${level.locationId}`) && stateOf(level, settings) !== level.alert,
  );
  await reassess(
    tx,
    wrong.map((level) => ({ level, alert: stateOf(level, settings) })),
    settings,
  );
  return wrong.length;
}

/** With the figures it has as those it had. */
function unmoved(level: LockedLevel): ChangedLevel {
  const { onHand, reserved, incoming } = level;
  return { ...level, before: { onHand, reserved, incoming } };
}

/** Writes the limits of locked levels with what follows from them, and tells of it as of any change. */
async function reassess(
  tx: TenantTx,
  turns: { level: LockedLevel; alert: Alert | null }[],
  settings: StockSettings,
): Promise<void> {
  if (turns.length === 0) return;
  const now = tx.clock.now();
  const levels = turns.map((turn) => turn.level);
  await tx.execute(
    `with level as (
       update stock_level s set safety_buffer = d.buffer, low_stock_threshold = d.threshold, alert = d.alert,
         version = s.version + 1, updated_at = greatest(s.updated_at, $2)
       from unnest($3::uuid[], $4::uuid[], $5::int[], $6::int[], $7::text[]) as d (variant_id, location_id, buffer, threshold, alert)
       where s.tenant_id = $1 and s.variant_id = d.variant_id and s.location_id = d.location_id
       returning s.variant_id, s.location_id, s.updated_at, s.version, s.on_hand, s.reserved, s.incoming
     )
     insert into stock_history (tenant_id, variant_id, location_id, at, version, on_hand, reserved, incoming) select $1, level.* from level`,
    [
      tx.tenantId,
      now,
      levels.map((l) => l.variantId),
      levels.map((l) => l.locationId),
      levels.map((l) => l.safetyBuffer),
      levels.map((l) => l.lowStockThreshold),
      turns.map((t) => t.alert),
    ],
  );
  for (const level of levels) {
    level.version += 1;
    if (level.updatedAt < now) level.updatedAt = now;
  }
  const changed = turns.map(({ level, alert }) => ({ level: unmoved(level), alert }));
  await announce(tx, changed, new Set(), settings);
}
