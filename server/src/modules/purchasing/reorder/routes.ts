/** HTTP face of what to order. */
import { replenishmentRoutes } from '@tradepost/contracts';
import { presentTask } from '#modules/tasks';
import type { Database } from '#platform/db';
import { type RouteRegistration, route, withIdempotency } from '#platform/http';
import { enqueueTask } from '#platform/jobs';
import { autoReorderTask } from './auto-reorder.definition.ts';
import { getReorderPlan, listReorderPlans } from './reorder-plans.ts';
import { getReplenishmentSettings, putReorderRule, updateReplenishmentSettings } from './settings.ts';

export function reorderRoutes({ db }: { db: Database }): RouteRegistration[] {
  return [
    route(replenishmentRoutes.listReorderPlans, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listReorderPlans(tx, query)),
    })),
    route(replenishmentRoutes.getReorderPlan, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => getReorderPlan(tx, params.variantId)),
    })),
    // Writing it twice is the same as once, so a key is not needed; nor for the settings.
    route(replenishmentRoutes.putReorderRule, async ({ params, body, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, async (tx) => {
        await putReorderRule(tx, params.variantId, body);
        return getReorderPlan(tx, params.variantId);
      }),
    })),
    route(replenishmentRoutes.runAutoReorder, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'runAutoReorder', async (tx) => {
        const { task } = await enqueueTask(tx, autoReorderTask, body);
        return { status: 202 as const, body: presentTask(task) };
      }),
    ),
    route(replenishmentRoutes.getReplenishmentSettings, async ({ ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, getReplenishmentSettings),
    })),
    route(replenishmentRoutes.updateReplenishmentSettings, async ({ body, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => updateReplenishmentSettings(tx, body)),
    })),
  ];
}
