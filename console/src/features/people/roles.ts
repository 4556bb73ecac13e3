import type { Role } from '@tradepost/contracts';

/** From the one that may most. */
const roles: readonly Role[] = ['owner', 'manager', 'agent', 'viewer'];

/** Nobody gives a role above their own. */
export function grantableRoles(own: Role): readonly Role[] {
  return roles.slice(roles.indexOf(own));
}
