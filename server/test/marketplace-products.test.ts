/** Products of marketplace accounts against the simulator, over real HTTP. */
import type { MarketplaceProduct } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { linkListing, listListings } from '#modules/marketplaces';
import type { TenantContext } from '#platform/db';
import { run } from '../src/flows/marketplace-products/sync-products.handler.ts';
import { deleteProduct } from '../src/modules/catalogue/change-product.ts';
import { findProduct } from '../src/modules/catalogue/read-products.ts';
import {
  connectAccount,
  contextOf,
  fbeLogin,
  type MarketAccount,
  mainLogin,
  startMarket,
} from './factories/market.ts';
import { expectSoundStock, settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

const read = (tenant: TenantContext, account: MarketAccount, more = {}) =>
  run(contextOf(database.current.db, tenant), { accountId: account.id }, { ...account.deps, ...more });

const listings = (tenant: TenantContext): Promise<MarketplaceProduct[]> =>
  database.current.db.withTenant(tenant, async (tx) => (await listListings(tx, { limit: 200 })).items);

/** Everything that a second reading could spoil. */
const everything = (tenant: TenantContext) =>
  database.current.db.withTenant(tenant, (tx) =>
    tx.query(
      `select (select jsonb_agg(to_jsonb(p) order by id) from product p) as products, (select jsonb_agg(to_jsonb(v) order by id) from variant v) as variants,
         (select jsonb_agg(to_jsonb(l) order by id) from listing l) as listings, (select count(*) from movement) as movements,
         (select count(*) from event where type = 'product_updated') as events`,
    ),
  );

async function counts(tenant: TenantContext): Promise<{ products: number; listings: number }> {
  return database.current.db.withTenant(tenant, (tx) =>
    tx.one(
      'select (select count(*) from product)::int as products, (select count(*) from listing)::int as listings',
    ),
  );
}

describe('reading the products of an account', () => {
  test('makes each once, with what the marketplace knows of it; reading again changes nothing', async () => {
    const tenant = await database.current.createTenant();
    const account = await connectAccount(database.current.db, tenant, await startMarket());
    expect(await read(tenant, account)).toMatchObject({ read: 77, created: 77, failed: 0 });
    expect(await counts(tenant)).toEqual({ products: 77, listings: 77 });
    const chai = await database.current.db.withTenant(tenant, (tx) => findProduct(tx, 'NW-001'));
    expect(chai).toMatchObject({ name: 'Chai', brand: 'Northwind' });
    expect(chai!.description).not.toMatch(/[<>]/);
    expect(chai!.variants[0]!.barcode).toMatch(/^5948/);
    expect(chai!.variants[0]!.vatRateBps).toBeGreaterThan(0);
    await expectSoundStock(database.current.db, tenant);
    const before = await everything(tenant);
    expect(await read(tenant, account)).toMatchObject({ read: 77, created: 0, changed: 0 });
    expect(await everything(tenant)).toEqual(before);
  });

  test('two accounts that are read at once and offer the same goods give one product each', async () => {
    const tenant = await database.current.createTenant();
    const market = await startMarket();
    const accounts = [
      await connectAccount(database.current.db, tenant, market, { login: mainLogin }),
      await connectAccount(database.current.db, tenant, market, { login: fbeLogin }),
    ];
    await Promise.all(accounts.map((account) => read(tenant, account)));
    expect(await counts(tenant)).toEqual({ products: 77, listings: 154 });
    const perVariant = Map.groupBy(await listings(tenant), (l) => l.variant?.id);
    expect([...perVariant.values()].every((list) => list.length === 2)).toBe(true);
  });

  test('finds what is there: by EAN, by part number; what could be several waits for a person', async () => {
    const tenant = await database.current.createTenant();
    const market = await startMarket();
    // What the simulator calls its goods, read once by a tenant of its own.
    const scout = await database.current.createTenant();
    await read(scout, await connectAccount(database.current.db, scout, market));
    const eans = new Map((await listings(scout)).map((l) => [l.partNumber!, l.barcodes[0]!]));
    const ean = (n: number) => eans.get(`NW-00${n}`)!;
    const variant = (sku: string, barcode: string | null) => ({
      sku,
      barcode,
      priceMinor: 1,
      currency: 'RON',
      onHand: 0,
    });
    await database.current.db.withTenant(tenant, async (tx) => {
      await createProducts(
        tx,
        [
          { name: 'by EAN', variants: [variant('OWN-1', ean(1))] },
          { name: 'by part number', variants: [variant('NW-002', null)] },
          { name: 'one of two', variants: [variant('OWN-3a', ean(3)), variant('OWN-3b', ean(3))] },
          { name: 'contradiction', variants: [variant('NW-004', null), variant('OWN-4', ean(4))] },
          { name: 'deleted', variants: [variant('NW-005', ean(5))] },
        ],
        settings,
      );
      await deleteProduct(tx, 'NW-005', undefined);
    });
    const account = await connectAccount(database.current.db, tenant, market);
    await read(tenant, account);
    const found = new Map((await listings(tenant)).map((l) => [l.partNumber!, l]));
    const of = (sku: string) => {
      const { state, matchedBy, variant: own, candidates } = found.get(sku)!;
      return [state, matchedBy, own?.sku ?? null, candidates.map((c) => c.sku)];
    };
    expect(of('NW-001')).toEqual(['linked', 'ean', 'OWN-1', []]);
    expect(of('NW-002')).toEqual(['linked', 'part_number', 'NW-002', []]);
    expect(of('NW-003')).toEqual(['unmatched', null, null, ['OWN-3a', 'OWN-3b']]);
    expect(of('NW-004')).toEqual(['unmatched', null, null, ['NW-004', 'OWN-4']]);
    expect(of('NW-005')).toEqual(['unmatched', null, null, ['NW-005']]);
    expect(of('NW-006')).toEqual(['linked', 'created', 'NW-006', []]);
    // A person's word stays.
    const open = found.get('NW-003')!;
    await database.current.db.withTenant(tenant, (tx) =>
      linkListing(tx, open.id, open.candidates[1]!.id, 'person'),
    );
    await read(tenant, account);
    expect((await listings(tenant)).find((l) => l.id === open.id)).toMatchObject({
      ...{ state: 'linked', matchedBy: 'person', variant: { sku: 'OWN-3b' }, candidates: [] },
    });
  });

  test('a page that fails leaves what was read and is read again', async () => {
    const tenant = await database.current.createTenant();
    const market = await startMarket();
    const account = await connectAccount(database.current.db, tenant, market);
    await market.fault({ kind: 'serverError', status: 500, body: 'html' }, { route: 'product_offer/read' });
    await expect(read(tenant, account)).rejects.toMatchObject({ code: 'EMAG_UNAVAILABLE' });
    expect(await counts(tenant)).toEqual({ products: 0, listings: 0 });
    await market.clearFaults();
    expect(await read(tenant, account)).toMatchObject({ created: 77 });
  });
});
