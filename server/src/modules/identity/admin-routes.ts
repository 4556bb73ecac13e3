/** Administration of a tenant: members, keys, settings, audit. */
import { auditRoutes, adminRoutes as contracts } from '@tradepost/contracts';
import { invalidField, problem, type RouteRegistration, route, withIdempotency } from '#platform/http';
import { createApiKey, listApiKeys, renameApiKey, revokeApiKey } from './api-keys.ts';
import { exportAudit, listAudit } from './audit.ts';
import { linkTo } from './links.ts';
import { changeRole, listMembers, removeMember } from './members.ts';
import { createPasswordReset, refuseMemberElsewhere } from './password-reset.ts';
import { type IdentityRouteDeps, personOf, type SessionTools } from './session-tools.ts';
import { getTenantSettings, updateTenantSettings } from './tenant-settings.ts';

export function adminRoutes(deps: IdentityRouteDeps, tools: SessionTools): RouteRegistration[] {
  const { db, publicUrl } = deps;
  return [
    route(
      contracts.listApiKeys,
      async ({ ctx, query }) => ({
        status: 200,
        body: await db.withTenant(ctx, (tx) => listApiKeys(tx, query)),
      }),
      { aliases: ['/api/v1/api-keys'] },
    ),
    route(
      contracts.createApiKey,
      async ({ ctx, body, request }) => {
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
        return withIdempotency(db, ctx, request, contracts.createApiKey.operation, async (tx) => {
          const { apiKey, key } = await createApiKey(tx, { name: body.name, scopes: body.scopes, expiresAt });
          return { status: 201, body: { ...apiKey, key }, secretId: apiKey.id };
        });
      },
      { aliases: ['/api/v1/api-keys'] },
    ),
    route(
      contracts.renameApiKey,
      async ({ ctx, params, body }) => {
        const apiKey = await db.withTenant(ctx, (tx) => renameApiKey(tx, params.id, body.name));
        if (apiKey === null) throw problem('NOT_FOUND', 'There is no such key.');
        return { status: 200, body: apiKey };
      },
      { aliases: ['/api/v1/api-keys/:id'] },
    ),
    route(
      contracts.revokeApiKey,
      async ({ ctx, params }) => {
        if (!(await db.withTenant(ctx, (tx) => revokeApiKey(tx, params.id)))) {
          throw problem('NOT_FOUND', 'There is no such key.');
        }
        tools.announceEnd(`key:${params.id}`);
        return { status: 204 };
      },
      { aliases: ['/api/v1/api-keys/:id'] },
    ),
    route(
      contracts.listMembers,
      async ({ ctx, query }) => ({
        status: 200,
        body: await db.withTenant(ctx, (tx) => listMembers(tx, query)),
      }),
      { aliases: ['/api/v1/members'] },
    ),
    route(contracts.updateMember, async ({ ctx, params, body }) => {
      const member = await db.withTenant(ctx, (tx) => changeRole(tx, ctx.permissions, params.id, body.role));
      tools.announceEnd(`member:${params.id}:${ctx.tenantId}`);
      return { status: 200, body: member };
    }),
    route(contracts.removeMember, async ({ ctx, params }) => {
      await db.withTenant(ctx, (tx) => removeMember(tx, ctx.permissions, params.id));
      tools.announceEnd(`member:${params.id}:${ctx.tenantId}`);
      return { status: 204 };
    }),
    route(contracts.resetMemberPassword, async ({ ctx, params, body, request }) => {
      // A key that may manage the tenant must not make itself an owner's session.
      personOf(ctx.credential);
      await db.asSystem('member elsewhere', (tx) => refuseMemberElsewhere(tx, ctx.tenantId, params.id));
      return withIdempotency(db, ctx, request, contracts.resetMemberPassword.operation, async (tx) => {
        const { token, expiresAt } = await createPasswordReset(tx, params.id, body);
        const url = linkTo(publicUrl, request, 'reset', token);
        return { status: 201, body: { url, expiresAt: expiresAt.toISOString() }, secretId: params.id };
      });
    }),
    route(contracts.getTenantSettings, async ({ ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, getTenantSettings),
    })),
    route(contracts.updateTenantSettings, async ({ ctx, body }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => updateTenantSettings(tx, body)),
    })),
    route(auditRoutes.listAudit, async ({ ctx, query }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listAudit(tx, query)),
    })),
    route(auditRoutes.exportAudit, async ({ ctx, query }) => ({
      status: 200,
      headers: { 'content-disposition': 'attachment; filename="audit.csv"' },
      body: exportAudit(db, ctx, query),
    })),
  ];
}
