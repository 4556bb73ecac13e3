/**
 * Callers of an HTTP server, as a process of their own, so that their cost is not counted as the server's: each has one
 * connection, sends a request, reads its answer to the end, sends the next. Bare sockets, because a full client would be
 * slower than what it measures.
 */
import { connect, type Socket } from 'node:net';

export interface LoadOrder {
  port: number;
  connections: number;
  seconds: number;
  /** Of each request, in turn. `{n}` in it becomes a number that no other request has. */
  request: { method: string; path: string; headers: Record<string, string>; body?: string };
}

export interface LoadReport {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const warmUpMs = 700;
const head = Buffer.from('\r\n\r\n');

function render({ method, path, headers, body = '' }: LoadOrder['request'], n: number): string {
  const fill = (text: string) => text.replaceAll('{n}', String(n));
  const filled = fill(body);
  const lines = Object.entries({
    host: 'bench',
    ...headers,
    ...(filled !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(filled) }),
  }).map(([name, value]) => `${name}: ${fill(String(value))}\r\n`);
  return `${method} ${fill(path)} HTTP/1.1\r\n${lines.join('')}\r\n${filled}`;
}

/** Sends one request and reads its answer. @throws when it is none of success */
function exchange(socket: Socket, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let whole = -1;
    const onData = (part: Buffer) => {
      received = received.length === 0 ? part : Buffer.concat([received, part]);
      if (whole === -1) {
        const end = received.indexOf(head);
        if (end === -1) return;
        const text = received.toString('latin1', 0, end);
        if (!text.startsWith('HTTP/1.1 2')) return reject(new Error(received.toString('utf8').slice(0, 600)));
        whole = end + head.length + Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
      }
      if (received.length < whole) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.once('error', reject);
    socket.write(request);
  });
}

async function run(order: LoadOrder): Promise<LoadReport> {
  const tookMs: number[] = [];
  let n = Date.now() * 1000;
  let counting = false;
  let stopped = false;
  const callers = Array.from({ length: order.connections }, async () => {
    const socket = connect(order.port, '127.0.0.1').setNoDelay();
    socket.setMaxListeners(0);
    while (!stopped) {
      const sentAtMs = performance.now();
      await exchange(socket, render(order.request, n++));
      if (counting) tookMs.push(performance.now() - sentAtMs);
    }
    socket.destroy();
  });
  await new Promise((resolve) => setTimeout(resolve, warmUpMs));
  counting = true;
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 1000));
  stopped = true;
  const count = tookMs.length;
  await Promise.all(callers);
  tookMs.sort((a, b) => a - b);
  return {
    perSecond: count / order.seconds,
    p50Ms: tookMs[Math.floor(tookMs.length * 0.5)]!,
    p99Ms: tookMs[Math.floor(tookMs.length * 0.99)]!,
  };
}

if (import.meta.main) {
  process.on('message', async (order: LoadOrder) => {
    const report = await run(order).catch((error: Error) => ({ failed: error.message }));
    process.send!(report);
  });
  process.on('disconnect', () => process.exit(0));
}
