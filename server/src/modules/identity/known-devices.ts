/**
 * Devices on which somebody has signed in to an account before, known by a cookie.
 *
 * Wrong passwords are counted per account, wherever they come from: an attacker has addresses by the thousand. That alone
 * would let anybody lock the owner out by guessing on and on. So a device that has signed in to this very account before is
 * counted by itself: it still gets in while everybody else is held, and gets no more tries than they do. A changed password
 * makes all devices unknown again, one that somebody else had signed in on among them.
 * Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
 */
import { createHmac } from 'node:crypto';
import { deriveKey, randomToken, safeEqual } from '#platform/crypto';
import type { Database } from '#platform/db';
import { readCookie } from './cookies.ts';

const cookieName = 'tradepost.device';
const keptSeconds = 365 * 86_400;

export interface KnownDevices {
  /** Whose tries these are: the account's, or one of its devices'. */
  callerOf(cookie: string | undefined, email: string): Promise<string>;
  /** The cookie by which this device is known from now on, as a whole Set-Cookie value. */
  cookieFor(email: string): Promise<string>;
}

export function createKnownDevices(db: Database, secret: string, secure: boolean): KnownDevices {
  const key = deriveKey(secret, 'known-device');

  async function sign(id: string, email: string): Promise<string> {
    const address = email.toLowerCase();
    const account = await db.asSystem('known devices', (tx) =>
      tx.maybeOne<{ password: string | null }>(
        `select a.password from auth.account a join auth."user" u on u.id = a."userId"
         where u.email = $1 and a."providerId" = 'credential'`,
        [address],
      ),
    );
    // The hash of the password, whose salt is another with each change.
    return createHmac('sha256', key).update(`${id} ${address} ${account?.password}`).digest('base64url');
  }

  return {
    async callerOf(cookie, email) {
      const [id, signature] = readCookie(cookie, cookieName)?.split('.') ?? [];
      const known =
        id !== undefined && signature !== undefined && safeEqual(signature, await sign(id, email));
      return known ? `device ${id}` : `account ${email.toLowerCase()}`;
    },
    async cookieFor(email) {
      const id = randomToken(16);
      const attributes = `Max-Age=${keptSeconds}; Path=/api; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
      return `${cookieName}=${id}.${await sign(id, email)}; ${attributes}`;
    },
  };
}
