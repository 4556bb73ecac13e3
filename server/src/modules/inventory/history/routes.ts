/** HTTP face of the past of the stock. */
import { stockHistoryRoutes as contracts, inventoryRoutes } from '@tradepost/contracts';
import type { Database, TenantTx } from '#platform/db';
import { problem, type RouteRegistration, route } from '#platform/http';
import { findLevel } from '../levels.ts';
import type { Level } from '../stock-request.ts';
import { readMoment, readSeries } from './moment.ts';
import { listMovements } from './movements.ts';

const defaultSpanMs = 30 * 86_400_000;

async function getLevel(tx: TenantTx, item: { sku: string; location?: string }): Promise<Level> {
  const level = await findLevel(tx, item);
  if (level !== null) return level;
  throw problem('NOT_FOUND', 'There is no such item, or it was never kept at that location.');
}

export function historyRoutes({ db }: { db: Database }): RouteRegistration[] {
  return [
    route(inventoryRoutes.listMovements, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listMovements(tx, query)),
    })),
    route(contracts.getStockMoment, async ({ query, ctx }) => {
      const at = query.at === undefined ? db.clock.now() : new Date(query.at);
      const moment = await db.withTenant(ctx, async (tx) => readMoment(tx, await getLevel(tx, query), at));
      return { status: 200, body: moment };
    }),
    route(contracts.getStockSeries, async ({ query, ctx }) => {
      const to = query.to === undefined ? db.clock.now() : new Date(query.to);
      const from = query.from === undefined ? new Date(to.getTime() - defaultSpanMs) : new Date(query.from);
      if (from >= to) {
        throw problem('VALIDATION_FAILED', '`from` must lie before `to`.', {
          issues: [{ field: 'query.from', message: 'must be before `to`', value: from.toISOString() }],
        });
      }
      const series = await db.withTenant(ctx, async (tx) =>
        readSeries(tx, await getLevel(tx, query), from, to, query.points),
      );
      return { status: 200, body: series };
    }),
  ];
}
