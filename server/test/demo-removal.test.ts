import { expect, test } from 'vitest';
import { removeDemoTenants } from '../src/flows/demo/removal.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

test('what a long demo has gathered goes in batches, and nothing of others', async () => {
  const { db, createTenant } = database.current;
  const demo = await createTenant();
  const other = await createTenant();
  const count = (table: string) =>
    db.asSystem('test', (tx) => tx.query(`select tenant_id from ${table} group by tenant_id`));
  await db.asSystem('test', async (tx) => {
    await tx.execute('update auth.organization set demo = true where id = $1', [demo.tenantId]);
    for (const { tenantId } of [demo, other]) {
      await tx.execute(
        `insert into idempotency_key (tenant_id, key, operation, request_hash, created_at)
         select $1, n::text, 'test', ''::bytea, now() from generate_series(1, 12000) n`,
        [tenantId],
      );
    }
  });
  expect(await removeDemoTenants(db)).toBe(1);
  for (const table of ['idempotency_key', 'location'])
    expect(await count(table)).toEqual([{ tenant_id: other.tenantId }]);
});
