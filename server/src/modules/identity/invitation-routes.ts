/** Invitations: made by members, accepted by whoever holds the link. */
import { invitationRoutes as contracts } from '@tradepost/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sqlState } from '#platform/db';
import {
  type Credential,
  invalidField,
  peerOf,
  problem,
  type RouteRegistration,
  route,
  withIdempotency,
} from '#platform/http';
import {
  createInvitation,
  joinTenant,
  listInvitations,
  readInvitation,
  reissueInvitation,
  revokeInvitation,
} from './invitations.ts';
import { linkTo } from './links.ts';
import { refuseRoleAbove } from './members.ts';
import { refuseCommonPassword } from './password-rules.ts';
import { createUser, hashPassword } from './people.ts';
import { type IdentityRouteDeps, personOf, type SessionTools } from './session-tools.ts';

const minimumPasswordLength = 10;

export function invitationRoutes(deps: IdentityRouteDeps, tools: SessionTools): RouteRegistration[] {
  const { db, credentials, csrf, signIns, publicUrl } = deps;

  /** The session that the request carries, when it shows that it comes from our own page. */
  async function findSignedIn(request: FastifyRequest): Promise<Credential | null> {
    const credential = await credentials.authenticate({ cookie: request.headers.cookie });
    if (credential === null || !csrf.accepts(credential.id, request.headers['x-csrf-token'])) return null;
    return credential;
  }

  /** A new person with the invitation's address. */
  async function makePerson(
    request: FastifyRequest,
    reply: FastifyReply,
    token: string,
    input: { email: string; name: string | undefined; password: string | undefined },
  ): Promise<Credential> {
    const { email, name, password } = input;
    if (name === undefined) throw invalidField('body.name', 'must be given by a new person');
    if (password === undefined || password.length < minimumPasswordLength) {
      throw invalidField('body.password', `must have at least ${minimumPasswordLength} characters`);
    }
    refuseCommonPassword('body.password', password, email);
    await tools.newPeopleLimit.take(peerOf(request.ip), reply);
    const passwordHash = await hashPassword(password);
    try {
      await db.asSystem('accept an invitation', async (tx) => {
        const { userId } = await createUser(tx, { name, email, passwordHash });
        await tx.query(`select set_config('app.actor', $1, true)`, [`user:${userId}`]);
        await joinTenant(tx, token, userId);
      });
    } catch (error) {
      if (sqlState(error) !== '23505') throw error;
      throw problem('ALREADY_EXISTS', 'An account with this e-mail was made meanwhile; sign in with it.');
    }
    return signIns.withPassword(request, reply, email, password);
  }

  return [
    route(contracts.listInvitations, async ({ ctx, query }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listInvitations(tx, query)),
    })),
    route(contracts.createInvitation, async ({ ctx, body, request }) => {
      refuseRoleAbove(ctx.permissions, body.role);
      return withIdempotency(db, ctx, request, contracts.createInvitation.operation, async (tx) => {
        const { invitation, token } = await createInvitation(tx, body);
        const url = linkTo(publicUrl, request, 'join', token);
        return { status: 201, body: { ...invitation, url }, secretId: invitation.id };
      });
    }),
    route(contracts.reissueInvitation, ({ ctx, params, request }) =>
      withIdempotency(db, ctx, request, contracts.reissueInvitation.operation, async (tx) => {
        const { invitation, token } = await reissueInvitation(tx, params.id);
        refuseRoleAbove(ctx.permissions, invitation.role);
        const url = linkTo(publicUrl, request, 'join', token);
        return { status: 201 as const, body: { ...invitation, url }, secretId: invitation.id };
      }),
    ),
    route(contracts.revokeInvitation, async ({ ctx, params }) => {
      await db.withTenant(ctx, async (tx) => {
        const role = await revokeInvitation(tx, params.id);
        if (role === null) throw problem('NOT_FOUND', 'There is no such invitation.');
        refuseRoleAbove(ctx.permissions, role);
      });
      return { status: 204 };
    }),
    // Reads only; a POST so that the token stays out of addresses, and so of logs.
    route(contracts.previewInvitation, async ({ body }) => ({
      status: 200,
      body: (await db.asSystem('preview an invitation', (tx) => readInvitation(tx, body.token))).preview,
    })),
    // No Idempotency-Key: there is no tenant before it is accepted, and the link itself works once.
    route(contracts.acceptInvitation, async ({ body, request, reply }) => {
      const { token, name, password } = body;
      const { preview, userId } = await db.asSystem('read an invitation', (tx) => readInvitation(tx, token));
      const { email } = preview;
      if (userId === null) {
        const credential = await makePerson(request, reply, token, { email, name, password });
        return { status: 200, body: await tools.describeSession(credential) };
      }
      const signedIn = await findSignedIn(request);
      const join = tools.joinBy(token, request.id);
      if (signedIn?.userId === userId) {
        return { status: 200, body: await join(personOf(signedIn)) };
      }
      if (password === undefined) {
        throw problem('SIGN_IN_REFUSED', `Sign in as ${email}, or send the password of that account.`);
      }
      const credential = await signIns.withPassword(request, reply, email, password, join);
      return { status: 200, body: await tools.describeSession(credential) };
    }),
  ];
}
