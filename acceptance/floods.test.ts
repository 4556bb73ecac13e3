/** Clients that mean no good or know no better: requests that never end, headers without end, two lengths in one. Others are served meanwhile. */
import { connect, type Socket } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { send } from './support/api.ts';
import { atEnd } from './support/lifetime.ts';
import { setUpOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

let app: Tradepost;
let tenant: TestTenant;

beforeAll(async () => {
  app = await Tradepost.start();
  ({ tenant } = await setUpOwner(app));
});

interface Connection {
  socket: Socket;
  /** All that the server said, once it closed the connection. */
  ended: Promise<string>;
}

/** A connection that has sent this much and then does nothing. */
async function connectAndSend(text: string): Promise<Connection> {
  const socket = connect(app.port, '127.0.0.1');
  atEnd(async () => socket.destroy());
  let answer = '';
  const ended = new Promise<string>((resolve) => {
    socket.setEncoding('latin1').on('data', (part: string) => {
      answer += part;
    });
    // A server that closes while we still send may reset the connection; what it said before counts.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('error', reject);
  });
  socket.write(text);
  return { socket, ended };
}

const statusOf = (answer: string): number => Number(answer.match(/^HTTP\/1\.1 (\d{3})/)?.[1]);

function post(body: string, headers: string): string {
  return `POST /api/v1/inventory/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant.apiKey}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
}

test('500 clients that never finish their request are given up in bounded time, and others are served at once', async () => {
  const unfinished = [
    'GET /api/v1/orders HTTP/1.1\r\nHost: x\r\nX-Slow: ',
    post('{"lines":[', 'Content-Length: 1000'),
    post('5\r\n{"lin', 'Transfer-Encoding: chunked'),
    'GET /ws/orders HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n',
  ];
  const begun = performance.now();
  const slow = await Promise.all(
    Array.from({ length: 500 }, (_, i) => connectAndSend(unfinished[i % unfinished.length]!)),
  );
  const served: number[] = [];
  for (let i = 0; i < 50; i++) {
    const from = performance.now();
    expect((await tenant.api.call('GET', '/orders?limit=1')).status).toBe(200);
    served.push(performance.now() - from);
  }
  expect(Math.max(...served)).toBeLessThan(1000);
  const answers = await Promise.all(slow.map((s) => s.ended));
  const seconds = (performance.now() - begun) / 1000;
  expect(new Set(answers.map(statusOf))).toEqual(new Set([408]));
  // 15 s to send a request, looked at twice a second.
  expect(seconds).toBeLessThan(25);
});

test.for<[string, () => string]>([
  [
    'both lengths',
    () =>
      post(
        '0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n',
        'Content-Length: 6\r\nTransfer-Encoding: chunked',
      ),
  ],
  ['two different lengths', () => post('{}', 'Content-Length: 2\r\nContent-Length: 30')],
  ['an unknown coding', () => post('0\r\n\r\n', 'Transfer-Encoding: xchunked')],
  ['a coding hidden by a space', () => post('0\r\n\r\n', 'Transfer-Encoding : chunked\r\nContent-Length: 5')],
  ['a chunk size that is none', () => post('zz\r\n{}\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')],
  ['a bare line feed in a header', () => post('{}', 'X-A: 1\nX-B: 2\r\nContent-Length: 2')],
])('a request with %s is refused, and nothing after it is read as another', async ([, text]) => {
  const { ended } = await connectAndSend(text());
  const answer = await ended;
  expect(statusOf(answer)).toBe(400);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
});

test('headers of 1 MB: 431, and the server goes on', async () => {
  const { ended } = await connectAndSend(
    `GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(1_000_000)}\r\n\r\n`,
  );
  expect(statusOf(await ended)).toBe(431);
  expect((await send('GET', `${app.url}/health`)).status).toBe(200);
});

test('2,000 headers are refused', async () => {
  const many = Array.from({ length: 2000 }, (_, i) => `X-${i}: 1\r\n`).join('');
  const { ended } = await connectAndSend(`GET /health HTTP/1.1\r\nHost: x\r\n${many}\r\n`);
  expect(statusOf(await ended)).toBe(431);
});
