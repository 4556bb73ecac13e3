/** The command line, beside a server that runs: what an operator does, and what the exit codes say of it. */
import { randomUUID } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ApiKey, type Product, Task, TaskDetail } from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Api, signIn } from './support/api.ts';
import { CommandLine } from './support/command-line.ts';
import { withSql } from './support/embedded.ts';
import { findFreePort } from './support/ports.ts';
import { rootDir } from './support/program.ts';
import { addTenant, setUpOwner, type TestOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let owner: TestOwner;
let bea: TestTenant;
let cli: CommandLine;

beforeAll(async () => {
  app = await Tradepost.start();
  owner = await setUpOwner(app);
  bea = await addTenant(app, 'Bea Toys');
  const env = { DATA_DIR: app.dataDir, HOST: '127.0.0.1', PORT: String(app.port) };
  cli = new CommandLine({ ...env, DEMO: 'off' }, app.dataDir);
});

const tenantOf = () => ['--tenant', owner.tenant.slug];

describe('tenants and people', () => {
  test('are made, listed, and sign in with the password that was printed once', async () => {
    const made = await cli.json<{ id: string; slug: string }>(['tenant', 'create', '--name', 'Dan & Fiii']);
    expect(made.slug).toBe('dan-fiii');
    const { items } = await cli.json<{ items: { id: string; slug: string; members: number }[] }>([
      'tenant',
      'list',
    ]);
    expect(items.map((t) => [t.slug, t.members])).toEqual([
      ['ana-books', 1],
      ['bea-toys', 0],
      ['dan-fiii', 0],
    ]);
    expect(items[2]!.id).toBe(made.id);
    const table = await cli.run(['tenant', 'list']);
    expect(table.stdout.split('\n')[3]).toMatch(
      /^dan-fiii +Dan & Fiii +0 +– +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +/,
    );

    const who = ['user', 'create', '--email', 'Dan@shop.example', '--name', 'Dan', '--role', 'agent'];
    const user = await cli.json<{ id: string; password: string }>([
      ...who,
      '--tenant',
      'dan-fiii',
      '--generate-password',
    ]);
    const { session } = await signIn(app.url, 'dan@shop.example', user.password);
    expect(session).toMatchObject({ user: { id: user.id }, tenant: { slug: 'dan-fiii', role: 'agent' } });

    const again = await cli.run([...who, '--tenant', 'dan-fiii', '--generate-password']);
    expect(again).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('--email="Dan@shop.example" is taken'),
    });
    const taken = await cli.run(['tenant', 'create', '--name', 'Dan', '--slug', 'bea-toys']);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('--slug="bea-toys" is taken') });
    const vague = await cli.run([...who, '--generate-password']);
    expect(vague).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('allowed is ana-books, bea-toys, dan-fiii'),
    });
  });

  test('get another password from stdin or the terminal, and their sessions end', async () => {
    const password = 'a rather long password';
    const made = [
      'user',
      'create',
      '--email',
      'eva@shop.example',
      '--name',
      'Eva',
      '--role',
      'viewer',
      ...tenantOf(),
    ];
    expect(await cli.run([...made, '--password-stdin'], `${password}\n`)).toMatchObject({ code: 0 });
    const signedIn = await signIn(app.url, 'eva@shop.example', password);

    const reset = ['user', 'reset-password', 'eva@shop.example'];
    expect(await cli.run([...reset, '--password-stdin'], 'short\n')).toMatchObject({
      code: 64,
      stderr: 'The password has 5 characters; allowed is 10 to 200.\n',
    });
    expect(await cli.run([...reset, '--password-stdin'], 'password1234\n')).toMatchObject({
      code: 64,
      stderr: 'The password must not be one of the commonest passwords.\n',
    });
    expect((await cli.run(reset)).stderr).toMatch(/no terminal.*--password-stdin/);
    expect(
      (await cli.run(['user', 'reset-password', 'nobody@shop.example', '--generate-password'])).code,
    ).toBe(1);

    const { password: printed } = await cli.json<{ password: string }>([...reset, '--generate-password']);
    await signIn(app.url, 'eva@shop.example', printed);
    await until(
      'the old session to end',
      async () => (await signedIn.api.call('GET', '/session')).status === 401,
      5000,
    );

    // `script` gives it a terminal, which shows back what is typed unless the program forbids it.
    const typed = 'typed by hand, unseen';
    const asked = `script -qec "'${process.execPath}' server/src/cli/main.ts ${reset.join(' ')}" /dev/null`;
    const onTerminal = (lines: string) => {
      const here = new CommandLine({ DATA_DIR: app.dataDir, DEMO: 'off' }, join(import.meta.dirname, '..'));
      return here.shell(`(for line in ${lines}; do sleep 4; printf '%s\\r' "$line"; done) | ${asked}`);
    };
    const told = await onTerminal(`'${typed}' '${typed}'`);
    expect(told.stdout).toMatch(/New password: [\s\S]*Once more: [\s\S]*has another password/);
    expect(told.stdout).not.toContain(typed);
    expect(told.code).toBe(0);
    await signIn(app.url, 'eva@shop.example', typed);
    const differing = await onTerminal(`'${typed}' 'typed by hand, unsure'`);
    expect(differing.stdout).toContain('The two are not the same');
    await signIn(app.url, 'eva@shop.example', typed);
  });
});

test('keys are made, work, are listed, and end within 5 s', async () => {
  const make = [
    'keys',
    'create',
    ...tenantOf(),
    '--name',
    'Till',
    '--scopes',
    'products.read, inventory.read',
  ];
  const made = ApiKey.extend({ key: z.string(), tenant: z.string() }).parse(
    await cli.json([...make, '--expires', '90d']),
  );
  expect(made.scopes).toEqual(['products.read', 'inventory.read']);
  const days = (Date.parse(made.expiresAt!) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(89.9);
  expect(days).toBeLessThan(90.1);
  const api = Api.withKey(app.url, made.key);
  expect((await api.call('GET', '/products')).status).toBe(200);
  expect((await api.call('GET', '/orders')).status).toBe(403);

  const { items } = z
    .object({ items: z.array(ApiKey) })
    .parse(await cli.json(['keys', 'list', ...tenantOf()]));
  expect(items[0]).toMatchObject({ id: made.id, name: 'Till' });
  expect(JSON.stringify(items)).not.toContain(made.key);
  const ofOther = await cli.run(['keys', 'revoke', made.id, '--tenant', bea.slug]);
  expect(ofOther.code).toBe(1);
  expect((await api.call('GET', '/products')).status).toBe(200);

  expect(await cli.run(['keys', 'revoke', made.id, ...tenantOf()])).toMatchObject({ code: 0 });
  await until('the key to end', async () => (await api.call('GET', '/products')).status === 401, 5000);
  expect((await cli.run(['keys', 'list', ...tenantOf()])).stdout).toMatch(
    new RegExp(`${made.id}.*Till +revoked`),
  );

  // Plain output is the key alone, for a script to take; the words about it go elsewhere.
  const plain = await cli.run(make);
  expect(plain.stdout).toMatch(/^tp_[\w-]{43}\n$/);
  const recorded = await withSql(app.databaseUrl, (sql) =>
    sql.query('select created_by from api_key where prefix = $1', [plain.stdout.slice(0, 10)]),
  );
  expect(recorded.rows[0].created_by).toMatch(/^cli:.+/);
});

describe('tasks', () => {
  /** One of a type that no worker knows, so that it does what the test says. */
  async function addTask(): Promise<string> {
    const id = randomUUID();
    await change(
      `insert into task (tenant_id, id, type, status, payload, run_at, max_attempts, actor, created_at)
       values ('${owner.tenant.id}', '${id}', 'press_flowers', 'queued', '{"flower":"rose"}', now(), 4, 'system', now())`,
    );
    return id;
  }
  const change = (statement: string) => withSql(app.databaseUrl, (sql) => sql.query(statement));

  test('are listed and shown as the API shows them; a dead one runs again; a waiting one is cancelled', async () => {
    const id = await addTask();
    const { items } = await cli.json<{ items: unknown[] }>([
      'tasks',
      'list',
      '--type',
      'press_flowers',
      ...tenantOf(),
    ]);
    expect(items.map((t) => Task.parse(t).id)).toEqual([id]);
    const shown = await cli.json<{ tenant: string }>(['tasks', 'show', id]);
    expect(TaskDetail.parse(shown)).toEqual(await owner.tenant.api.get(`/tasks/${id}`));
    expect(shown.tenant).toBe(owner.tenant.slug);
    expect((await cli.run(['tasks', 'show', id])).stdout).toMatch(/^state +queued$/m);
    expect(await cli.json(['tasks', 'list', '--tenant', bea.slug])).toEqual({ items: [] });

    expect(await cli.json(['tasks', 'cancel', id])).toMatchObject({ status: 'cancelled' });
    expect(await cli.json(['tasks', 'retry', id])).toMatchObject({ status: 'queued' });
    await change(`update task set status = 'completed', finished_at = now() where id = '${id}'`);
    for (const verb of ['retry', 'cancel']) {
      const refused = await cli.run(['tasks', verb, id, '--json']);
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stderr)).toEqual({
        error: { code: 1, message: expect.stringContaining('The task is completed') },
      });
    }
    expect(await cli.run(['tasks', 'show', randomUUID()])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no task'),
    });
  });

  test('are followed to their end: 0 when completed, 1 when not, 130 by Ctrl-C', async () => {
    const id = await addTask();
    const following = cli.start(['tasks', 'show', id, '--follow']);
    const inJson = cli.start(['tasks', 'show', id, '--follow', '--json']);
    const interrupted = cli.start(['tasks', 'show', id, '--follow']);
    for (const f of [following, interrupted]) await f.waitForLine(/^press_flowers {2}queued$/);
    await inJson.waitForLine(/"status":"queued"/);
    expect(await interrupted.end('SIGINT')).toEqual({ code: 130, signal: null });
    expect(interrupted.stderr).toBe('');

    const worker = randomUUID();
    await change(
      `insert into worker (id, lock_key, host, pid, started_at, heartbeat_at) values ('${worker}', 1, 'h', 1, now(), now() + interval '1 hour')`,
    );
    await change(
      `update task set status = 'running', worker_id = '${worker}', attempt = 1, started_at = now(), progress = '{"done":6,"total":12,"message":"rose"}' where id = '${id}'`,
    );
    await following.waitForLine(/^press_flowers {2}running {2}\[#{12}-{12}\] 6\/12 {2}rose$/);
    await inJson.waitForLine(/"progress":\{"done":6/);
    await change(
      `update task set status = 'completed', worker_id = null, finished_at = now(), result = '1' where id = '${id}'`,
    );
    expect(await following.exited).toEqual({ code: 0, signal: null });
    expect(await inJson.exited).toEqual({ code: 0, signal: null });
    expect(inJson.lines.map((line) => TaskDetail.parse(JSON.parse(line)).status)).toEqual([
      'queued',
      'running',
      'completed',
    ]);
    expect(following.lines.join()).not.toContain('\x1b');

    const cancelled = await addTask();
    const watching = cli.start(['tasks', 'show', cancelled, '--follow']);
    await watching.waitForLine(/queued/);
    await owner.tenant.api.call('DELETE', `/tasks/${cancelled}`);
    expect(await watching.exited).toEqual({ code: 1, signal: null });
  });
});

describe('events', () => {
  const addProduct = (tenant: TestTenant, sku: string) =>
    tenant.api.post<Product>('/products', { name: sku, variants: [{ sku, priceMinor: 1, onHand: 3 }] });
  // Adding never runs out, however long the tail needs to come up.
  const deliver = (tenant: TestTenant, sku: string) =>
    tenant.api.post('/realtime/inventory', {
      productId: sku,
      quantity: 1,
      operation: 'add',
      reason: 'delivered',
    });

  test('are shown as they come, filtered, and from where one was', async () => {
    await addProduct(owner.tenant, 'TAIL-1');
    await addProduct(bea, 'TAIL-2');
    const live = cli.start([
      'events',
      'tail',
      '--tenant',
      owner.tenant.slug,
      '--type',
      'stock_changed',
      '--json',
    ]);
    const lines = cli.start(['events', 'tail', '--since', '1h', '--channel', 'inventory']);
    await lines.waitForLine(/ {2}ana-books {2}inventory {2}stock_changed {2}key:/);
    await until('the first event to be seen live', async () => {
      await deliver(bea, 'TAIL-2');
      await deliver(owner.tenant, 'TAIL-1');
      return live.lines.length > 0;
    });
    const first = JSON.parse(live.lines[0]!) as { offset: string };
    expect(first).toMatchObject({
      tenant: 'ana-books',
      tenantId: owner.tenant.id,
      channel: 'inventory',
      type: 'stock_changed',
      data: { sku: 'TAIL-1' },
      actor: expect.stringMatching(/^key:/),
    });
    await lines.waitForLine(/ {2}bea-toys {2}inventory/);
    for (const tail of [live, lines]) expect(await tail.end('SIGINT')).toEqual({ code: 130, signal: null });
    expect(live.lines.every((line) => JSON.parse(line).tenant === 'ana-books')).toBe(true);

    await addProduct(owner.tenant, 'TAIL-3');
    const since = await cli.run(['events', 'tail', '--since', first.offset, '--once', '--json']);
    expect(since.code).toBe(0);
    const events = since.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // All that came after it and nothing before: what was live continues, and the last is the newest.
    expect(
      events
        .filter((e) => e.type === 'stock_changed' && e.tenant === 'ana-books')
        .map((e) => e.offset)
        .slice(0, live.lines.length - 1),
    ).toEqual(live.lines.slice(1).map((line) => JSON.parse(line).offset));
    expect(JSON.stringify(events.at(-1))).toContain('TAIL-3');
    expect(events.map((e) => e.offset)).not.toContain(first.offset);

    const strange = await cli.run(['events', 'tail', '--since', '00000000-1-1', '--once']);
    expect(strange).toMatchObject({ code: 1, stderr: expect.stringContaining('of another log') });
  });

  test('into a pipe that is closed end quietly', async () => {
    await addProduct(owner.tenant, 'PIPE-1');
    await addProduct(owner.tenant, 'PIPE-2');
    const { stdout, stderr, code } = await cli.shell(
      'tradepost events tail --since 1h | head -n 1; exit "$PIPESTATUS"',
    );
    expect({ lines: stdout.trim().split('\n').length, stderr, code }).toEqual({
      lines: 1,
      stderr: '',
      code: 141,
    });
  });
});

test('exit codes are the documented ones', async () => {
  expect(await cli.run([])).toMatchObject({ code: 64, stdout: '' });
  expect(await cli.run(['tenat', 'list'])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('Did you mean `tenant`?'),
  });
  expect((await cli.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await cli.run(['tasks', '--help'])).stdout).toContain('tasks retry');
  const wrong = await cli.with({ PORT: 'eighty' }).run(['tenant', 'list']);
  expect(wrong).toMatchObject({ code: 78, stderr: expect.stringMatching(/PORT="eighty".*allowed/) });
  const port = await findFreePort();
  const away = cli.with({
    DATABASE_URL: `postgresql://shop:pass-word@127.0.0.1:${port}/shop`,
    SECRET: 's'.repeat(40),
  });
  const startedAtMs = performance.now();
  const refused = await away.run(['tenant', 'list', '--json']);
  expect(refused.code).toBe(69);
  expect(JSON.parse(refused.stderr).error).toEqual({
    code: 69,
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  expect(refused.stderr).not.toContain('pass-word');
  expect(performance.now() - startedAtMs).toBeLessThan(15_000);
  expect(await cli.run(['migrate', '--plan'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('up to date'),
  });
  expect(await cli.run(['migrate', '--json'])).toMatchObject({ code: 0, stdout: '{"applied":[]}\n' });
  // Of a folder in which no database was made yet, the plan is everything, and it makes none.
  const fresh = cli.with({ DATA_DIR: join(app.dataDir, 'fresh') });
  const plan = await fresh.json<{ pending: { name: string; purpose: string }[] }>(['migrate', '--plan'], 3);
  expect(plan.pending[0]).toMatchObject({
    name: '0001-roles-and-tenancy.sql',
    purpose: expect.stringMatching(/^the three roles/),
  });
  expect(await fresh.run(['tenant', 'list'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no database'),
  });
});

describe('the doctor', () => {
  interface Report {
    healthy: boolean;
    findings: { check: string; status: string; message: string; fix: string | null }[];
  }
  const faults = ({ findings }: Report) => findings.filter((f) => f.status === 'fail').map((f) => f.check);
  const change = (statement: string) => withSql(app.databaseUrl, (sql) => sql.query(statement));

  test('finds nothing wrong with a server that runs', async () => {
    const report = await cli.json<Report>(['doctor']);
    expect({ ...report, faults: faults(report) }).toMatchObject({ healthy: true, faults: [] });
    expect(report.findings.find((f) => f.check === 'port')!.message).toMatch(
      /^Tradepost serves at .* \(process \d+\)\.$/,
    );
    expect(report.findings.find((f) => f.check === 'row security')!.message).toMatch(
      /forced on all \d\d tables/,
    );
    const text = await cli.run(['doctor']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^ok +clock +Machine and database agree/m);
  });

  test('names each fault with what to do, exit code 1', async () => {
    const settings = await cli.with({ PORT: 'eighty' }).json<Report>(['doctor'], 1);
    expect(faults(settings)).toEqual(['settings']);

    const holder = createServer();
    const port = await findFreePort();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    const taken = await cli.with({ PORT: String(port) }).json<Report>(['doctor'], 1);
    holder.close();
    expect(faults(taken)).toEqual(['port']);

    await rename(join(app.dataDir, 'secret'), join(app.dataDir, 'secret.away'));
    const secret = await cli.json<Report>(['doctor'], 1);
    await rename(join(app.dataDir, 'secret.away'), join(app.dataDir, 'secret'));
    expect(faults(secret)).toEqual(['secret']);

    await change('alter table stock_level no force row level security');
    const open = await cli.run(['doctor']);
    expect(open.code).toBe(1);
    expect(open.stdout).toMatch(
      /^fail +row security +.*stock_level.*\n +Fix: alter table stock_level enable row/m,
    );
    await change('alter table stock_level force row level security');

    // A clock of the database's that is an hour ahead, as far as this asks for it.
    await change(
      `create function clock_timestamp() returns timestamptz language sql return pg_catalog.clock_timestamp() + interval '1 hour'`,
    );
    await change('alter database tradepost set search_path = public, pg_catalog');
    const clock = await cli.json<Report>(['doctor'], 1);
    await change('alter database tradepost reset search_path');
    await change('drop function public.clock_timestamp()');
    expect(faults(clock)).toEqual(['clock']);

    const nobody = { DATABASE_URL: `postgresql://shop@127.0.0.1:${port}/shop`, SECRET: 's'.repeat(40) };
    const report = await cli.with(nobody).json<Report>(['doctor'], 1);
    expect(faults(report)).toEqual(['database']);
    expect(await cli.json<Report>(['doctor'])).toMatchObject({ healthy: true });
  });
});

test('the guide for operators runs as written', async () => {
  const guide = await readFile(join(rootDir, 'docs/guides/operate.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  const env = { DATA_DIR: app.dataDir, HOST: '127.0.0.1', PORT: String(app.port), DEMO: 'off' };
  const told = await new CommandLine(env, rootDir).shell(
    `unset -f tradepost; set -euo pipefail\n${blocks.join('')}`,
  );
  if (told.code !== 0) throw new Error(`${told.code}\n${told.stdout}${told.stderr}`);
  const inOrder =
    /^ok +clock .*Made the tenant corner-shop.*Password: \S+\n.*sessions ended.*live .*Revoked .*completed.*stock_changed.*up to date.*up to date/ms;
  expect(told.stdout).toMatch(inOrder);
  // Every command goes through npm, which takes longer to start than most of them to end.
}, 300_000);

// Last: the server stops.
describe('without a server', () => {
  test('commands serve the database themselves, and a server starts only when they have ended', async () => {
    await app.stop();
    const { items } = await cli.json<{ items: unknown[] }>(['tenant', 'list']);
    expect(items.length).toBeGreaterThan(1);
    expect(await cli.json(['doctor'])).toMatchObject({ healthy: true });

    const tail = cli.start(['events', 'tail', '--since', '1h']);
    await tail.waitForLine(/stock_changed/);
    // A second command uses the database that the first one serves.
    expect((await cli.run(['tenant', 'list'])).code).toBe(0);
    const refused = app.launch();
    expect(await refused.exited).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(`process ${tail.child.pid}`);
    expect(await tail.end('SIGTERM')).toEqual({ code: 143, signal: null });
    await app.restart();
    expect((await owner.tenant.api.call('GET', '/products')).status).toBe(200);
    await app.stop();
  });

  test('`serve` is the server: `ready`, requests, a clean end', async () => {
    const serve = cli.start(['serve']);
    await serve.waitForLine(/^ready /);
    expect((await owner.tenant.api.call('GET', '/products')).status).toBe(200);
    expect((await cli.run(['tenant', 'list'])).code).toBe(0);
    expect(await serve.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
