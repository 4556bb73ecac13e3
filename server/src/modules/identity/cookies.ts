/** Cookies of a request. */

export const cookiePrefix = 'tradepost';

/** What our cookies are called here. No other name is ever read: what one reader takes for a cookie, all must. */
export interface CookieNames {
  session: string;
  /** Of a sign-in that waits for its second factor. */
  challenge: string;
}

/** Over HTTPS they have the prefix that browsers let no other site set. */
export function cookieNames(publicUrl: string | null): CookieNames {
  const prefix = isSecure(publicUrl) ? `__Secure-${cookiePrefix}` : cookiePrefix;
  return { session: `${prefix}.session_token`, challenge: `${prefix}.two_factor` };
}

/** Whether browsers come over HTTPS. */
export function isSecure(publicUrl: string | null): boolean {
  return publicUrl?.startsWith('https:') === true;
}

/** The value of a cookie: the first, where a header has several of the name. Null without it. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2);
    if (value !== undefined && key === name) return value;
  }
  return null;
}
