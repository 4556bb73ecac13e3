import { createServer } from 'node:net';

/** Below the range that the system gives to outgoing connections, so that nobody takes it between two starts. */
const from = 12_000;
const to = 30_000;

/** A free port on the loopback address, for a program that must come back on the same one. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = from + Math.floor(Math.random() * (to - from));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
