/**
 * A tenant's regular check-up: does the database answer, do orders still come, do the accounts work. It is a task, so people
 * see when it last ran and what it found. Spans orders and marketplaces.
 */
import { z } from 'zod';
import { listAccounts } from '#modules/marketplaces';
import { readOrderStatistics } from '#modules/orders';
import { defineTask, enqueueTaskFor, registerTask } from '#platform/jobs';
import type { ModuleManifest } from '#platform/module';

const healthCheck = defineTask({
  type: 'health_check',
  payload: z.object({}),
  dedupeKey: () => 'all',
  // The next check is the second try.
  retryDelaysMs: [],
});

const manyAccounts = 200;

export function createHealthCheck(deps: { intervalMs: number }): ModuleManifest {
  return {
    name: 'health_check',
    schedules: [
      {
        name: 'health_check',
        intervalMs: deps.intervalMs,
        async run(tx) {
          const tenants = await tx.query<{ id: string }>('select id from auth.organization');
          for (const { id } of tenants) await enqueueTaskFor(tx, id, healthCheck, {});
        },
      },
    ],
    tasks: [
      registerTask(healthCheck, async () => async (ctx) => {
        const begunMs = performance.now();
        const { orders, accounts } = await ctx.transaction(async (tx) => ({
          orders: await readOrderStatistics(tx),
          accounts: (await listAccounts(tx, { limit: manyAccounts })).items,
        }));
        const databaseMs = Math.round(performance.now() - begunMs);
        return {
          databaseMs,
          ordersLastHour: orders.lastHour,
          accounts: accounts.length,
          failingAccounts: accounts.filter((a) => a.health === 'failing').map((a) => a.name),
        };
      }),
    ],
  };
}
