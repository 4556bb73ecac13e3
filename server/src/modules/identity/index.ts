/** Identity: tenants, people, sessions, API keys, and the credential behind every request and socket. */
import type { Logger } from 'pino';
import type { Database } from '#platform/db';
import type { LogEvent } from '#platform/events';
import {
  type Authenticate,
  type CreateRateLimit,
  type Credential,
  type Csrf,
  createCsrf,
  createRateLimit as createRateLimitAlone,
} from '#platform/http';
import type { ModuleManifest } from '#platform/module';
import { expireAudit } from './audit.ts';
import { createSessionStore } from './better-auth.ts';
import { isSecure } from './cookies.ts';
import { trackCredentialUse } from './credential-use.ts';
import { createCredentials } from './credentials.ts';
import { deleteExpired } from './expiry.ts';
import { createKnownDevices } from './known-devices.ts';
import { createRealtimeTokens } from './realtime-tokens.ts';
import { identityRoutes } from './routes.ts';
import { makeSetupToken } from './setup.ts';
import { createSignIns } from './sign-in.ts';

export { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
export { addMember } from './members.ts';
export { passwordFault } from './password-rules.ts';
export { createTenant, createUser, hashPassword, removeTwoFactor, setPassword } from './people.ts';
export { findTenant, findUser, listTenants } from './tenants.ts';

export interface IdentityDeps {
  db: Database;
  /** For better-auth's own connections. */
  databaseUrl: string;
  /** Of the installation. */
  secret: string;
  publicUrl: string | null;
  /** Days that the audit log is kept. */
  auditRetentionDays: number;
  log: Logger;
  /** Default: limits of this process alone. */
  createRateLimit?: CreateRateLimit;
  /** The tail, which brings `credential_ended`. */
  tail: { subscribe(listener: (events: LogEvent[]) => void): () => void };
}

export interface Identity extends ModuleManifest {
  csrf: Csrf;
  authenticate: Authenticate;
  issueRealtimeToken(credential: Credential): Promise<{ token: string; expiresAt: Date }>;
  verifyRealtimeToken(token: string, beforeReading?: () => Promise<void>): Promise<Credential | null>;
  /** The ids among these that live no more, or no longer in the same tenant and role; asked of the database. */
  findEndedCredentials(credentials: readonly Credential[]): Promise<ReadonlySet<string>>;
  /** Calls back with `session:<id>`, `key:<id>` or `member:<user>:<tenant>`. Returns what ends it. */
  onCredentialEnded(listener: (ended: string) => void): () => void;
  /** The one-time address of the first owner; null when somebody is there. Each call ends the one before. */
  makeSetupUrl(address: string): Promise<string | null>;
  /** Loads what the first sign-in needs, so that it does not wait for it. */
  warmUp(): Promise<void>;
  stop(): Promise<void>;
}

export function createIdentity(deps: IdentityDeps): Identity {
  const { db, log, secret, publicUrl, createRateLimit = createRateLimitAlone } = deps;
  const sessions = createSessionStore({ ...deps, url: deps.databaseUrl });
  const use = trackCredentialUse(db, (err) => log.warn({ err }, 'the last use of keys was not written'));
  const credentials = createCredentials({ db, sessions, onUsed: use.note });
  const tokens = createRealtimeTokens({ secret, clock: db.clock, credentials });
  const csrf = createCsrf(secret);
  const signIns = createSignIns({
    db,
    sessions,
    credentials,
    devices: createKnownDevices(db, secret, isSecure(publicUrl)),
    createRateLimit,
    onError: (err) => log.warn({ err }, 'a sign-in was not noted in the audit log'),
  });
  const listeners = new Set<(ended: string) => void>();
  const unsubscribe = deps.tail.subscribe((events) => {
    for (const event of events) {
      if (event.type !== 'credential_ended' || event.tenantId !== null) continue;
      const { credential } = JSON.parse(event.data) as { credential: string };
      credentials.forget(credential);
      for (const listener of listeners) listener(credential);
    }
  });

  return {
    name: 'identity',
    routes: identityRoutes({ db, sessions, credentials, csrf, signIns, publicUrl, createRateLimit }),
    schedules: [
      {
        name: 'expire_audit_log',
        intervalMs: 3_600_000,
        run: (tx) => expireAudit(tx, deps.auditRetentionDays),
      },
      { name: 'delete_expired_sign_ins', intervalMs: 3_600_000, run: deleteExpired },
    ],
    csrf,
    authenticate: credentials.authenticate,
    issueRealtimeToken: tokens.issue,
    verifyRealtimeToken: tokens.verify,
    async findEndedCredentials(held) {
      const live = await credentials.load(held.map((c) => c.id));
      return new Set(
        held
          .filter((c) => {
            const now = live.get(c.id);
            return now === undefined || now.tenantId !== c.tenantId || now.role !== c.role;
          })
          .map((c) => c.id),
      );
    },
    onCredentialEnded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async makeSetupUrl(address) {
      const token = await db.asSystem('setup token', makeSetupToken);
      return token === null ? null : `${address}/setup?token=${token}`;
    },
    warmUp: sessions.warmUp,
    async stop() {
      unsubscribe();
      await signIns.stop();
      await use.stop();
      await sessions.close();
    },
  };
}
