/** The HTTP server: everything on one port. Reads as its table of contents. */
import type { Server } from 'node:http';
import type { RouteContract } from '@tradepost/contracts';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { newId } from '../crypto/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import type { Csrf } from './csrf.ts';
import { handleClientError, handleError } from './errors.ts';
import type { HealthCheck } from './health.ts';
import { keepRequestHmac } from './idempotency.ts';
import { maxBodyBytes, readJsonBodies } from './json-body.ts';
import {
  countWear,
  createFarewell,
  createPeerGate,
  defaultMaxInWork,
  type PeerGate,
  shedLoad,
} from './limits.ts';
import { openApiDocument } from './openapi.ts';
import { type DocsSettings, serveConsole, serveDocs, serveHealth, serveMetrics } from './pages.ts';
import { problem } from './problem.ts';
import { type CreateRateLimit, createRateLimit } from './rate-limit.ts';
import { type Authenticate, apiPrefix, registerRoute } from './register.ts';
import { RequestLog } from './request-log.ts';
import type { RouteRegistration } from './route.ts';
import { allowOrigins, securityHeaders } from './security.ts';
import { limitBodies, uploadTimeoutMs } from './upload.ts';

export interface HttpOptions {
  publicUrl: string | null;
  trustProxy: string[];
  corsOrigins: string[];
  /** Requests per second and credential or address; 0 is no limit. */
  rateLimitPerSecond: number;
  /** Uploads per second and credential; 0 is no limit. Default: no limit. */
  uploadLimitPerSecond?: number;
  /** Default: limits of this process alone. */
  createRateLimit?: CreateRateLimit;
  metricsToken: string | null;
  /** What `/metrics` shows where several processes serve together: those of all. Default: this process's. */
  measureAll?: () => Promise<string>;
  /** When this process has served its time. */
  wear?: { maxRequests: number; onWorn(): void };
  /** How `/docs` opens. Default: calls listed, without their operation ids. */
  docs?: DocsSettings;
  /** Default 1000. */
  maxInWork?: number;
  /** Until a request that is no upload has arrived as a whole. Default 15 s. */
  requestTimeoutMs?: number;
  log: Logger;
  metrics: Metrics;
  /** Of the installation. */
  secret: string;
  csrf: Csrf;
  authenticate: Authenticate;
  routes: RouteRegistration[];
  healthParts: Record<string, HealthCheck>;
  /** JSON documents by path. */
  documents: Record<string, () => unknown>;
  /** Folder of the built console. */
  consoleDist: string;
  version: string;
}

export interface Http {
  readonly server: Server;
  /** For upgrades, which count against their peer's address as requests do. */
  readonly peerGate: PeerGate;
  /** Returns the address: `http://127.0.0.1:8000`. */
  listen(host: string, port: number): Promise<string>;
  /**
   * Takes no more connections, gives the clients of the others `farewellMs` (default 500) to leave by themselves, and waits
   * for the requests in work, `graceMs` at most (default 10 s).
   */
  close(patience?: { graceMs?: number; farewellMs?: number }): Promise<void>;
}

const maxUrlLength = 8192;
const slowMs = 1000;
const durationBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10];

export async function createHttp(options: HttpOptions): Promise<Http> {
  const requestTimeoutMs = options.requestTimeoutMs ?? 15_000;
  const app = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger, bindings, settings) =>
      new RequestLog(() => logger.child(bindings, settings)),
    bodyLimit: maxBodyBytes,
    requestTimeout: uploadTimeoutMs,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: 500 },
    trustProxy: options.trustProxy.length > 0 ? options.trustProxy : false,
    // While draining, what still arrives on open connections is served.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: (request) => saneRequestId(request.headers['x-request-id']) ?? newId(),
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
    clientErrorHandler: handleClientError,
    frameworkErrors: handleError,
    routerOptions: { maxParamLength: 300 },
  }) as unknown as FastifyInstance;
  const parts = new Map(Object.entries(options.healthParts));
  const contracts = options.routes.map((r) => r.contract);

  app.decorateRequest('credential', null);
  keepRequestHmac(app, options.secret);
  app.setErrorHandler(handleError);
  readJsonBodies(app);
  observe(app, options);
  const headers = securityHeaders(options.publicUrl?.startsWith('https:') === true);
  // Hooks that every request passes call back: a promise for each of them would be felt.
  app.addHook('onRequest', (request, reply, done) => {
    const isData = request.url.startsWith('/api/');
    reply.headers(isData ? headers.data : headers.page).header('x-request-id', request.id);
    if (request.originalUrl.length > maxUrlLength) {
      throw problem('URI_TOO_LONG', `The address may have at most ${maxUrlLength} characters.`);
    }
    if (/%00/.test(request.url)) throw problem('BAD_REQUEST', 'The address holds the character U+0000.');
    done();
  });
  limitBodies(app, requestTimeoutMs);
  await allowOrigins(app, options.corsOrigins);
  const load = shedLoad(app, options.maxInWork ?? defaultMaxInWork, (url) => /^\/(health|metrics)/.test(url));
  if (options.wear !== undefined) countWear(app, options.wear);
  const sayFarewell = createFarewell(app);
  options.metrics.gauge('tradepost_http_requests_in_work', 'Requests in work', () => load.inWork);

  const limit = options.createRateLimit ?? createRateLimit;
  const gate = {
    authenticate: options.authenticate,
    csrf: options.csrf,
    rateLimit: limit(options.rateLimitPerSecond, 1, 'requests'),
    uploadLimit: limit(options.uploadLimitPerSecond ?? 0, 1, 'uploads'),
    publicUrl: options.publicUrl,
  };
  for (const registration of options.routes) registerRoute(app, registration, gate);
  serveHealth(app, parts);
  serveMetrics(app, options);
  const openApi = openApiDocument(contracts, options.version);
  serveDocuments(app, { '/openapi.json': () => openApi, ...options.documents });
  await serveDocs(app, openApi, options.docs ?? { expansion: 'list', showOperationIds: false });
  const sendConsole = await serveConsole(app, options.consoleDist);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const allowed = methodsOf(options.routes, path);
    if (allowed.length > 0) {
      throw problem('METHOD_NOT_ALLOWED', `${request.method} is not one of ${allowed.join(', ')}.`, {
        allow: allowed.join(', '),
      });
    }
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const wantsPage = reads && (path === '/' || request.headers.accept?.includes('text/html') === true);
    if (wantsPage && !/^\/(api|assets|docs|health|metrics|ws|socket\.io)(\/|$)/.test(path))
      return sendConsole(reply);
    throw problem('NOT_FOUND', 'There is nothing at this address.');
  });
  await app.ready();

  return {
    server: app.server,
    peerGate: createPeerGate(gate.rateLimit, options.trustProxy),
    async listen(host, port) {
      await app.listen({ host, port });
      const address = app.server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      const shown =
        host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
      return `http://${shown}:${bound}`;
    },
    async close({ graceMs = 10_000, farewellMs = 500 } = {}) {
      const { gone } = await sayFarewell(farewellMs);
      const force = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await Promise.all([app.close(), gone]);
      clearTimeout(force);
    },
  };
}

/** `/api/x` is `/api/v1/x`, a trailing slash makes no difference, and health is also below `/api`. */
export function canonicalUrl(url: string): string {
  const split = url.indexOf('?');
  let path = split === -1 ? url : url.slice(0, split);
  const query = split === -1 ? '' : url.slice(split);
  if (path.length > 1 && path.endsWith('/')) path = path.replace(/\/+$/, '') || '/';
  if (path.startsWith('/api/')) {
    if (!path.startsWith(`${apiPrefix}/`) && path !== apiPrefix)
      path = `${apiPrefix}${path.slice('/api'.length)}`;
    if (/^\/api\/v1\/health(\/|$)/.test(path)) path = path.slice(apiPrefix.length);
  }
  return path + query;
}

function saneRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:-]{8,64}$/.test(header) ? header : undefined;
}

function serveDocuments(app: FastifyInstance, documents: Record<string, () => unknown>): void {
  for (const [path, make] of Object.entries(documents)) {
    let text: string | undefined;
    app.get(path, async (_, reply) => {
      text ??= JSON.stringify(make());
      return reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(text);
    });
  }
}

/** The methods that some route has at this path; none: there is nothing there. */
function methodsOf(routes: RouteRegistration[], path: string): RouteContract['method'][] {
  const segments = path.split('/');
  const matches = (pattern: string) => {
    const parts = pattern.split('/');
    return (
      parts.length === segments.length &&
      parts.every((part, i) => part.startsWith(':') || part === segments[i])
    );
  };
  return routes
    .filter((r) => [`${apiPrefix}${r.contract.path}`, ...r.aliases].some(matches))
    .map((r) => r.contract.method);
}

function observe(app: FastifyInstance, { metrics, log }: Pick<HttpOptions, 'metrics' | 'log'>): void {
  const duration = metrics.histogram(
    'tradepost_http_request_duration_seconds',
    'Time until the answer was sent',
    durationBuckets,
    ['operation', 'status'],
  );
  // These lines hold nothing a caller has sent but a request id, and looking for secrets in them took longer than to write them.
  const lines = log.child({}, { redact: [] });
  app.addHook('onResponse', (request, reply, done) => {
    const operation = request.routeOptions.config.operation ?? 'other';
    const ms = reply.elapsedTime;
    duration.observe({ operation, status: reply.statusCode }, ms / 1000);
    const level = ms > slowMs ? 'warn' : request.method === 'GET' ? 'debug' : 'info';
    if (lines.isLevelEnabled(level)) {
      lines[level](
        {
          reqId: request.id,
          operation,
          status: reply.statusCode,
          durationMs: Math.round(ms * 10) / 10,
          tenantId: request.credential?.tenantId,
          actor: request.credential?.actor,
        },
        'request',
      );
    }
    done();
  });
}
