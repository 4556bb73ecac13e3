import { z } from 'zod';
import { Id, IdParams, Instant, listOf, listQuery } from '../common.ts';
import { Permission, Role } from '../permissions.ts';
import { defineRoute } from '../route.ts';

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

export const CreateApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(Permission).min(1).max(50),
  expiresAt: Instant.optional(),
});

export const Member = z.object({ id: Id, name: z.string(), email: z.string(), role: Role, since: Instant });
export type Member = z.infer<typeof Member>;

export const adminRoutes = {
  listApiKeys: defineRoute({
    method: 'GET',
    path: '/api-keys',
    operation: 'listApiKeys',
    tag: 'admin',
    summary: 'API keys, newest first, revoked ones included',
    access: 'keys.read',
    query: z.strictObject(listQuery),
    responses: { 200: listOf(ApiKey) },
  }),
  createApiKey: defineRoute({
    method: 'POST',
    path: '/api-keys',
    operation: 'createApiKey',
    tag: 'admin',
    summary: 'Make an API key; its secret is in this answer and nowhere else',
    access: 'keys.write',
    body: CreateApiKey,
    responses: { 201: ApiKey.extend({ key: z.string().describe('The whole key, shown once') }) },
    errors: ['SECRET_NOT_REPLAYED'],
  }),
  revokeApiKey: defineRoute({
    method: 'DELETE',
    path: '/api-keys/:id',
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
    path: '/members',
    operation: 'listMembers',
    tag: 'admin',
    summary: 'The people of this tenant and their roles',
    access: 'members.read',
    query: z.strictObject(listQuery),
    responses: { 200: listOf(Member) },
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
