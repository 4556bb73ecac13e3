/** Levels found by what people type: page after page, what a plain look at every level finds. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createProducts, findForList } from '#modules/catalogue';
import { newId } from '#platform/crypto';
import type { TenantContext } from '#platform/db';
import { type LevelFilter, listLevels } from '../src/modules/inventory/list-levels.ts';
import { settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
/** As many as make some words common: more than the newest that are asked. */
const count = 4200;
let shop: TenantContext & { locationId: string };

beforeAll(async () => {
  shop = await database.current.createTenant();
  const { db } = database.current;
  // In an order that is not that of the SKUs; the second variant of a product lies far from its first.
  const goods = Array.from({ length: count }, (_, i) => {
    const sku = String((i * 1789) % count).padStart(5, '0');
    const name = `${i % 2 ? 'lamp' : 'chair'} ${i % 150 ? 'plain' : 'walnut'} ${i % 1400 ? '' : 'zebra'}`;
    const variant = { priceMinor: 1000, currency: 'RON', onHand: i % 20 };
    const others = i % 10 ? [] : [{ ...variant, sku: `Z${sku}` }];
    return { name, variants: [{ ...variant, sku: `A${sku}` }, ...others] };
  });
  for (let from = 0; from < count; from += 600)
    await db.withTenant(shop, (tx) => createProducts(tx, goods.slice(from, from + 600), settings));
  await db.withTenant(shop, async (tx) => {
    const second = newId();
    await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'shop', 'Shop')", [
      tx.tenantId,
      second,
    ]);
    await tx.execute(
      `insert into stock_level (tenant_id, variant_id, location_id, on_hand, updated_at)
       select $1, v.id, $2, 50, now() from variant v where v.tenant_id = $1 and hashtext(v.sku) % 3 = 0`,
      [tx.tenantId, second],
    );
  });
}, 120_000);

const alertless = { lowStockThreshold: 10, alertsEnabled: false };

async function pages(filter: Omit<LevelFilter, 'limit'>, limit: number): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await database.current.db.withTenant(shop, (tx) =>
      listLevels(tx, { ...filter, limit, cursor }, { settings: alertless, findProducts: findForList }),
    );
    found.push(...page.items.map((level) => `${level.sku} ${level.location}`));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** Every level of a product one of whose words begins so. */
async function plainly({ search, location, low }: Omit<LevelFilter, 'limit'>): Promise<string[]> {
  const rows = await database.current.db.withTenant(shop, (tx) =>
    tx.query<{ level: string }>(
      `select v.sku || ' ' || l.code as level
       from stock_level s join variant v on v.tenant_id = s.tenant_id and v.id = s.variant_id
       join product p on p.tenant_id = v.tenant_id and p.id = v.product_id
       join location l on l.tenant_id = s.tenant_id and l.id = s.location_id
       where s.tenant_id = $1 and ' ' || p.name like '% ' || $2 || '%'
         and ($3::text is null or l.code = $3) and ($4::text is null or s.on_hand - s.reserved <= 10)
       order by v.sku, l.code`,
      [shop.tenantId, search, location ?? null, low ?? null],
    ),
  );
  return rows.map((row) => row.level);
}

describe('levels searched by three letters', () => {
  test.each<[string, Omit<LevelFilter, 'limit'>, number]>([
    ['common', { search: 'lam' }, 100],
    ['common, at one location', { search: 'lam', location: 'shop' }, 50],
    ['common, low', { search: 'cha', low: 'true' }, 90],
    ['one in 150', { search: 'wal' }, 9],
    ['one in 150, at one location', { search: 'wal', location: 'shop' }, 2],
    ['rare', { search: 'zeb' }, 2],
    ['of no product', { search: 'qqx' }, 10],
  ])('%s: every page is what a plain scan has there', async (_, filter, limit) => {
    const expected = await plainly(filter);
    expect(expected.length > limit || filter.search === 'qqx').toBe(true);
    expect(await pages(filter, limit)).toEqual(expected);
  });
});
