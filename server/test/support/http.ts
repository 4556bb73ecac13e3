/** An HTTP server of a test's own, on a real port. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '@tradepost/contracts';
import { pino } from 'pino';
import type { z } from 'zod';
import { type Credential, createCsrf, createHttp, type HttpOptions, type PeerGate } from '#platform/http';
import { createMetrics } from '#platform/telemetry';

export const testSecret = 'a secret of tests, long enough to be one';

export interface TestHttp {
  url: string;
  peerGate: PeerGate;
  close(): Promise<void>;
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Calls, and reads the refusal. Fails when the answer is none. */
  refused(path: string, init?: RequestInit): Promise<Problem & { headers: Headers }>;
}

export async function startHttp(options: Partial<HttpOptions> = {}): Promise<TestHttp> {
  const http = await createHttp({
    publicUrl: null,
    trustProxy: [],
    corsOrigins: [],
    rateLimitPerSecond: 0,
    metricsToken: null,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
    secret: testSecret,
    csrf: createCsrf(testSecret),
    authenticate: async () => null,
    routes: [],
    healthParts: {},
    documents: {},
    consoleDist: join(mkdtempSync(join(tmpdir(), 'tradepost-console-')), 'absent'),
    version: '0.0.0',
    ...options,
  });
  const url = await http.listen('127.0.0.1', 0);
  const call = (path: string, init?: RequestInit) => fetch(url + path, init);
  return {
    url,
    peerGate: http.peerGate,
    call,
    close: () => http.close({ graceMs: 1000, farewellMs: 100 }),
    async refused(path, init) {
      const response = await call(path, init);
      const type = response.headers.get('content-type');
      if (!type?.startsWith('application/problem+json')) {
        throw new Error(`expected a problem, got ${response.status} ${type}: ${await response.text()}`);
      }
      const problem = (await response.json()) as Problem;
      if (problem.status !== response.status) throw new Error('the problem names another status');
      return { ...problem, headers: response.headers };
    },
  };
}

export function json(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

export function buildCredential(overrides: Partial<Credential> = {}): Credential {
  return {
    id: 'key:01900000-0000-7000-8000-000000000001',
    tenantId: '01900000-0000-7000-8000-00000000000a',
    actor: 'key:01900000-0000-7000-8000-000000000001',
    permissions: new Set(['orders.read', 'inventory.write']),
    userId: null,
    role: null,
    expiresAt: null,
    ...overrides,
  };
}

/** The answer's body, which must be what the contract says. */
export async function bodyOf<S extends z.ZodType>(schema: S, response: Response): Promise<z.output<S>> {
  return schema.parse(await response.json());
}
