/** Numbers, money and times as a language writes them. */
import { decimalsOf, toMajor } from '@tradepost/contracts/money';

export interface TimeWords {
  justNow: string;
}

export interface Formats {
  number: (value: number) => string;
  /** What stands between units and decimals. */
  decimalSign: string;
  percent: (fraction: number) => string;
  /** `minor` is in the currency's smallest unit: 1999 RON is 19,99 lei. */
  money: (minor: number, currency: string) => string;
  /** How long ago or ahead, in the largest sensible unit. */
  relative: (at: Date, now: Date) => string;
  /** Day, month, year, hour, minute, second, zone. */
  exact: (at: Date) => string;
  /** The same, and below it the same instant in UTC where the zone is another: for what shows on hover. */
  exactWithUtc: (at: Date) => string;
  /** Day and month with hour and minute, for lists of what happened. */
  dayAndTime: (at: Date) => string;
  /** Hour and minute. */
  clock: (at: Date) => string;
  date: (at: Date) => string;
  /** A day of the calendar such as 2026-11-22, which is the same day in every zone. */
  calendarDay: (isoDate: string) => string;
  /** Day and month, for axes. */
  day: (at: Date) => string;
  /** Bytes as KB or MB, of a thousand each. */
  bytes: (value: number) => string;
  /** Milliseconds as seconds, minutes or hours. */
  duration: (ms: number) => string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const steps: readonly { below: number; unit: Intl.RelativeTimeFormatUnit; ms: number }[] = [
  { below: MINUTE_MS, unit: 'second', ms: SECOND_MS },
  { below: HOUR_MS, unit: 'minute', ms: MINUTE_MS },
  { below: DAY_MS, unit: 'hour', ms: HOUR_MS },
  { below: 30 * DAY_MS, unit: 'day', ms: DAY_MS },
  { below: 365 * DAY_MS, unit: 'month', ms: 30 * DAY_MS },
  { below: Number.POSITIVE_INFINITY, unit: 'year', ms: 365 * DAY_MS },
];

/** How instants are shown. */
export interface TimeStyle {
  /** IANA name; absent: the machine's own. */
  timeZone?: string;
  /** Absent: as the language is used to. */
  hourCycle?: 'h12' | 'h23';
}

export function createFormats(tag: string, words: TimeWords, style: TimeStyle = {}): Formats {
  const number = new Intl.NumberFormat(tag);
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'always', style: 'short' });
  const instants = (parts: Intl.DateTimeFormatOptions, timeStyle = style) =>
    new Intl.DateTimeFormat(tag, { ...parts, ...timeStyle });
  const hourAndMinute = { hour: '2-digit', minute: '2-digit' } as const;
  const seconds = {
    ...hourAndMinute,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    second: '2-digit',
    timeZoneName: 'short',
  } as const;
  const exact = instants(seconds);
  const utc = instants(seconds, { ...style, timeZone: 'UTC' });
  const dayAndTime = instants({ ...hourAndMinute, day: 'numeric', month: 'short' });
  const clock = instants(hourAndMinute);
  const date = instants({ dateStyle: 'medium' });
  const calendarDay = instants({ dateStyle: 'medium' }, { timeZone: 'UTC' });
  const day = instants({ day: 'numeric', month: 'short' });
  const duration = (value: number, unit: 'second' | 'minute' | 'hour', digits: number) =>
    new Intl.NumberFormat(tag, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);
  const size = (unit: 'byte' | 'kilobyte' | 'megabyte') =>
    new Intl.NumberFormat(tag, {
      style: 'unit',
      unit,
      unitDisplay: unit === 'byte' ? 'long' : 'short',
      maximumFractionDigits: 1,
    });
  const currencies = new Map<string, Intl.NumberFormat>();

  function currencyOf(code: string): Intl.NumberFormat {
    let format = currencies.get(code);
    if (format === undefined) {
      const decimals = decimalsOf(code);
      format = new Intl.NumberFormat(tag, {
        style: 'currency',
        currency: code,
        currencyDisplay: 'code',
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      });
      currencies.set(code, format);
    }
    return format;
  }

  return {
    number: (value) => number.format(value),
    decimalSign: number.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.',
    percent: (fraction) => percent.format(fraction),
    money: (minor, code) => currencyOf(code).format(toMajor(minor, code)),
    relative: (at, now) => {
      const differenceMs = at.getTime() - now.getTime();
      const distanceMs = Math.abs(differenceMs);
      if (distanceMs < 5 * SECOND_MS) return words.justNow;
      const step = steps.find(({ below }) => distanceMs < below) ?? steps[steps.length - 1]!;
      // Seconds go by fives: a column of figures that all change every second is unrest, not news.
      const amount = Math.trunc(differenceMs / step.ms);
      return relative.format(step.unit === 'second' ? Math.trunc(amount / 5) * 5 : amount, step.unit);
    },
    exact: (at) => exact.format(at),
    exactWithUtc: (at) => {
      const [here, there] = [exact.format(at), utc.format(at)];
      return here === there ? here : `${here}\n${there}`;
    },
    dayAndTime: (at) => dayAndTime.format(at),
    clock: (at) => clock.format(at),
    date: (at) => date.format(at),
    calendarDay: (isoDate) => calendarDay.format(new Date(`${isoDate}T00:00:00Z`)),
    day: (at) => day.format(at),
    bytes: (value) =>
      value < 1e3
        ? size('byte').format(value)
        : value < 1e6
          ? size('kilobyte').format(value / 1e3)
          : size('megabyte').format(value / 1e6),
    duration: (ms) => {
      if (ms < MINUTE_MS)
        return duration(ms / SECOND_MS, 'second', ms < SECOND_MS ? 2 : ms < 10 * SECOND_MS ? 1 : 0);
      if (ms < HOUR_MS) return duration(ms / MINUTE_MS, 'minute', 0);
      return duration(ms / HOUR_MS, 'hour', 1);
    },
  };
}
