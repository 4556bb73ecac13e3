/** The proof of the stock when it is itself cut short: nothing of it stays. */
import { expect, test } from 'vitest';
import { createStockProof, proveStock } from '#flows/stock-proof';
import { ManualClock } from '#platform/clock';
import type { Database } from '#platform/db';
import { makeScratchTenant } from '../src/flows/stock-proof/scratch-tenant.ts';
import { settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const clock = new ManualClock(new Date().toISOString());
const database = useDatabase(clock);

const scratchTenants = () =>
  database.current.db.asSystem('test', (tx) => tx.query('select id from auth.organization where scratch'));

test('when giving back expired holds fails, it fails with that, ends its buyers and removes its tenant', async () => {
  const { db, url } = database.current;
  let calls = 0;
  const withTenant: Database['withTenant'] = (...args) => {
    calls += 1;
    // The first makes the products.
    return calls === 1 ? db.withTenant(...args) : Promise.reject(new Error('a hold cannot be given back'));
  };
  const failing: Database = { ...db, withTenant };
  const size = { buyers: 40, pieces: 20, processes: 2 };
  const proof = proveStock({ db: failing, url, settings, size, signal: new AbortController().signal });
  await expect(proof).rejects.toThrow('a hold cannot be given back');
  expect(await scratchTenants()).toEqual([]);
});

test('the tenant of a proof whose process was killed is removed by the hourly look, a younger one is not', async () => {
  const { db, url } = database.current;
  const [removal] = createStockProof({ db, url, settings }).upkeep;
  const { tenantId } = await makeScratchTenant(db, 10, settings);
  await removal!.run();
  expect(await scratchTenants()).toEqual([{ id: tenantId }]);
  clock.advance(61 * 60_000);
  await removal!.run();
  expect(await scratchTenants()).toEqual([]);
});
