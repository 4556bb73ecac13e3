/** Sign-in, session and setup; the other routes of identity are in the files beside. */
import { type Session, sessionRoutes } from '@tradepost/contracts';
import { type Credential, peerOf, problem, type RouteRegistration, route } from '#platform/http';
import { accountRoutes } from './account-routes.ts';
import { adminRoutes } from './admin-routes.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { joinTenant } from './invitations.ts';
import { describeUser } from './people.ts';
import { type IdentityRouteDeps, personOf, type SessionTools } from './session-tools.ts';
import { completeSetup } from './setup.ts';
import { visitorOf } from './sign-in.ts';

const newPeoplePerAddressAndMinute = 20;

export function identityRoutes(deps: IdentityRouteDeps): RouteRegistration[] {
  const { db, sessions, credentials, csrf, signIns, createRateLimit } = deps;
  const newPeopleLimit = createRateLimit(newPeoplePerAddressAndMinute, 60, 'new accounts from one address');

  async function describeSession(credential: Credential): Promise<Session> {
    const described = await describeUser(db, personOf(credential).userId);
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

  async function switchTenant(
    sessionId: Credential['id'],
    userId: string,
    tenantId: string,
  ): Promise<Session> {
    const changed = await db.asSystem('switch tenant', (tx) =>
      tx.execute(
        `update auth.session set "activeOrganizationId" = $2, "updatedAt" = $4
         where id = $1 and exists (select from auth.member where "userId" = $3 and "organizationId" = $2)`,
        [sessionId.slice('session:'.length), tenantId, userId, tx.clock.now()],
      ),
    );
    if (changed === 0) throw problem('NOT_FOUND', 'You are not a member of such a tenant.');
    announceEnd(sessionId);
    const credential = (await credentials.load([sessionId])).get(sessionId);
    if (credential === undefined) throw problem('UNAUTHENTICATED', 'The session has just ended.');
    return describeSession(credential);
  }

  const joinBy: SessionTools['joinBy'] =
    (token, requestId) =>
    async ({ userId, sessionId }) => {
      const { tenantId } = await db.asSystem('accept an invitation', (tx) => joinTenant(tx, token, userId), {
        actor: `user:${userId}`,
        requestId,
      });
      return switchTenant(`session:${sessionId}`, userId, tenantId);
    };

  function announceEnd(ended: string): void {
    credentials.forget(ended);
    db.bus.publish('events', undefined);
  }

  const tools: SessionTools = { newPeopleLimit, describeSession, switchTenant, joinBy, announceEnd };

  return [
    // The sign-ins take no Idempotency-Key: they know no tenant yet, and their answer is a cookie.
    route(sessionRoutes.signIn, async ({ body, request, reply }) => {
      const credential = await signIns.withPassword(request, reply, body.email, body.password);
      return { status: 200, body: await describeSession(credential) };
    }),
    route(sessionRoutes.completeTwoFactor, async ({ body, request, reply }) => {
      const { invitation, ...proof } = body;
      const join = invitation === undefined ? undefined : joinBy(invitation, request.id);
      const credential = await signIns.withSecondFactor(request, reply, proof, join);
      return { status: 200, body: await describeSession(credential) };
    }),
    route(sessionRoutes.getSession, async ({ ctx, request, reply }) => {
      personOf(ctx.credential);
      const session = await sessions.find(visitorOf(request), true);
      if (session !== null && session.setCookies.length > 0) reply.header('set-cookie', session.setCookies);
      return { status: 200, body: await describeSession(ctx.credential) };
    }),
    route(sessionRoutes.signOut, async ({ ctx, request, reply }) => {
      personOf(ctx.credential);
      reply.header('set-cookie', await sessions.signOut(visitorOf(request)));
      announceEnd(ctx.credential.id);
      return { status: 204 };
    }),
    route(sessionRoutes.switchTenant, async ({ ctx, body }) => ({
      status: 200,
      body: await switchTenant(ctx.credential.id, personOf(ctx.credential).userId, body.tenantId),
    })),
    // No Idempotency-Key: the link itself works once.
    route(sessionRoutes.completeSetup, async ({ body, request, reply }) => {
      await newPeopleLimit.take(peerOf(request.ip), reply);
      await completeSetup(db, body);
      const credential = await signIns.withPassword(request, reply, body.email, body.password);
      return { status: 201, body: await describeSession(credential) };
    }),
    ...accountRoutes(deps, tools),
    ...adminRoutes(deps, tools),
    ...invitationRoutes(deps, tools),
  ];
}
