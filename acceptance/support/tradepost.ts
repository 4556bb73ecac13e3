/** The server as its users have it: the real program, on a port and a DATA_DIR of its own. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SmallDisk } from './disk.ts';
import { embeddedUrl, endPostmaster } from './embedded.ts';
import { atEnd, makeTempDir } from './lifetime.ts';
import { findFreePort } from './ports.ts';
import { type Exit, Program } from './program.ts';
import { type RedisServer, startRedis } from './redis.ts';

export interface TradepostOptions {
  env?: Record<string, string>;
  /** Default: a new one. */
  dataDir?: string;
  /** Its DATA_DIR lies on this one. */
  disk?: SmallDisk;
}

/** Out of the way of tests that are not about them. */
const quietEnv = { HOST: '127.0.0.1', DEMO: 'off', RATE_LIMIT_API: '0', LOG_LEVEL: 'warn' };

/**
 * `npm run test:matrix` runs the same tests over several processes and a Redis, by this number of them; tests that say
 * themselves how many there are to be keep what they say.
 */
export const processes = Number(process.env.TRADEPOST_TEST_PROCESSES ?? 1);
let redis: Promise<RedisServer> | undefined;

async function crowdEnv(env: Record<string, string> = {}): Promise<Record<string, string>> {
  if (processes === 1 || 'WORKERS' in env || 'ENV' in env || 'REDIS_URL' in env) return {};
  redis ??= startRedis();
  return { WORKERS: String(processes), REDIS_URL: (await redis).url };
}

export class Tradepost {
  /** As tests reach it. */
  readonly dataDir: string;
  readonly url: string;
  readonly port: number;
  program: Program;
  readonly #env: Record<string, string>;
  readonly #through: string[];

  private constructor(dataDir: string, port: number, env: Record<string, string>, through: string[] = []) {
    this.dataDir = dataDir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#env = env;
    this.#through = through;
    this.program = this.launch();
  }

  /** Starts it and waits for `ready`. */
  static async start(options: TradepostOptions = {}): Promise<Tradepost> {
    const app = await Tradepost.begin(options);
    await app.ready();
    return app;
  }

  /** Starts it, and waits for nothing. */
  static async begin(options: TradepostOptions = {}): Promise<Tradepost> {
    const { disk } = options;
    const dataDir = disk ? join(disk.reach, 'data') : (options.dataDir ?? (await makeTempDir()));
    if (disk) await mkdir(dataDir, { mode: 0o700 });
    const port = await findFreePort();
    // Registered before the program's own ending, so it runs after it: nothing that was killed leaves its database behind.
    atEnd(async () => {
      await endPostmaster(dataDir, 'SIGQUIT');
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    });
    const env = {
      ...quietEnv,
      ...(await crowdEnv(options.env)),
      ...options.env,
      PORT: String(port),
      DATA_DIR: disk ? join(disk.dir, 'data') : dataDir,
      TRADEPOST_PARENT_PID: String(process.pid),
    };
    return new Tradepost(dataDir, port, env, disk?.through);
  }

  get ws(): string {
    return this.url.replace('http', 'ws');
  }

  get databaseUrl(): string {
    return this.#env.DATABASE_URL ?? embeddedUrl(this.dataDir);
  }

  /** One more start of the same installation, without waiting for anything. */
  launch(): Program {
    return Program.run('server/src/main.ts', {
      env: this.#env,
      cwd: this.dataDir,
      through: this.#through,
    });
  }

  /** Waits for `ready`, and checks that it names the address. */
  async ready(timeoutMs = 60_000): Promise<void> {
    const [, url] = await this.program.waitForLine(/^ready (\S+)$/, timeoutMs);
    if (url !== this.url) throw new Error(`It is ready at ${url} instead of ${this.url}`);
  }

  /** kill -9. The database stays behind. */
  async kill(): Promise<Exit> {
    return this.program.end('SIGKILL');
  }

  /** As Ctrl-C does. */
  async stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<Exit> {
    return this.program.end(signal);
  }

  /** Starts again on the same port and DATA_DIR, after `kill` or `stop`. */
  async restart(): Promise<void> {
    this.program = this.launch();
    await this.ready();
  }
}
