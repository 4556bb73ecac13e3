/**
 * better-auth, which keeps people, passwords, second factors and sessions in the schema `auth` under a role of its own. It is
 * used by its server API alone: none of its routes is exposed, so nobody signs up or lists anything through it.
 *
 * It costs 40 MB and half a second to load, so it is loaded behind the start, or when the first person shows a cookie or
 * signs in, whichever comes first.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, PostgresDialect } from 'kysely';
import type { Logger } from 'pino';
import { deriveKey, newId } from '#platform/crypto';
import { type Database, DatabaseUnavailableError, isConnectionError, openPool } from '#platform/db';
import { type CookieNames, cookieNames, cookiePrefix, isSecure, readCookie } from './cookies.ts';

/** Idle time after which a person signs in again; each day of use starts it anew. */
const sessionDays = 7;
const day = 86_400;

/** What a request brings: its cookies, user agent, and the address as the server sees it. */
export interface Visitor {
  cookie?: string | undefined;
  userAgent?: string | undefined;
  address?: string | undefined;
}

/** `setCookies` are whole Set-Cookie values. */
interface Cookies {
  setCookies: string[];
}

/** Why a call about two-factor came to nothing. */
export type TwoFactorRefusal = 'password-wrong' | 'code-wrong' | 'locked' | 'on-already' | 'off';

export interface SessionStore {
  /** By which it knows sessions and challenges. */
  cookieNames: CookieNames;
  /** Null when e-mail or password is wrong. `codeNeeded`: the cookies are those of a challenge, not of a session. */
  signIn(
    visitor: Visitor,
    email: string,
    password: string,
  ): Promise<(Cookies & { codeNeeded: boolean }) | null>;
  /** The second half, by the challenge's cookie. After five wrong codes the challenge is over. */
  completeTwoFactor(
    visitor: Visitor,
    proof: { code: string } | { recoveryCode: string },
  ): Promise<Cookies | TwoFactorRefusal>;
  /** A secret that counts once a code of it was confirmed. */
  startTwoFactor(
    visitor: Visitor,
    password: string,
  ): Promise<{ uri: string; recoveryCodes: string[] } | TwoFactorRefusal>;
  /** Replaces the session. */
  confirmTwoFactor(visitor: Visitor, code: string): Promise<Cookies | TwoFactorRefusal>;
  /** Replaces the session. */
  removeTwoFactor(visitor: Visitor, password: string): Promise<Cookies | TwoFactorRefusal>;
  /** Loads the library ahead of its first use. */
  warmUp(): Promise<void>;
  /** The session of the visitor's cookie. `refresh` prolongs it once a day; then there are cookies to set. */
  find(visitor: Visitor, refresh: boolean): Promise<(Cookies & { sessionId: string; userId: string }) | null>;
  signOut(visitor: Visitor): Promise<string[]>;
  close(): Promise<void>;
}

/** A wrong code is counted against the account too; so many in a row close it to codes for a quarter of an hour. */
const codesUntilLocked = 10;
export const lockedSeconds = 900;

/** better-auth's own words for refusals that are told apart. */
const refusals: Readonly<Record<string, TwoFactorRefusal>> = {
  INVALID_PASSWORD: 'password-wrong',
  TOTP_ALREADY_ENABLED: 'on-already',
  TOTP_NOT_ENABLED: 'off',
  TWO_FACTOR_NOT_ENABLED: 'off',
  BACKUP_CODES_NOT_ENABLED: 'off',
  ACCOUNT_TEMPORARILY_LOCKED: 'locked',
};

export function createSessionStore(deps: {
  url: string;
  db: Database;
  secret: string;
  publicUrl: string | null;
  log: Logger;
}): SessionStore {
  const names = cookieNames(deps.publicUrl);
  /** What the database refused or broke during a call: better-auth hides it. */
  const troubles = new AsyncLocalStorage<{ error?: unknown }>();
  const noteTrouble = (error: unknown) => {
    const call = troubles.getStore();
    if (call !== undefined) call.error = error;
  };
  let loading: ReturnType<typeof load> | undefined;
  const auth = () => {
    loading ??= load({ ...deps, noteTrouble }).catch((error: unknown) => {
      // The next one tries again.
      loading = undefined;
      throw error;
    });
    return loading;
  };

  /** Tells trouble of the database as what it is. @throws DatabaseUnavailableError */
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    const call: { error?: unknown } = {};
    try {
      return await troubles.run(call, work);
    } catch (error) {
      if (call.error === undefined) throw error;
      if (!isConnectionError(call.error)) throw call.error;
      throw new DatabaseUnavailableError('the sign-in database cannot be reached', { cause: call.error });
    }
  }

  type Api = Awaited<ReturnType<typeof load>>['api'];

  /** One call about two-factor: its refusals by name, all that have none as a wrong code. */
  async function askTwoFactor<T>(work: (api: Api) => Promise<T>): Promise<T | TwoFactorRefusal> {
    const { api, refusalOf } = await auth();
    return guarded(async () => {
      try {
        return await work(api);
      } catch (error) {
        const code = refusalOf(error);
        if (code === null) throw error;
        return refusals[code] ?? 'code-wrong';
      }
    });
  }

  /** With one cookie at most, as we read it ourselves: of several of a name better-auth might take another. */
  function headersOf(visitor: Visitor, cookie: keyof CookieNames | null): Headers {
    const headers = new Headers();
    const value = cookie === null ? null : readCookie(visitor.cookie, names[cookie]);
    if (cookie !== null && value !== null) headers.set('cookie', `${names[cookie]}=${value}`);
    if (visitor.userAgent !== undefined) headers.set('user-agent', visitor.userAgent);
    if (visitor.address !== undefined) headers.set('x-visitor-address', visitor.address);
    return headers;
  }

  return {
    cookieNames: names,
    async signIn(visitor, email, password) {
      const { api, refusalOf } = await auth();
      return guarded(async () => {
        try {
          const { headers, response } = await api.signInEmail({
            body: { email, password },
            headers: headersOf(visitor, null),
            returnHeaders: true,
          });
          return { codeNeeded: 'twoFactorRedirect' in response, setCookies: headers.getSetCookie() };
        } catch (error) {
          if (refusalOf(error) !== null) return null;
          throw error;
        }
      });
    },
    completeTwoFactor(visitor, proof) {
      // A cookie of a session that lives would make it a question about that session instead.
      const headers = headersOf(visitor, 'challenge');
      return askTwoFactor(async (api) => {
        const answer =
          'code' in proof
            ? await api.verifyTOTP({ body: { code: proof.code }, headers, returnHeaders: true })
            : await api.verifyBackupCode({
                body: { code: proof.recoveryCode },
                headers,
                returnHeaders: true,
              });
        return { setCookies: answer.headers.getSetCookie() };
      });
    },
    startTwoFactor: (visitor, password) =>
      askTwoFactor(async (api) => {
        const answer = await api.enableTwoFactor({
          body: { password, method: 'totp' },
          headers: headersOf(visitor, 'session'),
        });
        if (answer.method !== 'totp') throw new Error('better-auth set up another method than asked for');
        return { uri: answer.totpURI, recoveryCodes: answer.backupCodes };
      }),
    confirmTwoFactor: (visitor, code) =>
      askTwoFactor(async (api) => {
        const { headers } = await api.verifyTOTP({
          body: { code },
          headers: headersOf(visitor, 'session'),
          returnHeaders: true,
        });
        return { setCookies: headers.getSetCookie() };
      }),
    removeTwoFactor: (visitor, password) =>
      askTwoFactor(async (api) => {
        const { headers } = await api.disableTwoFactor({
          body: { password },
          headers: headersOf(visitor, 'session'),
          returnHeaders: true,
        });
        return { setCookies: headers.getSetCookie() };
      }),
    async warmUp() {
      await auth();
    },
    async find(visitor, refresh) {
      const headers = headersOf(visitor, 'session');
      if (!headers.has('cookie')) return null;
      const { api } = await auth();
      return guarded(async () => {
        const answer = await api.getSession({
          headers,
          query: { disableRefresh: !refresh },
          returnHeaders: true,
        });
        if (answer.response === null) return null;
        const { id, userId } = answer.response.session;
        return { sessionId: id, userId, setCookies: answer.headers.getSetCookie() };
      });
    },
    async signOut(visitor) {
      const { api } = await auth();
      return guarded(async () => {
        const { headers } = await api.signOut({
          headers: headersOf(visitor, 'session'),
          returnHeaders: true,
        });
        return headers.getSetCookie();
      });
    },
    async close() {
      const loaded = await loading?.catch(() => undefined);
      await loaded?.pool.end();
    },
  };
}

async function load(deps: Parameters<typeof createSessionStore>[0] & { noteTrouble(error: unknown): void }) {
  const [{ betterAuth }, { APIError }, { organization }, { twoFactor }] = await Promise.all([
    import('better-auth'),
    import('better-auth/api'),
    import('better-auth/plugins/organization'),
    import('better-auth/plugins/two-factor'),
  ]);
  const pool = openPool({
    connectionString: deps.url,
    application_name: 'tradepost: sign-in',
    options: '-c role=tradepost_auth -c search_path=auth',
    max: 5,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5000,
    statement_timeout: 10_000,
  });
  const watchedPool = {
    async connect() {
      try {
        return await pool.connect();
      } catch (error) {
        deps.noteTrouble(error);
        throw error;
      }
    },
    end: () => pool.end(),
    options: pool.options,
  };
  const database = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: watchedPool }),
    log(event) {
      if (event.level === 'error') deps.noteTrouble(event.error);
    },
  });
  const { api } = betterAuth({
    appName: 'Tradepost',
    baseURL: deps.publicUrl ?? 'http://localhost',
    secret: deriveKey(deps.secret, 'better-auth').toString('base64url'),
    database: { db: database, type: 'postgres' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      maxPasswordLength: 200,
    },
    session: { expiresIn: sessionDays * day, updateAge: day },
    plugins: [
      organization({ allowUserToCreateOrganization: false }),
      twoFactor({
        issuer: 'Tradepost',
        accountLockout: { maxFailedAttempts: codesUntilLocked, durationSeconds: lockedSeconds },
      }),
    ],
    databaseHooks: {
      session: {
        create: {
          // A session works in one tenant; a person's first one, until they choose another. One that replaces another
          // goes on where that one was.
          before: async (session) => ({
            data: {
              ...session,
              activeOrganizationId:
                session.activeOrganizationId ?? (await findFirstTenant(deps.db, session.userId)),
            },
          }),
        },
      },
    },
    advanced: {
      cookiePrefix,
      useSecureCookies: isSecure(deps.publicUrl),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // The schema is our migrations' own matter. The library's look at it runs beside the first requests, and would call
      // a process that stops meanwhile broken.
      database: { generateId: () => newId(), validateSchema: false },
      ipAddress: { ipAddressHeaders: ['x-visitor-address'] },
    },
    telemetry: { enabled: false },
    logger: {
      level: 'error',
      log: (level, message) => deps.log.error({ part: 'better-auth', level }, message),
    },
  });
  /** The code of a refusal; null when it is none but a failure. */
  const refusalOf = (error: unknown): string | null =>
    error instanceof APIError && error.statusCode < 500 ? String(error.body?.code ?? error.status) : null;
  return { api, refusalOf, pool };
}

async function findFirstTenant(db: Database, userId: string): Promise<string | null> {
  const row = await db.asSystem('first tenant of a user', (tx) =>
    tx.maybeOne<{ id: string }>(
      'select "organizationId" as id from auth.member where "userId" = $1 order by "createdAt", id limit 1',
      [userId],
    ),
  );
  return row?.id ?? null;
}
