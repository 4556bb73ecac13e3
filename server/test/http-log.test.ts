/** What the log says of requests. */
import { defineRoute } from '@tradepost/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { route } from '#platform/http';
import { createLogger } from '#platform/telemetry';
import { authenticate, handlers } from '#test/http-routes';
import { startHttp, type TestHttp } from './support/http.ts';

const talk = defineRoute({
  method: 'POST',
  path: '/talk',
  operation: 'talk',
  tag: 'orders',
  summary: 'Logs what it should not',
  access: 'orders.read',
  responses: { 200: z.object({}) },
});

let http: TestHttp;
let lines: Record<string, unknown>[];
beforeEach(async () => {
  lines = [];
  const log = createLogger(
    { level: 'info', environment: 'test' },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const talking = route(talk, async ({ ctx }) => {
    ctx.log.warn({ password: 'hunter2', headers: { authorization: 'hunter2' } }, 'talked');
    return { status: 200, body: {} };
  });
  http = await startHttp({ routes: [...handlers, talking], authenticate, log });
});
afterEach(() => http.close());

const key = { authorization: 'Bearer key' };
const ended = () => lines.filter((line) => line.msg === 'request');

test('each write leaves a line with its request id, its operation and who asked; a read leaves none', async () => {
  expect((await http.call('/api/v1/secret', { headers: key })).status).toBe(200);
  const headers = { ...key, 'x-request-id': 'a-request-of-mine' };
  const { status } = await http.call('/api/v1/secret', { method: 'POST', headers });
  await vi.waitFor(() => expect(ended()).toHaveLength(1));
  expect(ended()[0]).toMatchObject({
    level: 30,
    reqId: 'a-request-of-mine',
    operation: 'writeSecret',
    status,
    durationMs: expect.any(Number),
  });
});

test('what a handler or a failure logs names the request, and shows no secret', async () => {
  const headers = { ...key, 'x-request-id': 'a-request-of-mine' };
  expect((await http.call('/api/v1/talk', { method: 'POST', headers })).status).toBe(200);
  expect((await http.call('/api/v1/fail?how=database', { headers })).status).toBe(503);
  await vi.waitFor(() => expect(ended()).toHaveLength(1));
  const told = lines.filter((line) => 'reqId' in line && line.msg !== 'request');
  expect(told).toHaveLength(2);
  expect(told[0]).toMatchObject({
    msg: 'talked',
    reqId: 'a-request-of-mine',
    operation: 'talk',
    password: '[hidden]',
  });
  expect(told[1]).toMatchObject({ msg: 'request failed', level: 50, reqId: 'a-request-of-mine' });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});
