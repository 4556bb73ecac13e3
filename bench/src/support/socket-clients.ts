/**
 * A process of its own that holds the sockets of a benchmark, so that their cost is not counted as the server's. It is told
 * where to connect, notes when each frame came, and hands the notes over when asked. Times are of the machine's steady
 * clock, which all processes share.
 */
import { WebSocket } from 'ws';

export type Order = { do: 'open'; urls: string[] } | { do: 'report' };
/** `received` holds pairs: the number in the frame, and when it came, in ms. */
export type Report = { did: 'opened' } | { did: 'reported'; received: number[] };

const marker = Buffer.from('"version": ');
let received: number[] = [];
let sockets: WebSocket[] = [];

/** Steady milliseconds, the same for all processes of the machine. */
export function steadyMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => {
    const at = data.indexOf(marker);
    if (at >= 0)
      received.push(Number.parseInt(data.toString('latin1', at + marker.length, at + 24), 10), steadyMs());
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('message', () => resolve());
    socket.once('error', reject);
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
  });
  return socket;
}

if (import.meta.main) {
  process.on('message', async (order: Order) => {
    if (order.do === 'report') {
      process.send!({ did: 'reported', received } satisfies Report);
      return;
    }
    for (const socket of sockets) socket.terminate();
    sockets = [];
    // A few at a time, as people come.
    for (let from = 0; from < order.urls.length; from += 50) {
      sockets.push(...(await Promise.all(order.urls.slice(from, from + 50).map(open))));
    }
    received = [];
    process.send!({ did: 'opened' } satisfies Report);
  });
  process.on('disconnect', () => process.exit(0));
}
