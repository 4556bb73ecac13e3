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

/** `stateOf`, in SQL, is not what the level says. A level at its first version never had stock. */
const isWrong = `version > 1 and alert is distinct from case when not $1 then null when on_hand <= reserved then 'out'
  when on_hand - reserved <= coalesce(low_stock_threshold, $2) then 'low' end`;

export const checkSchedule = (settings: StockSettings, intervalMs: number): Schedule => ({
  name: 'check_stock_alerts',
  intervalMs,
  async run(tx: Tx) {
    const tenants = await tx.query<{ tenant_id: string }>(
      `select distinct tenant_id from stock_level where ${isWrong}`,
      [settings.alertsEnabled, settings.lowStockThreshold],
    );
    for (const { tenant_id } of tenants) await enqueueTaskFor(tx, tenant_id, checkAlerts, {});
  },
});

/** The next variants with such a level, in the order of their ids. */
export async function listWrong(
  tx: TenantTx,
  after: string | null,
  limit: number,
  settings: StockSettings,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select distinct variant_id as id from stock_level
     where tenant_id = $3 and ($4::uuid is null or variant_id > $4) and ${isWrong} order by variant_id limit $5`,
    [settings.alertsEnabled, settings.lowStockThreshold, tx.tenantId, after, limit],
  );
  return rows.map((row) => row.id);
}
