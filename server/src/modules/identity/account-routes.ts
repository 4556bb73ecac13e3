/** One's own account. */
import { accountRoutes as contracts } from '@tradepost/contracts';
import type { FastifyReply } from 'fastify';
import { problem, type RequestContext, type RouteRegistration, route } from '#platform/http';
import {
  endOtherSessions,
  endSession,
  findPasswordHash,
  getAccount,
  listSessions,
  refuseWrongPassword,
  renameAccount,
} from './account.ts';
import type { TwoFactorRefusal } from './better-auth.ts';
import { resetPassword } from './password-reset.ts';
import { refuseCommonPassword } from './password-rules.ts';
import { changePassword, hashPassword } from './people.ts';
import { type IdentityRouteDeps, personOf, type SessionTools } from './session-tools.ts';
import { takeCode, tooManyCodes, visitorOf } from './sign-in.ts';

const secretsPerMinute = 10;

export function accountRoutes(deps: IdentityRouteDeps, tools: SessionTools): RouteRegistration[] {
  const { db, sessions, credentials, createRateLimit } = deps;
  /** A stolen session must not become a place to guess passwords and codes. */
  const secretLimit = createRateLimit(secretsPerMinute, 60, 'passwords or codes of one account');

  function refused(refusal: TwoFactorRefusal) {
    switch (refusal) {
      case 'password-wrong':
        return problem('PASSWORD_REFUSED', 'The present password is another one.');
      case 'code-wrong':
        return problem('TWO_FACTOR_REFUSED', 'The code is wrong, was used before, or is too old.');
      case 'on-already':
        return problem('STATE_CONFLICT', 'Two-factor is on already; turn it off first.');
      case 'off':
        return problem('STATE_CONFLICT', 'Two-factor is not on, nor begun.');
      case 'locked':
        return tooManyCodes();
    }
  }

  /** The person goes on in a new session; the one before has ended. */
  async function goOnIn(setCookies: string[], ctx: RequestContext, reply: FastifyReply) {
    const cookie = setCookies.map((c) => c.split(';', 1)[0]).join('; ');
    const credential = await credentials.authenticate({ cookie });
    if (credential === null) throw problem('UNAUTHENTICATED', 'The session has just ended.');
    reply.header('set-cookie', setCookies);
    tools.announceEnd(ctx.credential.id);
    return tools.describeSession(credential);
  }

  async function getOwn(ctx: RequestContext) {
    const { userId } = personOf(ctx.credential);
    return db.asSystem('an account', (tx) => getAccount(tx, userId));
  }

  return [
    route(contracts.getAccount, async ({ ctx }) => ({ status: 200, body: await getOwn(ctx) })),
    route(contracts.updateAccount, async ({ ctx, body }) => {
      const { userId } = personOf(ctx.credential);
      const account = await db.asSystem('rename', (tx) => renameAccount(tx, userId, body.name), ctx);
      return { status: 200, body: account };
    }),
    route(contracts.changePassword, async ({ ctx, body, reply }) => {
      const own = personOf(ctx.credential);
      await secretLimit.take(own.userId, reply);
      const { email } = await getOwn(ctx);
      refuseCommonPassword('body.newPassword', body.newPassword, email);
      const before = await db.asSystem('password', (tx) => findPasswordHash(tx, own.userId));
      await refuseWrongPassword(before, body.currentPassword);
      const passwordHash = await hashPassword(body.newPassword);
      const ended = await db.asSystem(
        'change password',
        async (tx) => {
          await changePassword(tx, own.userId, passwordHash);
          return endOtherSessions(tx, own);
        },
        ctx,
      );
      for (const id of ended) tools.announceEnd(`session:${id}`);
      return { status: 204 };
    }),
    route(contracts.listSessions, async ({ ctx, query }) => {
      const own = personOf(ctx.credential);
      return { status: 200, body: await db.asSystem('sessions', (tx) => listSessions(tx, own, query)) };
    }),
    route(contracts.endSession, async ({ ctx, params }) => {
      const { userId } = personOf(ctx.credential);
      if (!(await db.asSystem('end a session', (tx) => endSession(tx, userId, params.id), ctx))) {
        throw problem('NOT_FOUND', 'You have no such session.');
      }
      tools.announceEnd(`session:${params.id}`);
      return { status: 204 };
    }),
    route(contracts.endOtherSessions, async ({ ctx }) => {
      const own = personOf(ctx.credential);
      const ended = await db.asSystem('end sessions', (tx) => endOtherSessions(tx, own), ctx);
      for (const id of ended) tools.announceEnd(`session:${id}`);
      return { status: 200, body: { ended: ended.length } };
    }),
    // Without Idempotency-Key, since better-auth commits by itself: a repeat makes a new secret, which replaces the first.
    route(contracts.startTwoFactor, async ({ ctx, body, request, reply }) => {
      const { userId } = personOf(ctx.credential);
      await secretLimit.take(userId, reply);
      const setup = await sessions.startTwoFactor(visitorOf(request), body.password);
      if (typeof setup === 'string') throw refused(setup);
      const secret = new URL(setup.uri).searchParams.get('secret')!;
      return { status: 201, body: { secret, ...setup } };
    }),
    // Without Idempotency-Key, for the same reason: the code itself counts once.
    route(contracts.confirmTwoFactor, async ({ ctx, body, request, reply }) => {
      const { userId } = personOf(ctx.credential);
      await secretLimit.take(userId, reply);
      if ((await getOwn(ctx)).twoFactor) throw refused('on-already');
      const fresh = await takeCode(db, userId, body.code);
      const answer = fresh
        ? await sessions.confirmTwoFactor(visitorOf(request), body.code)
        : ('code-wrong' as const);
      if (typeof answer === 'string') throw refused(answer);
      return { status: 200, body: await goOnIn(answer.setCookies, ctx, reply) };
    }),
    route(contracts.removeTwoFactor, async ({ ctx, body, request, reply }) => {
      const { userId } = personOf(ctx.credential);
      await secretLimit.take(userId, reply);
      if (!(await getOwn(ctx)).twoFactor) throw refused('off');
      const answer = await sessions.removeTwoFactor(visitorOf(request), body.password);
      if (typeof answer === 'string') throw refused(answer);
      return { status: 200, body: await goOnIn(answer.setCookies, ctx, reply) };
    }),
    // No Idempotency-Key: the link itself works once.
    route(contracts.resetPassword, async ({ body }) => {
      const ended = await resetPassword(db, body.token, body.password);
      for (const id of ended) tools.announceEnd(`session:${id}`);
      return { status: 204 };
    }),
  ];
}
