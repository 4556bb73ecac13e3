/** Administration of a tenant: keys, members, settings, demo. */
import { z } from 'zod';
import { Currency, Id, IdParams, Instant, listOf, listQuery } from '../common.ts';
import { Permission, Role } from '../permissions.ts';
import { defineRoute } from '../route.ts';
import { isLocale, isTimeZone } from '../time-zone.ts';

export const ApiKey = z.object({
  id: Id,
  name: z.string(),
  prefix: z.string().describe('The readable start of the key, to tell keys apart'),
  scopes: z.array(Permission),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
  lastUsedAt: Instant.nullable(),
  revokedAt: Instant.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

const KeyName = z.string().trim().min(1).max(100);

export const CreateApiKey = z.strictObject({
  name: KeyName,
  scopes: z.array(Permission).min(1).max(50),
  expiresAt: Instant.optional(),
});

export const Member = z.object({ id: Id, name: z.string(), email: z.string(), role: Role, since: Instant });
export type Member = z.infer<typeof Member>;

/** How the tenant calls itself, and how its figures and instants are shown. */
export const TenantSettings = z.object({
  name: z.string(),
  slug: z.string().describe('Part of socket addresses; it never changes'),
  timeZone: z.string().describe('IANA name, such as `Europe/Bucharest`'),
  currency: Currency,
  locale: z.string().describe('BCP 47 tag, such as `ro-RO`'),
});
export type TenantSettings = z.infer<typeof TenantSettings>;

export const UpdateTenantSettings = z
  .strictObject({
    name: z.string().trim().min(1).max(100).optional(),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'must be an IANA time zone such as Europe/Bucharest')
      .optional(),
    currency: Currency.optional(),
    locale: z.string().max(35).refine(isLocale, 'must be a BCP 47 tag such as ro-RO').optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'must change something');

export const adminRoutes = {
  listApiKeys: defineRoute({
    method: 'GET',
    path: '/admin/api-keys',
    operation: 'listApiKeys',
    tag: 'admin',
    summary: 'API keys, newest first, revoked ones included',
    access: 'keys.read',
    query: z.strictObject(listQuery),
    responses: { 200: listOf(ApiKey) },
  }),
  createApiKey: defineRoute({
    method: 'POST',
    path: '/admin/api-keys',
    operation: 'createApiKey',
    tag: 'admin',
    summary: 'Make an API key; its secret is in this answer and nowhere else',
    access: 'keys.write',
    body: CreateApiKey,
    responses: { 201: ApiKey.extend({ key: z.string().describe('The whole key, shown once') }) },
    errors: ['SECRET_NOT_REPLAYED'],
  }),
  renameApiKey: defineRoute({
    method: 'PATCH',
    path: '/admin/api-keys/:id',
    operation: 'renameApiKey',
    tag: 'admin',
    summary: 'Give an API key another name',
    access: 'keys.write',
    params: IdParams,
    body: z.strictObject({ name: KeyName }),
    responses: { 200: ApiKey },
    errors: ['NOT_FOUND'],
  }),
  revokeApiKey: defineRoute({
    method: 'DELETE',
    path: '/admin/api-keys/:id',
    operation: 'revokeApiKey',
    tag: 'admin',
    summary: 'Revoke an API key; it and its sockets end within 5 s',
    access: 'keys.write',
    params: IdParams,
    responses: { 204: null },
    errors: ['NOT_FOUND'],
  }),
  listMembers: defineRoute({
    method: 'GET',
    path: '/admin/members',
    operation: 'listMembers',
    tag: 'admin',
    summary: 'The people of this tenant and their roles',
    access: 'members.read',
    query: z.strictObject(listQuery),
    responses: { 200: listOf(Member) },
  }),
  updateMember: defineRoute({
    method: 'PATCH',
    path: '/admin/members/:id',
    operation: 'updateMember',
    tag: 'admin',
    summary: 'Give a member another role; it holds on HTTP and sockets within 5 s',
    access: 'members.write',
    params: IdParams,
    body: z.strictObject({ role: Role }),
    responses: { 200: Member },
    errors: ['NOT_FOUND', 'LAST_OWNER'],
  }),
  removeMember: defineRoute({
    method: 'DELETE',
    path: '/admin/members/:id',
    operation: 'removeMember',
    tag: 'admin',
    summary: 'Take a person out of this tenant; their sessions in it end within 5 s',
    access: 'members.write',
    params: IdParams,
    responses: { 204: null },
    errors: ['NOT_FOUND', 'LAST_OWNER'],
  }),
  resetMemberPassword: defineRoute({
    method: 'POST',
    path: '/admin/members/:id/password-reset',
    operation: 'resetMemberPassword',
    tag: 'admin',
    summary: 'Make a one-time link by which a member chooses a new password; the link before ends',
    access: 'tenant.manage',
    params: IdParams,
    body: z.strictObject({
      removeTwoFactor: z
        .boolean()
        .default(false)
        .describe('Turns two-factor off as well, for who has lost both app and recovery codes'),
    }),
    responses: {
      201: z.object({
        url: z.string().describe('`…/reset?token=…`, shown once; it works once, for a day'),
        expiresAt: Instant,
      }),
    },
    errors: ['NOT_FOUND', 'STATE_CONFLICT', 'SECRET_NOT_REPLAYED'],
  }),
  getTenantSettings: defineRoute({
    method: 'GET',
    path: '/admin/settings',
    operation: 'getTenantSettings',
    tag: 'admin',
    summary: 'Name, time zone, currency and locale of this tenant',
    access: 'signed-in',
    responses: { 200: TenantSettings },
  }),
  updateTenantSettings: defineRoute({
    method: 'PATCH',
    path: '/admin/settings',
    operation: 'updateTenantSettings',
    tag: 'admin',
    summary: 'Change them',
    access: 'tenant.manage',
    body: UpdateTenantSettings,
    responses: { 200: TenantSettings },
  }),
  removeDemo: defineRoute({
    method: 'DELETE',
    path: '/demo',
    operation: 'removeDemo',
    tag: 'admin',
    summary: 'Remove the demo tenants with everything in them and stop the simulated marketplace',
    access: 'tenant.manage',
    responses: {
      200: z.object({
        setupUrl: z
          .string()
          .nullable()
          .describe('One-time link to make the first owner, when nobody is left'),
      }),
    },
    errors: ['STATE_CONFLICT'],
  }),
};
