/** HTTP face of the ledger's proof. */
import { stockHistoryRoutes as contracts } from '@tradepost/contracts';
import { presentTask } from '#modules/tasks';
import type { Database } from '#platform/db';
import { type RouteRegistration, route, withIdempotency } from '#platform/http';
import { enqueueTask } from '#platform/jobs';
import type { StockSettings } from '../apply-stock.ts';
import { checkLedger } from './check-ledger.definition.ts';
import { readLedgerReport, repairDrifts } from './drifts.ts';

export function ledgerRoutes(deps: { db: Database; settings: StockSettings }): RouteRegistration[] {
  const { db, settings } = deps;
  return [
    route(contracts.getLedgerReport, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => readLedgerReport(tx, query)),
    })),
    route(contracts.checkLedger, ({ ctx, request }) =>
      withIdempotency(db, ctx, request, contracts.checkLedger.operation, async (tx) => {
        const { task } = await enqueueTask(tx, checkLedger, {});
        return { status: 202 as const, body: presentTask(task) };
      }),
    ),
    route(contracts.repairLedger, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, contracts.repairLedger.operation, async (tx) => ({
        status: 200 as const,
        body: await repairDrifts(tx, [...new Set(body.ids)], settings),
      })),
    ),
  ];
}
