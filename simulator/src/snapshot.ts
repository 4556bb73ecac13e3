import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountSettings } from './accounts.ts';
import type { Offer } from './offers/offer.ts';
import type { Order } from './orders/order.ts';
import type { Counters, World } from './world.ts';

/**
 * The state between runs, one JSON file replaced as a whole.
 *
 * Invariant: an order id once seen by a client never comes back with other content. Orders made after the last write
 * of a killed run are lost, so the next run starts its ids far beyond: the file says `clean: false` from the first
 * moment of a run to its orderly end.
 */
interface Snapshot {
  version: 1;
  clean: boolean;
  seed: number;
  clockOffsetMs: number;
  orderRandom: number;
  counters: Counters;
  accounts: { settings: AccountSettings; offers: Offer[]; orders: Order[] }[];
}

/** More than a killed run can have handed out since its last write. */
const unsavedIds = 1_000_000;
const maxOrdersPerAccount = 20_000;

export class SnapshotFile {
  readonly #path: string;
  readonly #world: World;
  #savedRevision = -1;

  constructor(dataDir: string, world: World) {
    mkdirSync(dataDir, { recursive: true });
    this.#path = join(dataDir, 'simulator-state.json');
    this.#world = world;
  }

  /**
   * Takes up the last run's state, and marks the new run as begun. Throws when the file cannot be read: going on
   * without it could hand out ids again.
   */
  load(): void {
    const snapshot = this.#read();
    if (snapshot) this.#restore(snapshot);
    this.save(false);
  }

  saveIfChanged(): void {
    if (this.#world.revision !== this.#savedRevision) this.save(false);
  }

  save(clean: boolean): void {
    const world = this.#world;
    for (const account of world.accounts.values()) {
      for (const order of account.orders.prune(world.clock.nowMs(), maxOrdersPerAccount)) {
        // What an unacknowledged order held is free again; what has left the shelf stays away.
        if (order.status === 1) account.releaseStock(order);
      }
    }
    const snapshot: Snapshot = {
      version: 1,
      clean,
      seed: world.seed,
      clockOffsetMs: world.clock.offsetMs,
      orderRandom: world.orderRandom.state,
      counters: world.counters,
      accounts: Array.from(world.accounts.values(), (account) => ({
        settings: account.settings,
        offers: [...account.offers.values()],
        orders: [...account.orders],
      })),
    };
    replaceFile(this.#path, JSON.stringify(snapshot));
    this.#savedRevision = world.revision;
  }

  #read(): Snapshot | null {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      const snapshot = JSON.parse(text) as Snapshot;
      if (snapshot.version === 1) return snapshot;
    } catch {
      // Said below, as for a foreign version.
    }
    throw new Error(`${this.#path} is no state of this simulator; move it away to start afresh`);
  }

  /** Accounts of the environment win over stored ones; those added by a control call come back. */
  #restore(snapshot: Snapshot): void {
    const world = this.#world;
    world.clock.offsetMs = snapshot.clockOffsetMs;
    // Another seed draws its own orders from here on; the ids go on all the same.
    if (snapshot.seed === world.seed) world.orderRandom.state = snapshot.orderRandom;
    world.counters = snapshot.counters;
    if (!snapshot.clean) {
      for (const row of Object.keys(world.counters.orderIds)) {
        world.counters.orderIds[row] = (world.counters.orderIds[row] ?? 0) + unsavedIds;
      }
      world.counters.lineId += unsavedIds;
    }
    for (const { settings, offers, orders } of snapshot.accounts) {
      const account = world.accounts.get(settings.username) ?? world.addAccount(settings);
      if (account.platform.key !== settings.platform) continue;
      for (const offer of offers) account.offers.set(offer.id, offer);
      for (const order of orders) account.orders.add(order);
      account.offersChanged();
    }
    world.actors.lookAgain();
  }
}

/** Readers see the old file or the new one, never half of it; only the owner may read it. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { mode: 0o600 });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
