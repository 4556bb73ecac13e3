/**
 * How long the second `npm start` takes to `ready`, and what the server's process weighs at rest. Beside it, the limit: the
 * same Node starting with nothing to do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type BenchResult, median, ratio } from './report.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rounds = 3;
const restSeconds = 15;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(dataDir: string, demo: 'on' | 'off'): Promise<{ seconds: number; child: ChildProcess }> {
  const begun = performance.now();
  const child = spawn('npm', ['start', '--silent'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, DATA_DIR: dataDir, DEMO: demo, PORT: String(await freePort()), LOG_LEVEL: 'warn' },
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
  });
  return { seconds: (performance.now() - begun) / 1000, child };
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

/** Resident memory of the server below `npm start`, in MB: the only Node process that runs server/src/main.ts. */
async function serverMegabytes(dataDir: string): Promise<number> {
  const pid = (await readFile(join(dataDir, 'tradepost.pid'), 'utf8')).trim();
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

export async function run(): Promise<BenchResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tradepost-bench-start-'));
  try {
    await stop((await start(dataDir, 'off')).child);
    const seconds: number[] = [];
    const bare: number[] = [];
    let megabytes = 0;
    for (let round = 0; round < rounds; round++) {
      const bareBegun = performance.now();
      await new Promise((resolve) => spawn(process.execPath, ['-e', '']).once('exit', resolve));
      bare.push((performance.now() - bareBegun) / 1000);
      const server = await start(dataDir, 'off');
      seconds.push(server.seconds);
      if (round === rounds - 1) {
        await new Promise((resolve) => setTimeout(resolve, restSeconds * 1000));
        megabytes = await serverMegabytes(dataDir);
      }
      await stop(server.child);
    }
    return {
      name: 'start',
      rows: [
        { name: 'Node starting with nothing to do', value: median(bare), unit: 's' },
        { name: 'second npm start to ready', value: median(seconds), unit: 's' },
        { name: `memory of the server after ${restSeconds} s at rest`, value: megabytes, unit: 'MB' },
      ],
      ratios: [
        ratio('seconds to ready', median(seconds), 5, true),
        ratio('MB at rest', megabytes, 250, true),
      ],
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
