/**
 * What callers get wrong, by mistake or on purpose: a documented 4xx as problem details that name the field, with a
 * request id, and nothing changed. Never a 5xx.
 */
import { errorCatalogue, MAX_LINES, Problem, type RouteContract, routes } from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, Api, type CallOptions, send } from './support/api.ts';
import { findStockFaults } from './support/invariants.ts';
import { makeKey, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let owner: TestOwner;
let api: Api;
let order: Record<string, unknown>;

beforeAll(async () => {
  app = await Tradepost.start();
  owner = await setUpOwner(app);
  ({ api } = owner.tenant);
  await api.post('/products', { name: 'Chai', variants: [{ sku: 'CHAI', priceMinor: 1000, onHand: 100 }] });
  order = { lines: [{ sku: 'CHAI', quantity: 1 }] };
});

/** Problem details as documented: type, status, code and title of the catalogue, the request's id. */
function expectProblem(answer: Answer, status: number, code: keyof typeof errorCatalogue): Problem {
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = Problem.parse(answer.body);
  expect(problem).toMatchObject({ status, code, title: errorCatalogue[code].title });
  expect(errorCatalogue[code].status).toBe(status);
  expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
  expect(problem.requestId).not.toBe('');
  return problem;
}

/** The fields named, each once: an empty text can be too short and badly formed. */
function fieldsOf(problem: Problem): string[] {
  return [...new Set((problem.issues ?? []).map((issue) => issue.field))];
}

const reservations = '/inventory/reservations';
const reserve = (options: CallOptions, as: Api = api) => as.call('POST', reservations, options);
const json = { 'content-type': 'application/json' };

describe('bodies', () => {
  test.for([
    ['cut short', '{"lines":[{"sku":"CHAI","quantity":1}'],
    ['with a trailing comma', '{"lines":[],}'],
    ['with NaN', '{"lines":[{"sku":"CHAI","quantity":NaN}]}'],
    ['with Infinity', '{"lines":[{"sku":"CHAI","quantity":Infinity}]}'],
    ['with two values', '{} {}'],
    ['no JSON at all', 'lines=1'],
  ] as const)('%s: MALFORMED_JSON', async ([, raw]) => {
    expectProblem(await reserve({ raw, headers: json }), 400, 'MALFORMED_JSON');
  });

  test('that are no UTF-8: MALFORMED_JSON', async () => {
    const raw = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
    expectProblem(await reserve({ raw, headers: json }), 400, 'MALFORMED_JSON');
  });

  test.for([
    ['__proto__', '{"lines":[{"sku":"CHAI","quantity":1}],"__proto__":{"admin":true}}'],
    ['a nested __proto__', '{"lines":[{"sku":"CHAI","quantity":1,"__proto__":{"quantity":0}}]}'],
    ['constructor.prototype', '{"lines":[],"constructor":{"prototype":{"admin":true}}}'],
    ['U+0000', '{"lines":[{"sku":"CH\\u0000AI","quantity":1}]}'],
    ['half a surrogate pair', '{"reference":"\\ud800","lines":[{"sku":"CHAI","quantity":1}]}'],
  ] as const)('with %s: BAD_REQUEST', async ([, raw]) => {
    expectProblem(await reserve({ raw, headers: json }), 400, 'BAD_REQUEST');
  });

  test.for<[string, unknown, string[]]>([
    ['null', null, ['body']],
    ['a list', [], ['body']],
    ['a text', 'lines', ['body']],
    ['nothing in it', {}, ['body.lines']],
    ['no line', { lines: [] }, ['body.lines']],
    ['lines of another type', { lines: 'CHAI' }, ['body.lines']],
    ['a line of another type', { lines: [7] }, ['body.lines.0']],
    ['a missing quantity', { lines: [{ sku: 'CHAI' }] }, ['body.lines.0.quantity']],
    ['a quantity as text', { lines: [{ sku: 'CHAI', quantity: '1' }] }, ['body.lines.0.quantity']],
    ['a quantity of 0', { lines: [{ sku: 'CHAI', quantity: 0 }] }, ['body.lines.0.quantity']],
    ['a negative quantity', { lines: [{ sku: 'CHAI', quantity: -1 }] }, ['body.lines.0.quantity']],
    ['a fraction', { lines: [{ sku: 'CHAI', quantity: 1.5 }] }, ['body.lines.0.quantity']],
    ['a huge quantity', { lines: [{ sku: 'CHAI', quantity: 1e15 }] }, ['body.lines.0.quantity']],
    [
      'a quantity beyond numbers',
      { lines: [{ sku: 'CHAI', quantity: 1e308 * 10 }] },
      ['body.lines.0.quantity'],
    ],
    ['an empty SKU', { lines: [{ sku: '', quantity: 1 }] }, ['body.lines.0.sku']],
    ['a SKU of 65 characters', { lines: [{ sku: 'x'.repeat(65), quantity: 1 }] }, ['body.lines.0.sku']],
    [
      'an unknown SKU',
      {
        lines: [
          { sku: 'CHAI', quantity: 1 },
          { sku: 'NONE', quantity: 1 },
        ],
      },
      ['body.lines.1.sku'],
    ],
    ['an unknown field', { lines: [{ sku: 'CHAI', quantity: 1 }], price: 1 }, ['body.price']],
    [
      'an unknown field of a line',
      { lines: [{ sku: 'CHAI', quantity: 1, role: 'owner' }] },
      ['body.lines.0.role'],
    ],
    [
      'a deadline in the past',
      { lines: [{ sku: 'CHAI', quantity: 1 }], ttlSeconds: -5 },
      ['body.ttlSeconds'],
    ],
  ])('with %s: VALIDATION_FAILED naming the field', async ([, body, fields]) => {
    const problem = expectProblem(await reserve({ json: body }), 400, 'VALIDATION_FAILED');
    expect(fieldsOf(problem)).toEqual(fields);
  });

  test(`of ${MAX_LINES + 1} lines: VALIDATION_FAILED; of ${MAX_LINES} they are served`, async () => {
    const lines = Array.from({ length: MAX_LINES + 1 }, () => ({ sku: 'CHAI', quantity: 1 }));
    const problem = expectProblem(await reserve({ json: { lines } }), 400, 'VALIDATION_FAILED');
    expect(fieldsOf(problem)).toEqual(['body.lines']);
    const short = expectProblem(await reserve({ json: { lines: lines.slice(1) } }), 409, 'STOCK_SHORT');
    expect(short.lines).toEqual([{ sku: 'CHAI', asked: MAX_LINES, available: 100 }]);
  });

  test('of 2 MB: PAYLOAD_TOO_LARGE, also without a length', async () => {
    const raw = JSON.stringify({ lines: [], reference: 'x'.repeat(2 * 1024 * 1024) });
    expectProblem(await reserve({ raw, headers: json }), 413, 'PAYLOAD_TOO_LARGE');
    const parts = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(raw));
        controller.close();
      },
    });
    const response = await fetch(`${app.url}/api/v1${reservations}`, {
      ...{ method: 'POST', headers: { ...api.headers, ...json }, body: parts },
      // Node's fetch asks for it with a streamed body; the types do not know it.
      ...({ duplex: 'half' } as object),
    });
    expect(response.status).toBe(413);
  });

  test.for([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/json',
  ])('as %s: UNSUPPORTED_MEDIA_TYPE', async (type) => {
    const answer = await reserve({ raw: JSON.stringify(order), headers: { 'content-type': type } });
    expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  test('where a route takes none: VALIDATION_FAILED', async () => {
    const answer = await api.call('POST', '/realtime/token', { json: { tenantId: 'x' } });
    expect(fieldsOf(expectProblem(answer, 400, 'VALIDATION_FAILED'))).toEqual(['body.tenantId']);
  });

  test('never show a secret that was sent', async () => {
    const body = { name: 'x', platform: 'emag_ro', username: 'u', password: 7654321 };
    const problem = expectProblem(
      await api.call('POST', '/marketplace-accounts', { json: body }),
      400,
      'VALIDATION_FAILED',
    );
    expect(fieldsOf(problem)).toEqual(['body.password']);
    expect(JSON.stringify(problem)).not.toContain('7654321');
  });

  test('of older calls are checked the same', async () => {
    const adjust = (body: unknown) =>
      send('POST', `${app.url}/api/realtime/inventory`, { json: body, headers: api.headers });
    for (const quantity of [-1, 0.5, '3', 1_000_001]) {
      const answer = await adjust({ productId: 'CHAI', quantity, operation: 'add' });
      expect(fieldsOf(expectProblem(answer, 400, 'VALIDATION_FAILED'))).toEqual(['body.quantity']);
    }
    const odd = await adjust({ productId: 'CHAI', quantity: 1, operation: 'multiply' });
    expect(fieldsOf(expectProblem(odd, 400, 'VALIDATION_FAILED'))).toEqual(['body.operation']);
    expectProblem(await adjust({ productId: 'NONE', quantity: 1, operation: 'add' }), 404, 'NOT_FOUND');
    const below = await adjust({ productId: 'CHAI', quantity: 101, operation: 'subtract' });
    expectProblem(below, 409, 'STOCK_SHORT');
  });
});

describe('addresses', () => {
  test.for([
    ['limit=0', 'query.limit'],
    ['limit=201', 'query.limit'],
    ['limit=1.5', 'query.limit'],
    ['limit=abc', 'query.limit'],
    ['limit=1&limit=2', 'query.limit'],
    ['status=sold', 'query.status'],
    ['accountId=7', 'query.accountId'],
    ['page=2', 'query.page'],
    ['constructor=1', 'query.constructor'],
    ['__proto__=1', 'query.__proto__'],
  ] as const)('with ?%s: VALIDATION_FAILED naming %s', async ([query, field]) => {
    const problem = expectProblem(await api.call('GET', `/orders?${query}`), 400, 'VALIDATION_FAILED');
    expect(fieldsOf(problem)).toEqual([field]);
  });

  const cursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
  test.for([
    'x',
    cursor({ x: 1 }),
    cursor([]),
    cursor(['2026-01-01T00:00:00Z', 'not an id']),
    cursor(["'; drop table shop_order; --", '00000000-0000-4000-8000-000000000000']),
    // Of the right shape, and no instant that the database could read.
    ...['----------', '0000-01-01T00:00:00Z', '2026-02-30 10:00:00+00', '2026-01-01 10:00:00+23'].flatMap(
      (instant) => [cursor([instant, '00000000-0000-4000-8000-000000000000']), cursor([instant, '1'])],
    ),
  ])('with the cursor %s: CURSOR_INVALID', async (bad) => {
    const admin = ['/admin/members', '/admin/invitations', '/admin/audit', '/account/sessions'];
    for (const path of ['/orders', '/products', '/tasks', '/api-keys', ...admin]) {
      const { api } = owner.signedIn;
      const problem = expectProblem(await api.call('GET', `${path}?cursor=${bad}`), 400, 'CURSOR_INVALID');
      expect(fieldsOf(problem)).toEqual(['query.cursor']);
    }
  });

  test.for([
    '7',
    'not-an-id',
    '00000000-0000-0000-0000-00000000000g',
    '%27%20or%201=1',
    '..%2f..%2fetc%2fpasswd',
  ])('with the id %s: a 4xx that says so', async (id) => {
    for (const { path, method, params } of Object.values(routes) as RouteContract[]) {
      if (params === undefined) continue;
      const answer = await api.call(method, path.replaceAll(/:\w+/g, id));
      // Products are named by a SKU too, which may look like anything.
      if (params.safeParse({ id: decodeURIComponent(id) }).success) {
        // Without a body, the others say so before they look for it.
        const expected = method === 'GET' || method === 'DELETE' || path.endsWith('/restore') ? 404 : 400;
        expect([method, path, answer.status]).toEqual([method, path, expected]);
        continue;
      }
      const problem = expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(fieldsOf(problem).some((field) => field.startsWith('params.'))).toBe(true);
    }
  });

  test('that do not exist, or not with this method', async () => {
    expectProblem(await api.call('GET', '/nothing'), 404, 'NOT_FOUND');
    const answer = await api.call('DELETE', '/orders');
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer.headers.get('allow')).toBe('GET');
    expectProblem(await api.call('GET', '/%E0%A4%A'), 400, 'BAD_REQUEST');
    expectProblem(await api.call('GET', `/orders?search=${'x'.repeat(9000)}`), 414, 'URI_TOO_LONG');
    expectProblem(await api.call('GET', '/orders?search=a%00b'), 400, 'BAD_REQUEST');
  });

  test('are the same below /api, /api/v1 and with a slash at the end', async () => {
    for (const path of ['/api/orders', '/api/orders/', '/api/v1/orders', '/api/v1/orders/']) {
      expect((await send('GET', app.url + path, { headers: api.headers })).status).toBe(200);
    }
  });
});

describe('credentials', () => {
  const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'tradepost', aud: 'realtime', sub: 'x', exp: 4_102_444_800 };
  const unsigned = `${b64({ alg: 'none', typ: 'JWT' })}.${b64(claims)}.`;

  test.for([
    ['none', {}],
    ['an empty one', { authorization: '' }],
    ['no key after Bearer', { authorization: 'Bearer ' }],
    ['a made-up key', { authorization: `Bearer tp_${'x'.repeat(43)}` }],
    ['a key of another kind', { authorization: 'Bearer sk_live_1234' }],
    ['Basic', { authorization: 'Basic YTpi' }],
    ['an unsigned JWT', { authorization: `Bearer ${unsigned}` }],
    ['a made-up cookie', { cookie: 'tradepost.session_token=abc.def' }],
    ['a long one', { authorization: `Bearer tp_${'x'.repeat(5000)}` }],
  ] as const)('%s: UNAUTHENTICATED', async ([, headers]) => {
    const answer = await new Api(app.url, { ...headers }).call('GET', '/orders');
    expectProblem(answer, 401, 'UNAUTHENTICATED');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a revoked key and one that has expired: UNAUTHENTICATED', async () => {
    const { id, key } = await makeKey(owner.signedIn.api, ['orders.read']);
    const mine = Api.withKey(app.url, key);
    expect((await mine.call('GET', '/orders')).status).toBe(200);
    await owner.signedIn.api.call('DELETE', `/api-keys/${id}`);
    expectProblem(await mine.call('GET', '/orders'), 401, 'UNAUTHENTICATED');
    const past = await owner.signedIn.api.call('POST', '/api-keys', {
      json: { name: 'late', scopes: ['orders.read'], expiresAt: '2020-01-01T00:00:00Z' },
    });
    expect(fieldsOf(expectProblem(past, 400, 'VALIDATION_FAILED'))).toEqual(['body.expiresAt']);
  });

  test('a key cannot be given what its maker lacks', async () => {
    const { key } = await makeKey(owner.signedIn.api, ['keys.write']);
    const answer = await Api.withKey(app.url, key).call('POST', '/api-keys', {
      json: { name: 'more', scopes: ['orders.read'] },
    });
    expectProblem(answer, 403, 'FORBIDDEN');
  });

  test('a realtime token, forged or real, is no credential of calls', async () => {
    const { token } = await api.post<{ token: string }>('/realtime/token');
    const [head, body] = token.split('.');
    for (const bearer of [`${head}.${body}.`, `${head}.${body}.${'x'.repeat(43)}`, token]) {
      expectProblem(await Api.withKey(app.url, bearer).call('GET', '/orders'), 401, 'UNAUTHENTICATED');
    }
  });
});

describe('calls with the session cookie', () => {
  const foreign = { origin: 'https://evil.example' };

  test('need the CSRF token', async () => {
    const { cookie } = owner.signedIn;
    const attempts: Record<string, string>[] = [
      { cookie },
      { cookie, 'x-csrf-token': '' },
      { cookie, 'x-csrf-token': 'x'.repeat(43) },
    ];
    for (const headers of attempts) {
      expectProblem(await reserve({ json: order }, new Api(app.url, headers)), 403, 'CSRF_REFUSED');
    }
  });

  test.for(['https://evil.example', 'null', 'http://127.0.0.1:1'])(
    'are refused from the origin %s',
    async (origin) => {
      const answer = await reserve({ json: order, headers: { origin } }, owner.signedIn.api);
      expectProblem(answer, 403, 'CSRF_REFUSED');
    },
  );

  test('cannot be made as a form could', async () => {
    const { cookie } = owner.signedIn;
    const plain = { raw: JSON.stringify(order), headers: { cookie, 'content-type': 'text/plain' } };
    const answer = await send('POST', `${app.url}/api/v1${reservations}`, plain);
    expectProblem(answer, 403, 'CSRF_REFUSED');
  });

  test('signing in from a foreign page is refused too', async () => {
    const { email, password } = owner;
    const answer = await new Api(app.url, foreign).call('POST', '/session', { json: { email, password } });
    expectProblem(answer, 403, 'CSRF_REFUSED');
  });

  test('are served from our own page', async () => {
    const answer = await reserve({ json: order, headers: { origin: app.url } }, owner.signedIn.api);
    expect(answer.status).toBe(201);
  });

  test('answers carry no CORS permission for foreign pages', async () => {
    const answer = await owner.signedIn.api.call('GET', '/orders', { headers: foreign });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('an idempotency key that is none is refused by name', async () => {
  for (const key of ['', 'x'.repeat(256), 'ä']) {
    const answer = await reserve({ json: order, headers: { 'idempotency-key': key } });
    expect(fieldsOf(expectProblem(answer, 400, 'VALIDATION_FAILED'))).toEqual(['headers.idempotency-key']);
  }
});

test('a request id that is sane is kept, another is replaced', async () => {
  const kept = await api.call('GET', '/orders', { headers: { 'x-request-id': 'trace-12345678' } });
  expect(kept.headers.get('x-request-id')).toBe('trace-12345678');
  const odd = await api.call('GET', '/orders', { headers: { 'x-request-id': '<script>' } });
  expect(odd.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
});

test('more than the limit is told when to come back', async () => {
  const limited = await Tradepost.start({ env: { RATE_LIMIT_API: '5' } });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => new Api(limited.url).call('GET', '/orders')),
  );
  const refused = answers.filter((a) => a.status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(10);
  for (const answer of refused) {
    expectProblem(answer, 429, 'RATE_LIMITED');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
  expect((await send('GET', `${limited.url}/health/live`)).status).toBe(200);
});

test('after all of it the stock is as it was but for one reservation', async () => {
  expect(await findStockFaults(app.databaseUrl)).toEqual([]);
  const { items } = await api.get<{ items: unknown[] }>('/inventory/levels');
  expect(items).toMatchObject([{ sku: 'CHAI', onHand: 100, reserved: 1 }]);
});
