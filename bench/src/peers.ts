/**
 * Reservations a second of one hot SKU by 200 callers, beside Medusa's inventory module in a process of its own: the same
 * PostgreSQL, databases of their own, in turns. Medusa is installed by this very bench, below the temporary folder.
 */
import { createStockGatherer } from '../../server/src/modules/inventory/gatherer.ts';
import { installPeer } from './peers/install.ts';
import type { MedusaOrder, MedusaReport } from './peers/medusa.ts';
import { type BenchResult, median, ratio } from './report.ts';
import { callsPerSecond } from './support/callers.ts';
import { startChild } from './support/child.ts';
import { seedStock, startBenchDatabase } from './support/database.ts';

const version = '2.21.2';
const medusa = ['inventory', 'locking', 'framework'];
const load = { callers: 200, seconds: 4 };
const rounds = 3;

export async function run(): Promise<BenchResult> {
  const packages = Object.fromEntries(medusa.map((name) => [`@medusajs/${name}`, version]));
  const installed = await installPeer('medusa', packages);
  const bench = await startBenchDatabase();
  const children: { stop(): Promise<void> }[] = [bench];
  try {
    const tenant = await bench.createTenant();
    const [item] = await seedStock(bench.db, tenant, 1, 100_000_000);
    const gatherer = createStockGatherer({
      db: bench.db,
      settings: { lowStockThreshold: 10, alertsEnabled: true },
    });
    const reserve = async () => {
      const { ok } = await gatherer.submit(tenant.tenantId, {
        kind: 'reserve',
        actor: 'system',
        lines: [{ sku: item!.sku, quantity: 1 }],
        reference: null,
        expiresAt: new Date(Date.now() + 900_000),
      });
      if (!ok) throw new Error('the stock ran out: seed more');
    };
    const ours: number[] = [];
    const row = (name: string, value: number, unit = 'reservations/s') => ({ name, value, unit });
    if ('failed' in installed) {
      ours.push(await callsPerSecond(load, reserve));
      return {
        name: 'peers',
        rows: [
          row('Tradepost: gathered', median(ours)),
          row(`Medusa ${version} is not available: ${installed.failed}`, 0),
        ],
        ratios: [],
      };
    }
    await bench.db.pool.query('create database medusa');
    const url = new URL(bench.url);
    url.pathname = '/medusa';
    const child = startChild(new URL('./peers/medusa.ts', import.meta.url), {
      MEDUSA_DIR: installed.dir,
      MEDUSA_URL: url.href,
      NODE_ENV: 'production',
    });
    children.push(child);
    await child.next();
    const theirs: MedusaReport[] = [];
    for (let round = 0; round < rounds; round++) {
      theirs.push(await child.ask<MedusaReport>(load satisfies MedusaOrder));
      ours.push(await callsPerSecond(load, reserve));
    }
    const { reserved, answered } = theirs.at(-1)!;
    if (reserved !== answered) throw new Error(`Medusa reserved ${reserved} and answered ${answered}`);
    const peer = median(theirs.map((r) => r.perSecond));
    return {
      name: 'peers',
      rows: [
        row(`Medusa ${version}: createReservationItems under its lock in memory`, peer),
        row(
          'Medusa: calls that waited 5 s for the lock in vain',
          median(theirs.map((r) => r.timedOut)),
          'a run',
        ),
        row('Tradepost: gathered', median(ours)),
      ],
      ratios: [ratio('gathered ÷ Medusa', median(ours) / peer, 20)],
    };
  } finally {
    for (const child of children.reverse()) await child.stop();
  }
}
