/** How a change of prices comes out, as the server computes it: percent rounded half up, each price in its own currency. */
export type PriceChange =
  | { type: 'change_price_by'; percent: number }
  | { type: 'add_to_price'; amountMinor: number };

export function priceAfter(minor: number, change: PriceChange): number {
  if (change.type === 'add_to_price') return minor + change.amountMinor;
  // In whole hundredths of a percent, so that no binary fraction tips the rounding.
  const factor = 10_000 + Math.round(change.percent * 100);
  return Math.floor((minor * factor + 5_000) / 10_000);
}
