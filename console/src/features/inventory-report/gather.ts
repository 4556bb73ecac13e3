/** Days summed into weeks or months, so that a chart of a year has bars one can see. */
import type { StockSales } from '@tradepost/contracts';

type Day = StockSales['movementRates'][number];
type Step = 'day' | 'week' | 'month';
type Period = Pick<StockSales, 'from' | 'to'>;

const DAY_MS = 24 * 3_600_000;

/** What moved in one step of the chart. */
export interface MovedIn extends Omit<Day, 'day'> {
  /** Its first day within the period. */
  from: string;
}

export function stepOf(days: number): Step {
  return days <= 31 ? 'day' : days <= 190 ? 'week' : 'month';
}

/** Days of a period, both ends counted. */
export function daysIn({ from, to }: Period): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/**
 * Weeks begin on Monday. The first and the last step may be cut by the period; days on which nothing moved count as zero.
 */
export function gather(days: readonly Day[], period: Period, step: Step): MovedIn[] {
  const sums = new Map<string, MovedIn>();
  for (let at = Date.parse(period.from); at <= Date.parse(period.to); at += DAY_MS) {
    const from = new Date(at).toISOString().slice(0, 10);
    const key = stepKey(from, step);
    if (!sums.has(key)) sums.set(key, { from, sold: 0, returned: 0, received: 0, other: 0 });
  }
  for (const { day, sold, returned, received, other } of days) {
    const sum = sums.get(stepKey(day, step));
    if (sum === undefined) continue;
    sum.sold += sold;
    sum.returned += returned;
    sum.received += received;
    sum.other += other;
  }
  return [...sums.values()];
}

function stepKey(day: string, step: Step): string {
  if (step === 'day') return day;
  if (step === 'month') return day.slice(0, 7);
  const date = new Date(`${day}T00:00:00Z`);
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  date.setUTCDate(date.getUTCDate() - sinceMonday);
  return date.toISOString().slice(0, 10);
}
