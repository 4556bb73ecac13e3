/** Amounts of money as every part counts them. Stands apart, so that a browser can load it without the schemas. */

/** By ISO 4217; all others have two. */
const decimalsByCurrency: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
    3: 'BHD IQD JOD KWD LYD OMR TND',
    4: 'CLF UYW',
  }).flatMap(([decimals, codes]) => codes.split(' ').map((code) => [code, Number(decimals)] as const)),
);

/**
 * How many decimals amounts of a currency have, so what its minor unit is: 2 for RON, 0 for JPY, 3 for KWD. Not asked of
 * `Intl`: what that says follows the habits of payers, and differs from one browser or Node to the next (HUF has 0 decimals
 * there by now), while amounts that are stored stay as they are.
 */
export function decimalsOf(currency: string): number {
  return decimalsByCurrency.get(currency) ?? 2;
}

/** A whole amount in minor units as one in units such as lei. */
export function toMajor(minor: number, currency: string): number {
  return minor / 10 ** decimalsOf(currency);
}

/** Rounded to the nearest minor unit, so that 19.99 is 1999 and not 1998. */
export function toMinor(major: number, currency: string): number {
  return Math.round(major * 10 ** decimalsOf(currency));
}
