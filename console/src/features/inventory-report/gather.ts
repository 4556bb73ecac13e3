/** Days summed into weeks or months, so that a chart of a year has bars one can see. */
import type { StockSales } from '@tradepost/contracts';

type Day = StockSales['movementRates'][number];
type Step = 'day' | 'week' | 'month';

/** What moved in one step of the chart. */
export interface MovedIn extends Omit<Day, 'day'> {
  /** Its first day within the period. */
  from: string;
}

export function stepOf(days: number): Step {
  return days <= 31 ? 'day' : days <= 190 ? 'week' : 'month';
}

/** Weeks begin on Monday. The first and the last step may be cut by the period. */
export function gather(days: readonly Day[], step: Step): MovedIn[] {
  const sums = new Map<string, MovedIn>();
  for (const { day, sold, returned, received, other } of days) {
    const key = stepKey(day, step);
    const sum = sums.get(key) ?? { from: day, sold: 0, returned: 0, received: 0, other: 0 };
    sum.sold += sold;
    sum.returned += returned;
    sum.received += received;
    sum.other += other;
    sums.set(key, sum);
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
