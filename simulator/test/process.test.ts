import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type Simulator, startSimulator } from '../src/index.ts';
import { main, type Row } from './support.ts';

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function run(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      SIMULATOR_ORDERS_PER_MINUTE: '0',
      SIMULATOR_RATE_LIMITS: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function ready(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line.replace(/^ready /, '');
  throw new Error('ended before it was ready');
}

async function failure(env: Record<string, string>): Promise<{ code: number; text: string }> {
  const child = run(env);
  let text = '';
  child.stderr!.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, text };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function makeOrders(url: string, count: number): Promise<number[]> {
  const body = JSON.stringify({ account: main, count });
  const response = await fetch(`${url}/__sandbox/orders`, { method: 'POST', body });
  return ((await response.json()) as { ids: number[] }).ids;
}

async function readOrders(simulator: Pick<Simulator, 'url'>, type = 3): Promise<Row[]> {
  const response = await fetch(`${simulator.url}/api-3/order/read`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${main}:sandbox-northwind-main`)}` },
    body: JSON.stringify({ type }),
  });
  return ((await response.json()) as { results: Row[] }).results;
}

test('the program says ready, writes who may call, and goes on after SIGTERM where it was', async () => {
  const dataDir = temporaryFolder();
  const child = run({ DATA_DIR: dataDir });
  const url = await ready(child);
  const info = JSON.parse(readFileSync(join(dataDir, 'simulator.json'), 'utf8'));
  expect(info.url).toBe(url);
  expect(info.accounts.map((account: Row) => [account.name, account.tenant, account.baseUrl])).toEqual([
    ['MAIN', 'northwind', `${url}/api-3`],
    ['FBE', 'northwind', `${url}/api-3`],
    ['MAIN', 'eastwind', `${url}/api-3`],
  ]);
  expect(statSync(join(dataDir, 'simulator.json')).mode & 0o777).toBe(0o600);
  await makeOrders(url, 5);
  const before = await readOrders({ url });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  const again = await startSimulator({ dataDir });
  expect(await readOrders(again)).toEqual(before);
  await again.stop();
});

test('after kill -9 no id comes back with other content', async () => {
  const dataDir = temporaryFolder();
  const child = run({ DATA_DIR: dataDir });
  const ids = await makeOrders(await ready(child), 50);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const again = await startSimulator({ dataDir });
  onTestFinished(() => again.stop());
  const next = await makeOrders(again.url, 1);
  expect(next[0]).toBeGreaterThan(Math.max(...ids));
});

test('accounts, offers and the moved clock survive a restart; a finished order is forgotten after a week', async () => {
  const dataDir = temporaryFolder();
  const first = await startSimulator({ dataDir });
  const post = (path: string, body: Row) =>
    fetch(`${first.url}/__sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  await post('accounts', { username: 'late', password: 'x', name: 'LATE' });
  expect(readFileSync(join(dataDir, 'simulator.json'), 'utf8')).toContain('"late"');
  await post('orders', { account: main, count: 1, status: 4 });
  await post('orders', { account: main, count: 1, status: 2 });
  await post('clock', { advanceMs: 8 * 86_400_000 });
  await first.stop();
  const again = await startSimulator({ dataDir });
  onTestFinished(() => again.stop());
  expect(again.accounts.map(({ name }) => name)).toContain('LATE');
  expect((await readOrders(again)).map((row) => row.status)).toEqual([2]);
  const state = (await (await fetch(`${again.url}/__sandbox/state`)).json()) as { now: string };
  expect(Date.parse(state.now) - Date.now()).toBeGreaterThan(7 * 86_400_000);
});

test('wrong variables are named with what is allowed, and the exit code is 78', async () => {
  const { code, text } = await failure({ PORT: '70000', SIMULATOR_OUTAGES: 'maybe', SIMULATOR_SEED: '1.5' });
  expect(code).toBe(78);
  expect(text).toContain('PORT="70000" is wrong: a whole number from 0 to 65535');
  expect(text).toContain('SIMULATOR_OUTAGES="maybe" is wrong: on or off');
  expect(text).toContain('SIMULATOR_SEED="1.5"');
  const accounts = JSON.stringify([{ username: 'a', password: 'secret', platform: 'emag_pl' }]);
  const wrong = await failure({ SIMULATOR_ACCOUNTS: accounts });
  expect(wrong).toMatchObject({
    code: 78,
    text: expect.stringContaining('SIMULATOR_ACCOUNTS is wrong: platform'),
  });
  expect(wrong.text).not.toContain('secret');
});

test('a taken port and an unreadable state are named, and the exit code is 1', async () => {
  const dataDir = temporaryFolder();
  const holder = await startSimulator();
  onTestFinished(() => holder.stop());
  const port = new URL(holder.url).port;
  expect(await failure({ PORT: port, DATA_DIR: dataDir })).toEqual({
    code: 1,
    text: `PORT ${port} is taken: choose another, or 0 for any free one\n`,
  });
  writeFileSync(join(dataDir, 'simulator-state.json'), '{"version":');
  const broken = await failure({ DATA_DIR: dataDir });
  expect(broken).toMatchObject({ code: 1, text: expect.stringContaining('simulator-state.json') });
});

test('it ends with its parent', async () => {
  const parent = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const child = run({ DATA_DIR: temporaryFolder(), SIMULATOR_PARENT_PID: String(parent.pid) });
  await ready(child);
  parent.kill('SIGKILL');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
