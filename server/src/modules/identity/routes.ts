/** Sign-in, session, keys and members. */
import { adminRoutes, type Session, sessionRoutes } from '@tradepost/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from '#platform/db';
import {
  type Credential,
  type Csrf,
  createRateLimit,
  invalidField,
  problem,
  type RouteRegistration,
  route,
  withIdempotency,
} from '#platform/http';
import { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import type { SessionStore, Visitor } from './better-auth.ts';
import type { Credentials } from './credentials.ts';
import { describeUser, listMembers } from './people.ts';
import { completeSetup } from './setup.ts';

const signInsPerMinute = 10;
/** Of a whole office at most; whoever tries passwords over many accounts meets it. */
const signInsPerAddressAndMinute = 60;

export function identityRoutes(deps: {
  db: Database;
  sessions: SessionStore;
  credentials: Credentials;
  csrf: Csrf;
}): RouteRegistration[] {
  const { db, sessions, credentials, csrf } = deps;
  const signInLimit = createRateLimit(signInsPerMinute, 60, 'sign-ins to one account from one address');

  const addressLimit = createRateLimit(signInsPerAddressAndMinute, 60, 'sign-ins from one address');

  /** @throws HttpProblem FORBIDDEN for an API key: it is nobody's session. */
  function userOf(credential: Credential): string {
    if (credential.userId === null) {
      throw problem('FORBIDDEN', 'An API key has no session; this is for people who are signed in.');
    }
    return credential.userId;
  }

  async function describeSession(credential: Credential): Promise<Session> {
    const described = await describeUser(db, userOf(credential));
    const tenant = described?.memberships.find((m) => m.tenantId === credential.tenantId);
    if (described === null || tenant === undefined || credential.expiresAt === null) {
      throw problem('UNAUTHENTICATED', 'The session has just ended.');
    }
    return {
      ...described,
      tenant,
      permissions: [...credential.permissions],
      csrfToken: csrf.tokenFor(credential.id),
      expiresAt: credential.expiresAt.toISOString(),
    };
  }

  async function signIn(
    request: FastifyRequest,
    reply: FastifyReply,
    email: string,
    password: string,
  ): Promise<Session> {
    await addressLimit.take(request.ip, reply);
    await signInLimit.take(`${request.ip} ${email.toLowerCase()}`, reply);
    const signedIn = await sessions.signIn(visitorOf(request), email, password);
    if (signedIn === null) throw problem('SIGN_IN_REFUSED', 'No account has this e-mail and password.');
    const cookie = signedIn.setCookies.map((c) => c.split(';', 1)[0]).join('; ');
    const credential = await credentials.authenticate({ cookie });
    if (credential === null) throw problem('SIGN_IN_REFUSED', 'This account belongs to no tenant any more.');
    reply.header('set-cookie', signedIn.setCookies);
    return describeSession(credential);
  }

  /** What ended is forgotten here at once; other processes hear of it from the log. */
  function announceEnd(ended: string): void {
    credentials.forget(ended);
    db.bus.publish('events', undefined);
  }

  return [
    route(sessionRoutes.signIn, async ({ body, request, reply }) => ({
      status: 200,
      body: await signIn(request, reply, body.email, body.password),
    })),
    route(sessionRoutes.getSession, async ({ ctx, request, reply }) => {
      userOf(ctx.credential);
      const session = await sessions.find(visitorOf(request), true);
      if (session !== null && session.setCookies.length > 0) reply.header('set-cookie', session.setCookies);
      return { status: 200, body: await describeSession(ctx.credential) };
    }),
    route(sessionRoutes.signOut, async ({ ctx, request, reply }) => {
      userOf(ctx.credential);
      reply.header('set-cookie', await sessions.signOut(visitorOf(request)));
      announceEnd(ctx.credential.id);
      return { status: 204 };
    }),
    route(sessionRoutes.switchTenant, async ({ ctx, body }) => {
      const userId = userOf(ctx.credential);
      const changed = await db.asSystem('switch tenant', (tx) =>
        tx.execute(
          `update auth.session set "activeOrganizationId" = $2, "updatedAt" = $4
           where id = $1 and exists (select from auth.member where "userId" = $3 and "organizationId" = $2)`,
          [ctx.credential.id.slice('session:'.length), body.tenantId, userId, tx.clock.now()],
        ),
      );
      if (changed === 0) throw problem('NOT_FOUND', 'You are not a member of such a tenant.');
      announceEnd(ctx.credential.id);
      const credential = (await credentials.load([ctx.credential.id])).get(ctx.credential.id);
      if (credential === undefined) throw problem('UNAUTHENTICATED', 'The session has just ended.');
      return { status: 200, body: await describeSession(credential) };
    }),
    route(sessionRoutes.completeSetup, async ({ body, request, reply }) => {
      await completeSetup(db, body);
      return { status: 201, body: await signIn(request, reply, body.email, body.password) };
    }),
    route(adminRoutes.listApiKeys, async ({ ctx, query }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listApiKeys(tx, query)),
    })),
    route(adminRoutes.createApiKey, async ({ ctx, body, request }) => {
      const beyond = body.scopes.find((scope) => !ctx.permissions.has(scope));
      if (beyond !== undefined) {
        throw problem('FORBIDDEN', `You lack ${beyond} yourself, so you cannot give it to a key.`);
      }
      const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt);
      if (expiresAt !== null && expiresAt <= db.clock.now()) {
        throw invalidField('body.expiresAt', 'must lie in the future', body.expiresAt);
      }
      const makerEndsAt = ctx.credential.userId === null ? ctx.credential.expiresAt : null;
      if (makerEndsAt !== null && (expiresAt === null || expiresAt > makerEndsAt)) {
        throw problem(
          'FORBIDDEN',
          `This key ends at ${makerEndsAt.toISOString()}; a key it makes needs an expiresAt that is no later.`,
        );
      }
      return withIdempotency(db, ctx, request, adminRoutes.createApiKey.operation, async (tx) => {
        const { apiKey, key } = await createApiKey(tx, { name: body.name, scopes: body.scopes, expiresAt });
        return { status: 201, body: { ...apiKey, key }, secretId: apiKey.id };
      });
    }),
    route(adminRoutes.revokeApiKey, async ({ ctx, params }) => {
      if (!(await db.withTenant(ctx, (tx) => revokeApiKey(tx, params.id)))) {
        throw problem('NOT_FOUND', 'There is no such key.');
      }
      announceEnd(`key:${params.id}`);
      return { status: 204 };
    }),
    route(adminRoutes.listMembers, async ({ ctx, query }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listMembers(tx, query)),
    })),
  ];
}

function visitorOf(request: FastifyRequest): Visitor {
  return {
    cookie: request.headers.cookie,
    userAgent: request.headers['user-agent'],
    address: request.ip,
  };
}
