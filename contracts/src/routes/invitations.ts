/** Invitations: how a person comes into a tenant. There is no e-mail yet, so the link is copied. */
import { z } from 'zod';
import { Id, IdParams, Instant, listOf, listQuery } from '../common.ts';
import { Role } from '../permissions.ts';
import { defineRoute } from '../route.ts';
import { Email, LinkToken, PersonName } from './people.ts';
import { Session } from './session.ts';

export const Invitation = z.object({
  id: Id,
  email: z.string(),
  role: Role,
  invitedBy: z.string().nullable().describe('Name of who invited; null: nobody is known by it any more'),
  createdAt: Instant,
  expiresAt: Instant,
});
export type Invitation = z.infer<typeof Invitation>;

const InvitationLink = Invitation.extend({
  url: z.string().describe('`…/join?token=…`, shown once; it works once, for seven days'),
});

/** What the holder of a link may know before they accept. */
export const InvitationPreview = z.object({
  tenantName: z.string(),
  email: z.string(),
  role: Role,
  invitedBy: z.string().nullable(),
  expiresAt: Instant,
  hasAccount: z
    .boolean()
    .describe('true: sign in with that account (or send its password); false: send name and a new password'),
});
export type InvitationPreview = z.infer<typeof InvitationPreview>;

export const invitationRoutes = {
  listInvitations: defineRoute({
    method: 'GET',
    path: '/admin/invitations',
    operation: 'listInvitations',
    tag: 'admin',
    summary: 'Invitations that wait to be accepted, newest first; expired ones included',
    access: 'members.read',
    query: z.strictObject(listQuery),
    responses: { 200: listOf(Invitation) },
  }),
  createInvitation: defineRoute({
    method: 'POST',
    path: '/admin/invitations',
    operation: 'createInvitation',
    tag: 'admin',
    summary: 'Invite a person; the link is in this answer and nowhere else',
    access: 'members.write',
    body: z.strictObject({ email: Email, role: Role }),
    responses: { 201: InvitationLink },
    errors: ['ALREADY_EXISTS', 'SECRET_NOT_REPLAYED'],
  }),
  reissueInvitation: defineRoute({
    method: 'POST',
    path: '/admin/invitations/:id/reissue',
    operation: 'reissueInvitation',
    tag: 'admin',
    summary: 'Make a new link for an invitation, for another seven days; the link before ends',
    access: 'members.write',
    params: IdParams,
    responses: { 201: InvitationLink },
    errors: ['NOT_FOUND', 'SECRET_NOT_REPLAYED'],
  }),
  revokeInvitation: defineRoute({
    method: 'DELETE',
    path: '/admin/invitations/:id',
    operation: 'revokeInvitation',
    tag: 'admin',
    summary: 'Take an invitation back; its link ends',
    access: 'members.write',
    params: IdParams,
    responses: { 204: null },
    errors: ['NOT_FOUND'],
  }),
  previewInvitation: defineRoute({
    method: 'POST',
    path: '/invitations/preview',
    operation: 'previewInvitation',
    tag: 'account',
    summary: 'What a link invites to',
    access: 'public',
    body: z.strictObject({ token: LinkToken }),
    responses: { 200: InvitationPreview },
    errors: ['NOT_FOUND'],
  }),
  acceptInvitation: defineRoute({
    method: 'POST',
    path: '/invitations/accept',
    operation: 'acceptInvitation',
    tag: 'account',
    summary:
      'Join the tenant and be signed in to it: as a new person, or with the account of that e-mail. After TWO_FACTOR_REQUIRED send the code with the link’s token as `invitation`',
    access: 'public',
    body: z.strictObject({
      token: LinkToken,
      name: PersonName.optional().describe('Of a new person'),
      password: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('The new one of a new person, or that of the account when not signed in with it'),
    }),
    responses: { 200: Session },
    errors: ['NOT_FOUND', 'SIGN_IN_REFUSED', 'TWO_FACTOR_REQUIRED', 'ALREADY_EXISTS'],
  }),
};
