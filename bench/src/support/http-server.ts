/**
 * Servers to be measured, each a process of its own: `bare`, Fastify with two routes and nothing else, and `ours`, our HTTP
 * with the same kind of routes, real credentials and a real cache. It is told by environment and says its port.
 */
import { fastify } from 'fastify';
import { pino } from 'pino';
import { z } from 'zod';
import { defineRoute } from '../../../contracts/src/index.ts';
import { createIdentity } from '../../../server/src/modules/identity/index.ts';
import { InProcessBus } from '../../../server/src/platform/bus/index.ts';
import { createCache } from '../../../server/src/platform/cache/index.ts';
import { systemClock } from '../../../server/src/platform/clock/index.ts';
import { createDatabase, createPool } from '../../../server/src/platform/db/index.ts';
import { Tail } from '../../../server/src/platform/events/index.ts';
import { createHttp, JsonText, route } from '../../../server/src/platform/http/index.ts';
import { createMetrics } from '../../../server/src/platform/telemetry/index.ts';

const secret = 'the secret of a benchmark, long enough';

async function serveBare(): Promise<string> {
  const app = fastify();
  const text = process.env.BENCH_TEXT ?? '{}';
  app.get('/list', (_, reply) => reply.type('application/json; charset=utf-8').send(text));
  app.post('/write', (request, reply) => {
    reply.code(201).send({ id: 'x', status: 'active', received: request.body });
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function serveOurs(url: string): Promise<string> {
  const bus = new InProcessBus();
  const log = pino({ level: 'silent' });
  const pool = createPool({
    url,
    poolSize: 10,
    maxOverflow: 20,
    poolTimeoutMs: 5000,
    poolRecycleSeconds: 3600,
  });
  const db = createDatabase({ pool, clock: systemClock, bus });
  const tail = new Tail({ url, bus });
  await tail.start();
  const metrics = createMetrics();
  const identity = createIdentity({
    db,
    databaseUrl: url,
    secret,
    publicUrl: null,
    auditRetentionDays: 30,
    log,
    tail,
  });
  const cache = createCache({ db, tail, epoch: 'bench', redis: null, maxBytes: 64e6, metrics });
  const Answer = z.object({ ok: z.boolean() });
  const contract = <const P extends string, const A extends 'public' | 'products.read'>(path: P, access: A) =>
    defineRoute({
      method: 'GET',
      path,
      operation: path.slice(1),
      tag: 'products',
      summary: 'For the benchmark',
      access,
      responses: { 200: Answer },
    });
  const slow = (tenantId: string) =>
    db.withTenant({ tenantId, actor: 'system' }, async (tx) => {
      await tx.query('select pg_sleep(0.25)');
      return { ok: true };
    });
  const cached = cache.wrap(
    { kind: 'product_list', schema: Answer, keyOf: () => 'slow', tagsOf: () => ['products'] },
    (ctx) => slow(ctx.tenantId),
  );
  const http = await createHttp({
    publicUrl: null,
    trustProxy: [],
    corsOrigins: [],
    rateLimitPerSecond: 1_000_000,
    metricsToken: null,
    log,
    metrics,
    secret,
    csrf: identity.csrf,
    authenticate: identity.authenticate,
    routes: [
      route(contract('/open', 'public'), async () => ({ status: 200, body: { ok: true } })),
      route(contract('/known', 'products.read'), async () => ({ status: 200, body: { ok: true } })),
      route(contract('/slow', 'products.read'), async ({ ctx }) => ({
        status: 200,
        body: await slow(ctx.tenantId),
      })),
      route(contract('/slow-cached', 'products.read'), async ({ ctx }) => ({
        status: 200,
        body: new JsonText(await cached(ctx, undefined)),
      })),
    ],
    healthParts: {},
    documents: {},
    consoleDist: '/nowhere',
    version: '0.0.0',
  });
  return http.listen('127.0.0.1', 0);
}

const { BENCH_SERVER: kind, BENCH_DATABASE_URL: url } = process.env;
const address = kind === 'bare' ? await serveBare() : await serveOurs(url!);
process.send!({ port: Number(new URL(address).port) });
process.on('disconnect', () => process.exit(0));
