/** The figures of a plan as one sentence, in the language of the screen. */
import type { ReorderPlan } from '@tradepost/contracts';
import type { Catalogue } from '../../i18n/en.ts';
import type { Formats } from '../../i18n/formats.ts';

type Words = Pick<Catalogue, 'replenishment' | 'purchasing'>;

/** Such as: Sells 4.2 a day, 9 days to arrive, 95% service: order at 52, you have 31, order 96 = 4 packs of 24. */
export function explain(plan: ReorderPlan, text: Words, formats: Formats): string {
  const { replenishment: words, purchasing } = text;
  if (plan.decision === 'no_sales')
    return plan.historyDays === 0 ? words.noDays : words.noSales(purchasing.days(plan.historyDays));
  const grounds = [
    words.sells(formats.number(perDay(plan.dailyMean))),
    words.arrives(purchasing.days(plan.leadTimeDays)),
    words.review(purchasing.days(plan.reviewPeriodDays)),
    words.serviceOf(formats.percent(plan.serviceLevelPercent / 100)),
  ].join(', ');
  const conclusion = [
    words.orderAtPoint(formats.number(plan.reorderPoint)),
    have(plan, words, formats),
    endingOf(plan, words, formats),
  ].join(', ');
  return `${grounds.charAt(0).toUpperCase()}${grounds.slice(1)}: ${conclusion}.`;
}

/** "you have 31 (12 on the way, 24 in drafts)" */
function have(plan: ReorderPlan, words: Words['replenishment'], formats: Formats): string {
  const parts = [
    ...(plan.incoming > 0 ? [words.onTheWay(formats.number(plan.incoming))] : []),
    ...(plan.drafted > 0 ? [words.inDrafts(formats.number(plan.drafted))] : []),
  ];
  const sum = words.youHave(formats.number(plan.position));
  return parts.length > 0 ? `${sum} (${parts.join(', ')})` : sum;
}

function endingOf(plan: ReorderPlan, words: Words['replenishment'], formats: Formats): string {
  switch (plan.decision) {
    case 'order': {
      const order = words.orderPieces(formats.number(plan.orderQuantity));
      return plan.packSize > 1
        ? `${order} = ${words.packsOf(plan.packs, formats.number(plan.packSize))}`
        : order;
    }
    case 'drafted':
      return words.lastsWithDrafts;
    case 'paused':
      return words.paused;
    case 'enough':
    case 'no_sales':
      return words.lasts;
  }
}

/** One decimal says enough, except of what hardly sells. */
export function perDay(mean: number): number {
  return mean >= 0.05 ? Math.round(mean * 10) / 10 : Math.round(mean * 1_000) / 1_000;
}
