/** Text in columns. */

/** Rows with their columns aligned; the last is left as long as it is. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [n, cell] of row.slice(0, -1).entries()) widths[n] = Math.max(widths[n] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, n) => (n === row.length - 1 ? cell : cell.padEnd(widths[n]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** A table with a heading; a sentence instead when there are no rows. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  none: string,
): string {
  return rows.length === 0 ? none : columns([heading, ...rows]).join('\n');
}

/** `2026-11-22 17:40:16` of an instant in ISO 8601; a dash for none. */
export function shortInstant(iso: string | null): string {
  return iso === null ? '–' : iso.slice(0, 19).replace('T', ' ');
}

/** Text of others on one line, with nothing in it that a terminal would obey. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
