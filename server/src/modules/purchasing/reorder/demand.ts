/** What a reorder point rests on: sales, and how long an order takes. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Backtest, ReorderMethod } from '@tradepost/contracts';
import { listDailySales } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import { backtest, historyDaysOf, reorderPointOf, summarise } from './reorder-point.ts';
import { getReplenishmentSettings } from './settings.ts';

const dayMs = 86_400_000;

/** Kept with the plan, as JSON. */
export interface Demand {
  method: ReorderMethod;
  serviceLevelPercent: number;
  historyDays: number;
  dailyMean: number;
  dailyDeviation: number;
  leadTimeDays: number;
  reviewPeriodDays: number;
  backtest: Backtest | null;
}

export interface WorkedOutDemand {
  variantId: string;
  reorderPoint: number;
  orderUpTo: number;
  demand: Demand;
  computedAt: Date;
}

interface VariantInputs {
  variantId: string;
  createdAt: Date;
  leadTimeDays: number | null;
  reviewPeriodDays: number | null;
  permille: number | null;
  method: ReorderMethod | null;
}

/** Days from one look to the next where no supplier says it: the task looks every day. */
const defaultReviewPeriodDays = 1;

/** Works the variants out anew, from what was sold up to yesterday. Those that do not exist are left out. */
export async function workOutDemand(tx: TenantTx, variantIds: string[]): Promise<WorkedOutDemand[]> {
  const settings = await getReplenishmentSettings(tx);
  const variants = await tx.query<VariantInputs>(
    `select v.id as "variantId", v.created_at as "createdAt", coalesce(p.lead_time_days, s.lead_time_days) as "leadTimeDays",
       s.review_period_days as "reviewPeriodDays", r.service_level_permille as permille, r.method
     from variant v
     left join supplier_price p on p.tenant_id = v.tenant_id and p.variant_id = v.id and p.preferred
     left join supplier s on s.tenant_id = v.tenant_id and s.id = p.supplier_id
     left join reorder_rule r on r.tenant_id = v.tenant_id and r.variant_id = v.id
     where v.tenant_id = $1 and v.id = any ($2)`,
    [tx.tenantId, variantIds],
  );
  const computedAt = tx.clock.now();
  const today = Math.floor(computedAt.getTime() / dayMs);
  const firstDay = today - historyDaysOf.empirical;
  const sales = Map.groupBy(
    await listDailySales(tx, variantIds, new Date(firstDay * dayMs).toISOString().slice(0, 10)),
    (sale) => sale.variantId,
  );
  const worked: WorkedOutDemand[] = [];
  for (const variant of variants) {
    // Two milliseconds each, most of them for the back-test: others must not wait for a hundred.
    await nextTurn();
    const { variantId } = variant;
    const sold = (sales.get(variantId) ?? []).map((s) => ({
      day: Date.parse(s.day) / dayMs,
      pieces: s.sold,
    }));
    // It may have been sold before it was made here, of an import.
    const known = Math.min(Math.floor(variant.createdAt.getTime() / dayMs), ...sold.map((s) => s.day));
    const from = Math.max(firstDay, known);
    const history = new Array<number>(Math.max(0, today - from)).fill(0);
    // Today is not over.
    for (const { day, pieces } of sold) if (day < today) history[day - from] = pieces;

    const method = variant.method ?? settings.method;
    const serviceLevelPercent =
      variant.permille === null ? settings.serviceLevelPercent : variant.permille / 10;
    const leadTimeDays = variant.leadTimeDays ?? settings.defaultLeadTimeDays;
    const reviewPeriodDays = variant.reviewPeriodDays ?? defaultReviewPeriodDays;
    const rule = {
      method,
      serviceLevel: serviceLevelPercent / 100,
      cycleDays: leadTimeDays + reviewPeriodDays,
    };
    const days = history.slice(-historyDaysOf[method]);
    const { mean, deviation } = summarise(days);
    const reorderPoint = reorderPointOf(history, rule);
    const demand: Demand = {
      method,
      serviceLevelPercent,
      historyDays: days.length,
      dailyMean: roundTo(mean, 3),
      dailyDeviation: roundTo(deviation, 3),
      leadTimeDays,
      reviewPeriodDays,
      backtest: mean === 0 ? null : backtest(history, rule),
    };
    worked.push({
      variantId,
      reorderPoint,
      orderUpTo: reorderPoint + Math.ceil(mean * settings.coverDays - 1e-9),
      demand,
      computedAt,
    });
  }
  return worked;
}

const roundTo = (value: number, decimals: number): number =>
  Math.round(value * 10 ** decimals) / 10 ** decimals;
