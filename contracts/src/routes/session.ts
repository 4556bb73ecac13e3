import { z } from 'zod';
import { Id, Instant } from '../common.ts';
import { Permission, Role } from '../permissions.ts';
import { defineRoute } from '../route.ts';
import { Email, LinkToken, NewPassword, PersonName, PresentPassword } from './people.ts';

export const Membership = z.object({
  tenantId: Id,
  slug: z.string(),
  name: z.string(),
  role: Role,
  demo: z.boolean(),
});
export type Membership = z.infer<typeof Membership>;

/** Who is signed in, where, and what they may. */
export const Session = z.object({
  user: z.object({ id: Id, name: z.string(), email: z.string() }),
  tenant: Membership,
  memberships: z.array(Membership),
  permissions: z.array(Permission),
  csrfToken: z.string().describe('Send as `x-csrf-token` with every call that changes something'),
  expiresAt: Instant,
});
export type Session = z.infer<typeof Session>;

export const SignIn = z.strictObject({ email: Email, password: PresentPassword });

export const Setup = z.strictObject({
  token: z.string().min(20).max(200),
  tenantName: z.string().trim().min(1).max(100),
  name: PersonName,
  email: Email,
  password: NewPassword,
});

/** The second half of a sign-in: a code of the authenticator app, or a recovery code. */
const invitation = LinkToken.optional().describe('Of a link: joins its tenant, and the session begins there');
export const CompleteTwoFactor = z.union([
  z.strictObject({ code: z.string().regex(/^\d{6}$/, 'must be six digits'), invitation }),
  z.strictObject({ recoveryCode: z.string().trim().min(1).max(50), invitation }),
]);

export const sessionRoutes = {
  signIn: defineRoute({
    method: 'POST',
    path: '/session',
    operation: 'signIn',
    tag: 'session',
    summary: 'Sign in with e-mail and password; sets the session cookie',
    access: 'public',
    body: SignIn,
    responses: { 200: Session },
    errors: ['SIGN_IN_REFUSED', 'TWO_FACTOR_REQUIRED'],
  }),
  completeTwoFactor: defineRoute({
    method: 'POST',
    path: '/session/two-factor',
    operation: 'completeTwoFactor',
    tag: 'session',
    summary: 'Complete a sign-in that was answered TWO_FACTOR_REQUIRED; it left a cookie that is sent along',
    access: 'public',
    body: CompleteTwoFactor,
    responses: { 200: Session },
    errors: ['TWO_FACTOR_REFUSED', 'SIGN_IN_REFUSED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  }),
  getSession: defineRoute({
    method: 'GET',
    path: '/session',
    operation: 'getSession',
    tag: 'session',
    summary: 'Who is signed in, and the CSRF token',
    access: 'signed-in',
    responses: { 200: Session },
  }),
  signOut: defineRoute({
    method: 'DELETE',
    path: '/session',
    operation: 'signOut',
    tag: 'session',
    summary: 'Sign out; the session and its sockets end',
    access: 'signed-in',
    responses: { 204: null },
  }),
  switchTenant: defineRoute({
    method: 'PUT',
    path: '/session/tenant',
    operation: 'switchTenant',
    tag: 'session',
    summary: 'Work in another tenant one is a member of',
    access: 'signed-in',
    body: z.strictObject({ tenantId: Id }),
    responses: { 200: Session },
    errors: ['NOT_FOUND'],
  }),
  completeSetup: defineRoute({
    method: 'POST',
    path: '/setup',
    operation: 'completeSetup',
    tag: 'session',
    summary: 'Make the first owner with the one-time link printed at start',
    access: 'public',
    body: Setup,
    responses: { 201: Session },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
};
