/**
 * Requests per second of our server, over real HTTP from a process of its own: a list from the cache, a product, a
 * reservation, a confirmation, each with an API key and the writes with an Idempotency-Key. Beside them, the same bytes from
 * bare Fastify routes in the same run, and what credentials and rate limit cost a request.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createApiKey } from '../../server/src/modules/identity/index.ts';
import { type BenchResult, median, ratio } from './report.ts';
import { type Child, startChild } from './support/child.ts';
import { seedStock, startBenchDatabase } from './support/database.ts';
import type { LoadOrder, LoadReport } from './support/http-load.ts';

const connections = 32;
const seconds = 3;
const rounds = 3;
const skus = 2000;

/** The real program. */
async function startProgram(databaseUrl: string): Promise<{ port: number; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...{
          DATABASE_URL: databaseUrl,
          SECRET: 'the secret of a benchmark, long enough',
          PORT: '0',
          DEMO: 'off',
        },
        // Limits are kept, and wide; the log tells of failures only.
        ...{ RATE_LIMIT_API: '1000000', LOG_LEVEL: 'error' },
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^ready (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(Number(new URL(url).port));
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return {
    port,
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

    const measure = async (port: number, request: LoadOrder['request']): Promise<number> => {
      const order: LoadOrder = { port, connections, seconds, request };
      return (await load.ask<LoadReport>(order)).perSecond;
    };
    const reservation = (sku: string) => JSON.stringify({ lines: [{ sku, quantity: 1 }] });
    const write = {
      method: 'POST',
      headers: { authorization, 'idempotency-key': 'bench-{n}' },
      body: reservation(items[0]!.sku),
    };
    const read = (path: string) => ({ method: 'GET', path, headers: { authorization } });
    const cases = {
      bareList: () => measure(bare.port, { method: 'GET', path: '/list', headers: {} }),
      list: () => measure(program.port, read('/api/v1/products?limit=20')),
      detail: () => measure(program.port, read(`/api/v1/products/${productId}`)),
      bareWrite: () => measure(bare.port, { ...write, path: '/write' }),
      reserve: () => measure(program.port, { ...write, path: '/api/v1/inventory/reservations' }),
      adjust: () =>
        measure(program.port, {
          ...write,
          path: '/api/v1/realtime/inventory',
          body: JSON.stringify({ productId: items[1]!.sku, quantity: 1, operation: 'add' }),
        }),
      open: () => measure(ours.port, { method: 'GET', path: '/api/v1/open', headers: {} }),
      known: () => measure(ours.port, read('/api/v1/known')),
    };
    const figures = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, measureOnce] of Object.entries(cases)) figures.get(name)!.push(await measureOnce());
    }
    const of = (name: keyof typeof cases) => median(figures.get(name)!);
    const credentialMicros = 1e6 / of('known') - 1e6 / of('open');
    const row = (name: string, value: number) => ({ name, value, unit: 'requests/s' });
    return {
      name: 'http',
      rows: [
        row(`bare Fastify: the same list of ${text.length.toLocaleString('en')} bytes`, of('bareList')),
        row('list of products from the cache', of('list')),
        row('product', of('detail')),
        row('bare Fastify: a POST', of('bareWrite')),
        row('reservation with an idempotency key', of('reserve')),
        row('adjustment with an idempotency key', of('adjust')),
        row('trivial route for everybody', of('open')),
        row('trivial route with an API key', of('known')),
      ],
      ratios: [
        ratio('list from the cache ÷ bare Fastify', of('list') / of('bareList'), 0.4),
        ratio('reservation ÷ bare Fastify', of('reserve') / of('bareWrite'), 0.25),
        ratio('µs that credentials cost a request', credentialMicros, 50, true),
      ],
    };
  } finally {
    for (const child of children.reverse()) await child.stop();
  }
}

async function startServer(
  kind: 'bare' | 'ours',
  env: Record<string, string>,
): Promise<{ child: Child; port: number }> {
  const child = startChild(new URL('./support/http-server.ts', import.meta.url), {
    BENCH_SERVER: kind,
    ...env,
  });
  const { port } = await child.next<{ port: number }>();
  return { child, port };
}
