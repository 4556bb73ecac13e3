/** From a marketplace's new orders to stored, reserved and acknowledged ones. Spans marketplaces, orders and inventory. */
import type { Task } from '@tradepost/contracts';
import { listEnabledAccounts, type RequestSync } from '#modules/marketplaces';
import { listAccountsToAcknowledge } from '#modules/orders';
import { presentTask } from '#modules/tasks';
import type { TenantTx, Tx } from '#platform/db';
import {
  enqueueTask,
  enqueueTaskFor,
  registerTask,
  type Schedule,
  type TaskDefinition,
} from '#platform/jobs';
import type { MarketplaceOrdersDeps } from './account-run.ts';
import { type AccountPayload, acknowledgeOrders, syncOrders } from './definitions.ts';

export { countingTransaction, type MarketplaceOrdersDeps, runOverAccount } from './account-run.ts';
export { type AccountPayload, accountTask } from './definitions.ts';

/** Asks for a run over an account now; one that already waits for its turn or its next try is brought forward. */
export async function requestRun(
  tx: TenantTx,
  definition: TaskDefinition<AccountPayload>,
  account: { id: string; name: string },
): Promise<Task> {
  const { task } = await enqueueTask(tx, definition, { accountId: account.id }, { subject: account.name });
  await tx.execute('update task set run_at = least(run_at, $3) where tenant_id = $1 and id = $2', [
    tx.tenantId,
    task.id,
    tx.clock.now(),
  ]);
  tx.pokeWorkers();
  return presentTask(task);
}

export const requestSync: RequestSync = (tx, account) => requestRun(tx, syncOrders, account);

/** Each of these accounts gets the task, unless one of the kind waits or runs. */
export async function enqueueFor(
  tx: Tx,
  definition: TaskDefinition<AccountPayload>,
  accounts: { tenantId: string; id: string; name: string }[],
): Promise<void> {
  const running = await tx.query<{ lane: string }>(
    "select lane from task where status = 'running' and type = $1",
    [definition.type],
  );
  const busy = new Set(running.map((r) => r.lane));
  for (const { tenantId, id, name } of accounts) {
    if (!busy.has(`account:${id}`))
      await enqueueTaskFor(tx, tenantId, definition, { accountId: id }, { subject: name });
  }
}

export function createMarketplaceOrdersFlow(
  deps: MarketplaceOrdersDeps & { syncIntervalMs: number; acknowledgeIntervalMs: number },
) {
  const schedules: Schedule[] = [
    {
      name: 'sync_orders',
      intervalMs: deps.syncIntervalMs,
      run: async (tx) => enqueueFor(tx, syncOrders, await listEnabledAccounts(tx)),
    },
    {
      name: 'acknowledge_orders',
      intervalMs: deps.acknowledgeIntervalMs,
      // A round over accounts that have nothing to acknowledge would only fill people's list of tasks.
      async run(tx) {
        const waiting = await listAccountsToAcknowledge(tx);
        const accounts = await listEnabledAccounts(tx);
        await enqueueFor(
          tx,
          acknowledgeOrders,
          accounts.filter((a) => waiting.has(a.id)),
        );
      },
    },
  ];
  return {
    name: 'marketplace_orders',
    schedules,
    tasks: [
      registerTask(syncOrders, async () => {
        const { run } = await import('./sync-orders.handler.ts');
        return (ctx, payload) => run(ctx, payload, deps);
      }),
      registerTask(acknowledgeOrders, async () => {
        const { run } = await import('./acknowledge-orders.handler.ts');
        return (ctx, payload) => run(ctx, payload, deps);
      }),
    ],
  };
}
