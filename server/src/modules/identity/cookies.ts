/** Cookies of a request. */

/** The value of a cookie; over HTTPS also under the prefix that browsers let no other site set. Null without it. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2);
    if (value !== undefined && (key === name || key === `__Secure-${name}`)) return value;
  }
  return null;
}
