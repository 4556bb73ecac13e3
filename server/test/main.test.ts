import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, inject, test } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), 'tradepost-main-'));
const dataDir = join(cwd, 'data');
const running = new Set<ChildProcess>();

interface Program {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  /** Exit code. */
  ended: Promise<number | null>;
  /** Waits for a line of stdout. Fails when the program ends before. */
  line(pattern: RegExp): Promise<string>;
}

/** Runs the real program, with nothing of this process's environment but PATH. */
function start(env: Record<string, string>): Program {
  const child = spawn(process.execPath, [main], {
    cwd,
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, DEMO: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  const looks = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const look of looks) look();
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return {
    child,
    output,
    ended,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = output.stdout.split('\n').find((line) => pattern.test(line));
          if (found !== undefined) resolve(found);
        };
        looks.add(look);
        look();
        void ended.then(() => reject(new Error(`ended early: ${output.stdout}${output.stderr}`)));
      }),
  };
}

const urlOf = (line: string) => line.slice('ready '.length);

async function stop(program: Program): Promise<number | null> {
  program.child.kill('SIGTERM');
  return program.ended;
}

afterEach(async () => {
  for (const child of running) child.kill('SIGTERM');
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('a start that cannot be', () => {
  test('wrong settings: exit 78, all of them named', async () => {
    const program = start({ PORT: 'http', DB_POOL_SIZE: '0' });
    expect(await program.ended).toBe(78);
    expect(program.output.stderr).toMatch(/PORT="http" is refused[\s\S]*DB_POOL_SIZE="0" is refused/);
    expect(program.output.stderr).not.toContain('at ');
  });

  test('a database that refuses us: exit 69 at once, host and reason, never the password', async () => {
    const url = new URL(inject('postgresUrl'));
    url.pathname = '/absent';
    url.password = 'hunter2';
    const program = start({ DATABASE_URL: url.href, SECRET: 'x'.repeat(40) });
    expect(await program.ended).toBe(69);
    expect(program.output.stderr).toMatch(
      /^The database at .* cannot be used: database "absent" does not exist/,
    );
    expect(program.output.stdout + program.output.stderr).not.toContain('hunter2');
  });

  test('a database that cannot be reached is tried again; a signal ends the wait', async () => {
    const program = start({
      DATABASE_URL: 'postgresql://shop:hunter2@127.0.0.1:1/shop',
      SECRET: 'x'.repeat(40),
    });
    const line = await program.line(/Trying again/);
    expect(line).toBe(
      'The database at 127.0.0.1:1 cannot be used: connect ECONNREFUSED 127.0.0.1:1. Trying again for 30 s.',
    );
    expect(await stop(program)).toBe(0);
  });
});

describe('a life', { timeout: 60_000 }, () => {
  test('ready, setup link, one at a time, graceful end; then again, within 250 MB at rest', async () => {
    const first = start({});
    const url = urlOf(await first.line(/^ready /));
    expect(await first.line(/^setup /)).toMatch(new RegExp(`^setup ${url}/setup\\?token=[\\w-]{43}$`));
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'ok',
      parts: { database: { status: 'ok' } },
    });

    const second = start({});
    expect(await second.ended).toBe(1);
    expect(second.output.stderr).toMatch(
      new RegExp(`^Tradepost is already running on .* \\(process ${first.child.pid}\\)`),
    );
    expect(await stop(first)).toBe(0);
    expect(first.output.stderr).not.toMatch(/"level":(50|60)/);

    const again = start({});
    const againUrl = urlOf(await again.line(/^ready /));
    expect(again.output.stdout).not.toContain('applied');
    await fetch(`${againUrl}/health`);
    const rssMb =
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${again.child.pid}/status`, 'utf8'))?.[1]) / 1024;
    expect(rssMb).toBeLessThan(250);
    expect(await stop(again)).toBe(0);
  });

  test('a taken port is named, and the database is stopped', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const program = start({ PORT: String(port) });
    expect(await program.ended).toBe(1);
    expect(program.output.stderr).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
    other.close();
    const next = start({});
    await next.line(/^ready /);
    expect(next.output.stdout).not.toContain('taken over');
    expect(await stop(next)).toBe(0);
  });

  test('killed, its database is taken over by the next start', async () => {
    const killed = start({});
    await killed.line(/^ready /);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const next = start({});
    await next.line(/^ready /);
    expect(next.output.stdout).toContain('taken over');
    expect(await stop(next)).toBe(0);
  });

  test('a demo that cannot come up keeps nobody from serving, and comes up later', async () => {
    const hindrance = join(dataDir, 'simulator.json');
    mkdirSync(hindrance);
    const program = start({ DEMO: 'on' });
    const url = urlOf(await program.line(/^ready /));
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(program.output.stderr).toContain('the demo could not be brought up');
    rmdirSync(hindrance);
    expect(await program.line(/^Sign in as /)).toContain('@');
    expect(await stop(program)).toBe(0);
  });

  test('it ends by itself when the process that started it is gone', async () => {
    const parent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const program = start({ TRADEPOST_PARENT_PID: String(parent.pid) });
    await program.line(/^ready /);
    parent.kill('SIGKILL');
    expect(await program.ended).toBe(0);
  });
});
