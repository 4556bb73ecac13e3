/** Exact sums of decimal text. Source: emag-api.md 3.5, "Gross total". */

const scale = 8n;
const unit = 10n ** scale;

/** Decimal text as a whole number of 10⁻⁸; digits beyond are cut. */
function parse(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole) * unit + BigInt(fraction.slice(0, 8).padEnd(8, '0'));
  return negative ? -value : value;
}

function multiply(a: bigint, b: bigint): bigint {
  return (a * b) / unit;
}

/** A running sum of decimals, rounded once at its end. */
export class Sum {
  #value = 0n;

  add(amount: string): this {
    this.#value += parse(amount);
    return this;
  }

  /** Adds quantity × net price × (1 + VAT rate). */
  addGross(quantity: number, net: string, vatRate: string): this {
    this.#value += multiply(BigInt(quantity) * parse(net), unit + parse(vatRate));
    return this;
  }

  /** Minor units, rounded half away from zero to a multiple of `stepMinor`. */
  toMinor(stepMinor: 1 | 100 = 1): number {
    const step = (unit / 100n) * BigInt(stepMinor);
    const half = this.#value < 0n ? -step / 2n : step / 2n;
    return Number((this.#value + half) / step) * stepMinor;
  }
}
