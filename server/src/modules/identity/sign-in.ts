/**
 * Signing in, and what a stranger's tries may cost.
 *
 * Invariants
 *   * Ten tries a minute and fifty an hour for one account, from wherever they come; a device that has signed in to it
 *     before has as many of its own, so guessing does not lock the owner out (known-devices.ts). One that succeeds is given back.
 *   * Sixty a minute from one peer address over all accounts.
 *   * An account that does not exist is limited, answered, and costs as much time as one that does.
 *   * A code of the second factor is looked at once: it is taken before it is checked, so of two at once one counts.
 *   * A session that belongs to no tenant does not outlive the request that began it.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from '#platform/db';
import { type CreateRateLimit, type Credential, peerOf, problem } from '#platform/http';
import { noteSignIn, type SignInNote } from './audit.ts';
import { lockedSeconds, type SessionStore, type Visitor } from './better-auth.ts';
import { readCookie } from './cookies.ts';
import type { Credentials } from './credentials.ts';
import type { KnownDevices } from './known-devices.ts';

/** So long a code could still be right; it is not taken a second time. */
export const usedCodeKeptMs = 300_000;

const triesPerMinute = 10;
const triesPerHour = 50;
/** Of a whole office at most; whoever tries passwords over many accounts meets it. */
const triesPerAddressAndMinute = 60;

/** Makes the person a member and their new session one of that tenant, before it is asked where it belongs. */
export type Join = (session: { userId: string; sessionId: string }) => Promise<unknown>;

export interface SignIns {
  /** The credential of the new session, whose cookies are set on `reply`. @throws HttpProblem as the contract says */
  withPassword(
    request: FastifyRequest,
    reply: FastifyReply,
    email: string,
    password: string,
    join?: Join,
  ): Promise<Credential>;
  withSecondFactor(
    request: FastifyRequest,
    reply: FastifyReply,
    proof: { code: string } | { recoveryCode: string },
    join?: Join,
  ): Promise<Credential>;
  /** Waits for what is still being noted. */
  stop(): Promise<void>;
}

export function createSignIns(deps: {
  db: Database;
  sessions: SessionStore;
  credentials: Credentials;
  devices: KnownDevices;
  createRateLimit: CreateRateLimit;
  onError(error: Error): void;
}): SignIns {
  const { db, sessions, credentials, devices, createRateLimit } = deps;
  const perMinute = createRateLimit(triesPerMinute, 60, 'sign-ins to one account');
  const perHour = createRateLimit(triesPerHour, 3600, 'sign-ins to one account');
  const perAddress = createRateLimit(triesPerAddressAndMinute, 60, 'sign-ins from one address');
  const noting = new Set<Promise<void>>();

  function note(
    request: FastifyRequest,
    who: Parameters<typeof noteSignIn>[1],
    outcome: SignInNote['outcome'],
  ): Promise<void> {
    const said = {
      outcome,
      address: request.ip,
      device: request.headers['user-agent']?.slice(0, 300),
      requestId: request.id,
    };
    const writing: Promise<void> = db
      .asSystem('note a sign-in', (tx) => noteSignIn(tx, who, said))
      .catch(deps.onError)
      .finally(() => noting.delete(writing));
    noting.add(writing);
    return writing;
  }

  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    setCookies: string[],
    join: Join | undefined,
  ): Promise<Credential> {
    const cookie = cookieHeaderOf(setCookies);
    let credential: Credential | null;
    try {
      if (join !== undefined) {
        const session = await sessions.find({ cookie }, false);
        if (session !== null) await join(session);
      }
      credential = await credentials.authenticate({ cookie });
      if (credential?.userId == null) {
        throw problem('SIGN_IN_REFUSED', 'This account belongs to no tenant any more.');
      }
    } catch (error) {
      // Where that fails too it runs out by itself: nobody was given its cookie.
      await sessions.signOut({ cookie }).catch(() => undefined);
      throw error;
    }
    const { userId } = credential;
    const { email } = await db.asSystem('whose session', (tx) =>
      tx.one<{ email: string }>('select email from auth."user" where id = $1', [userId]),
    );
    reply.header('set-cookie', [...setCookies, await devices.cookieFor(email)]);
    await note(request, { userId }, 'succeeded');
    return credential;
  }

  return {
    async withPassword(request, reply, email, password, join) {
      await perAddress.take(peerOf(request.ip), reply);
      const caller = await devices.callerOf(request.headers.cookie, email);
      await perHour.take(caller, reply);
      await perMinute.take(caller, reply);
      const signedIn = await sessions.signIn(visitorOf(request), email, password);
      if (signedIn === null) {
        // Not waited for: the time of the answer would tell which accounts exist.
        void note(request, { email }, 'password_refused');
        throw problem('SIGN_IN_REFUSED', 'No account has this e-mail and password.');
      }
      await Promise.all([perHour.giveBack(caller), perMinute.giveBack(caller)]);
      if (signedIn.codeNeeded) {
        reply.header('set-cookie', signedIn.setCookies);
        throw problem('TWO_FACTOR_REQUIRED', 'Send a code of your authenticator app, or a recovery code.');
      }
      return begin(request, reply, signedIn.setCookies, join);
    },
    async withSecondFactor(request, reply, proof, join) {
      await perAddress.take(peerOf(request.ip), reply);
      const visitor = visitorOf(request);
      const userId = await findChallenged(db, readCookie(visitor.cookie, sessions.cookieNames.challenge));
      if (userId === null) {
        throw problem(
          'TWO_FACTOR_REFUSED',
          'The sign-in is too long ago. Begin again with e-mail and password.',
        );
      }
      const fresh = !('code' in proof) || (await takeCode(db, userId, proof.code));
      const answer = fresh ? await sessions.completeTwoFactor(visitor, proof) : 'code-wrong';
      if (typeof answer !== 'string') return begin(request, reply, answer.setCookies, join);
      await note(request, { userId }, 'code_refused');
      if (answer === 'locked') throw tooManyCodes();
      throw problem('TWO_FACTOR_REFUSED', 'The code is wrong, was used before, or is too old.');
    },
    async stop() {
      await Promise.all(noting);
    },
  };
}

export const tooManyCodes = () =>
  problem('RATE_LIMITED', 'Too many wrong codes; this account takes none for a while.', {
    retryAfterSeconds: lockedSeconds,
  });

/** Takes a code for this person, once: false for one that was shown in the last five minutes, right or wrong. */
export function takeCode(db: Database, userId: string, code: string): Promise<boolean> {
  return db.asSystem('take a code', async (tx) => {
    await tx.execute(
      `delete from auth."usedCode" where "userId" = $1 and "usedAt" < now() - $2 * interval '1 ms'`,
      [userId, usedCodeKeptMs],
    );
    return (
      (await tx.execute(
        'insert into auth."usedCode" ("userId", code, "usedAt") values ($1, $2, now()) on conflict do nothing',
        [userId, code],
      )) === 1
    );
  });
}

/** Whose second factor the challenge's cookie waits for. Its signature is checked by better-auth, with the code. */
async function findChallenged(db: Database, cookie: string | null): Promise<string | null> {
  const identifier = decode(cookie)?.split('.', 1)[0];
  if (identifier === undefined || !identifier.startsWith('2fa-')) return null;
  const row = await db.asSystem('whose challenge', (tx) =>
    tx.maybeOne<{ value: string }>(
      'select value from auth.verification where identifier = $1 and "expiresAt" > now()',
      [identifier],
    ),
  );
  return row?.value ?? null;
}

function decode(value: string | null): string | null {
  try {
    return value === null ? null : decodeURIComponent(value);
  } catch {
    return null;
  }
}

/** The request header that a browser makes of these Set-Cookie values. */
function cookieHeaderOf(setCookies: string[]): string {
  return setCookies.map((cookie) => cookie.split(';', 1)[0]).join('; ');
}

export function visitorOf(request: FastifyRequest): Visitor {
  return {
    cookie: request.headers.cookie,
    userAgent: request.headers['user-agent'],
    address: request.ip,
  };
}
