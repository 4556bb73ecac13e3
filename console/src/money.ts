/** Amounts between what people type, in units such as lei, and what is stored, in minor units such as bani. */

const digitsByCurrency = new Map<string, number>();

/** How many digits of the currency stand after the point: 2 for RON, 0 for JPY. */
export function minorDigits(currency: string): number {
  let digits = digitsByCurrency.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    digitsByCurrency.set(currency, digits);
  }
  return digits;
}

export function toMajor(minor: number, currency: string): number {
  return minor / 10 ** minorDigits(currency);
}

/** Rounded to the nearest minor unit, so that 19.99 is 1999 and not 1998. */
export function toMinor(major: number, currency: string): number {
  return Math.round(major * 10 ** minorDigits(currency));
}
