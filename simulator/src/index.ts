import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AccountSettings, defaultAccounts } from './accounts.ts';
import { type Clock, MovableClock, systemClock } from './clock.ts';
import { createSimulatorServer } from './http/server.ts';
import { defaultSettings } from './settings.ts';
import { replaceFile, SnapshotFile } from './snapshot.ts';
import { World } from './world.ts';

export type { AccountSettings } from './accounts.ts';
export type { Clock } from './clock.ts';

export interface SimulatorOptions {
  /** 0 = any free one, the default here. */
  port?: number;
  host?: string;
  seed?: number;
  /** The base clock; the control API moves on top of it. */
  clock?: Clock;
  accounts?: readonly AccountSettings[];
  /** In total; default 0 here, so that a test decides what exists. */
  ordersPerMinute?: number;
  /** Default true. */
  rateLimits?: boolean;
  outages?: boolean;
  /** Default false here. */
  actors?: boolean;
  /** Where state and simulator.json go; without it nothing is written. */
  dataDir?: string;
}

export interface SimulatorAccount {
  name: string;
  tenant: string;
  username: string;
  password: string;
  /** Ends in `/api-3`. */
  baseUrl: string;
}

export interface Simulator {
  url: string;
  readonly accounts: readonly SimulatorAccount[];
  /** Saves the state, drops open connections and frees the port. */
  stop(): Promise<void>;
}

const tickEveryMs = 100;
const saveEveryMs = 3000;

/** Starts a simulator in this process. Rejects with the system's error when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1';
  const world = new World({
    clock: new MovableClock(options.clock ?? systemClock),
    seed: options.seed ?? 1,
    accounts: options.accounts ?? defaultAccounts,
    settings: {
      ...defaultSettings,
      rateLimits: (options.rateLimits ?? true) ? defaultSettings.rateLimits : null,
      ordersPerMinute: options.ordersPerMinute ?? 0,
      outages: options.outages ?? false,
      actors: options.actors ?? false,
    },
  });
  let url = '';
  const listAccounts = () => presentAccounts(world, url);
  const writeInfo = () => {
    if (options.dataDir === undefined) return;
    const info = { url, accounts: listAccounts() };
    replaceFile(join(options.dataDir, 'simulator.json'), `${JSON.stringify(info, null, 2)}\n`);
  };
  const server = createSimulatorServer(world, writeInfo);
  // The port is the lock: the state of a simulator that still runs is not touched.
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const snapshot = options.dataDir === undefined ? null : new SnapshotFile(options.dataDir, world);
  try {
    snapshot?.load();
    writeInfo();
  } catch (error) {
    server.close();
    throw error;
  }
  const timers = [
    setInterval(() => world.tick(), tickEveryMs),
    setInterval(() => snapshot?.saveIfChanged(), saveEveryMs),
  ];
  const end = async () => {
    for (const timer of timers) clearInterval(timer);
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    snapshot?.save(true);
  };
  let ended: Promise<void> | undefined;
  return {
    url,
    get accounts() {
      return listAccounts();
    },
    stop() {
      ended ??= end();
      return ended;
    },
  };
}

function presentAccounts(world: World, url: string): SimulatorAccount[] {
  return Array.from(world.accounts.values(), ({ settings: { name, tenant, username, password } }) => ({
    name,
    tenant,
    username,
    password,
    baseUrl: `${url}/api-3`,
  }));
}
