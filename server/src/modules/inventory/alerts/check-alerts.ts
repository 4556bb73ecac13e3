/**
 * A look at all levels by the clock, as a safety net: those whose alert is not what their figures say, since a setting
 * changed, or a release that keeps no alerts wrote them.
 */
import { z } from 'zod';
import type { TenantTx, Tx } from '#platform/db';
import { defineTask, enqueueTaskFor, type Schedule } from '#platform/jobs';
import type { StockSettings } from '../apply-stock.ts';

export const checkAlerts = defineTask({
  type: 'check_stock_alerts',
  payload: z.object({}),
  lane: () => 'check_stock_alerts',
  dedupeKey: () => 'all',
});

/**
 * `stateOf`, in SQL, is not what the level says. One that never had stock is left alone: it was made for goods that are
 * on their way, or for a limit.
 */
const isWrong = `s.version > 1 and s.alert is distinct from case when not $1 then null when s.on_hand <= s.reserved then 'out'
    when s.on_hand - s.reserved <= coalesce(s.low_stock_threshold, $2) then 'low' end
  and (s.on_hand > 0 or s.alert is not null
    or exists (select from movement m where m.tenant_id = s.tenant_id and m.variant_id = s.variant_id and m.location_id = s.location_id)
    or exists (select from movement_archive m where m.tenant_id = s.tenant_id and m.variant_id = s.variant_id and m.location_id = s.location_id))`;

export const checkSchedule = (settings: StockSettings, intervalMs: number): Schedule => ({
  name: 'check_stock_alerts',
  intervalMs,
  async run(tx: Tx) {
    const tenants = await tx.query<{ tenant_id: string }>(
      `select distinct s.tenant_id from stock_level s where ${isWrong}`,
      [settings.alertsEnabled, settings.lowStockThreshold],
    );
    for (const { tenant_id } of tenants) await enqueueTaskFor(tx, tenant_id, checkAlerts, {});
  },
});

export interface LevelKey {
  variantId: string;
  locationId: string;
}

/** The next such levels, in the order of their keys. */
export function listWrong(
  tx: TenantTx,
  after: LevelKey | null,
  limit: number,
  settings: StockSettings,
): Promise<LevelKey[]> {
  return tx.query<LevelKey>(
    `select s.variant_id as "variantId", s.location_id as "locationId" from stock_level s
     where s.tenant_id = $3 and ($4::uuid is null or (s.variant_id, s.location_id) > ($4, $5::uuid)) and ${isWrong}
     order by s.variant_id, s.location_id limit $6`,
    [
      settings.alertsEnabled,
      settings.lowStockThreshold,
      tx.tenantId,
      after?.variantId ?? null,
      after?.locationId ?? null,
      limit,
    ],
  );
}
