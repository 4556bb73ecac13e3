/**
 * Who a request comes from: an API key or a session, as it is in the database now.
 *
 * Invariants
 *   * A credential is believed for two seconds after it was read, and not one moment after `credential_ended` arrived.
 *   * While the database is away, a credential that was live is believed for a minute by what only reads (GET, HEAD): it
 *     reaches nothing but cached answers then. A change asks the database, which may be back by the time it is made; so
 *     does a socket, which lasts. One that is known to have ended is not believed by anything.
 *   * What was being read while a credential ended is used for the requests that waited for it, never kept, and no later
 *     request joins them.
 *   * The same credential is looked up once at a time, however many requests bring it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type Permission, type Role, rolePermissions } from '@tradepost/contracts';
import type { Clock } from '#platform/clock';
import { sha256 } from '#platform/crypto';
import { type Database, DatabaseUnavailableError, type Tx } from '#platform/db';
import type { Authenticate, Credential } from '#platform/http';
import type { SessionStore } from './better-auth.ts';
import { readCookie } from './cookies.ts';

const believedMs = 2000;
const believedWhileAwayMs = 60_000;
const maxKept = 10_000;

export interface Credentials {
  authenticate: Authenticate;
  /** The live credential of this id. `beforeReading` as for `authenticate`. */
  find(id: Credential['id'], beforeReading?: () => Promise<void>): Promise<Credential | null>;
  /** Those of these that live, by id, asked of the database. */
  load(ids: readonly Credential['id'][]): Promise<Map<string, Credential>>;
  /** Drops what `credential_ended` names: `session:<id>`, `key:<id>` or `member:<user>:<tenant>`. */
  forget(ended: string): void;
}

interface Kept {
  credential: Credential;
  readAtMs: number;
}

export function createCredentials(deps: {
  db: Database;
  sessions: SessionStore;
  onUsed(id: Credential['id']): void;
}): Credentials {
  const { db, sessions } = deps;
  /** By what presents it: an Authorization header as it came, a session's cookie, an id. */
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<Credential | null>>();
  /** Rises with every ended credential. */
  let endings = 0;

  async function lookUp(
    presented: string,
    read: () => Promise<Credential | null>,
    beforeReading?: () => Promise<void>,
    onlyReads = false,
  ): Promise<Credential | null> {
    const now = performance.now();
    const known = kept.get(presented);
    if (known !== undefined && now - known.readAtMs < believedMs) {
      return isExpired(known.credential, db.clock) ? null : known.credential;
    }
    if (!reading.has(presented)) await beforeReading?.();
    let current = reading.get(presented);
    if (current === undefined) {
      const endingsBefore = endings;
      const mine = read()
        .then((credential) => {
          if (credential === null) kept.delete(presented);
          else if (endings === endingsBefore) keep(presented, credential, now);
          return credential;
        })
        .finally(() => {
          if (reading.get(presented) === mine) reading.delete(presented);
        });
      reading.set(presented, mine);
      current = mine;
    }
    try {
      return await current;
    } catch (error) {
      const last = kept.get(presented);
      const isRecent = last !== undefined && performance.now() - last.readAtMs < believedWhileAwayMs;
      if (!onlyReads || !isRecent || !(error instanceof DatabaseUnavailableError)) throw error;
      return isExpired(last.credential, db.clock) ? null : last.credential;
    }
  }

  const isBelieved = ({ credential, readAtMs }: Kept): boolean =>
    performance.now() - readAtMs < believedMs && !isExpired(credential, db.clock);

  function keep(presented: string, credential: Credential, readAtMs: number): void {
    if (kept.size >= maxKept) {
      for (const [key, entry] of kept) if (readAtMs - entry.readAtMs >= believedMs) kept.delete(key);
      if (kept.size >= maxKept) kept.clear();
    }
    kept.set(presented, { credential, readAtMs });
  }

  const load: Credentials['load'] = (ids) =>
    db.asSystem('read credentials', (tx) => readCredentials(tx, ids));
  const readOne = async (id: Credential['id']) => (await load([id])).get(id) ?? null;

  async function find(
    { authorization, cookie }: IncomingHttpHeaders,
    beforeReading?: () => Promise<void>,
    onlyReads?: boolean,
  ): Promise<Credential | null> {
    let presented: string;
    let read: () => Promise<Credential | null>;
    if (authorization !== undefined) {
      const key = /^Bearer (tp_[\w-]{43})$/i.exec(authorization)?.[1];
      if (key === undefined) return null;
      // By the header itself: a hash on each request would cost more than all the rest of knowing it.
      presented = authorization;
      read = async () => {
        const id = await db.asSystem('find an API key', (tx) =>
          tx.maybeOne<{ id: string }>('select id from api_key where hash = $1', [sha256(key)]),
        );
        return id === undefined ? null : readOne(`key:${id.id}`);
      };
    } else {
      const value = readCookie(cookie, sessions.cookieNames.session);
      if (value === null) return null;
      presented = `session ${value}`;
      read = async () => {
        const session = await sessions.find({ cookie }, false);
        return session === null ? null : readOne(`session:${session.sessionId}`);
      };
    }
    const credential = await lookUp(presented, read, beforeReading, onlyReads);
    if (credential !== null) deps.onUsed(credential.id);
    return credential;
  }

  return {
    load,
    authenticate(headers, beforeReading, onlyReads) {
      const { authorization } = headers;
      const known = authorization === undefined ? undefined : kept.get(authorization);
      if (known === undefined || !isBelieved(known)) return find(headers, beforeReading, onlyReads);
      deps.onUsed(known.credential.id);
      return known.credential;
    },
    find: (id, beforeReading) => lookUp(`id ${id}`, () => readOne(id), beforeReading),
    forget(ended) {
      endings++;
      // What is being read may have been read before the end.
      reading.clear();
      for (const [presented, { credential }] of kept) {
        if (isEndedBy(credential, ended)) kept.delete(presented);
      }
    },
  };
}

function isEndedBy(credential: Credential, ended: string): boolean {
  return credential.id === ended || `member:${credential.userId}:${credential.tenantId}` === ended;
}

function isExpired(credential: Credential, clock: Clock): boolean {
  return credential.expiresAt !== null && credential.expiresAt <= clock.now();
}

async function readCredentials(tx: Tx, ids: readonly Credential['id'][]): Promise<Map<string, Credential>> {
  const idsOf = (kind: string) => ids.filter((id) => id.startsWith(kind)).map((id) => id.slice(kind.length));
  const now = tx.clock.now();
  const found = new Map<string, Credential>();
  const keys = idsOf('key:');
  if (keys.length > 0) {
    const rows = await tx.query<{
      id: string;
      tenant_id: string;
      scopes: Permission[];
      expires_at: Date | null;
    }>(
      `select id, tenant_id, scopes, expires_at from api_key
       where id = any($1) and revoked_at is null and (expires_at is null or expires_at > $2)`,
      [keys, now],
    );
    for (const row of rows) {
      found.set(`key:${row.id}`, {
        id: `key:${row.id}`,
        tenantId: row.tenant_id,
        actor: `key:${row.id}`,
        permissions: new Set(row.scopes),
        userId: null,
        role: null,
        expiresAt: row.expires_at,
      });
    }
  }
  const sessionIds = idsOf('session:');
  if (sessionIds.length > 0) {
    // A session counts in the tenant it works in, while its user is a member there.
    const rows = await tx.query<{
      id: string;
      user_id: string;
      tenant_id: string;
      role: Role;
      expires_at: Date;
    }>(
      `select s.id, s."userId" as user_id, m."organizationId" as tenant_id, m.role, s."expiresAt" as expires_at
       from auth.session s
       join auth.member m on m."userId" = s."userId" and m."organizationId" = s."activeOrganizationId"
       where s.id = any($1) and s."expiresAt" > $2`,
      [sessionIds, now],
    );
    for (const row of rows) {
      found.set(`session:${row.id}`, {
        id: `session:${row.id}`,
        tenantId: row.tenant_id,
        actor: `user:${row.user_id}`,
        permissions: new Set(rolePermissions[row.role]),
        userId: row.user_id,
        role: row.role,
        expiresAt: row.expires_at,
      });
    }
  }
  return found;
}
