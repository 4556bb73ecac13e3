/** The proof of the stock: `npm run prove`, `tradepost prove`, `POST /inventory/proof`. */
import { stockProofRoutes as contracts, ProofSize } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import { presentTask } from '#modules/tasks';
import type { Database } from '#platform/db';
import { route, withIdempotency } from '#platform/http';
import { enqueueTask, registerTask, type Upkeep } from '#platform/jobs';
import { proveStockTask } from './definition.ts';
import { removeAbandoned } from './scratch-tenant.ts';

export { proveStock } from './prove.ts';

export function createStockProof(deps: { db: Database; url: string; settings: StockSettings }) {
  const { db, url, settings } = deps;
  return {
    name: 'stock-proof',
    upkeep: [
      {
        name: 'remove_scratch_tenants',
        intervalMs: 3_600_000,
        run: () => removeAbandoned(db),
      },
    ] satisfies Upkeep[],
    tasks: [
      registerTask(proveStockTask, async () => {
        const { proveStock } = await import('./prove.ts');
        return (ctx, size) =>
          proveStock({
            ...{ db, url, settings, size, signal: ctx.signal },
            onProgress: (answered) => ctx.progress(answered, size.buyers),
          });
      }),
    ],
    routes: [
      route(contracts.proveStock, ({ body, ctx, request }) =>
        withIdempotency(db, ctx, request, 'proveStock', async (tx) => {
          const { task } = await enqueueTask(tx, proveStockTask, ProofSize.parse(body));
          return { status: 202 as const, body: presentTask(task) };
        }),
      ),
    ],
  };
}
