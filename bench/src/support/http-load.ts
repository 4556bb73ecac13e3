/**
 * Callers of an HTTP server, as a process of their own, so that their cost is not counted as the server's: each has one
 * connection, sends a request, reads its answer to the end, sends the next. Bare sockets and little text, because a full
 * client would be slower than what it measures.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

export interface LoadOrder {
  port: number;
  connections: number;
  seconds: number;
  /** Of each request, in turn. `{n}` in its headers becomes a number of sixteen digits that no other request has. */
  request: { method: string; path: string; headers: Record<string, string>; body?: string };
  /** The server's process, whose CPU time is to be told. */
  pid?: number;
}

export interface LoadReport {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU time of the server's process for each request; 0 where no process was named. */
  serverMicros: number;
  /** CPU time of the callers for each request. */
  callerMicros: number;
}

const warmUpMs = 150;
const head = Buffer.from('\r\n\r\n');
const success = Buffer.from('HTTP/1.1 2');
const lengthName = Buffer.from('\r\ncontent-length: ');

function render({ method, path, headers, body = '' }: LoadOrder['request']): string {
  const lines = Object.entries({
    host: 'bench',
    ...headers,
    ...(body !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** Microseconds of CPU time that the process has taken, all threads together. Source: proc(5). */
function cpuMicrosOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 10_000;
}

/** Bytes of the answer that begins in `received`, head and body; null while its head is not there. @throws when it is none of success */
function lengthOf(received: Buffer): number | null {
  const end = received.indexOf(head);
  if (end === -1) return null;
  if (success.compare(received, 0, success.length) !== 0) {
    throw new Error(received.toString('utf8', 0, 600));
  }
  const at = received.indexOf(lengthName);
  const length =
    at === -1 || at > end ? 0 : Number.parseInt(received.toString('latin1', at + 18, at + 28), 10);
  return end + head.length + length;
}

/** One caller: sends what `next` gives until it gives null. */
function call(socket: Socket, next: () => string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer | null = null;
    const send = (): void => {
      const request = next();
      if (request === null) {
        socket.destroy();
        resolve();
      } else socket.write(request, 'latin1');
    };
    socket.on('data', (part: Buffer) => {
      try {
        received = received === null ? part : Buffer.concat([received, part]);
        const length = lengthOf(received);
        if (length === null || received.length < length) return;
      } catch (error) {
        return reject(error);
      }
      received = null;
      send();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed a connection')));
    send();
  });
}

let n = Date.now() * 1000;

async function run(order: LoadOrder): Promise<LoadReport> {
  const [before, ...rest] = render(order.request).split('{n}');
  const after = rest.join('{n}');
  const write = rest.length === 0 ? () => before! : () => `${before}${n++}${after}`;
  const sockets = Array.from({ length: order.connections }, () =>
    connect(order.port, '127.0.0.1').setNoDelay(),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const cpuMicros = () => (order.pid === undefined ? 0 : cpuMicrosOf(order.pid));
  const tookMs: number[] = [];
  let counting = false;
  let stopped = false;
  const callers = Promise.all(
    sockets.map((socket) => {
      let sentAtMs = 0;
      return call(socket, () => {
        const nowMs = performance.now();
        if (counting && sentAtMs > 0) tookMs.push(nowMs - sentAtMs);
        sentAtMs = nowMs;
        return stopped ? null : write();
      });
    }),
  );
  const wait = (ms: number) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), callers]);
  await wait(warmUpMs);
  const begun = { ms: performance.now(), server: cpuMicros(), own: process.cpuUsage() };
  counting = true;
  await wait(order.seconds * 1000);
  counting = false;
  stopped = true;
  const seconds = (performance.now() - begun.ms) / 1000;
  const server = cpuMicros() - begun.server;
  const own = process.cpuUsage(begun.own);
  await callers;
  const count = tookMs.length;
  tookMs.sort((a, b) => a - b);
  return {
    perSecond: count / seconds,
    p50Ms: tookMs[Math.floor(count * 0.5)]!,
    p99Ms: tookMs[Math.floor(count * 0.99)]!,
    serverMicros: server / count,
    callerMicros: (own.user + own.system) / count,
  };
}

if (import.meta.main) {
  process.on('message', async (order: LoadOrder) => {
    const report = await run(order).catch((error: Error) => ({ failed: error.message }));
    process.send!(report);
  });
  process.on('disconnect', () => process.exit(0));
}
