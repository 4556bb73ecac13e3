/**
 * Reservations a second of one hot SKU by 200 callers, beside Medusa's inventory module and Vendure's stock allocation, each
 * in a process of its own: the same PostgreSQL, databases of their own, in turns. The peers are installed by this very bench,
 * below the temporary folder. What of them is measured, and what is left out, is told in ./peers.
 */
import { createStockGatherer } from '../../server/src/modules/inventory/gatherer.ts';
import { installPeer } from './peers/install.ts';
import type { PeerLoad, PeerReport } from './peers/serve.ts';
import { type BenchResult, median, ratio } from './report.ts';
import { callsPerSecond } from './support/callers.ts';
import { type Child, startChild } from './support/child.ts';
import { type BenchDatabase, seedStock, startBenchDatabase } from './support/database.ts';

interface Peer {
  name: string;
  version: string;
  packages: Record<string, string>;
  program: URL;
  /** What it does, and what it suffers from under this load. */
  does: string;
  suffers: { from: string; unit: string };
}

const medusaVersion = '2.21.2';
const vendureVersion = '3.7.3';
const peers: Peer[] = [
  {
    name: 'Medusa',
    version: medusaVersion,
    packages: Object.fromEntries(
      ['inventory', 'locking', 'framework'].map((name) => [`@medusajs/${name}`, medusaVersion]),
    ),
    program: new URL('./peers/medusa.ts', import.meta.url),
    does: 'createReservationItems under its lock in memory',
    suffers: { from: 'calls that waited 5 s for the lock in vain', unit: 'a run' },
  },
  {
    name: 'Vendure',
    version: vendureVersion,
    packages: { '@vendure/core': vendureVersion, pg: '8.23.1' },
    program: new URL('./peers/vendure.ts', import.meta.url),
    does: 'createAllocationsForOrder in a transaction, no lock',
    suffers: { from: 'allocations that its stock level lost', unit: 'a run' },
  },
];
const load: PeerLoad = { callers: 200, seconds: 4 };
const rounds = 3;

export async function run(): Promise<BenchResult> {
  const installed = [];
  for (const peer of peers)
    installed.push({ peer, ...(await installPeer(peer.name.toLowerCase(), peer.packages)) });
  const bench = await startBenchDatabase();
  const started: { stop(): Promise<void> }[] = [bench];
  try {
    const reserve = await ourReservation(bench);
    const measured: { peer: Peer; child: Child; reports: PeerReport[] }[] = [];
    const rows: BenchResult['rows'] = [];
    for (const { peer, ...found } of installed) {
      if ('failed' in found) {
        rows.push(row(`${peer.name} ${peer.version} is not available: ${found.failed}`, 0));
        continue;
      }
      const child = await startPeer(bench, peer, found.dir);
      started.push(child);
      await child.next();
      measured.push({ peer, child, reports: [] });
    }
    const ours: number[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const { child, reports } of measured) reports.push(await child.ask<PeerReport>(load));
      ours.push(await callsPerSecond(load, reserve));
    }
    const ratios: BenchResult['ratios'] = [];
    for (const { peer, reports } of measured) {
      const perSecond = median(reports.map((r) => r.perSecond));
      const { from, unit } = peer.suffers;
      rows.push(row(`${peer.name} ${peer.version}: ${peer.does}`, perSecond));
      rows.push(row(`${peer.name}: ${from}`, median(reports.map((r) => r.suffered)), unit));
      ratios.push(ratio(`gathered ÷ ${peer.name}`, median(ours) / perSecond, 20));
    }
    return { name: 'peers', rows: [...rows, row('Tradepost: gathered', median(ours))], ratios };
  } finally {
    for (const one of started.reverse()) await one.stop();
  }
}

const row = (name: string, value: number, unit = 'reservations/s') => ({ name, value, unit });

async function startPeer(bench: BenchDatabase, peer: Peer, dir: string): Promise<Child> {
  const database = peer.name.toLowerCase();
  await bench.db.pool.query(`create database ${database}`);
  const url = new URL(bench.url);
  url.pathname = `/${database}`;
  return startChild(peer.program, { PEER_DIR: dir, PEER_URL: url.href, NODE_ENV: 'production' });
}

/** One piece of one SKU that everybody wants, for a quarter of an hour. */
async function ourReservation(bench: BenchDatabase): Promise<() => Promise<void>> {
  const tenant = await bench.createTenant();
  const [item] = await seedStock(bench.db, tenant, 1, 100_000_000);
  const gatherer = createStockGatherer({
    db: bench.db,
    settings: { lowStockThreshold: 10, alertsEnabled: true },
  });
  return async () => {
    const { ok } = await gatherer.submit(tenant.tenantId, {
      kind: 'reserve',
      actor: 'system',
      lines: [{ sku: item!.sku, quantity: 1 }],
      reference: null,
      expiresAt: new Date(Date.now() + 900_000),
    });
    if (!ok) throw new Error('the stock ran out: seed more');
  };
}
