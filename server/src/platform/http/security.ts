/** Headers that tell browsers what our pages and answers may be used for. */
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

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

export async function setSecurityHeaders(app: FastifyInstance, https: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: false,
    hsts: https ? { maxAge: 31_536_000 } : false,
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
  });
  const policy = contentSecurityPolicy(null);
  app.addHook('onRequest', async (_, reply) => {
    reply.header('content-security-policy', policy);
  });
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
