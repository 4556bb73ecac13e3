/** Headers that tell browsers what our pages and answers may be used for. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/**
 * Scripts and styles of our own only, inline ones with this answer's nonce. `'self'` in connect-src covers the sockets
 * of the same host. Without a nonce no inline part runs at all.
 */
export function contentSecurityPolicy(nonce: string | null): string {
  const own = nonce === null ? "'self'" : `'self' 'nonce-${nonce}'`;
  return [
    "default-src 'self'",
    `script-src ${own}`,
    `style-src ${own}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

type Headers = Record<string, string>;

/** What of a page's headers also means something for an answer that is no page. Source: OWASP, REST security cheat sheet. */
const ofData = [
  'cross-origin-resource-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
];

/** The headers that every answer carries, a page or data; an answer may replace them by its own. */
export function securityHeaders(https: boolean): { page: Headers; data: Headers } {
  const apply = helmet({
    contentSecurityPolicy: false,
    hsts: https ? { maxAge: 31_536_000 } : false,
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
  });
  // They are the same for all, and setting them one by one on each answer cost more than a handler: they are taken off once.
  const request = new IncomingMessage(new Socket());
  const sample = new ServerResponse(request);
  apply(request, sample, (error) => {
    if (error !== undefined) throw error;
  });
  const page = sample.getHeaders() as Headers;
  const data = Object.fromEntries(Object.entries(page).filter(([name]) => ofData.includes(name)));
  return {
    page: { ...page, 'content-security-policy': contentSecurityPolicy(null) },
    data: { ...data, 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" },
  };
}

/** Lets pages of these origins call with an API key; never with cookies. */
export async function allowOrigins(app: FastifyInstance, origins: string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: origins,
    credentials: false,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-request-id'],
    exposedHeaders: [
      'x-request-id',
      'retry-after',
      'idempotency-replayed',
      'etag',
      'x-cache',
      'ratelimit-limit',
      'ratelimit-remaining',
    ],
    maxAge: 600,
  });
}
