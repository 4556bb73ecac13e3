/** What a handler knows about its caller. */
import type { Permission, Role } from '@tradepost/contracts';
import type { Logger } from 'pino';
import type { Actor, TenantContext } from '../db/index.ts';

/** A live session or API key. It is the only source of the tenant and of permissions. */
export interface Credential {
  id: `session:${string}` | `key:${string}`;
  tenantId: string;
  actor: Actor;
  permissions: ReadonlySet<Permission>;
  /** Null for an API key. */
  userId: string | null;
  /** Null for an API key. */
  role: Role | null;
  /** Null: until it is revoked. */
  expiresAt: Date | null;
}

/** What a public route has: nobody is known. */
export interface PublicContext {
  requestId: string;
  log: Logger;
}

/** What every other route has. It is a TenantContext: `db.withTenant(ctx, …)`. */
export interface RequestContext extends PublicContext, TenantContext {
  requestId: string;
  permissions: ReadonlySet<Permission>;
  credential: Credential;
}
