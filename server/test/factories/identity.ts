/** People who sign in to an identity of a test's own, over HTTP. */
import { createHmac } from 'node:crypto';
import { Session } from '@tradepost/contracts';
import { pino } from 'pino';
import {
  addMember,
  createIdentity,
  createTenant,
  createUser,
  hashPassword,
  type Identity,
} from '#modules/identity';
import { newId } from '#platform/crypto';
import { Tail } from '#platform/events';
import type { TestDatabase } from '../support/database.ts';
import { bodyOf, json, startHttp, type TestHttp, testSecret } from '../support/http.ts';

export const password = 'correct horse battery';
let passwordHash: Promise<string> | undefined;

export interface Person {
  email: string;
  userId: string;
  tenantId: string;
}

export interface SignedIn {
  session: Session;
  cookie: string;
  /** Every Set-Cookie value of the answer. */
  setCookies: string[];
  get(path: string): Promise<Response>;
  send(method: string, path: string, body?: unknown): Promise<Response>;
}

export interface IdentityUnderTest {
  http: TestHttp;
  identity: Identity;
  /** A member of the tenant, or the owner of a new one. */
  makePerson(in_?: { tenantId?: string; role?: Session['tenant']['role'] }): Promise<Person>;
  signIn(email: string, cookie?: string): Promise<SignedIn>;
  /** The person of an answer that began a session. */
  signedInBy(response: Response): Promise<SignedIn>;
  stop(): Promise<void>;
}

export async function startIdentity(
  database: TestDatabase,
  options: { trustProxy?: string[]; publicUrl?: string } = {},
): Promise<IdentityUnderTest> {
  const { db, bus, url } = database;
  const tail = new Tail({ url, bus });
  await tail.start();
  const identity = createIdentity({
    db,
    databaseUrl: url,
    secret: testSecret,
    publicUrl: options.publicUrl ?? null,
    auditRetentionDays: 365,
    log: pino({ level: 'silent' }),
    tail,
  });
  const http = await startHttp({
    routes: identity.routes ?? [],
    authenticate: identity.authenticate,
    csrf: identity.csrf,
    trustProxy: options.trustProxy ?? [],
  });

  async function signedInBy(response: Response): Promise<SignedIn> {
    const setCookies = response.headers.getSetCookie();
    if (!response.ok) throw new Error(`signing in: ${response.status} ${await response.text()}`);
    const cookie = cookieHeader(setCookies);
    const session = await bodyOf(Session, response);
    const headers = { cookie, 'x-csrf-token': session.csrfToken };
    return {
      ...{ session, cookie, setCookies },
      get: (path) => http.call(`/api/v1${path}`, { headers }),
      send: (method, path, body) =>
        http.call(
          `/api/v1${path}`,
          body === undefined ? { method, headers } : { ...json(body, headers), method },
        ),
    };
  }

  return {
    http,
    identity,
    signedInBy,
    async makePerson({ tenantId, role = 'owner' } = {}) {
      const email = `${newId()}@shop.example`;
      passwordHash ??= hashPassword(password);
      const hash = await passwordHash;
      return db.asSystem('test', async (tx) => {
        const id = tenantId ?? (await createTenant(tx, { name: `Shop ${newId()}`, demo: false })).tenantId;
        const { userId } = await createUser(tx, { name: 'Ann', email, passwordHash: hash });
        await addMember(tx, { tenantId: id, userId, role });
        return { email, userId, tenantId: id };
      });
    },
    async signIn(email, cookie) {
      const headers: Record<string, string> = cookie === undefined ? {} : { cookie };
      return signedInBy(await http.call('/api/v1/session', json({ email, password }, headers)));
    },
    async stop() {
      await http.close();
      await identity.stop();
      await tail.stop();
    },
  };
}

/** What a browser sends back: the last value of each cookie, unless that ended it. */
export function cookieHeader(setCookies: string[]): string {
  const jar = new Map<string, string>();
  for (const cookie of setCookies) {
    const [pair, ...attributes] = cookie.split('; ');
    const name = pair!.split('=', 1)[0]!;
    if (attributes.includes('Max-Age=0')) jar.delete(name);
    else jar.set(name, pair!);
  }
  return [...jar.values()].join('; ');
}

/** The code of an authenticator app. Source: RFC 6238 with SHA-1, six digits, thirty seconds. */
export function totpCode(secret: string, atMs = Date.now()): string {
  const bits = [...secret].map((c) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g)!;
  const key = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = mac.at(-1)! & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
