/**
 * Requests per second of our server, over real HTTP from a process of its own: a list from the cache, a product, a
 * reservation, a confirmation, each with an API key and the writes with an Idempotency-Key. Beside them, the same bytes from
 * bare Fastify routes in the same run, and what credentials and rate limit cost a request.
 *
 * Made for a machine that does other things too: short rounds in turn, each ratio taken within a round, the middle of them.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createApiKey } from '../../server/src/modules/identity/index.ts';
import { type BenchResult, median, ratio } from './report.ts';
import { type Child, startChild } from './support/child.ts';
import { seedStock, startBenchDatabase } from './support/database.ts';
import type { LoadOrder, LoadReport } from './support/http-load.ts';

/** Of readers, and of writers: stock is written in batches of those who come at once. */
const readers = 64;
const writers = 200;
const seconds = 0.6;
/** Odd, for a middle. Short and many: what else the machine does meets both sides of a ratio. */
const rounds = 9;
const skus = 2000;

/** The real program. */
async function startProgram(
  databaseUrl: string,
): Promise<{ port: number; pid: number; stop(): Promise<void> }> {
  const file = join(tmpdir(), 'tradepost-bench-http.log');
  const log = openSync(file, 'w');
  const child = spawn(
    process.execPath,
    // With the options of this process, which are those that a server is started with.
    [...process.execArgv, fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', log],
      env: {
        ...process.env,
        ...{
          DATABASE_URL: databaseUrl,
          SECRET: 'the secret of a benchmark, long enough',
          PORT: '0',
          DEMO: 'off',
        },
        // Limits are kept, and wide; each write is logged.
        ...{ RATE_LIMIT_API: '1000000', LOG_LEVEL: 'info' },
      },
    },
  );
  closeSync(log);
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const url = /^ready (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(Number(new URL(url).port));
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: see ${file}`)));
  });
  return {
    port,
    pid: child.pid!,
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export async function run(): Promise<BenchResult> {
  const bench = await startBenchDatabase();
  const children: { stop(): Promise<void> }[] = [bench];
  try {
    const tenant = await bench.createTenant();
    const items = await seedStock(bench.db, tenant, skus, 1_000_000);
    const { key } = await bench.db.withTenant({ ...tenant, actor: 'system' }, (tx) =>
      createApiKey(tx, {
        name: 'bench',
        scopes: ['products.read', 'inventory.read', 'inventory.write'],
      }),
    );
    const program = await startProgram(bench.url);
    children.push(program);
    const authorization = `Bearer ${key}`;
    const list = await fetch(`http://127.0.0.1:${program.port}/api/v1/products?limit=20`, {
      headers: { authorization },
    });
    const text = await list.text();
    const productId = (JSON.parse(text) as { items: { id: string }[] }).items[0]!.id;
    const bare = await startServer('bare', { BENCH_TEXT: text });
    const ours = await startServer('ours', { BENCH_DATABASE_URL: bench.url });
    const load = startChild(new URL('./support/http-load.ts', import.meta.url));
    children.push(bare.child, ours.child, load);

    type Server = Pick<LoadOrder, 'port' | 'pid'>;
    const get = ({ port, pid }: Server, path: string, headers = {}): LoadOrder => ({
      ...{ port, pid, connections: readers, seconds },
      request: { method: 'GET', path, headers },
    });
    const post = ({ port, pid }: Server, path: string, body: object): LoadOrder => ({
      ...{ port, pid, connections: writers, seconds },
      request: {
        method: 'POST',
        path,
        headers: { authorization, 'idempotency-key': 'bench-{n}' },
        body: JSON.stringify(body),
      },
    });
    const reservation = { lines: [{ sku: items[0]!.sku, quantity: 1 }] };
    const adjustment = { productId: items[1]!.sku, quantity: 1, operation: 'add' };
    const orders = {
      bareList: get(bare, '/list', { authorization }),
      list: get(program, '/api/v1/products?limit=20', { authorization }),
      detail: get(program, `/api/v1/products/${productId}`, { authorization }),
      bareWrite: post(bare, '/write', reservation),
      reserve: post(program, '/api/v1/inventory/reservations', reservation),
      adjust: post(program, '/api/v1/realtime/inventory', adjustment),
      open: get(ours, '/api/v1/open'),
      known: get(ours, '/api/v1/known', { authorization }),
    };
    type Name = keyof typeof orders;
    const names = Object.keys(orders) as Name[];
    const once = async () => {
      const round = {} as Record<Name, LoadReport>;
      for (const name of names) round[name] = await load.ask<LoadReport>(orders[name]);
      // The next round goes the other way, so that neither side of a ratio is always the first.
      names.reverse();
      return round;
    };
    await once();
    const reports: Record<Name, LoadReport>[] = [];
    for (let round = 0; round < rounds; round++) reports.push(await once());
    const middle = (figure: (round: Record<Name, LoadReport>) => number) => median(reports.map(figure));
    const rate = (name: string, of: Name) => ({
      name,
      value: middle((r) => r[of].perSecond),
      unit: 'requests/s',
    });
    const cpu = (name: string, of: Name) => ({ name, value: middle((r) => r[of].serverMicros), unit: 'µs' });
    return {
      name: 'http',
      rows: [
        rate(`bare Fastify: the same list of ${text.length.toLocaleString('en')} bytes`, 'bareList'),
        rate('list of products from the cache', 'list'),
        rate('product', 'detail'),
        rate('bare Fastify: a POST', 'bareWrite'),
        rate('reservation with an idempotency key', 'reserve'),
        {
          name: 'reservation: 99 of 100 answered within',
          value: middle((r) => r.reserve.p99Ms),
          unit: 'ms',
        },
        rate('adjustment with an idempotency key', 'adjust'),
        rate('trivial route for everybody', 'open'),
        rate('trivial route with an API key', 'known'),
        cpu('CPU of the server for a list: bare Fastify', 'bareList'),
        cpu('CPU of the server for a list from the cache', 'list'),
        cpu('CPU of the server for a POST: bare Fastify', 'bareWrite'),
        cpu('CPU of the server for a reservation', 'reserve'),
        {
          name: 'CPU of the callers for a list',
          value: middle((r) => r.bareList.callerMicros),
          unit: 'µs',
        },
      ],
      ratios: [
        ratio(
          'list from the cache ÷ bare Fastify',
          middle((r) => r.list.perSecond / r.bareList.perSecond),
          0.4,
        ),
        ratio(
          'reservation ÷ bare Fastify',
          middle((r) => r.reserve.perSecond / r.bareWrite.perSecond),
          0.25,
        ),
        ratio(
          'ms within which 99 of 100 reservations are answered',
          middle((r) => r.reserve.p99Ms),
          100,
          true,
        ),
        ratio(
          'µs of CPU that credentials cost a request',
          middle((r) => r.known.serverMicros - r.open.serverMicros),
          50,
          true,
        ),
      ],
    };
  } finally {
    for (const child of children.reverse()) await child.stop();
  }
}

async function startServer(
  kind: 'bare' | 'ours',
  env: Record<string, string>,
): Promise<{ child: Child; port: number; pid: number }> {
  const child = startChild(new URL('./support/http-server.ts', import.meta.url), {
    BENCH_SERVER: kind,
    ...env,
  });
  const { port } = await child.next<{ port: number }>();
  return { child, port, pid: child.pid };
}
