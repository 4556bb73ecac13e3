/** The headers that tell browsers what an answer may be used for: on every answer, refusals too. */
import { afterEach, expect, test } from 'vitest';
import { authenticate, handlers } from '#test/http-routes';
import { startHttp, type TestHttp } from './support/http.ts';

let http: TestHttp;
afterEach(() => http.close());

const everywhere = {
  'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-request-id': expect.any(String),
};

test.each([
  ['an answer', '/api/v1/look', 200],
  ['a refusal', '/api/v1/secret', 401],
  ['nothing', '/api/v1/nowhere', 404],
  ['health', '/health/live', 200],
])('%s carries them', async (_, path, status) => {
  http = await startHttp({ routes: handlers, authenticate });
  const answer = await http.call(path);
  expect(answer.status).toBe(status);
  expect(Object.fromEntries(answer.headers)).toMatchObject(everywhere);
  expect(answer.headers.has('strict-transport-security')).toBe(false);
  expect(answer.headers.has('x-powered-by')).toBe(false);
});

test('what may be shown as a page has those of pages, data is nothing to be shown', async () => {
  http = await startHttp({ routes: handlers, authenticate });
  expect((await http.call('/health/live')).headers.get('cross-origin-opener-policy')).toBe('same-origin');
  const data = await http.call('/api/v1/look');
  expect(data.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
});

test('where people come by https, browsers are told to stay with it', async () => {
  http = await startHttp({ routes: handlers, authenticate, publicUrl: 'https://shop.example' });
  const { headers } = await http.call('/api/v1/look');
  expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
});
