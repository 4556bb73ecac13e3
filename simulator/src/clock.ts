export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** A clock that can be pushed: everything in the simulator tells the time by it, windows and limits included. */
export class MovableClock implements Clock {
  readonly #base: Clock;
  offsetMs: number;

  constructor(base: Clock, offsetMs = 0) {
    this.#base = base;
    this.offsetMs = offsetMs;
  }

  nowMs(): number {
    return this.#base.nowMs() + this.offsetMs;
  }

  advance(byMs: number): void {
    this.offsetMs += byMs;
  }

  /** Jumps to an instant and keeps running from there. */
  set(toMs: number): void {
    this.offsetMs = toMs - this.#base.nowMs();
  }
}
