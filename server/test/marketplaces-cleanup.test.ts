import { expect, test } from 'vitest';
import { createMarketplacesModule } from '#modules/marketplaces';
import { newId } from '#platform/crypto';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const day = 86_400_000;

test('runs older than 30 days go with the daily clean-up, younger ones stay', async () => {
  const { db, createTenant } = database.current;
  const tenant = await createTenant();
  const accountId = newId();
  const now = db.clock.now().getTime();
  await db.withTenant(tenant, async (tx) => {
    await tx.execute(
      `insert into marketplace_account (tenant_id, id, name, platform, base_url, username, password_sealed, created_at)
       values ($1, $2, 'MAIN', 'emag_ro', 'http://127.0.0.1', 'main', '', $3)`,
      [tenant.tenantId, accountId, new Date(now)],
    );
    for (const days of [29, 31, 400]) {
      await tx.execute(
        `insert into sync_run (tenant_id, id, account_id, task_id, kind, outcome, started_at, finished_at)
         values ($1, $2, $3, $2, 'sync_orders', 'completed', $4, $4)`,
        [tenant.tenantId, newId(), accountId, new Date(now - days * day)],
      );
    }
  });
  const { schedules } = createMarketplacesModule({
    db,
    secrets: { key: Buffer.alloc(32), extraBaseUrls: [] },
    requestSync: async () => {
      throw new Error('nothing is to be synced');
    },
    cleanupIntervalMs: day,
  });
  await db.asSystem('clean-up', (tx) => schedules[0]!.run(tx));
  const left = await db.withTenant(tenant, (tx) =>
    tx.query<{ days: number }>('select extract(day from $1 - started_at)::int as days from sync_run', [
      new Date(now),
    ]),
  );
  expect(left).toEqual([{ days: 29 }]);
});
