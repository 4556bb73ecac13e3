/** HTTP face of the marketplace accounts. */
import { marketplaceRoutes as contracts, type Task } from '@tradepost/contracts';
import type { Database, TenantTx } from '#platform/db';
import { problem, type RouteRegistration, route, withIdempotency } from '#platform/http';
import { type AccountSecrets, createAccount, getAccount, listAccounts, updateAccount } from './accounts.ts';
import { listRuns } from './runs.ts';

/** Asks for a reading of the account now. The flow that does it spans modules, so it is handed in. */
export type RequestSync = (tx: TenantTx, account: { id: string; name: string }) => Promise<Task>;

export function marketplaceRoutes(deps: {
  db: Database;
  secrets: AccountSecrets;
  requestSync: RequestSync;
}): RouteRegistration[] {
  const { db, secrets, requestSync } = deps;
  return [
    route(contracts.listMarketplaceAccounts, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listAccounts(tx, query)),
    })),
    route(contracts.getMarketplaceAccount, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => getAccount(tx, params.id)),
    })),
    route(contracts.createMarketplaceAccount, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createMarketplaceAccount', async (tx) => {
        const id = await createAccount(tx, body, secrets);
        await requestSync(tx, { id, name: body.name });
        return { status: 201 as const, body: await getAccount(tx, id) };
      }),
    ),
    route(contracts.updateMarketplaceAccount, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'updateMarketplaceAccount', async (tx) => {
        await updateAccount(tx, params.id, body, secrets);
        const account = await getAccount(tx, params.id);
        // A new login or a resumed account shows at once whether it works.
        if (account.enabled && (body.enabled || body.username !== undefined || body.password !== undefined))
          await requestSync(tx, account);
        return { status: 200 as const, body: account };
      }),
    ),
    route(contracts.listSyncRuns, async ({ params, query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listRuns(tx, params.id, query)),
    })),
    route(contracts.syncMarketplaceAccount, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'syncMarketplaceAccount', async (tx) => {
        const account = await getAccount(tx, params.id);
        if (!account.enabled) throw problem('STATE_CONFLICT', 'The account is paused; resume it first.');
        return { status: 202 as const, body: await requestSync(tx, account) };
      }),
    ),
  ];
}
