import { z } from 'zod';
import { Id, IdParams, Instant, listOf, listQuery } from '../common.ts';
import { defineRoute } from '../route.ts';
import { Task } from './tasks.ts';

/** eMAG's platforms; each account belongs to one. */
export const platforms = ['emag_ro', 'emag_bg', 'emag_hu', 'fd_ro', 'fd_bg'] as const;
export type Platform = (typeof platforms)[number];

export const runKinds = ['sync_orders', 'acknowledge_orders', 'sync_products'] as const;
export const runOutcomes = ['running', 'completed', 'failed'] as const;

/** Outcome of one run over an account: orders or products read, new, changed and failed, and why. */
export const SyncRun = z.object({
  id: Id,
  accountId: Id,
  taskId: Id.nullable(),
  kind: z.enum(runKinds),
  outcome: z.enum(runOutcomes),
  read: z.int(),
  created: z.int(),
  changed: z.int(),
  acknowledged: z.int(),
  failed: z.int(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
});
export type SyncRun = z.infer<typeof SyncRun>;

export const accountHealth = ['ok', 'failing', 'never_run', 'disabled'] as const;

export const MarketplaceAccount = z.object({
  id: Id,
  name: z.string(),
  platform: z.enum(platforms),
  baseUrl: z.string(),
  username: z.string(),
  enabled: z.boolean(),
  health: z.enum(accountHealth),
  failingSince: Instant.nullable(),
  lastSuccessAt: Instant.nullable(),
  lastRun: SyncRun.nullable(),
  orders: z.int().describe('Orders imported from it so far'),
  createdAt: Instant,
});
export type MarketplaceAccount = z.infer<typeof MarketplaceAccount>;

const Name = z.string().trim().min(1).max(100);
const Username = z.string().trim().min(1).max(200);
const Secret = z.string().min(1).max(500);

export const CreateMarketplaceAccount = z.strictObject({
  name: Name,
  platform: z.enum(platforms),
  username: Username,
  password: Secret,
  baseUrl: z
    .url()
    .max(500)
    .optional()
    .describe("Only an address the operator allowed; default: the platform's own"),
});

export const marketplaceRoutes = {
  listMarketplaceAccounts: defineRoute({
    method: 'GET',
    path: '/marketplace-accounts',
    operation: 'listMarketplaceAccounts',
    tag: 'marketplaces',
    summary: 'Marketplace accounts with their health and last run',
    access: 'marketplaces.read',
    query: z.strictObject(listQuery),
    responses: { 200: listOf(MarketplaceAccount) },
  }),
  getMarketplaceAccount: defineRoute({
    method: 'GET',
    path: '/marketplace-accounts/:id',
    operation: 'getMarketplaceAccount',
    tag: 'marketplaces',
    summary: 'One marketplace account',
    access: 'marketplaces.read',
    params: IdParams,
    responses: { 200: MarketplaceAccount },
    errors: ['NOT_FOUND'],
  }),
  createMarketplaceAccount: defineRoute({
    method: 'POST',
    path: '/marketplace-accounts',
    operation: 'createMarketplaceAccount',
    tag: 'marketplaces',
    summary: 'Connect a marketplace account; its password is encrypted and never shown again',
    access: 'marketplaces.write',
    body: CreateMarketplaceAccount,
    responses: { 201: MarketplaceAccount },
    errors: ['ALREADY_EXISTS'],
  }),
  updateMarketplaceAccount: defineRoute({
    method: 'PATCH',
    path: '/marketplace-accounts/:id',
    operation: 'updateMarketplaceAccount',
    tag: 'marketplaces',
    summary: 'Rename, pause or resume an account, or change its login',
    access: 'marketplaces.write',
    params: IdParams,
    body: z
      .strictObject({ name: Name, enabled: z.boolean(), username: Username, password: Secret })
      .partial()
      .refine(
        (b) => Object.keys(b).length > 0,
        'must change at least one of name, enabled, username, password',
      ),
    responses: { 200: MarketplaceAccount },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS'],
  }),
  listSyncRuns: defineRoute({
    method: 'GET',
    path: '/marketplace-accounts/:id/runs',
    operation: 'listSyncRuns',
    tag: 'marketplaces',
    summary: 'The last runs over an account, newest first',
    access: 'marketplaces.read',
    params: IdParams,
    query: z.strictObject(listQuery),
    responses: { 200: listOf(SyncRun) },
    errors: ['NOT_FOUND'],
  }),
  syncMarketplaceAccount: defineRoute({
    method: 'POST',
    path: '/marketplace-accounts/:id/sync',
    operation: 'syncMarketplaceAccount',
    tag: 'marketplaces',
    summary: 'Read the orders of an account now; a sync that already waits is the answer then',
    access: 'marketplaces.write',
    params: IdParams,
    responses: { 202: Task },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
};
