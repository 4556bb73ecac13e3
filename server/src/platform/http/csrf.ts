/**
 * Protection of calls that carry a cookie. A browser sends the cookie along with any page's request, so a changing call
 * must also show what only our own pages know, and must not come from another origin. API keys are never sent by a
 * browser on its own and need none of it.
 *
 * The token is an HMAC of the session's id: nothing to store, and it ends with the session. Source: OWASP CSRF Prevention
 * Cheat Sheet, "HMAC based token pattern".
 */
import { createHmac, createSecretKey } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { deriveKey, safeEqual } from '../crypto/index.ts';
import { problem } from './problem.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Csrf {
  /** The token of a session, by its credential id. */
  tokenFor(credentialId: string): string;
  accepts(credentialId: string, token: unknown): boolean;
}

export function createCsrf(secret: string): Csrf {
  const key = createSecretKey(deriveKey(secret, 'csrf-token'));
  const tokenFor = (credentialId: string) =>
    createHmac('sha256', key).update(credentialId).digest('base64url');
  return {
    tokenFor,
    accepts: (credentialId, token) => typeof token === 'string' && safeEqual(token, tokenFor(credentialId)),
  };
}

/** Whether the page that sent the request is ours; true when no browser said where it comes from. */
function isOwnOrigin(
  request: { headers: { origin?: string | undefined }; host: string },
  publicUrl: string | null,
): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  if (origin === publicUrl) return true;
  return URL.canParse(origin) && new URL(origin).host === request.host;
}

/** @throws HttpProblem CSRF_REFUSED */
export function checkCsrf(
  csrf: Csrf,
  request: FastifyRequest,
  credentialId: string | null,
  publicUrl: string | null,
): void {
  if (safeMethods.has(request.method) || credentialId?.startsWith('key:')) return;
  if (!isOwnOrigin(request, publicUrl)) {
    throw problem('CSRF_REFUSED', 'The request comes from a page of another origin.');
  }
  if (credentialId !== null && !csrf.accepts(credentialId, request.headers['x-csrf-token'])) {
    throw problem('CSRF_REFUSED', 'The x-csrf-token header is missing or belongs to another session.');
  }
}
