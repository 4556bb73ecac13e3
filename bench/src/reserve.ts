/**
 * Reservations per second with 200 callers: through the gatherer, and, as the peer, one classic transaction each that
 * selects the level for update, checks, updates and inserts. Same tables, same roles, same pool, alternating in one run.
 */
import { createStockGatherer } from '../../server/src/modules/inventory/gatherer.ts';
import { newId } from '../../server/src/platform/crypto/index.ts';
import type { Database } from '../../server/src/platform/db/index.ts';
import { type BenchResult, median, ratio } from './report.ts';
import { callsPerSecond } from './support/callers.ts';
import { seedStock, startBenchDatabase } from './support/database.ts';

const callers = 200;
const seconds = 4;
const rounds = 3;

interface Item {
  sku: string;
  variantId: string;
}

/** Reservations a second of these items. */
function rate(items: Item[], reserve: (item: Item) => Promise<boolean>): Promise<number> {
  return callsPerSecond({ callers, seconds }, async (n) => {
    if (!(await reserve(items[n % items.length]!))) throw new Error('the stock ran out: seed more');
  });
}

function classic(
  db: Database,
  tenant: { tenantId: string; locationId: string },
): (item: Item) => Promise<boolean> {
  return (item) =>
    db.withTenant({ tenantId: tenant.tenantId, actor: 'system' }, async (tx) => {
      const key = [tenant.tenantId, item.variantId, tenant.locationId];
      const level = await tx.one<{ on_hand: number; reserved: number }>(
        'select on_hand, reserved from stock_level where tenant_id = $1 and variant_id = $2 and location_id = $3 for update',
        key,
      );
      if (level.on_hand - level.reserved < 1) return false;
      await tx.execute(
        'update stock_level set reserved = reserved + 1, version = version + 1, updated_at = now() where tenant_id = $1 and variant_id = $2 and location_id = $3',
        key,
      );
      const id = newId();
      await tx.execute(
        "insert into reservation (tenant_id, id, status, actor, expires_at, created_at) values ($1, $2, 'active', 'system', now() + interval '15 min', now())",
        [tenant.tenantId, id],
      );
      await tx.execute(
        'insert into reservation_line (tenant_id, reservation_id, variant_id, location_id, quantity) values ($1, $2, $3, $4, 1)',
        [tenant.tenantId, id, item.variantId, tenant.locationId],
      );
      return true;
    });
}

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  try {
    const gatherer = createStockGatherer({
      db: bench.db,
      settings: { lowStockThreshold: 10, alertsEnabled: true },
    });
    const gathered =
      (tenantId: string) =>
      async (item: Item): Promise<boolean> =>
        (
          await gatherer.submit(tenantId, {
            kind: 'reserve',
            actor: 'system',
            lines: [{ sku: item.sku, quantity: 1 }],
            reference: null,
            expiresAt: new Date(Date.now() + 900_000),
          })
        ).ok;

    const rows: BenchResult['rows'] = [];
    const ratios: BenchResult['ratios'] = [];
    for (const { label, skus, onHand, target } of [
      { label: 'one hot SKU', skus: 1, onHand: 100_000_000, target: 40 },
      { label: '10,000 SKUs', skus: 10_000, onHand: 1_000_000, target: 5 },
    ]) {
      const tenant = await bench.createTenant();
      const items = await seedStock(bench.db, tenant, skus, onHand);
      const peer: number[] = [];
      const ours: number[] = [];
      for (let round = 0; round < rounds; round++) {
        peer.push(await rate(items, classic(bench.db, tenant)));
        ours.push(await rate(items, gathered(tenant.tenantId)));
      }
      rows.push({
        name: `${label}: select for update, one transaction each`,
        value: median(peer),
        unit: 'reservations/s',
      });
      rows.push({ name: `${label}: gathered`, value: median(ours), unit: 'reservations/s' });
      ratios.push(ratio(`${label}: gathered ÷ select for update`, median(ours) / median(peer), target));
    }
    return { name: 'reserve', rows, ratios };
  } finally {
    await bench.stop();
  }
}
