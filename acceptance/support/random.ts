/** Chance that can be repeated: the seed is printed, and ACCEPTANCE_SEED sets it. */
export function seededRandom(): () => number {
  const seed = Number(process.env.ACCEPTANCE_SEED ?? Date.now() % 1_000_000);
  console.log(`ACCEPTANCE_SEED=${seed} repeats this run`);
  // mulberry32, public domain.
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
