/** A Redis of a test file's own, in memory alone. `npm test` makes sure that there is one; REDIS_SERVER_PATH names another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { atEnd, makeTempDir } from './lifetime.ts';
import { findFreePort } from './ports.ts';

export class RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #dir: string;
  #child: ChildProcess | undefined;

  constructor(port: number, dir: string) {
    this.#port = port;
    this.#dir = dir;
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** On the same port each time, and empty. */
  async start(): Promise<void> {
    const options = ['--port', `${this.#port}`, '--bind', '127.0.0.1', '--dir', this.#dir];
    const child = spawn(
      process.env.REDIS_SERVER_PATH ?? 'redis-server',
      [...options, '--save', '', '--appendonly', 'no'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) ready.resolve();
    });
    child.once('error', ready.reject);
    child.once('exit', (code) => ready.reject(new Error(`redis-server ended with ${code}`)));
    await ready.promise;
  }

  /** Without a goodbye. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** It keeps its connections and says nothing until `thaw`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async command(...args: [string, ...string[]]): Promise<unknown> {
    const client = new Redis(this.url);
    try {
      return await client.call(...args);
    } finally {
      client.disconnect();
    }
  }
}

/** Runs until the file's last test. */
export async function startRedis(): Promise<RedisServer> {
  const redis = new RedisServer(await findFreePort(), await makeTempDir());
  atEnd(() => redis.kill());
  await redis.start();
  return redis;
}
