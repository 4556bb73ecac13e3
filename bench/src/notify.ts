/**
 * From commit to frame: 1,000 sockets of ten tenants, 100 events a second, each committed by itself and meant for 100
 * sockets. Beside it, in the same run and to sockets of the same other process: the same bytes sent by bare `ws` to 100
 * sockets at the same rate, with no database (what the network, the kernel and the library take), and the commit itself.
 * Then, from the commit that takes a level to its threshold to the alert at a socket.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { allPermissions } from '@tradepost/contracts';
import { WebSocket, WebSocketServer } from 'ws';
import { applyStock } from '../../server/src/modules/inventory/index.ts';
import { createRealtimeModule } from '../../server/src/modules/realtime/index.ts';
import { systemClock } from '../../server/src/platform/clock/index.ts';
import { loadEpoch, Tail } from '../../server/src/platform/events/index.ts';
import type { Credential } from '../../server/src/platform/http/index.ts';
import { type BenchResult, percentile, ratio } from './report.ts';
import { type BenchDatabase, seedStock, startBenchDatabase } from './support/database.ts';
import { type Order, type Report, steadyMs } from './support/socket-clients.ts';

const tenants = 10;
const socketsEach = 100;
const eventsPerSecond = 100;
const seconds = 20;
const crossings = 300;
const productId = '00000000-0000-7000-8000-000000000001';

interface Latencies {
  p50: number;
  p99: number;
  max: number;
  frames: number;
}

export async function run(): Promise<BenchResult> {
  const child = fork(fileURLToPath(new URL('./support/socket-clients.ts', import.meta.url)), {
    serialization: 'advanced',
  });
  try {
    const bare = await measureBare(child);
    const whole = await measureWhole(child);
    const expected = eventsPerSecond * seconds * socketsEach;
    return {
      name: 'notify',
      rows: [
        { name: 'commit to frame p50', value: whole.latencies.p50, unit: 'ms' },
        { name: 'commit to frame p99', value: whole.latencies.p99, unit: 'ms' },
        { name: 'commit to frame max', value: whole.latencies.max, unit: 'ms' },
        { name: 'bare ws, send to frame p50', value: bare.p50, unit: 'ms' },
        { name: 'bare ws, send to frame p99', value: bare.p99, unit: 'ms' },
        { name: 'one commit p50', value: whole.commitP50Ms, unit: 'ms' },
        { name: 'one commit p99', value: whole.commitP99Ms, unit: 'ms' },
        { name: 'commit of a crossing to stock_low p50', value: whole.alerts.p50, unit: 'ms' },
        { name: 'commit of a crossing to stock_low p99', value: whole.alerts.p99, unit: 'ms' },
        { name: 'frames', value: whole.latencies.frames / seconds, unit: 'per s' },
        { name: 'processor time of the server', value: whole.cpuShare * 100, unit: '% of a core' },
        { name: 'memory for 1,000 sockets', value: whole.socketBytes / 1e6, unit: 'MB' },
      ],
      ratios: [
        ratio('commit to frame p50, ms', whole.latencies.p50, 10, true),
        ratio('commit to frame p99, ms', whole.latencies.p99, 50, true),
        ratio('p50 over bare ws', whole.latencies.p50 / bare.p50, 5, true),
        ratio('commit of a crossing to stock_low p99, ms', whole.alerts.p99, 200, true),
        ratio('frames arrived of those meant', whole.latencies.frames / expected, 1),
        ratio('memory for 1,000 sockets, MB', whole.socketBytes / 1e6, 100, true),
      ],
    };
  } finally {
    child.disconnect();
  }
}

/** Opens `tenants × socketsEach` sockets in the other process; each counts as open with its first frame. */
async function openSockets(child: ChildProcess, url: (group: number) => string): Promise<void> {
  const urls = Array.from({ length: tenants * socketsEach }, (_, n) => url(n % tenants));
  child.send({ do: 'open', urls } satisfies Order);
  await once(child, 'message');
}

/** Calls `send` at the rate for the whole time, without waiting for it; gives when each event was sent. */
async function drive(send: (n: number) => Promise<number>): Promise<number[]> {
  const begun = performance.now();
  const sent: Promise<number>[] = [];
  for (let n = 0; n < eventsPerSecond * seconds; n++) {
    const dueMs = begun + (n * 1000) / eventsPerSecond - performance.now();
    if (dueMs > 0) await delay(dueMs);
    sent.push(send(n));
  }
  const times = await Promise.all(sent);
  await delay(500); // what is under way arrives; frames still missing after it count as lost
  return times;
}

async function collect(child: ChildProcess, sentAt: readonly number[]): Promise<Latencies> {
  child.send({ do: 'report' } satisfies Order);
  const [report] = (await once(child, 'message')) as [Report];
  if (report.did !== 'reported') throw new Error('the clients answered out of turn');
  const { received } = report;
  const all = new Float64Array(received.length / 2);
  for (let i = 0; i < all.length; i++) all[i] = received[2 * i + 1]! - sentAt[received[2 * i]!]!;
  all.sort();
  return { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: all.at(-1)!, frames: all.length };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function measureBare(child: ChildProcess): Promise<Latencies> {
  const server = createServer();
  const groups = Array.from({ length: tenants }, (): WebSocket[] => []);
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  wss.on('connection', (socket, request) => {
    groups[Number(request.url!.slice(1))]!.push(socket);
    socket.send('{}');
  });
  const url = await listen(server);
  await openSockets(child, (group) => `${url}/${group}`);
  const sentAt = await drive(async (n) => {
    const frame = Buffer.from(
      `{"id":"0f5a0b3c-1a2b-3c4d","channel":"products","type":"product_updated","data":{"name": "thing", "change": "updated", "version": ${n}, "productId": "${productId}"},"timestamp":"2026-01-01T00:00:00.000Z"}`,
    );
    const at = steadyMs();
    for (const socket of groups[n % tenants]!) socket.send(frame, { binary: false });
    return at;
  });
  const latencies = await collect(child, sentAt);
  for (const socket of groups.flat()) socket.terminate();
  wss.close();
  server.close();
  return latencies;
}

async function measureWhole(child: ChildProcess): Promise<{
  latencies: Latencies;
  commitP50Ms: number;
  commitP99Ms: number;
  alerts: { p50: number; p99: number };
  cpuShare: number;
  socketBytes: number;
}> {
  const bench = await startBenchDatabase();
  const fail = (error: Error): never => {
    throw error;
  };
  const tail = new Tail({ url: bench.url, bus: bench.bus, onError: fail });
  try {
    const owners = await Promise.all(Array.from({ length: tenants }, () => bench.createTenant()));
    await tail.start();
    const realtime = createRealtimeModule({
      inventoryEnabled: true,
      db: bench.db,
      clock: systemClock,
      tail,
      epoch: await bench.db.asSystem('bench epoch', loadEpoch),
      identity: {
        authenticate: async () => null,
        verifyRealtimeToken: async (token) => credentialOf(token),
        issueRealtimeToken: async () => fail(new Error('the bench makes its own tokens')),
        findEndedCredentials: async () => new Set(),
        onCredentialEnded: () => () => {},
      },
      orderStatistics: async () => ({}),
      allowedOrigins: [],
      maxClients: tenants * socketsEach,
      heartbeatMs: 30_000,
      stopSpreadMs: 0,
      onError: fail,
    });
    const server = createServer();
    realtime.attach(server, { find: (_, find) => find(async () => {}) });
    const url = await listen(server);
    const bytesBefore = process.memoryUsage.rss();
    await openSockets(child, (group) => `${url}/ws?channel=products&token=${owners[group]!.tenantId}`);
    const socketBytes = process.memoryUsage.rss() - bytesBefore;
    const commitsMs: number[] = [];
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    const sentAt = await drive(async (n) => {
      const { tenantId } = owners[n % tenants]!;
      const from = performance.now();
      await bench.db.withTenant({ tenantId, actor: 'system' }, async (tx) => {
        tx.emit('product_updated', { productId, name: 'thing', change: 'updated', version: n });
      });
      commitsMs.push(performance.now() - from);
      return steadyMs();
    });
    const cpu = process.cpuUsage(cpuBefore);
    const cpuShare = (cpu.user + cpu.system) / 1000 / (performance.now() - begun);
    const latencies = await collect(child, sentAt);
    const alerts = await measureAlerts(bench, url);
    await realtime.stop();
    server.close();
    commitsMs.sort((a, b) => a - b);
    return {
      latencies,
      commitP50Ms: percentile(commitsMs, 0.5),
      commitP99Ms: percentile(commitsMs, 0.99),
      alerts,
      cpuShare,
      socketBytes,
    };
  } finally {
    await tail.stop();
    await bench.stop();
  }
}

/** A level falls to its threshold and rises above it again, time after time: from the commit of each fall to the frame that tells. */
async function measureAlerts(bench: BenchDatabase, url: string): Promise<{ p50: number; p99: number }> {
  const tenant = await bench.createTenant();
  const settings = { lowStockThreshold: 10, alertsEnabled: true };
  const [item] = await seedStock(bench.db, tenant, 1, settings.lowStockThreshold + 1);
  const socket = new WebSocket(`${url}/ws?channel=inventory&token=${tenant.tenantId}`);
  await once(socket, 'message');
  let onLow = () => {};
  socket.on('message', (data: Buffer) => {
    if (data.includes('"type":"stock_low"')) onLow();
  });
  let committedAtMs = 0;
  const end = bench.db.onCommit(() => {
    committedAtMs = performance.now();
  });
  const change = (delta: number) =>
    bench.db.withTenant({ tenantId: tenant.tenantId, actor: 'system' }, (tx) => {
      const line = { sku: item!.sku };
      const rest = { movementKind: 'adjustment', reason: null, reference: null, note: null } as const;
      return applyStock(
        tx,
        [{ kind: 'adjust', actor: 'system', line, change: { delta }, ...rest }],
        settings,
      );
    });
  const tookMs: number[] = [];
  for (let n = 0; n < crossings; n++) {
    const told = new Promise<void>((resolve) => {
      onLow = resolve;
    });
    await change(-1);
    const fellAtMs = committedAtMs;
    await told;
    tookMs.push(performance.now() - fellAtMs);
    await change(1);
  }
  end();
  socket.terminate();
  tookMs.sort((a, b) => a - b);
  return { p50: percentile(tookMs, 0.5), p99: percentile(tookMs, 0.99) };
}

function credentialOf(tenantId: string): Credential {
  return {
    id: `key:${tenantId}`,
    tenantId,
    actor: `key:${tenantId}`,
    permissions: new Set(allPermissions),
    userId: null,
    role: null,
    expiresAt: null,
  };
}
