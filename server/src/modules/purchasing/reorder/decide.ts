/** From the figures to the order, and the reason for it in a sentence. */
import type { ReorderPlan } from '@tradepost/contracts';

export type ReorderFigures = Omit<ReorderPlan, 'decision' | 'orderQuantity' | 'packs' | 'explanation'>;

/** Whole packs, and no fewer pieces than the supplier sells. */
export function decide(
  plan: ReorderFigures,
): Pick<ReorderPlan, 'decision' | 'orderQuantity' | 'packs' | 'explanation'> {
  const decision = decisionOf(plan);
  const missing = Math.max(plan.orderUpTo - plan.position, plan.minimumOrderQuantity);
  const packs = decision === 'order' ? Math.ceil(missing / plan.packSize) : 0;
  const order = { decision, packs, orderQuantity: packs * plan.packSize };
  return { ...order, explanation: explain(plan, order) };
}

function decisionOf(plan: ReorderFigures): ReorderPlan['decision'] {
  if (plan.rule.paused) return 'paused';
  if (plan.dailyMean === 0) return 'no_sales';
  if (plan.position > plan.reorderPoint)
    return plan.position - plan.drafted > plan.reorderPoint ? 'enough' : 'drafted';
  return plan.orderUpTo > plan.position ? 'order' : 'enough';
}

/** Such as: Sells 4.2 a day, 9 days to arrive, 95 % service: order at 52, you have 31, order 96 = 4 packs of 24. */
function explain(
  plan: ReorderFigures,
  order: Pick<ReorderPlan, 'decision' | 'orderQuantity' | 'packs'>,
): string {
  const count = (pieces: number, one: string, many: string) => `${pieces} ${pieces === 1 ? one : many}`;
  if (order.decision === 'no_sales') {
    return `Nothing was sold in ${count(plan.historyDays, 'day', 'days')}: nothing to order.`;
  }
  const facts = [
    `Sells ${plan.dailyMean >= 0.05 ? Number(plan.dailyMean.toFixed(1)) : plan.dailyMean} a day`,
    `${count(plan.leadTimeDays, 'day', 'days')} to arrive`,
    `${count(plan.reviewPeriodDays, 'day', 'days')} between orders`,
    `${plan.serviceLevelPercent} % service`,
  ];
  const parts = [
    plan.incoming > 0 ? `${plan.incoming} on their way` : null,
    plan.drafted > 0 ? `${plan.drafted} in drafts` : null,
  ].filter((part) => part !== null);
  const have = `you have ${plan.position}${parts.length > 0 ? ` with ${parts.join(' and ')}` : ''}`;
  const ending = {
    order: `order ${order.orderQuantity}${plan.packSize > 1 ? ` = ${count(order.packs, 'pack', 'packs')} of ${plan.packSize}` : ''}`,
    drafted: 'nothing more to order',
    enough: 'nothing to order',
    paused: 'orders are paused',
    no_sales: '',
  }[order.decision];
  return `${facts.join(', ')}: order at ${plan.reorderPoint}, ${have}, ${ending}.`;
}
