/**
 * better-auth, which keeps people, passwords and sessions in the schema `auth` under a role of its own. It is used by its
 * server API alone: none of its routes is exposed, so nobody signs up or lists anything through it.
 *
 * It costs 40 MB and half a second to load, so it is loaded when the first person shows a cookie or signs in.
 */
import { Kysely, PostgresDialect } from 'kysely';
import type { Logger } from 'pino';
import { deriveKey, newId } from '#platform/crypto';
import { type Database, openPool } from '#platform/db';

/** Idle time after which a person signs in again; each day of use starts it anew. */
const sessionDays = 7;
const day = 86_400;

/** What a request brings: cookie, user agent, and the address as the server sees it. */
export interface Visitor {
  cookie?: string | undefined;
  userAgent?: string | undefined;
  address?: string | undefined;
}

export interface SessionStore {
  /** Null when e-mail or password is wrong. `setCookies` are whole Set-Cookie values. */
  signIn(
    visitor: Visitor,
    email: string,
    password: string,
  ): Promise<{ sessionToken: string; setCookies: string[] } | null>;
  /** The session of the visitor's cookie. `refresh` prolongs it once a day; then there are cookies to set. */
  find(visitor: Visitor, refresh: boolean): Promise<{ sessionId: string; setCookies: string[] } | null>;
  signOut(visitor: Visitor): Promise<string[]>;
  close(): Promise<void>;
}

export const sessionCookie = 'tradepost.session_token';

export function createSessionStore(deps: {
  url: string;
  db: Database;
  secret: string;
  publicUrl: string | null;
  log: Logger;
}): SessionStore {
  let loading: ReturnType<typeof load> | undefined;
  const auth = () => {
    loading ??= load(deps).catch((error: unknown) => {
      // The next one tries again.
      loading = undefined;
      throw error;
    });
    return loading;
  };

  /** better-auth hides why its database calls fail; ask the database itself, so that an outage is told as one. */
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await deps.db.asSystem('is it up', (tx) => tx.query('select 1'));
      throw error;
    }
  }

  return {
    async signIn(visitor, email, password) {
      const { api, isRefusal } = await auth();
      return guarded(async () => {
        try {
          const { headers, response } = await api.signInEmail({
            body: { email, password },
            headers: headersOf(visitor),
            returnHeaders: true,
          });
          return { sessionToken: response.token, setCookies: headers.getSetCookie() };
        } catch (error) {
          if (isRefusal(error)) return null;
          throw error;
        }
      });
    },
    async find(visitor, refresh) {
      if (visitor.cookie?.includes(sessionCookie) !== true) return null;
      const { api } = await auth();
      return guarded(async () => {
        const { headers, response } = await api.getSession({
          headers: headersOf(visitor),
          query: { disableRefresh: !refresh },
          returnHeaders: true,
        });
        return response === null
          ? null
          : { sessionId: response.session.id, setCookies: headers.getSetCookie() };
      });
    },
    async signOut(visitor) {
      const { api } = await auth();
      return guarded(async () => {
        const { headers } = await api.signOut({ headers: headersOf(visitor), returnHeaders: true });
        return headers.getSetCookie();
      });
    },
    async close() {
      const loaded = await loading?.catch(() => undefined);
      await loaded?.pool.end();
    },
  };
}

async function load(deps: Parameters<typeof createSessionStore>[0]) {
  const [{ betterAuth }, { APIError }, { organization }] = await Promise.all([
    import('better-auth'),
    import('better-auth/api'),
    import('better-auth/plugins/organization'),
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
  const { api } = betterAuth({
    appName: 'Tradepost',
    baseURL: deps.publicUrl ?? 'http://localhost',
    secret: deriveKey(deps.secret, 'better-auth').toString('base64url'),
    database: { db: new Kysely({ dialect: new PostgresDialect({ pool }) }), type: 'postgres' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      maxPasswordLength: 200,
    },
    session: { expiresIn: sessionDays * day, updateAge: day },
    plugins: [organization({ allowUserToCreateOrganization: false })],
    databaseHooks: {
      session: {
        create: {
          // A session works in one tenant; a person's first one, until they choose another.
          before: async (session) => ({
            data: { ...session, activeOrganizationId: await findFirstTenant(deps.db, session.userId) },
          }),
        },
      },
    },
    advanced: {
      cookiePrefix: sessionCookie.split('.')[0]!,
      useSecureCookies: deps.publicUrl?.startsWith('https:') === true,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      database: { generateId: () => newId() },
      ipAddress: { ipAddressHeaders: ['x-visitor-address'] },
    },
    telemetry: { enabled: false },
    logger: {
      level: 'error',
      log: (level, message) => deps.log.error({ part: 'better-auth', level }, message),
    },
  });
  const isRefusal = (error: unknown) => error instanceof APIError && error.statusCode < 500;
  return { api, isRefusal, pool };
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

function headersOf(visitor: Visitor): Headers {
  const headers = new Headers();
  if (visitor.cookie !== undefined) headers.set('cookie', visitor.cookie);
  if (visitor.userAgent !== undefined) headers.set('user-agent', visitor.userAgent);
  if (visitor.address !== undefined) headers.set('x-visitor-address', visitor.address);
  return headers;
}
