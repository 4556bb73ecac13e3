/** A scratch database with the durability of a real one: what is measured includes the disk. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessBus } from '../../../server/src/platform/bus/index.ts';
import { systemClock } from '../../../server/src/platform/clock/index.ts';
import { newId } from '../../../server/src/platform/crypto/index.ts';
import {
  createDatabase,
  createPool,
  type Database,
  migrate,
  type Tx,
} from '../../../server/src/platform/db/index.ts';
import { startEmbeddedPostgres } from '../../../server/src/platform/embedded-postgres/index.ts';

export interface BenchDatabase {
  url: string;
  db: Database;
  bus: InProcessBus;
  /** Its process id. */
  postmaster: number;
  createTenant(): Promise<{ tenantId: string; locationId: string }>;
  stop(): Promise<void>;
}

export async function startBenchDatabase(): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tradepost-bench-'));
  const server = await startEmbeddedPostgres({ dataDir, log: () => {} });
  await migrate(server.url);
  const pool = createPool({
    url: server.url,
    poolSize: 20,
    maxOverflow: 40,
    poolTimeoutMs: 30_000,
    poolRecycleSeconds: 3600,
  });
  const bus = new InProcessBus();
  const db = createDatabase({ pool, clock: systemClock, bus });
  return {
    url: server.url,
    db,
    bus,
    postmaster: server.pid,
    async createTenant() {
      const tenantId = newId();
      const locationId = newId();
      await db.asSystem('bench tenant', async (tx) => {
        await tx.execute('insert into auth.organization (id, name, slug) values ($1, $2, $2)', [
          tenantId,
          `bench-${tenantId.slice(-8)}`,
        ]);
        await tx.execute(
          "insert into location (tenant_id, id, code, name, priority) values ($1, $2, 'main', 'Main', 0)",
          [tenantId, locationId],
        );
      });
      return { tenantId, locationId };
    },
    async stop() {
      await db.close();
      await server.stop('immediate');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Products with one variant each and `onHand` pieces of it; gives the SKUs and ids. */
export async function seedStock(
  db: Database,
  tenant: { tenantId: string; locationId: string },
  count: number,
  onHand: number,
): Promise<{ sku: string; variantId: string }[]> {
  const items = Array.from({ length: count }, (_, i) => ({
    sku: `SKU-${i}`,
    variantId: newId(),
    productId: newId(),
  }));
  // As much at once as an import has: what triggers sum up of one statement stays small.
  for (let first = 0; first < count; first += seededAtOnce) {
    const portion = items.slice(first, first + seededAtOnce);
    await db.asSystem('bench stock', (tx) => seedPortion(tx, tenant, portion, onHand));
  }
  return items;
}

const seededAtOnce = 1000;

async function seedPortion(
  tx: Tx,
  tenant: { tenantId: string; locationId: string },
  items: { sku: string; variantId: string; productId: string }[],
  onHand: number,
): Promise<void> {
  const ids = [
    tenant.tenantId,
    items.map((i) => i.productId),
    items.map((i) => i.variantId),
    items.map((i) => i.sku),
  ];
  await tx.execute(
    'insert into product (tenant_id, id, name, created_at, updated_at) select $1, p, s, now(), now() from unnest($2::uuid[], $3::uuid[], $4::text[]) as i (p, v, s)',
    ids,
  );
  await tx.execute(
    "insert into variant (tenant_id, id, product_id, sku, name, price_minor, currency, created_at) select $1, v, p, s, s, 1000, 'RON', now() from unnest($2::uuid[], $3::uuid[], $4::text[]) as i (p, v, s)",
    ids,
  );
  await tx.execute(
    'insert into stock_level (tenant_id, variant_id, location_id, on_hand, updated_at) select $1, unnest($2::uuid[]), $3, $4, now()',
    [tenant.tenantId, items.map((i) => i.variantId), tenant.locationId, onHand],
  );
}
