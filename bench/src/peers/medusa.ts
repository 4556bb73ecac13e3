/**
 * Medusa's inventory module as a process of its own, on the database of PEER_URL, loaded from PEER_DIR. A reservation is
 * what its own step `createReservationsStep` does: `createReservationItems` under `locking.execute` of the item's id, with
 * Medusa's default lock, which lives in the process's memory: the fastest it has, and no guard once there are two processes.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { callsPerSecond } from '../support/callers.ts';
import { type PeerLoad, type PeerReport, servePeer } from './serve.ts';

interface Modules {
  MedusaModule: {
    migrateUp(options: object): Promise<unknown>;
    bootstrap(options: object): Promise<Record<string, unknown>>;
  };
}

interface Inventory {
  createInventoryItems(items: { sku: string }[]): Promise<{ id: string }[]>;
  createInventoryLevels(levels: object[]): Promise<unknown>;
  createReservationItems(items: object[]): Promise<unknown>;
  listInventoryLevels(filter: object): Promise<{ reserved_quantity: unknown }[]>;
}

interface Locking {
  execute<T>(keys: string[], job: () => Promise<T>): Promise<T>;
}

const location = 'main';
const { PEER_DIR: dir, PEER_URL: clientUrl } = process.env;
const requireOfPeer = createRequire(join(dir!, 'package.json'));
process.chdir(dir!);

/** Its own way to hear of a socket instead of a port. */
const socket = new URL(clientUrl!).searchParams.get('host');
const database = {
  clientUrl,
  pool: { min: 2, max: 20 },
  driverOptions: { connection: { ssl: false, ...(socket !== null && { host: socket }) } },
};
const silent = () => {};
// Its migrations tell each of their steps.
console.log = silent;
const logger = { debug: silent, info: silent, warn: console.error, error: console.error };

async function load(): Promise<{ inventory: Inventory; locking: Locking }> {
  const { MedusaModule } = requireOfPeer('@medusajs/framework/modules-sdk') as Modules;
  const open = async (moduleKey: string) => {
    const defaultPath = `@medusajs/${moduleKey}`;
    const loaded = await MedusaModule.bootstrap({
      moduleKey,
      defaultPath,
      declaration: { scope: 'internal', options: { database } },
      injectedDependencies: { logger },
    });
    return loaded[moduleKey];
  };
  const inventory = 'inventory';
  await MedusaModule.migrateUp({
    moduleKey: inventory,
    modulePath: `@medusajs/${inventory}`,
    options: { database },
  });
  return { inventory: (await open(inventory)) as Inventory, locking: (await open('locking')) as Locking };
}

const { inventory, locking } = await load();
const [item] = await inventory.createInventoryItems([{ sku: 'hot' }]);
const at = { inventory_item_id: item!.id, location_id: location };
await inventory.createInventoryLevels([{ ...at, stocked_quantity: 100_000_000 }]);

let answered = 0;
let timedOut = 0;

async function reserve(): Promise<void> {
  for (;;) {
    try {
      await locking.execute([item!.id], () => inventory.createReservationItems([{ ...at, quantity: 1 }]));
      answered++;
      return;
    } catch (error) {
      if (!(error instanceof Error) || !/acquiring lock/.test(error.message)) throw error;
      timedOut++;
    }
  }
}

async function run(load: PeerLoad): Promise<PeerReport> {
  timedOut = 0;
  const perSecond = await callsPerSecond(load, reserve);
  const [level] = await inventory.listInventoryLevels(at);
  const reserved = Number(level!.reserved_quantity);
  if (reserved !== answered) throw new Error(`Medusa reserved ${reserved} and answered ${answered}`);
  return { perSecond, suffered: timedOut };
}

servePeer(run);
