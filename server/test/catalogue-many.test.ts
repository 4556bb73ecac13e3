/** Many products in one statement. */
import { expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { listProducts } from '../src/modules/catalogue/list-products.ts';
import { settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

const build = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    name: `Product ${from + i}`,
    variants: [
      {
        sku: `B-${from + i}`,
        priceMinor: 500,
        currency: 'RON',
        status: 'archived' as const,
        onHand: 0,
      },
      { sku: `A-${from + i}`, priceMinor: 1000 + from + i, currency: 'RON', onHand: 0 },
    ],
  }));

test('two thousand products take no longer because the session has made one before, and show their variants', async () => {
  const tenant = await database.current.createTenant();
  const { items } = await database.current.db.withTenant(tenant, async (tx) => {
    await createProducts(tx, build(0, 1), settings);
    // Several times what it takes, and a part of what comparing each with each other took.
    await tx.execute("set local statement_timeout = '5s'");
    await createProducts(tx, build(1, 2000), settings);
    const shown = await tx.one<{ count: number }>(
      `select count(*)::int as count from product where tenant_id = $1 and sku = 'A-' || substr(name, 9)
         and price_minor = 1000 + substr(name, 9)::int and variant_text = name`,
      [tx.tenantId],
    );
    expect(shown.count).toBe(2001);
    return listProducts(tx, { limit: 1, search: 'A-1999' });
  });
  expect(items.map((p) => p.name)).toEqual(['Product 1999']);
});
