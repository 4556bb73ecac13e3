/**
 * An array as PostgreSQL reads it, where its JSON is that but for the braces; null: not so, the driver's own way is to be taken.
 * That one puts the text together item by item, which takes several times as long and leaves as much garbage: a statement
 * of stock may carry tens of thousands of values.
 */
export function arrayText(values: readonly unknown[]): string | null {
  for (const value of values) if (!isPlain(value)) return null;
  const json = JSON.stringify(values);
  // What JSON escapes other than by the character itself is read otherwise.
  return json.includes('\\') ? null : `{${json.slice(1, -1)}}`;
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  return typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined;
}
