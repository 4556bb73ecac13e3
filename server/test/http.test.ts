import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalUrl, createCsrf, route } from '#platform/http';
import { buildCredential, json, startHttp, type TestHttp, testSecret } from '#test/http';
import { authenticate, handlers, look } from '#test/http-routes';

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
    expect(byField.get('body.lines.0.quantity')).toMatchObject({ value: -1, rule: 'too_small', limit: 1 });
    expect(byField.get('body.lines.0.sku')).toMatchObject({ rule: 'too_long', limit: 10 });
    expect(byField.get('body.lines.1.quantity')?.rule).toBe('format');
    expect(byField.get('body.extra')?.rule).toBe('unknown');
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

  test('each query has its own answer, however often and whatever else was asked', async () => {
    // More than are remembered.
    const limits = Array.from({ length: 250 }, (_, i) => (i < 200 ? `${i + 1}` : `0${i - 199}`));
    for (const limit of [...limits, ...limits.toReversed()]) {
      const answer = await http.call(`/api/v1/look?limit=${limit}`);
      expect(await answer.json()).toEqual({ limit: Number(limit) });
    }
    for (let i = 0; i < 2; i++) {
      const { issues } = await http.refused('/api/v1/look?limit=3&limit=3');
      expect(issues).toMatchObject([{ field: 'query.limit', rule: 'once' }]);
      expect((await http.refused('/api/v1/look?limit=none')).code).toBe('VALIDATION_FAILED');
    }
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
