/** What the address bar says, read without trust: a link may have been typed. */
type Search = Record<string, unknown>;

/** A search parameter as text, or nothing. The router has already parsed numbers out of what looked like them. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number'
      ? String(value)
      : undefined;
}

/** Those of these parameters that say something. */
export function texts<K extends string>(search: Search, ...names: K[]): { [N in K]?: string } {
  const found: { [N in K]?: string } = {};
  for (const name of names) {
    const value = text(search[name]);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Those of these parameters that are switched on. */
export function flags<K extends string>(search: Search, ...names: K[]): { [N in K]?: true } {
  const found: { [N in K]?: true } = {};
  for (const name of names) if (search[name] === true || search[name] === 'true') found[name] = true;
  return found;
}

/** How far back, in days. */
export function daysIn({ days }: Search): { days?: number } {
  return typeof days === 'number' && days > 0 ? { days } : {};
}
