/** The proof of the stock: holds on what we ship, in the task and on the command line, and fails when the guard is taken out. */
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProofReport, Task, TaskDetail } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import { CommandLine } from './support/command-line.ts';
import { withSql } from './support/embedded.ts';
import { makeTempDir } from './support/lifetime.ts';
import { rootDir } from './support/program.ts';
import { setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

let app: Tradepost;
let owner: TestOwner;
let cli: CommandLine;

beforeAll(async () => {
  app = await Tradepost.start();
  owner = await setUpOwner(app);
  cli = new CommandLine({ DATA_DIR: app.dataDir, DEMO: 'off' }, app.dataDir);
});

/** Rows that name a tenant which is not, in every table that has tenants. */
async function findLeftovers(): Promise<string[]> {
  return withSql(app.databaseUrl, async (sql) => {
    const tables = await sql.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
       where c.relkind = 'r' and not c.relispartition and c.relnamespace = 'public'::regnamespace`,
    );
    const left: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await sql.query<{ count: number }>(
        `select count(*)::int as count from ${name} t
         where t.tenant_id is not null and not exists (select from auth.organization o where o.id = t.tenant_id and not o.scratch)`,
      );
      if (rows[0]!.count > 0) left.push(`${name}: ${rows[0]!.count}`);
    }
    return left;
  });
}

test('holds over several processes of which some are killed, and leaves nothing behind', async () => {
  const report = await cli.json<ProofReport>([
    'prove',
    '--buyers',
    '600',
    '--pieces',
    '300',
    '--processes',
    '3',
  ]);
  expect(report).toMatchObject({ holds: true, buyers: 600, processes: 3, killed: 2 });
  expect(report.reserved + report.refused).toBe(600);
  for (const figure of ['reserved', 'refused', 'confirmed', 'released', 'expired', 'repeated'] as const)
    expect(report[figure], figure).toBeGreaterThan(0);
  expect(report.checks.filter((c) => !c.holds || c.breaches.length > 0)).toEqual([]);
  expect(await findLeftovers()).toEqual([]);
});

test('is a task that owners start, with its report as the result; nobody else may', async () => {
  const { api } = owner.signedIn;
  const started = await api.call<Task>('POST', '/inventory/proof', {
    json: { buyers: 100, pieces: 60, processes: 2 },
  });
  expect(started.status).toBe(202);
  const ended = await until('the proof', async () => {
    const task = await api.get<TaskDetail>(`/tasks/${started.body.id}`);
    return task.finishedAt !== null && task;
  });
  expect(ended).toMatchObject({ status: 'completed', result: { holds: true, buyers: 100, killed: 1 } });
  const asKey = await owner.tenant.api.call('POST', '/inventory/proof', { json: { buyers: 1 } });
  expect(asKey.status).toBe(400);
  expect(await findLeftovers()).toEqual([]);
});

test('fails with exit code 1 when locks, conditions and constraints are taken out', async () => {
  const root = await makeTempDir();
  await cp(join(rootDir, 'server'), join(root, 'server'), {
    recursive: true,
    filter: (path) => !path.includes('node_modules') && !path.endsWith('/test'),
  });
  await symlink(join(rootDir, 'node_modules'), join(root, 'node_modules'));
  await symlink(join(rootDir, 'server/node_modules'), join(root, 'server/node_modules')).catch(() => {});
  const file = join(root, 'server/src/modules/inventory/queries.ts');
  const before = await readFile(file, 'utf8');
  const after = before
    .replace(
      'order by s.variant_id, s.location_id\n     for update of s`',
      'order by s.variant_id, s.location_id`',
    )
    .replace(
      / +and s\.reserved \+ d\.reserved >= 0 and s\.on_hand \+ d\.on_hand >= s\.reserved \+ d\.reserved\n/,
      '',
    );
  expect(before.length - after.length).toBeGreaterThan(100);
  await writeFile(file, after);
  await withSql(app.databaseUrl, (sql) =>
    sql.query(
      'alter table stock_level drop constraint stock_not_negative, drop constraint stock_not_oversold',
    ),
  );
  const broken = new CommandLine({ DATA_DIR: app.dataDir, DEMO: 'off' }, app.dataDir, root);
  const { code, stdout, stderr } = await broken.run([
    'prove',
    '--buyers',
    '1000',
    '--pieces',
    '100',
    '--processes',
    '4',
  ]);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('It does not hold') });
  expect(stdout).toMatch(/^NO +(nothing is sold|every change was announced)/m);
  expect(await findLeftovers()).toEqual([]);
});
