import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineRoute } from '@tradepost/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { receiveFile, route } from '#platform/http';
import { buildCredential, startHttp, type TestHttp } from '#test/http';

const maxBytes = 100_000;
const take = defineRoute({
  method: 'POST',
  path: '/files',
  operation: 'takeFile',
  tag: 'imports',
  summary: 'Takes a file',
  access: 'inventory.write',
  upload: ['text/csv', 'multipart/form-data'],
  responses: { 201: z.object({ fileName: z.string().nullable(), bytes: z.int(), sha256: z.string() }) },
});

let dir: string;
let http: TestHttp;
let next = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradepost-upload-'));
  http = await startHttp({
    authenticate: async ({ authorization }) => (authorization === undefined ? null : buildCredential()),
    requestTimeoutMs: 200,
    uploadLimitPerSecond: 20,
    routes: [
      route(take, async ({ request }) => ({
        status: 201,
        body: await receiveFile(request, join(dir, String(next++)), { maxBytes, stallMs: 500 }),
      })),
    ],
  });
});
afterAll(async () => {
  await http.close();
  await rm(dir, { recursive: true });
});

const send = (body: RequestInit['body'], type?: string): RequestInit => ({
  method: 'POST',
  body: body ?? null,
  headers: { authorization: 'Bearer x', ...(type !== undefined && { 'content-type': type }) },
});

test('a body is written as it came, one of a form with its name', async () => {
  const text = 'ș,1\r\n'.repeat(1000);
  const raw = await http.call('/api/v1/files', send(text, 'text/csv'));
  expect(raw.status).toBe(201);
  expect(await raw.json()).toMatchObject({ fileName: null, bytes: Buffer.byteLength(text) });
  expect(await readFile(join(dir, String(next - 1)), 'utf8')).toBe(text);
  const form = new FormData();
  form.append('note', 'passed over');
  form.append('file', new Blob([text]), 'stoc ț.csv');
  const formed = await http.call('/api/v1/files', send(form));
  expect(await formed.json()).toMatchObject({ fileName: 'stoc ț.csv', bytes: Buffer.byteLength(text) });
  expect(await readFile(join(dir, String(next - 1)), 'utf8')).toBe(text);
});

test('one that is too large is refused, announced or not, and leaves nothing', async () => {
  const before = (await readdir(dir)).length;
  const large = 'x'.repeat(maxBytes * 3);
  expect(await http.refused('/api/v1/files', send(large, 'text/csv'))).toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    detail: `The file may have at most ${maxBytes} bytes.`,
  });
  const chunks = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('x'.repeat(60_000)));
      if (++pulls === 3) controller.close();
    },
  });
  let pulls = 0;
  const init: RequestInit = { ...send(chunks, 'text/csv'), duplex: 'half' };
  expect((await http.refused('/api/v1/files', init)).code).toBe('PAYLOAD_TOO_LARGE');
  const form = new FormData();
  form.append('file', new Blob(['y'.repeat(maxBytes + 1)]), 'a.csv');
  expect((await http.refused('/api/v1/files', send(form))).code).toBe('PAYLOAD_TOO_LARGE');
  expect(await readdir(dir)).toHaveLength(before);
});

test('another content type, a form without a file, one cut off', async () => {
  expect(await http.refused('/api/v1/files', send('{}', 'application/json'))).toMatchObject({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'The body must be one of text/csv, multipart/form-data.',
  });
  const form = new FormData();
  form.append('note', 'no file');
  expect((await http.refused('/api/v1/files', send(form))).detail).toBe('The form holds no file.');
  const bare = await http.refused('/api/v1/files', send('x', 'multipart/form-data'));
  expect(bare.code).toBe('BAD_REQUEST');
  const cut = '--b\r\ncontent-disposition: form-data; name="f"; filename="f.csv"\r\n\r\nsku,1';
  const before = (await readdir(dir)).length;
  const refusal = await http.refused('/api/v1/files', send(cut, 'multipart/form-data; boundary=b'));
  expect(refusal.code).toBe('BAD_REQUEST');
  expect(await readdir(dir)).toHaveLength(before);
});

test('an upload may take longer than other bodies, but not stand still', async () => {
  const socket = connect(Number(new URL(http.url).port), '127.0.0.1');
  const head = 'host: x\r\nauthorization: Bearer x\r\ncontent-type: text/csv\r\ncontent-length: 8';
  socket.write(`POST /api/v1/files HTTP/1.1\r\n${head}\r\n\r\na,b\n`);
  const answers: string[] = [];
  socket.on('data', (data) => answers.push(String(data)));
  // Later than other bodies must have come, sooner than it is taken for dead.
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(answers).toEqual([]);
  socket.write('1,2\n');
  await expect.poll(() => answers.join('')).toMatch(/^HTTP\/1\.1 201 /);
  answers.length = 0;
  socket.write(`POST /api/v1/files HTTP/1.1\r\n${head}\r\n\r\na`);
  await once(socket, 'data');
  expect(answers.join('')).toMatch(/^HTTP\/1\.1 408 [\s\S]*Nothing came for 0\.5 s/);
  socket.destroy();
});

test('uploads have a limit of their own', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => http.call('/api/v1/files', send('x', 'text/csv'))),
  );
  const statuses = answers.map((a) => a.status);
  expect(statuses.filter((s) => s === 429).length).toBeGreaterThanOrEqual(10);
  expect(await http.refused('/api/v1/files', send('x', 'text/csv'))).toMatchObject({
    detail: 'At most 20 uploads per 1 s.',
  });
});
