/** HTTP face of the stock counts. */
import { type Count, countRoutes as contracts, type Task } from '@tradepost/contracts';
import type { Database } from '#platform/db';
import { type RouteRegistration, route, withIdempotency } from '#platform/http';
import type { StockSettings } from '../apply-stock.ts';
import { clearCountLine, putCountLine } from './count-lines.ts';
import { applyCount, moveCount } from './count-steps.ts';
import { openCount } from './open-count.ts';
import { getCount, listCountLines, listCounts } from './read-counts.ts';

type ApplyAnswer = { status: 200; body: Count } | { status: 202; body: Task };

export function countRoutes({
  db,
  settings,
}: {
  db: Database;
  settings: StockSettings;
}): RouteRegistration[] {
  const step = (
    contract: typeof contracts.reviewCount | typeof contracts.reopenCount | typeof contracts.cancelCount,
    to: 'open' | 'reviewing' | 'cancelled',
  ) =>
    route(contract, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, contract.operation, async (tx) => {
        await moveCount(tx, params.id, to);
        return { status: 200 as const, body: await getCount(tx, params.id) };
      }),
    );
  return [
    route(contracts.listCounts, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listCounts(tx, query)),
    })),
    route(contracts.getCount, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => getCount(tx, params.id)),
    })),
    route(contracts.listCountLines, async ({ params, query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listCountLines(tx, params.id, query)),
    })),
    route(contracts.createCount, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createCount', async (tx) => ({
        status: 201 as const,
        body: await openCount(tx, body),
      })),
    ),
    // No POST, but `add` is not to be repeated.
    route(contracts.putCountLine, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'putCountLine', async (tx) => ({
        status: 200 as const,
        body: await putCountLine(tx, params.id, body),
      })),
    ),
    route(contracts.clearCountLine, async ({ params, ctx }) => {
      await db.withTenant(ctx, (tx) => clearCountLine(tx, params.id, params.variantId));
      return { status: 204 };
    }),
    step(contracts.reviewCount, 'reviewing'),
    step(contracts.reopenCount, 'open'),
    step(contracts.cancelCount, 'cancelled'),
    route(contracts.applyCount, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'applyCount', async (tx): Promise<ApplyAnswer> => {
        const task = await applyCount(tx, params.id, settings);
        if (task !== null) return { status: 202, body: task };
        return { status: 200, body: await getCount(tx, params.id) };
      }),
    ),
  ];
}
