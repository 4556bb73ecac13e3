/** Finds pages and actions by a few letters of their words, whatever their accents. */

/** Lower case without accents: "setari" finds "Setări". */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/**
 * How well the text answers the query: every word of the query must begin a word of the text (3 points each), stand within
 * it (2), or be the first letters of words in a row (1). Null when one does none of these.
 */
export function score(query: string, text: string): number | null {
  const words = plain(text).split(/[^\p{L}\p{N}]+/u);
  const whole = words.join(' ');
  const initials = words.map((word) => word.charAt(0)).join('');
  let total = 0;
  for (const part of plain(query).split(/\s+/)) {
    if (part === '') continue;
    if (words.some((word) => word.startsWith(part))) total += 3;
    else if (whole.includes(part)) total += 2;
    else if (part.length > 1 && initials.includes(part)) total += 1;
    else return null;
  }
  return total;
}

/** Those that answer, best first; equals stay in their order. */
export function best<T>(items: readonly T[], query: string, textOf: (item: T) => string, most: number): T[] {
  return items
    .flatMap((item) => {
      const points = score(query, textOf(item));
      return points === null ? [] : [{ item, points }];
    })
    .sort((a, b) => b.points - a.points)
    .slice(0, most)
    .map(({ item }) => item);
}
