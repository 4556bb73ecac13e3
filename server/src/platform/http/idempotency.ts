/**
 * Idempotency keys: the repeat of a request gets the first one's answer, for seven days.
 *
 * Invariants
 *   * The key, what the request changed and the answer are one commit: a key exists exactly when its work does. A request
 *     that fails keeps no key, so its repeat runs again.
 *   * Two requests with one key meet at the table's primary key; the later waits two seconds at most.
 *   * A secret is never stored; the repeat is told the id of what holds it. Of a request only an HMAC is kept, under a key of
 *     the installation: whoever reads the table cannot try what a body may have held.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { deriveKey, hmacSha256, sha256 } from '../crypto/index.ts';
import { type Database, sqlState, type TenantContext, type TenantTx } from '../db/index.ts';
import { problem } from './problem.ts';

export const idempotencyKeptDays = 7;
const waitForFirst = '2s';

type Hmac = (text: string) => Buffer;

declare module 'fastify' {
  interface FastifyInstance {
    requestHmac: Hmac;
  }
}

/** Gives this server what its requests are fingerprinted by. */
export function keepRequestHmac(app: FastifyInstance, secret: string): void {
  app.decorate('requestHmac', hmacSha256(deriveKey(secret, 'idempotency-requests')));
}

export interface KeyedRequest {
  key: string;
  operation: string;
  hash: Buffer;
  /** The plain SHA-256 that was stored before the HMAC was; made only when it is compared. */
  formerHash: () => Buffer;
}

interface KeyedAnswer {
  status: number;
  body: unknown;
  /** Set when `body` shows a secret: the id of what holds it. */
  secretId?: string;
}

/** The request's Idempotency-Key; null without one. @throws HttpProblem VALIDATION_FAILED */
export function readKeyedRequest(request: FastifyRequest, operation: string): KeyedRequest | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw problem('VALIDATION_FAILED', 'The Idempotency-Key header is not valid.', {
      issues: [{ field: 'headers.idempotency-key', message: 'must be 1–255 printable ASCII characters' }],
    });
  }
  const { method, body } = request;
  const path = request.url.split('?', 1)[0]!;
  return {
    key,
    operation,
    hash: requestHash(request.server.requestHmac, method, path, body),
    formerHash: () => sha256(canonicalText(method, path, body)),
  };
}

/**
 * Whether what is stored under the key is of this very request. A row written by a release before the HMAC holds a plain
 * hash. Seven days after the upgrade none is left: the release after this one accepts the HMAC alone.
 */
export function isOfRequest(request: KeyedRequest, storedHash: Buffer): boolean {
  return storedHash.equals(request.hash) || storedHash.equals(request.formerHash());
}

/** HMAC-SHA-256 over method, path and body; the order of an object's keys does not matter. */
export function requestHash(hmac: Hmac, method: string, path: string, body: unknown): Buffer {
  return hmac(canonicalText(method, path, body));
}

function canonicalText(method: string, path: string, body: unknown): string {
  return `${method} ${path}\n${JSON.stringify(sortKeys(body ?? null))}`;
}

function sortKeys(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort())
    sorted[key] = sortKeys((value as Record<string, unknown>)[key]);
  return sorted;
}

/** The answer that a stored key gives to its repeat. @throws HttpProblem IDEMPOTENCY_KEY_REUSED, SECRET_NOT_REPLAYED */
function replay(
  request: KeyedRequest,
  row: {
    operation: string;
    request_hash: Buffer;
    status: number;
    response: unknown;
    secret_id: string | null;
  },
): KeyedAnswer {
  if (row.operation !== request.operation || !isOfRequest(request, row.request_hash)) {
    throw problem(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key belongs to a request with another path or body.',
    );
  }
  if (row.secret_id !== null) {
    throw problem('SECRET_NOT_REPLAYED', 'The first answer showed a secret; it is not shown again.', {
      id: row.secret_id,
    });
  }
  return { status: row.status, body: row.response };
}

/**
 * Takes the key for this transaction, or gives the stored answer of the request that had it before.
 *
 * @throws HttpProblem IDEMPOTENCY_IN_PROGRESS when the first request is still open after 2 s, and what `replay` throws
 */
async function takeKey(tx: TenantTx, request: KeyedRequest): Promise<KeyedAnswer | null> {
  const now = tx.clock.now();
  await tx.execute(`set local lock_timeout = '${waitForFirst}'`);
  try {
    const taken = await tx.execute(
      `insert into idempotency_key (tenant_id, key, operation, request_hash, created_at) values ($1, $2, $3, $4, $5)
       on conflict (tenant_id, key) do update
         set operation = excluded.operation, request_hash = excluded.request_hash, created_at = excluded.created_at,
             status = null, response = null, secret_id = null
         where idempotency_key.created_at < $6`,
      [
        tx.tenantId,
        request.key,
        request.operation,
        request.hash,
        now,
        new Date(now.getTime() - idempotencyKeptDays * 86_400_000),
      ],
    );
    await tx.execute('set local lock_timeout to default');
    if (taken === 1) return null;
  } catch (error) {
    if (sqlState(error) !== '55P03') throw error;
    throw problem('IDEMPOTENCY_IN_PROGRESS', 'The first request with this Idempotency-Key still runs.', {
      retryAfterSeconds: 1,
    });
  }
  return replay(
    request,
    await tx.one(
      'select operation, request_hash, status, response, secret_id from idempotency_key where tenant_id = $1 and key = $2',
      [tx.tenantId, request.key],
    ),
  );
}

/** Keeps the answer with the key, in the transaction that took it. */
async function keepAnswer(tx: TenantTx, key: string, answer: KeyedAnswer): Promise<void> {
  await tx.execute(
    'update idempotency_key set status = $3, response = $4, secret_id = $5 where tenant_id = $1 and key = $2',
    [
      tx.tenantId,
      key,
      answer.status,
      answer.secretId === undefined ? JSON.stringify(answer.body ?? null) : null,
      answer.secretId ?? null,
    ],
  );
}

/**
 * Runs `work` in one transaction of the tenant, together with the request's Idempotency-Key if it has one. A repeat is
 * answered from the table, with the header `Idempotency-Replayed: true`, and `work` does not run.
 *
 * `operation` is the contract's operation name. `work` may be retried after a deadlock: no effects outside the transaction.
 */
export async function withIdempotency<A extends KeyedAnswer>(
  db: Database,
  ctx: TenantContext,
  request: FastifyRequest,
  operation: string,
  work: (tx: TenantTx) => Promise<A>,
): Promise<A & { headers?: Record<string, string> }> {
  const keyed = readKeyedRequest(request, operation);
  if (keyed === null) return db.withTenant(ctx, work);
  return db.withTenant(ctx, async (tx) => {
    const before = await takeKey(tx, keyed);
    // What was stored is an answer of this operation, so of this type.
    if (before !== null) return { ...(before as A), headers: { 'Idempotency-Replayed': 'true' } };
    const answer = await work(tx);
    await keepAnswer(tx, keyed.key, answer);
    return answer;
  });
}
