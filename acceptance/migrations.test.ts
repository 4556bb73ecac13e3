/** A server killed while it migrates, and a release that goes on serving while the next one migrates. */
import { expect, test } from 'vitest';
import { withSql } from './support/embedded.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

const applied = (app: Tradepost) =>
  withSql(app.databaseUrl, async (sql) =>
    (await sql.query<{ name: string }>('select name from schema_migration order by name')).rows.map(
      (r) => r.name,
    ),
  );

test('killed while it migrates, again and again, it completes them with the next start, each once', async () => {
  const app = await Tradepost.begin();
  const told: string[] = [];
  // Killed as soon as it has said that it applied a file, which is while it works on one of the next.
  for (let kill = 0; kill < 4; kill++) {
    const [, name] = await app.program.waitForLine(/^applied (\S+)$/);
    await app.kill();
    told.push(name!);
    if ((await applied(app)).at(-1)! >= '0010') break;
    app.program = app.launch();
  }
  expect(told).toEqual([...new Set(told)].toSorted());
  await app.kill();
  await app.restart();
  const names = await applied(app);
  expect(names).toEqual(expect.arrayContaining(told));
  const { tenant } = await setUpOwner(app);
  await tenant.api.post('/products', { name: 'Chai', variants: [{ sku: 'NW-001', priceMinor: 1800 }] });
});

test('a release goes on serving while the next one migrates; it does not start again on what it does not know', async () => {
  const app = await Tradepost.start();
  const { tenant } = await setUpOwner(app);
  await tenant.api.post('/products', {
    name: 'Chai',
    variants: [{ sku: 'NW-001', priceMinor: 1800, onHand: 1000 }],
  });
  let isDone = false;
  const statuses = new Set<number>();
  const buyers = Array.from({ length: 8 }, async () => {
    while (!isDone) {
      const json = { lines: [{ sku: 'NW-001', quantity: 1 }] };
      statuses.add((await tenant.api.call('POST', '/inventory/reservations', { json })).status);
      statuses.add((await tenant.api.call('GET', '/products')).status);
    }
  });
  await withSql(app.databaseUrl, async (sql) => {
    // As the rules of migrations have it: something more, nothing changed or taken away.
    await sql.query('begin');
    await sql.query('alter table product add column note text');
    await sql.query('alter table reservation add column channel text');
    await sql.query('create table later (id uuid primary key)');
    await sql.query("insert into schema_migration (name, checksum) values ('9999-later.sql', 'x')");
    await sql.query('commit');
  });
  for (const wanted of [1, 2, 3]) {
    await tenant.api.post('/products', {
      name: 'Chang',
      variants: [{ sku: `NW-00${wanted + 1}`, priceMinor: 1 }],
    });
  }
  isDone = true;
  await Promise.all(buyers);
  expect([...statuses].toSorted()).toEqual([200, 201]);
  await app.stop();
  const again = app.launch();
  expect((await again.exited).code).toBe(1);
  expect(again.stderr).toContain('9999-later.sql');
});
