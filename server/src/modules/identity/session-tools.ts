/** What the routes of identity share. */
import type { Session } from '@tradepost/contracts';
import type { Database } from '#platform/db';
import { type CreateRateLimit, type Credential, type Csrf, problem, type RateLimit } from '#platform/http';
import type { SessionStore } from './better-auth.ts';
import type { Credentials } from './credentials.ts';
import type { SignIns } from './sign-in.ts';

export interface IdentityRouteDeps {
  db: Database;
  sessions: SessionStore;
  credentials: Credentials;
  csrf: Csrf;
  signIns: SignIns;
  publicUrl: string | null;
  createRateLimit: CreateRateLimit;
}

export interface SessionTools {
  /** Of new accounts from one peer: each costs a hash of a password. */
  newPeopleLimit: RateLimit;
  /** The session's description for the one who holds it. */
  describeSession(credential: Credential): Promise<Session>;
  /** Moves a session of this user to a tenant. @throws HttpProblem NOT_FOUND where the user is no member */
  switchTenant(sessionId: Credential['id'], userId: string, tenantId: string): Promise<Session>;
  /** Uses the link of an invitation up, and the session goes on in its tenant. @throws HttpProblem NOT_FOUND, ALREADY_EXISTS */
  joinBy(
    token: string,
    requestId: string,
  ): (session: { userId: string; sessionId: string }) => Promise<Session>;
  /** What ended is forgotten here at once; other processes hear of it from the log. */
  announceEnd(ended: string): void;
}

/** The user and session of a person. @throws HttpProblem FORBIDDEN for an API key: it is nobody's session. */
export function personOf(credential: Credential): { userId: string; sessionId: string } {
  if (credential.userId === null) {
    throw problem('FORBIDDEN', 'An API key has no session; this is for people who are signed in.');
  }
  return { userId: credential.userId, sessionId: credential.id.slice('session:'.length) };
}
