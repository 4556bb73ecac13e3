import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { en } from '../i18n/en.ts';
import { createFormats } from '../i18n/formats.ts';
import { CallFailed, call, setSessionHooks } from './call.ts';
import { describeProblem } from './problems.ts';

const fetched = vi.fn<typeof fetch>();
const onSignedOut = vi.fn();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  setSessionHooks({ csrfToken: () => 'csrf', onSignedOut });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

function answer(status: number, body: unknown, type = 'application/json'): void {
  fetched.mockResolvedValue(
    new Response(JSON.stringify(body), { status, headers: { 'content-type': type } }),
  );
}

function problem(status: number, code: string, more: object = {}): void {
  const body = { type: 'about:blank', title: 'x', status, code, detail: 'x', requestId: 'req-1', ...more };
  answer(status, body, 'application/problem+json');
}

function request(): { url: string; init: RequestInit; headers: Headers } {
  const [url, init] = fetched.mock.calls[0] ?? [];
  return { url: String(url), init: init ?? {}, headers: new Headers(init?.headers) };
}

async function failure(promise: Promise<unknown>): Promise<CallFailed> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CallFailed)) throw error;
  return error;
}

const words = (error: CallFailed) => describeProblem(error, en, createFormats('en-GB', en.time));

describe('a call', () => {
  test('fills the path, leaves out empty filters and proves where it comes from when it changes something', async () => {
    answer(202, {});
    await call('retryTask', { params: { id: 'a/b' } }, { idempotencyKey: 'key' });
    expect(request().url).toBe('/api/v1/tasks/a%2Fb/retry');
    expect(request().headers.get('x-csrf-token')).toBe('csrf');
    expect(request().headers.get('idempotency-key')).toBe('key');
    fetched.mockClear();
    answer(200, { items: [], nextCursor: null });
    await call('listOrders', { query: { status: undefined, search: '', limit: 5 } });
    expect(request().url).toBe('/api/v1/orders?limit=5');
    expect(request().headers.has('x-csrf-token')).toBe(false);
  });

  test('that finds no session says so once, with what the server said', async () => {
    problem(401, 'UNAUTHENTICATED');
    const error = await failure(call('listOrders', {}));
    expect(onSignedOut).toHaveBeenCalledTimes(1);
    expect(words(error).kind).toBe('signedOut');
  });

  test('to sign in that is refused is not a session that ended', async () => {
    problem(401, 'SIGN_IN_REFUSED');
    const error = await failure(call('signIn', { body: { email: 'a@b.example', password: 'x' } }));
    expect(onSignedOut).not.toHaveBeenCalled();
    expect(words(error).title).toBe('E-mail or password is wrong');
  });

  test('that does not reach the server, or only a proxy in front, says so', async () => {
    fetched.mockRejectedValue(new TypeError('network'));
    expect(words(await failure(call('getDashboard', {}))).kind).toBe('unreachable');
    answer(502, '<html>', 'text/html');
    expect(words(await failure(call('getDashboard', {}))).kind).toBe('unreachable');
  });

  test('refused for its fields or for stock names them', async () => {
    problem(400, 'VALIDATION_FAILED', { issues: [{ field: 'body.name', message: 'must not be empty' }] });
    const invalid = await failure(call('listOrders', {}));
    expect(words(invalid).lines).toEqual(['Name: must not be empty']);
    problem(409, 'STOCK_SHORT', { lines: [{ sku: 'NW-1', asked: 5, available: 2 }] });
    const short = await failure(call('listOrders', {}));
    expect(words(short).lines).toEqual(['NW-1: 5 asked, 2 available']);
  });
});
