/** HTTP face of the inventory report. */
import { inventoryReportRoutes as contracts, type InventoryReportQuery } from '@tradepost/contracts';
import type { Cache, CacheContext } from '#platform/cache';
import type { Database } from '#platform/db';
import { problem, type RouteRegistration, route } from '#platform/http';
import { readSales } from './sales.ts';
import { takeTurns } from './take-turns.ts';
import { readValue } from './value.ts';

interface Asked {
  ctx: CacheContext;
  query: InventoryReportQuery;
}

/**
 * Two parts, cached apart: what lies there changes with each piece that moves, what moved on whole days changes when
 * another day is over.
 */
export function reportRoutes(deps: {
  db: Database;
  cache: Cache;
  analyticsEnabled: boolean;
}): RouteRegistration[] {
  const { db, cache, analyticsEnabled } = deps;
  const { value, sales } = contracts.getInventoryReport.responses[200].shape;
  // The cache shares a loading until a change comes in; where changes come all the time, each who looks would begin another.
  const tenantOf = ({ ctx }: Asked) => ctx.tenantId;
  const takeValue = takeTurns(
    tenantOf,
    ({ query }) => String(query.days),
    ({ ctx, query }) => db.withTenant(ctx, (tx) => readValue(tx, query.days)),
  );
  const takeSales = takeTurns(
    tenantOf,
    ({ query }) => JSON.stringify(query),
    ({ ctx, query }) => db.withTenant(ctx, (tx) => readSales(tx, query)),
  );
  const readCachedValue = cache.wrap(
    {
      kind: 'inventory_value',
      schema: value,
      keyOf: (query: InventoryReportQuery) => String(query.days),
      tagsOf: () => ['stock', 'products'],
    },
    (ctx, query) => takeValue({ ctx, query }),
  );
  const readCachedSales = cache.wrap(
    {
      kind: 'inventory_sales',
      schema: sales,
      keyOf: ({ days, abcA, abcB, xyzX, xyzY, deadDays }: InventoryReportQuery) =>
        JSON.stringify([today(), days, abcA, abcB, xyzX, xyzY, deadDays]),
      tagsOf: () => ['stock_days'],
    },
    (ctx, query) => takeSales({ ctx, query }),
  );
  const today = () => db.clock.now().toISOString().slice(0, 10);
  return [
    route(contracts.getInventoryReport, async ({ query, ctx }) => {
      if (!analyticsEnabled) {
        throw problem(
          'STATE_CONFLICT',
          'The inventory report is off in this installation (INVENTORY_ENABLE_ANALYTICS=false).',
        );
      }
      const { currency } = await db.withTenant(ctx, (tx) =>
        tx.one<{ currency: string }>('select currency from auth.organization where id = $1', [tx.tenantId]),
      );
      const [stock, moved] = [await readCachedValue(ctx, query), await readCachedSales(ctx, query)];
      return { status: 200, body: { currency, value: stock.read(), sales: moved.read() } };
    }),
  ];
}
