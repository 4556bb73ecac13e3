/** What is served beside the API: health, metrics, the API's documents, the console. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { safeEqual } from '../crypto/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { cachedHealth, type HealthCheck } from './health.ts';
import { problem } from './problem.ts';
import { contentSecurityPolicy } from './security.ts';

export function serveHealth(app: FastifyInstance, parts: ReadonlyMap<string, HealthCheck>): void {
  const report = cachedHealth(parts);
  const state = async (_: FastifyRequest, reply: FastifyReply) => {
    const health = await report();
    return reply
      .code(health.status === 'down' ? 503 : 200)
      .header('cache-control', 'no-store')
      .send(health);
  };
  app.get('/health', { config: { operation: 'getHealth' } }, state);
  app.get('/health/ready', { config: { operation: 'getReadiness' } }, state);
  app.get('/health/live', { config: { operation: 'getLiveness' } }, async (_, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
}

/** `metricsToken` is asked for as a bearer token; null: open. */
export function serveMetrics(
  app: FastifyInstance,
  options: { metrics: Metrics; metricsToken: string | null; measureAll?: () => Promise<string> },
): void {
  const { metricsToken: token } = options;
  const { registry } = options.metrics;
  const measure = async () => {
    if (options.measureAll === undefined) return registry.metrics();
    // Better a part than nothing.
    return options.measureAll().catch(() => registry.metrics());
  };
  app.get('/metrics', { config: { operation: 'getMetrics' } }, async (request, reply) => {
    const given = request.headers.authorization?.replace(/^Bearer /i, '') ?? '';
    if (token !== null && !safeEqual(given, token)) {
      throw problem('UNAUTHENTICATED', 'The metrics ask for METRICS_TOKEN as a bearer token.');
    }
    return reply.type(registry.contentType).send(await measure());
  });
}

const docsStyleHash = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";
const docsLogo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><text x="0" y="28" fill="#fff" font-family="sans-serif" font-size="24" font-weight="600">Tradepost</text></svg>';

/** How `/docs` opens: what is unfolded, and whether calls show their operation id. */
export interface DocsSettings {
  expansion: 'none' | 'list' | 'full';
  showOperationIds: boolean;
}

export async function serveDocs(
  app: FastifyInstance,
  openApi: Record<string, unknown>,
  settings: DocsSettings,
): Promise<void> {
  await app.register(fastifySwagger, {
    mode: 'static',
    // The plugin's type knows OpenAPI 3.0 documents only; it passes this one on as it is.
    specification: { document: openApi as never },
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    uiConfig: {
      docExpansion: settings.expansion,
      displayOperationId: settings.showOperationIds,
      deepLinking: true,
      persistAuthorization: true,
      tryItOutEnabled: true,
    },
    theme: { title: 'Tradepost API' },
    logo: { type: 'image/svg+xml', content: Buffer.from(docsLogo) },
    // One style element that Swagger UI makes as it runs; without it the page works, and the browser complains.
    transformStaticCSP: (policy) => policy.replace("style-src 'self'", `style-src 'self' ${docsStyleHash}`),
  });
}

const nonceMark = '__CSP_NONCE__';
const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tradepost</title>
<h1>Tradepost is running</h1><p>The console is not built: <code>npm run build:console</code>, then start again.</p>
<p>The API is at <a href="/docs">/docs</a>.</p></html>`;

/**
 * Serves the built console. Returns what answers a page of it (any path that is no file): index.html with a fresh nonce
 * in place of the mark. A rebuild under the running server is taken up: the new page names new assets.
 */
export async function serveConsole(
  app: FastifyInstance,
  dist: string,
): Promise<(reply: FastifyReply) => FastifyReply> {
  const readIndex = createIndexReader(join(dist, 'index.html'));
  if (readIndex() !== null) {
    // The build lays a `.br` and a `.gz` beside each asset worth it; the one that the browser takes is sent, with `Vary`.
    await app.register(fastifyStatic, { root: dist, serve: false, cacheControl: false, preCompressed: true });
    // Names under assets/ carry a hash of their content.
    app.get('/assets/*', (request, reply) =>
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .sendFile(`assets/${(request.params as { '*': string })['*']}`),
    );
    for (const name of readdirSync(dist)) {
      if (name === 'index.html' || !statSync(join(dist, name)).isFile()) continue;
      app.get(`/${name}`, (_, reply) => reply.header('cache-control', 'no-cache').sendFile(name));
    }
  }
  return (reply) => {
    const nonce = randomBytes(16).toString('base64url');
    return reply
      .code(200)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', contentSecurityPolicy(nonce))
      .send((readIndex() ?? notBuilt).replaceAll(nonceMark, nonce));
  };
}

/** Reads the page again when its file has changed; in the moment of a rebuild in which there is none, the last one stays. */
function createIndexReader(path: string): () => string | null {
  let known: { html: string; changedAtMs: number } | null = null;
  return () => {
    try {
      const { mtimeMs } = statSync(path);
      if (known?.changedAtMs !== mtimeMs) known = { html: readFileSync(path, 'utf8'), changedAtMs: mtimeMs };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    return known?.html ?? null;
  };
}
