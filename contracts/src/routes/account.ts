/** One's own account: name, password, sessions, two-factor. For people only: an API key has no account. */
import { z } from 'zod';
import { Id, IdParams, Instant, listOf, listQuery } from '../common.ts';
import { defineRoute } from '../route.ts';
import { LinkToken, NewPassword, PersonName, PresentPassword } from './people.ts';
import { Session } from './session.ts';

export const Account = z.object({
  id: Id,
  name: z.string(),
  email: z.string(),
  twoFactor: z.boolean().describe('Whether signing in asks for a code as well'),
  createdAt: Instant,
});
export type Account = z.infer<typeof Account>;

export const AccountSession = z.object({
  id: Id,
  device: z.string().nullable().describe('The User-Agent it was begun with'),
  address: z.string().nullable().describe('The address it was begun from'),
  createdAt: Instant,
  lastSeenAt: Instant.describe('To a minute'),
  expiresAt: Instant,
  current: z.boolean().describe('The session of this very request'),
});
export type AccountSession = z.infer<typeof AccountSession>;

/** What an authenticator app needs, and the codes for when it is lost; shown once. */
export const TwoFactorSetup = z.object({
  secret: z.string().describe('Base 32, to be typed into an authenticator app'),
  uri: z.string().describe('`otpauth://…`, to be shown as a QR code'),
  recoveryCodes: z.array(z.string()).describe('Each signs in once in place of a code'),
});
export type TwoFactorSetup = z.infer<typeof TwoFactorSetup>;

const ofPassword = z.strictObject({ password: PresentPassword });

export const accountRoutes = {
  getAccount: defineRoute({
    method: 'GET',
    path: '/account',
    operation: 'getAccount',
    tag: 'account',
    summary: 'The account of who is signed in',
    access: 'signed-in',
    responses: { 200: Account },
  }),
  updateAccount: defineRoute({
    method: 'PATCH',
    path: '/account',
    operation: 'updateAccount',
    tag: 'account',
    summary: 'Change one’s own name',
    access: 'signed-in',
    body: z.strictObject({ name: PersonName }),
    responses: { 200: Account },
  }),
  changePassword: defineRoute({
    method: 'PUT',
    path: '/account/password',
    operation: 'changePassword',
    tag: 'account',
    summary: 'Change one’s own password; all other sessions end',
    access: 'signed-in',
    body: z.strictObject({ currentPassword: PresentPassword, newPassword: NewPassword }),
    responses: { 204: null },
    errors: ['PASSWORD_REFUSED'],
  }),
  listSessions: defineRoute({
    method: 'GET',
    path: '/account/sessions',
    operation: 'listSessions',
    tag: 'account',
    summary: 'Where one is signed in, newest first',
    access: 'signed-in',
    query: z.strictObject(listQuery),
    responses: { 200: listOf(AccountSession) },
  }),
  endSession: defineRoute({
    method: 'DELETE',
    path: '/account/sessions/:id',
    operation: 'endSession',
    tag: 'account',
    summary: 'End one of one’s own sessions; it and its sockets end within 5 s',
    access: 'signed-in',
    params: IdParams,
    responses: { 204: null },
    errors: ['NOT_FOUND'],
  }),
  endOtherSessions: defineRoute({
    method: 'DELETE',
    path: '/account/sessions',
    operation: 'endOtherSessions',
    tag: 'account',
    summary: 'End all of one’s own sessions but this one',
    access: 'signed-in',
    responses: { 200: z.object({ ended: z.int() }) },
  }),
  startTwoFactor: defineRoute({
    method: 'POST',
    path: '/account/two-factor',
    operation: 'startTwoFactor',
    tag: 'account',
    summary: 'Get a secret for an authenticator app; two-factor is on once a code of it was confirmed',
    access: 'signed-in',
    body: ofPassword,
    responses: { 201: TwoFactorSetup },
    errors: ['PASSWORD_REFUSED', 'STATE_CONFLICT'],
  }),
  confirmTwoFactor: defineRoute({
    method: 'POST',
    path: '/account/two-factor/confirm',
    operation: 'confirmTwoFactor',
    tag: 'account',
    summary: 'Turn two-factor on by a first code; the session is replaced by the one in the answer',
    access: 'signed-in',
    body: z.strictObject({ code: z.string().regex(/^\d{6}$/, 'must be six digits') }),
    responses: { 200: Session },
    errors: ['TWO_FACTOR_REFUSED', 'STATE_CONFLICT'],
  }),
  removeTwoFactor: defineRoute({
    method: 'DELETE',
    path: '/account/two-factor',
    operation: 'removeTwoFactor',
    tag: 'account',
    summary: 'Turn two-factor off; the session is replaced by the one in the answer',
    access: 'signed-in',
    body: ofPassword,
    responses: { 200: Session },
    errors: ['PASSWORD_REFUSED', 'STATE_CONFLICT'],
  }),
  resetPassword: defineRoute({
    method: 'POST',
    path: '/password-reset',
    operation: 'resetPassword',
    tag: 'account',
    summary: 'Choose a new password by the one-time link that an owner gave; all sessions end',
    access: 'public',
    body: z.strictObject({ token: LinkToken, password: NewPassword }),
    responses: { 204: null },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
};
