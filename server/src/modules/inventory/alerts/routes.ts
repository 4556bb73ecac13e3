/** HTTP face of the alerts. */
import { alertRoutes as contracts } from '@tradepost/contracts';
import type { Database } from '#platform/db';
import { type RouteRegistration, route, withIdempotency } from '#platform/http';
import type { StockSettings } from '../apply-stock.ts';
import { acknowledgeAlert, reopenAlert, snoozeAlert } from './mark-alert.ts';
import { listAlerts } from './read-alerts.ts';
import { updateLimits } from './reassess.ts';

export function alertRoutes({
  db,
  settings,
}: {
  db: Database;
  settings: StockSettings;
}): RouteRegistration[] {
  return [
    route(contracts.listAlerts, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listAlerts(tx, query)),
    })),
    route(contracts.acknowledgeAlert, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'acknowledgeAlert', async (tx) => ({
        status: 200 as const,
        body: await acknowledgeAlert(tx, params.id),
      })),
    ),
    route(contracts.snoozeAlert, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'snoozeAlert', async (tx) => ({
        status: 200 as const,
        body: await snoozeAlert(tx, params.id, new Date(body.until)),
      })),
    ),
    route(contracts.reopenAlert, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'reopenAlert', async (tx) => ({
        status: 200 as const,
        body: await reopenAlert(tx, params.id),
      })),
    ),
    route(contracts.updateStockLevel, async ({ params, body, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => updateLimits(tx, params, body, settings)),
    })),
  ];
}
