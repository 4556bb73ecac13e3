/**
 * Permissions as data. A role is a set of permissions; an API key's scopes are permissions too; a route names the one
 * it needs. There is no other place that decides who may.
 */
import { z } from 'zod';

export const permissions = {
  'dashboard.read': 'See the figures of Today',
  'orders.read': 'See orders and listen to them',
  'products.read': 'See products',
  'products.write': 'Create and change products',
  'inventory.read': 'See stock, movements and reservations',
  'inventory.write': 'Adjust, count, transfer and reserve stock',
  'inventory.manage': 'Keep locations and thresholds, apply counts, repair the ledger',
  'purchasing.read': 'See suppliers, purchase orders and what to order',
  'purchasing.write': 'Keep suppliers, order from them and receive goods',
  'imports.read': 'See imports and what they would change',
  'imports.write': 'Import from files, and undo it',
  'tasks.read': 'See background tasks',
  'tasks.write': 'Cancel and retry background tasks',
  'marketplaces.read': 'See marketplace accounts and their runs',
  'marketplaces.write': 'Connect, change and sync marketplace accounts',
  'realtime.read': 'Open sockets and get tokens for them',
  'members.read': 'See the people of the tenant and who is invited',
  'members.write': 'Invite people, change their roles, remove them',
  'keys.read': 'See API keys (never their secrets)',
  'keys.write': 'Create, rename and revoke API keys',
  'audit.read': 'See and export who changed what',
  'tenant.manage': 'Change the tenant itself; remove demo data',
} as const satisfies Record<string, string>;

export type Permission = keyof typeof permissions;
export const allPermissions = Object.keys(permissions) as Permission[];
export const Permission = z.enum(allPermissions as [Permission, ...Permission[]]);

export const roles = ['owner', 'manager', 'agent', 'viewer'] as const;
export type Role = (typeof roles)[number];
export const Role = z.enum(roles);

/** Readings that are not for everybody. */
const forManagers: ReadonlySet<Permission> = new Set(['keys.read', 'members.read', 'audit.read']);
const reads = allPermissions.filter((p) => p.endsWith('.read') && !forManagers.has(p));

/** What each role may. An owner may everything; a manager all but keys and the tenant; an agent works with orders and stock; a viewer looks. */
export const rolePermissions: Record<Role, readonly Permission[]> = {
  owner: allPermissions,
  manager: allPermissions.filter((p) => p !== 'keys.write' && p !== 'tenant.manage'),
  agent: [...reads, 'inventory.write', 'tasks.write'],
  viewer: reads,
};
