/** Counts per second over the last minute. */
const windowSeconds = 60;

export class Rate {
  #counts = new Float64Array(windowSeconds);
  #second = 0;

  /** @param second seconds of any steady clock, whole */
  add(count: number, second: number): void {
    this.#forgetUntil(second);
    this.#counts[second % windowSeconds]! += count;
  }

  perSecond(second: number): number {
    this.#forgetUntil(second);
    let sum = 0;
    for (const count of this.#counts) sum += count;
    return sum / windowSeconds;
  }

  #forgetUntil(second: number): void {
    const from = Math.max(this.#second + 1, second - windowSeconds + 1);
    for (let s = from; s <= second; s++) this.#counts[s % windowSeconds] = 0;
    this.#second = Math.max(this.#second, second);
  }
}

/** Whole seconds of the process's steady clock. */
export function steadySecond(): number {
  return Math.floor(performance.now() / 1000);
}
