/** Amounts of money, in minor units: as decimals, exactly, and in another currency. */

const digitsByCurrency = new Map<string, number>();

/** How many decimals amounts of a currency have: 2 for RON, 0 for JPY. */
export function decimalsOf(currency: string): number {
  let digits = digitsByCurrency.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    digitsByCurrency.set(currency, digits);
  }
  return digits;
}

/** 1250 with two decimals is `12.5`. */
export function toDecimal(units: number, decimals: number): string {
  const fixed = toFixedDecimal(units, decimals);
  return decimals === 0 ? fixed : fixed.replace(/\.?0+$/, '');
}

/** 1250 with two decimals is `12.50`. */
export function toFixedDecimal(units: number, decimals: number): string {
  const digits = String(Math.abs(units)).padStart(decimals + 1, '0');
  const sign = units < 0 ? '-' : '';
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** `12.5` with two decimals is 1250; null when it has more decimals. */
export function toUnits(decimal: string, decimals: number): number | null {
  const [integer = '', fraction = ''] = decimal.split('.');
  return fraction.length > decimals ? null : Number(integer + fraction.padEnd(decimals, '0'));
}

/** What an amount in minor units of one currency is in minor units of another, not rounded. `rate`: what one whole unit costs. */
export function convertMinor(minor: number, rate: number, from: string, to: string): number {
  return minor * rate * 10 ** (decimalsOf(to) - decimalsOf(from));
}
