/** HTTP face of the transfers. */
import { transferRoutes as contracts } from '@tradepost/contracts';
import type { Database } from '#platform/db';
import { type RouteRegistration, route, withIdempotency } from '#platform/http';
import type { StockSettings } from '../apply-stock.ts';
import { getTransfer, listTransfers } from './read-transfers.ts';
import { cancelTransfer, receiveTransfer } from './receive-transfer.ts';
import { sendTransfer } from './send-transfer.ts';

export function transferRoutes({
  db,
  settings,
}: {
  db: Database;
  settings: StockSettings;
}): RouteRegistration[] {
  return [
    route(contracts.listTransfers, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listTransfers(tx, query)),
    })),
    route(contracts.getTransfer, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => getTransfer(tx, params.id)),
    })),
    route(contracts.createTransfer, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createTransfer', async (tx) => ({
        status: 201 as const,
        body: await sendTransfer(tx, body, settings),
      })),
    ),
    route(contracts.receiveTransfer, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'receiveTransfer', async (tx) => ({
        status: 200 as const,
        body: await receiveTransfer(tx, params.id, body, settings),
      })),
    ),
    route(contracts.cancelTransfer, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'cancelTransfer', async (tx) => ({
        status: 200 as const,
        body: await cancelTransfer(tx, params.id, settings),
      })),
    ),
  ];
}
