/** Partitions of the event log: made before they are needed, dropped when they are past. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '#platform/config';
import { isStillKept, maintainEventLog } from '#platform/events';
import { createApp } from '../src/app.ts';
import { silent } from './factories/jobs.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

async function asOwner<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.current.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const insertAt = (createdAt: string, count: number) =>
  asOwner<{ xact: string; id: string }>(
    `insert into event (tenant_id, channel, type, version, data, actor, created_at)
     select null, 'products', 'product_updated', 1, '{}', 'system', ${createdAt} from generate_series(1, ${count})
     returning xact::text, id::text`,
  );
const countDefault = async () =>
  (await asOwner<{ n: number }>('select count(*)::int as n from event_default'))[0]!.n;
const maintain = () => database.current.db.asSystem('test', (tx) => maintainEventLog(tx, 14));
const isKept = ({ xact, id }: { xact: string; id: string }) =>
  database.current.db.asSystem('test', (tx) => isStillKept(tx, { xact: BigInt(xact), id: BigInt(id) }));

test('expired rows of the default partition go, and who resumes from before them is told so', async () => {
  const [first, second] = await insertAt("'2020-01-01T12:00Z'", 2);
  await insertAt("now() + interval '300 days'", 1);
  expect(await countDefault()).toBe(3);
  expect(await isKept(first!)).toBe(true);
  await maintain();
  expect(await countDefault()).toBe(1);
  expect(await isKept(first!)).toBe(false);
  expect(await isKept(second!)).toBe(true);
});

test('but not before every durable consumer has passed them, or twice the retention is over', async () => {
  const [late] = await insertAt("now() - interval '20 days'", 1);
  const before = await countDefault();
  await database.current.db.asSystem('test', (tx) =>
    tx.execute("insert into event_consumer (name, xact, id) values ('behind', $1::text::xid8, $2)", [
      late!.xact,
      BigInt(late!.id) - 1n,
    ]),
  );
  await maintain();
  expect(await countDefault()).toBe(before);
  await database.current.db.asSystem('test', (tx) =>
    tx.execute("update event_consumer set id = $1 where name = 'behind'", [late!.id]),
  );
  await maintain();
  expect(await countDefault()).toBe(before - 1);
});

test('a start after a long rest makes the partition of today before it serves, without the role worker too', async () => {
  const today = `event_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  await asOwner(`drop table ${today}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'tradepost-app-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const secret = 'x'.repeat(40);
  const app = await createApp({
    config: loadConfig(
      { DATABASE_URL: database.current.url, SECRET: secret, DEMO: 'off', ROLES: 'api', DATA_DIR: dataDir },
      dataDir,
    ),
    databaseUrl: database.current.url,
    secret,
    log: silent,
  });
  onTestFinished(() => app.stop());
  expect(await asOwner(`select to_regclass('${today}') is not null as made`)).toEqual([{ made: true }]);
});
