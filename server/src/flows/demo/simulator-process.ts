/** The simulated marketplace as a child process. It keeps its own state in DATA_DIR and goes when we go. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { z } from 'zod';

const ownProgram = fileURLToPath(new URL('../../../../simulator/src/main.ts', import.meta.url));

const startPatienceMs = 20_000;
const longestPauseMs = 60_000;

const SimulatorFile = z.object({
  url: z.string(),
  accounts: z.array(
    z.object({
      name: z.string(),
      tenant: z.string(),
      username: z.string(),
      password: z.string(),
      baseUrl: z.string(),
    }),
  ),
});
export type SimulatorAccount = z.infer<typeof SimulatorFile>['accounts'][number];

export interface SimulatorProcess {
  url: string;
  accounts: SimulatorAccount[];
  /** Lets customers place orders now. */
  createOrders(account: SimulatorAccount, count: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the simulator and waits until it serves. When it dies it is started again at the same address, with growing pauses
 * for as long as it does not come up.
 *
 * @throws Error when it has ended, or does not serve within 20 s
 */
export async function startSimulatorProcess(options: {
  dataDir: string;
  ordersPerMinute: number;
  log: Logger;
  /** Default: the simulator of this repository. */
  program?: string;
  /** Before the first try to start it again; doubled for each that fails. Default 1 s. */
  firstPauseMs?: number;
}): Promise<SimulatorProcess> {
  const { dataDir, log, program = ownProgram, firstPauseMs = 1000 } = options;
  let stopped = false;
  let child: ChildProcess | undefined;

  async function start(port: number): Promise<string> {
    const started = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Away from the terminal's Ctrl-C: it is stopped after the tasks that still talk to it.
      detached: true,
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        DATA_DIR: dataDir,
        SIMULATOR_ORDERS_PER_MINUTE: String(options.ordersPerMinute),
        SIMULATOR_OUTAGES: 'on',
        SIMULATOR_PARENT_PID: String(process.pid),
      },
    });
    child = started;
    const lines = createInterface({ input: started.stdout });
    createInterface({ input: started.stderr }).on('line', (line) => log.info({ from: 'simulator' }, line));
    const url = await new Promise<string>((resolve, reject) => {
      const patience = setTimeout(() => {
        started.kill('SIGKILL');
        reject(new Error(`the marketplace simulator does not serve within ${startPatienceMs / 1000} s`));
      }, startPatienceMs);
      const settled = () => clearTimeout(patience);
      started.once('exit', settled).once('error', settled);
      lines.on('line', (line) => {
        const match = /^ready (\S+)/.exec(line);
        if (match === null) return;
        settled();
        resolve(match[1]!);
      });
      started.once('error', reject);
      started.once('exit', (code) =>
        reject(new Error(`the marketplace simulator ended with code ${code} before it served`)),
      );
    });
    started.once('exit', (code) => {
      if (stopped) return;
      log.warn({ code }, 'the marketplace simulator ended; starting it again');
      void startAgain(Number(new URL(url).port));
    });
    return url;
  }

  async function startAgain(port: number): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      await delay(pauseMs, undefined, { ref: false });
      if (stopped) return;
      try {
        await start(port);
        return;
      } catch (err) {
        if (!stopped) log.error({ err }, 'the marketplace simulator could not be started again; tried again');
      }
    }
  }

  async function stop(): Promise<void> {
    stopped = true;
    const last = child;
    if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
    const exited = new Promise((resolve) => last.once('exit', resolve));
    last.kill('SIGTERM');
    const force = setTimeout(() => last.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(force);
  }

  const url = await start(0);
  const file = await readFile(join(dataDir, 'simulator.json'), 'utf8')
    .then((text) => SimulatorFile.parse(JSON.parse(text)))
    .catch(async (error: unknown) => {
      await stop();
      throw error;
    });
  return {
    url,
    accounts: file.accounts,
    async createOrders(account, count) {
      const response = await fetch(`${url}/__sandbox/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account: account.username, count }),
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok)
        throw new Error(`the marketplace simulator refused to make orders: ${await response.text()}`);
    },
    stop,
  };
}
