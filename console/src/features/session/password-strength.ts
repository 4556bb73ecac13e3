/** A rough measure of how hard a password is to guess, for a hint while someone types. The server has the last word. */

/** As the server asks for. */
export const SHORTEST_PASSWORD = 10;

/** 0 too short, 1 weak, 2 fair, 3 good, 4 strong. */
export type Strength = 0 | 1 | 2 | 3 | 4;

/** Bits from which a password counts as fair, good, strong. */
const STEPS = [36, 52, 68] as const;

/** `known` are words a guesser has at hand: the person's own name and e-mail. */
export function passwordStrength(password: string, known: readonly string[] = []): Strength {
  if (password.length < SHORTEST_PASSWORD) return 0;
  let rest = password.toLowerCase();
  for (const word of known.flatMap((each) => each.toLowerCase().split(/[^\p{L}\p{N}]+/u))) {
    if (word.length >= 3) rest = rest.replaceAll(word, '*');
  }
  const bits = guessworthy(rest) * Math.log2(alphabetOf(password));
  return (1 + STEPS.filter((step) => bits >= step).length) as Strength;
}

/** How many characters do not follow from the one before: `aaaa`, `1234` and `dcba` are worth little more than their first. */
function guessworthy(text: string): number {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const free = codes.filter((code, at) => at === 0 || Math.abs(code - (codes[at - 1] ?? 0)) > 1).length;
  // What repeats as a whole is worth its distinct characters twice at most.
  return Math.min(free, new Set(codes).size * 2);
}

function alphabetOf(text: string): number {
  const sizes: [RegExp, number][] = [
    [/\p{Ll}/u, 26],
    [/\p{Lu}/u, 26],
    [/\p{N}/u, 10],
    [/[^\p{L}\p{N}]/u, 20],
  ];
  // Words are guessed as words: a letter of one is worth far less than a random letter.
  return sizes.reduce((sum, [pattern, size]) => (pattern.test(text) ? sum + size : sum), 0) / 2 || 1;
}
