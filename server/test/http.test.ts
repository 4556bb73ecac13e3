import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SwaggerParser from '@apidevtools/swagger-parser';
import { defineRoute, errorCatalogue, errorCodes, IdParams, routes } from '@tradepost/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CommitUnknownError, DatabaseUnavailableError } from '#platform/db';
import { canonicalUrl, createCsrf, errorsOf, openApiDocument, problem, route } from '#platform/http';
import { buildCredential, json, startHttp, type TestHttp, testSecret } from '#test/http';

const echo = defineRoute({
  method: 'POST',
  path: '/echo',
  operation: 'echo',
  tag: 'orders',
  summary: 'Says what it was told',
  access: 'public',
  body: z.strictObject({
    lines: z.array(z.strictObject({ sku: z.string().max(10), quantity: z.int().min(1) })).max(500),
    password: z.string().min(5).optional(),
  }),
  responses: { 201: z.object({ lines: z.number(), known: z.string() }) },
});
const look = defineRoute({
  method: 'GET',
  path: '/look',
  operation: 'look',
  tag: 'orders',
  summary: 'Looks',
  access: 'public',
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  responses: { 200: z.object({ limit: z.number() }) },
});
const thing = defineRoute({
  method: 'DELETE',
  path: '/things/:id',
  operation: 'deleteThing',
  tag: 'orders',
  summary: 'Deletes',
  access: 'public',
  params: IdParams,
  responses: { 204: null },
});
const fail = defineRoute({
  method: 'GET',
  path: '/fail',
  operation: 'fail',
  tag: 'orders',
  summary: 'Fails',
  access: 'public',
  query: z.strictObject({ how: z.string() }),
  responses: { 200: z.object({}) },
});
const read = defineRoute({
  method: 'GET',
  path: '/secret',
  operation: 'readSecret',
  tag: 'orders',
  summary: 'Needs a permission',
  access: 'orders.read',
  responses: { 200: z.object({ tenantId: z.string(), actor: z.string() }) },
});
const write = defineRoute({ ...read, method: 'POST', operation: 'writeSecret', access: 'inventory.write' });
const manage = defineRoute({ ...read, path: '/manage', operation: 'manage', access: 'tenant.manage' });

const failures: Record<string, () => Error> = {
  database: () => new DatabaseUnavailableError('connect ECONNREFUSED 10.0.0.7:5432'),
  commit: () => new CommitUnknownError('the connection broke during commit'),
  lock: () => Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' }),
  bug: () => new Error('password=hunter2 in /srv/secret/path'),
  short: () =>
    problem('STOCK_SHORT', 'Not enough of A.', { lines: [{ sku: 'A', asked: 5, available: 2 }], id: 'x' }),
};

const handlers = [
  route(echo, async ({ body }) => {
    const answer = { lines: body.lines.length, known: 'yes', unlisted: 'must not leave' };
    return { status: 201, body: answer };
  }),
  route(look, async ({ query }) => ({ status: 200, body: query })),
  route(thing, async () => ({ status: 204 })),
  route(fail, async ({ query }) => {
    throw failures[query.how]!();
  }),
  route(read, async ({ ctx }) => ({ status: 200, body: ctx }), { aliases: ['/secret-alias'] }),
  route(write, async ({ ctx }) => ({ status: 200, body: ctx })),
  route(manage, async ({ ctx }) => ({ status: 200, body: ctx })),
];

/** By header: `Bearer key` is an API key, the cookie `who=1` a session. */
async function authenticate(headers: { authorization?: string | undefined; cookie?: string | undefined }) {
  if (headers.authorization === 'Bearer key') return buildCredential();
  if (headers.cookie === 'who=1')
    return buildCredential({ id: 'session:s1', actor: 'user:u1', userId: 'u1' });
  return null;
}

describe('requests that are refused', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ routes: handlers, authenticate });
  });
  afterAll(() => http.close());

  test('nothing at the address: 404', async () => {
    expect(await http.refused('/api/v1/nothing')).toMatchObject({
      code: 'NOT_FOUND',
      instance: '/api/v1/nothing',
    });
    expect((await http.refused('/api/v1/nothing', { method: 'POST' })).code).toBe('NOT_FOUND');
  });

  test('another method: 405 naming those that are allowed', async () => {
    const refusal = await http.refused('/api/v1/echo');
    expect(refusal.code).toBe('METHOD_NOT_ALLOWED');
    expect(refusal.headers.get('allow')).toBe('POST');
    const id = '01900000-0000-7000-8000-000000000001';
    expect((await http.refused(`/api/v1/things/${id}`, json({}))).headers.get('allow')).toBe('DELETE');
  });

  test.each([
    ['broken JSON', '{"lines":[', 'MALFORMED_JSON'],
    ['a bare word', 'lines', 'MALFORMED_JSON'],
    ['__proto__', '{"lines":[],"__proto__":{"admin":true}}', 'BAD_REQUEST'],
    ['__proto__ deep inside', '{"lines":[{"__proto__":{"a":1}}]}', 'BAD_REQUEST'],
    ['constructor.prototype', '{"lines":[],"constructor":{"prototype":{"a":1}}}', 'BAD_REQUEST'],
    ['U+0000', '{"lines":[{"sku":"a\\u0000","quantity":1}]}', 'BAD_REQUEST'],
    ['half a surrogate pair', '{"lines":[{"sku":"a\\ud800","quantity":1}]}', 'BAD_REQUEST'],
  ])('%s: %s', async (_, body, code) => {
    const refusal = await http.refused('/api/v1/echo', json(body));
    expect(refusal).toMatchObject({ code, status: 400 });
  });

  test('a body that is no UTF-8', async () => {
    const body = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    const refusal = await http.refused('/api/v1/echo', { ...json(''), body });
    expect(refusal.code).toBe('MALFORMED_JSON');
  });

  test('an escaped backslash before u0000 is text like any other', async () => {
    const response = await http.call('/api/v1/echo', json('{"lines":[{"sku":"\\\\u0000","quantity":1}]}'));
    expect(response.status).toBe(201);
  });

  test('another content type: 415', async () => {
    const refusal = await http.refused('/api/v1/echo', {
      method: 'POST',
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(refusal).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 });
  });

  test('a body of 2 MB: 413', async () => {
    const refusal = await http.refused('/api/v1/echo', json({ lines: [], password: 'x'.repeat(2_000_000) }));
    expect(refusal).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', status: 413 });
  });

  test('an address of 9,000 characters: 414', async () => {
    expect(await http.refused(`/api/v1/look?limit=${'1'.repeat(9000)}`)).toMatchObject({
      code: 'URI_TOO_LONG',
      status: 414,
    });
  });

  test('headers of 20 KB: 431', async () => {
    const refusal = await http.refused('/api/v1/look', { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(refusal).toMatchObject({ code: 'HEADERS_TOO_LARGE', status: 431 });
  });

  test('an address that is badly encoded', async () => {
    const refusal = await http.refused('/api/v1/things/%E0%A4%A');
    expect(refusal.code).toBe('BAD_REQUEST');
    expect(refusal.headers.get('x-request-id')).toBe(refusal.requestId);
    expect((await http.refused('/api/v1/look?limit=%00')).code).toBe('BAD_REQUEST');
  });

  test('what is no HTTP at all', async () => {
    const socket = connect(Number(new URL(http.url).port), '127.0.0.1');
    socket.write('HELO mail\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"code":"BAD_REQUEST"/);
    socket.destroy();
  });

  test('fields are named by their path, with the value and what is allowed', async () => {
    const refusal = await http.refused(
      '/api/v1/echo',
      json({
        lines: [
          { sku: 'x'.repeat(150), quantity: -1 },
          { sku: 'b', quantity: 1.5, colour: 'red' },
        ],
        password: 'abc',
        extra: 1,
      }),
    );
    expect(refusal.code).toBe('VALIDATION_FAILED');
    const byField = new Map(refusal.issues?.map((i) => [i.field, i]));
    expect([...byField.keys()].sort()).toEqual([
      'body.extra',
      'body.lines.0.quantity',
      'body.lines.0.sku',
      'body.lines.1.colour',
      'body.lines.1.quantity',
      'body.password',
    ]);
    expect(byField.get('body.lines.0.quantity')?.value).toBe(-1);
    expect(byField.get('body.lines.0.sku')?.value).toBe(`${'x'.repeat(100)}…`);
    expect(byField.get('body.extra')?.message).toBe('is not a known field');
    expect(byField.get('body.password')).not.toHaveProperty('value');
  });

  test('501 lines', async () => {
    const lines = Array.from({ length: 501 }, () => ({ sku: 'a', quantity: 1 }));
    expect((await http.refused('/api/v1/echo', json({ lines }))).issues?.[0]?.field).toBe('body.lines');
  });

  test.each([
    ['a missing body', '/api/v1/echo', { method: 'POST' }, 'body'],
    ['a parameter twice', '/api/v1/look?limit=1&limit=2', {}, 'query.limit'],
    ['a parameter out of range', '/api/v1/look?limit=1000', {}, 'query.limit'],
    ['an unknown parameter', '/api/v1/look?size=5', {}, 'query.size'],
    ['__proto__ as a parameter', '/api/v1/look?__proto__=1', {}, 'query.__proto__'],
    ['an id that is none', '/api/v1/things/42', { method: 'DELETE' }, 'params.id'],
  ])('%s', async (_, path, init, field) => {
    const refusal = await http.refused(path, init);
    expect(refusal).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    expect(refusal.issues?.[0]?.field).toBe(field);
  });

  test('a database that is away: 503, come back', async () => {
    const refusal = await http.refused('/api/v1/fail?how=database');
    expect(refusal).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 });
    expect(refusal.headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(refusal)).not.toContain('10.0.0.7');
    expect((await http.refused('/api/v1/fail?how=commit')).detail).toMatch(/Idempotency-Key/);
  });

  test('rows that others hold too long: 503', async () => {
    expect(await http.refused('/api/v1/fail?how=lock')).toMatchObject({ code: 'OVERLOADED', status: 503 });
  });

  test('a bug: 500, and nothing of its inside', async () => {
    const refusal = await http.refused('/api/v1/fail?how=bug');
    expect(refusal).toMatchObject({ code: 'INTERNAL_ERROR', status: 500 });
    expect(JSON.stringify(refusal)).not.toMatch(/hunter2|secret/);
  });

  test('what a handler adds to its refusal is shown', async () => {
    const refusal = await http.refused('/api/v1/fail?how=short');
    expect(refusal).toMatchObject({ status: 409, lines: [{ sku: 'A', asked: 5, available: 2 }], id: 'x' });
  });
});

describe('requests that are served', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ routes: handlers, authenticate, corsOrigins: ['https://shop.example'] });
  });
  afterAll(() => http.close());

  test('only what the contract lists leaves', async () => {
    const response = await http.call('/api/v1/echo', json({ lines: [{ sku: 'a', quantity: 1 }] }));
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ lines: 1, known: 'yes' });
  });

  test('an empty answer and an empty body labelled as JSON', async () => {
    const response = await http.call('/api/v1/things/01900000-0000-7000-8000-000000000001', {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
    });
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  test('/api/x, /api/v1/x and a trailing slash are the same', async () => {
    for (const path of [
      '/api/v1/look?limit=3',
      '/api/look?limit=3',
      '/api/look/?limit=3',
      '/api/v1/look/?limit=3',
    ]) {
      expect(await (await http.call(path)).json()).toEqual({ limit: 3 });
    }
    expect(canonicalUrl('/api/health/')).toBe('/health');
    expect(canonicalUrl('/api/v1/health/live')).toBe('/health/live');
    expect(canonicalUrl('/')).toBe('/');
    expect(canonicalUrl('/api/v1x')).toBe('/api/v1/v1x');
  });

  test('a request id is kept when it is sane, else made', async () => {
    const id = async (given: string) =>
      (await http.call('/api/v1/look', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(await id('order-import-42')).toBe('order-import-42');
    expect(await id('<script>alert(1)</script>')).toMatch(/^[0-9a-f-]{36}$/);
    const refusal = await http.refused('/nothing', { headers: { 'x-request-id': 'order-import-42' } });
    expect(refusal.requestId).toBe('order-import-42');
  });

  test('other origins may call with a key when they are listed', async () => {
    const preflight = (origin: string) =>
      http.call('/api/v1/secret', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      });
    const allowed = await preflight('https://shop.example');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('the tenant and the actor are the credential’s, also by an alias', async () => {
    for (const path of ['/api/secret', '/secret-alias']) {
      const response = await http.call(path, { headers: { authorization: 'Bearer key' } });
      const { tenantId, actor } = buildCredential();
      expect(await response.json()).toEqual({ tenantId, actor });
    }
  });
});

describe('who may', () => {
  const csrf = createCsrf(testSecret);
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ routes: handlers, authenticate });
  });
  afterAll(() => http.close());
  const session = (headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { cookie: 'who=1', ...headers },
  });
  const token = csrf.tokenFor('session:s1');

  test('no credential: 401', async () => {
    const refusal = await http.refused('/api/v1/secret');
    expect(refusal.code).toBe('UNAUTHENTICATED');
    expect(refusal.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a credential without the permission: 403 naming it', async () => {
    const refusal = await http.refused('/api/v1/manage', { headers: { authorization: 'Bearer key' } });
    expect(refusal).toMatchObject({ code: 'FORBIDDEN', detail: 'This needs the permission tenant.manage.' });
  });

  test('a key needs no CSRF token, whatever the origin', async () => {
    const headers = { authorization: 'Bearer key', origin: 'https://evil.example' };
    expect((await http.call('/api/v1/secret', { method: 'POST', headers })).status).toBe(200);
  });

  test('a session that changes something shows its token', async () => {
    expect((await http.call('/api/v1/secret', { headers: { cookie: 'who=1' } })).status).toBe(200);
    expect((await http.refused('/api/v1/secret', session())).code).toBe('CSRF_REFUSED');
    const other = csrf.tokenFor('session:s2');
    expect((await http.refused('/api/v1/secret', session({ 'x-csrf-token': other }))).code).toBe(
      'CSRF_REFUSED',
    );
    expect((await http.call('/api/v1/secret', session({ 'x-csrf-token': token }))).status).toBe(200);
  });

  test.each(['https://evil.example', 'null', 'http://127.0.0.1:1'])(
    'a session from origin %s: 403',
    async (origin) => {
      const refusal = await http.refused('/api/v1/secret', session({ 'x-csrf-token': token, origin }));
      expect(refusal.code).toBe('CSRF_REFUSED');
    },
  );

  test('a session from our own origin', async () => {
    const init = session({ 'x-csrf-token': token, origin: http.url });
    expect((await http.call('/api/v1/secret', init)).status).toBe(200);
  });

  test('a public call that changes something does not come from another origin', async () => {
    const init = json({ lines: [] }, { origin: 'https://evil.example' });
    expect((await http.refused('/api/v1/echo', init)).code).toBe('CSRF_REFUSED');
  });
});

describe('limits', () => {
  test('more calls than allowed: 429 with Retry-After, for that caller alone', async () => {
    const http = await startHttp({ routes: handlers, authenticate, rateLimitPerSecond: 3 });
    const key = { headers: { authorization: 'Bearer key' } };
    const answers = await Promise.all(Array.from({ length: 5 }, () => http.call('/api/v1/secret', key)));
    const refused = answers.filter((a) => a.status === 429);
    expect(refused).toHaveLength(2);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await http.call('/api/v1/secret', { headers: { cookie: 'who=1' } })).status).toBe(200);
    await http.close();
  });

  test('more in work than allowed: 503, but health answers; a client that leaves frees its place', async () => {
    const arrived = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const slow = route(look, async ({ query }) => {
      arrived.resolve();
      await leave.promise;
      return { status: 200, body: query };
    });
    const http = await startHttp({ routes: [slow, handlers[3]!], authenticate, maxInWork: 1 });
    const client = new AbortController();
    const first = http.call('/api/v1/look', { signal: client.signal }).catch((error: Error) => error.name);
    await arrived.promise;
    const refusal = await http.refused('/api/v1/fail?how=short');
    expect(refusal).toMatchObject({ code: 'OVERLOADED', status: 503 });
    expect(refusal.headers.get('retry-after')).toBe('1');
    expect((await http.call('/health/live')).status).toBe(200);
    client.abort();
    expect(await first).toBe('AbortError');
    await expect.poll(async () => (await http.call('/api/v1/fail?how=short')).status).toBe(409);
    leave.resolve();
    await http.close();
  });

  test('a body that does not arrive: 408', async () => {
    const http = await startHttp({ routes: handlers, requestTimeoutMs: 300 });
    const socket = connect(Number(new URL(http.url).port), '127.0.0.1');
    socket.write(
      'POST /api/v1/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"REQUEST_TIMEOUT"/);
    socket.destroy();
    await http.close();
  });

  test('closing waits for the request in work', async () => {
    const arrived = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const slow = route(look, async ({ query }) => {
      arrived.resolve();
      await leave.promise;
      return { status: 200, body: query };
    });
    const http = await startHttp({ routes: [slow] });
    const answer = http.call('/api/v1/look');
    await arrived.promise;
    const closed = http.close();
    leave.resolve();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(http.call('/api/v1/look')).rejects.toThrow();
  });
});

describe('pages', () => {
  test('health tells every part; one that is down or throws makes it 503', async () => {
    const http = await startHttp({
      healthParts: {
        good: async () => ({ status: 'ok', figure: 1 }),
        bad: async () => {
          throw new Error('password=hunter2');
        },
      },
    });
    const response = await http.call('/api/health/');
    expect(response.status).toBe(503);
    const report = await response.json();
    expect(report).toMatchObject({
      status: 'down',
      parts: { good: { status: 'ok', figure: 1 }, bad: { status: 'down' } },
    });
    expect(JSON.stringify(report)).not.toContain('hunter2');
    expect((await http.call('/health/live')).status).toBe(200);
    await http.close();
  });

  test('metrics count requests by operation, and ask for the token when there is one', async () => {
    const http = await startHttp({ routes: handlers, metricsToken: 'a token of sixteen' });
    await http.call('/api/v1/look');
    expect((await http.refused('/metrics')).code).toBe('UNAUTHENTICATED');
    const response = await http.call('/metrics', { headers: { authorization: 'Bearer a token of sixteen' } });
    const text = await response.text();
    expect(text).toContain('tradepost_http_request_duration_seconds_count{operation="look",status="200"} 1');
    await http.close();
  });

  test('the console: index.html for its pages with a fresh nonce, hashed assets for ever, no page for the API', async () => {
    const dist = mkdtempSync(join(tmpdir(), 'tradepost-dist-'));
    mkdirSync(join(dist, 'assets'));
    writeFileSync(join(dist, 'index.html'), '<script nonce="__CSP_NONCE__" src="/assets/a-1.js"></script>');
    writeFileSync(join(dist, 'assets', 'a-1.js'), 'export {};');
    writeFileSync(join(dist, 'favicon.svg'), '<svg/>');
    const http = await startHttp({ routes: handlers, consoleDist: dist });
    const page = { headers: { accept: 'text/html' } };
    const seen = new Set<string>();
    for (const path of ['/', '/orders/42', '/setup?token=x']) {
      const response = await http.call(path, page);
      const nonce = /nonce="([^"]+)"/.exec(await response.text())?.[1] ?? 'none';
      expect(response.headers.get('content-security-policy')).toContain(`script-src 'self' 'nonce-${nonce}'`);
      expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
      seen.add(nonce);
    }
    expect(seen.size).toBe(3);
    const asset = await http.call('/assets/a-1.js');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect((await http.call('/favicon.svg')).headers.get('content-type')).toContain('image/svg');
    expect((await http.refused('/assets/../../package.json')).code).toBe('NOT_FOUND');
    expect((await http.refused('/assets/%2e%2e/%2e%2e/etc/passwd')).status).toBeGreaterThanOrEqual(400);
    expect((await http.refused('/assets/b.js', page)).code).toBe('NOT_FOUND');
    expect((await http.refused('/api/v1/nothing', page)).code).toBe('NOT_FOUND');
    await http.close();
  });

  test('without a built console a plain page says how to build it', async () => {
    const http = await startHttp();
    expect(await (await http.call('/')).text()).toContain('build:console');
    await http.close();
  });

  test('the OpenAPI document is valid, and served with Swagger UI under our policy', async () => {
    const contracts = Object.values(routes);
    const document = openApiDocument(contracts, '1.0.0');
    await SwaggerParser.validate(structuredClone(document) as never);
    const http = await startHttp({ routes: handlers });
    const docs = await http.call('/docs/');
    const page = await docs.text();
    expect(docs.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page).not.toMatch(/<script>|<style|style="/);
    for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect([path, (await http.call(path!)).status]).toEqual([path, 200]);
    }
    expect(await (await http.call('/openapi.json')).json()).toHaveProperty('paths./api/v1/echo.post');
    await http.close();
  });

  test('every code is documented by some route or belongs to every request, and every route documents its own', () => {
    const declared = new Set(Object.values(routes).flatMap(errorsOf));
    const beforeAnyRoute = ['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'URI_TOO_LONG', 'HEADERS_TOO_LARGE'];
    expect(errorCodes.filter((code) => !declared.has(code) && !beforeAnyRoute.includes(code))).toEqual([]);
    for (const code of errorCodes) expect(errorCatalogue[code].status).toBeGreaterThanOrEqual(400);
  });
});
