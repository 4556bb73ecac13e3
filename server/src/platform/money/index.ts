/** Amounts of money, in minor units: as decimals, exactly, and in another currency. */
import { decimalsOf } from '@tradepost/contracts';

export { decimalsOf };

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
