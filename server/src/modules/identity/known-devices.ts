/**
 * Devices on which somebody has signed in to an account before, known by a cookie.
 *
 * Wrong passwords are counted per account, wherever they come from: an attacker has addresses by the thousand. That alone
 * would let anybody lock the owner out by guessing on and on. So a device that has signed in to this very account before is
 * counted by itself: it still gets in while everybody else is held, and gets no more tries than they do.
 * Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
 */
import { createHmac } from 'node:crypto';
import { deriveKey, randomToken, safeEqual } from '#platform/crypto';
import { readCookie } from './cookies.ts';

const cookieName = 'tradepost.device';
const keptSeconds = 365 * 86_400;

export interface KnownDevices {
  /** Whose tries these are: the account's, or one of its devices'. */
  callerOf(cookie: string | undefined, email: string): string;
  /** The cookie by which this device is known from now on, as a whole Set-Cookie value. */
  cookieFor(email: string): string;
}

export function createKnownDevices(secret: string, secure: boolean): KnownDevices {
  const key = deriveKey(secret, 'known-device');
  const sign = (id: string, email: string) =>
    createHmac('sha256', key).update(`${id} ${email.toLowerCase()}`).digest('base64url');
  return {
    callerOf(cookie, email) {
      const [id, signature] = readCookie(cookie, cookieName)?.split('.') ?? [];
      const known = id !== undefined && signature !== undefined && safeEqual(signature, sign(id, email));
      return known ? `device ${id}` : `account ${email.toLowerCase()}`;
    },
    cookieFor(email) {
      const id = randomToken(16);
      const attributes = `Max-Age=${keptSeconds}; Path=/api; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
      return `${cookieName}=${id}.${sign(id, email)}; ${attributes}`;
    },
  };
}
