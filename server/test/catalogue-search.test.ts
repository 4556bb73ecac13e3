/** Searching, sorting and paging products. */
import type { CreateProduct, ListProductsQuery } from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { newId } from '#platform/crypto';
import type { TenantContext, TenantTx, Tx } from '#platform/db';
import { deleteProduct, patchProduct } from '../src/modules/catalogue/change-product.ts';
import { listProducts } from '../src/modules/catalogue/list-products.ts';
import { settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
let shop: TenantContext;
let other: TenantContext;

const as = <R>(tenant: TenantContext, work: (tx: TenantTx) => Promise<R>): Promise<R> =>
  database.current.db.withTenant(tenant, work);

async function found(query: Partial<ListProductsQuery>, tenant = shop): Promise<string[]> {
  const { items } = await as(tenant, (tx) => listProducts(tx, { limit: 50, ...query }));
  return items.map((p) => p.name);
}

const product = (
  name: string,
  sku: string,
  more: Partial<CreateProduct['variants'][number]> = {},
): CreateProduct => ({
  name,
  variants: [{ sku, priceMinor: 1000, currency: 'RON', onHand: 0, ...more }],
});

beforeAll(async () => {
  [shop, other] = [await database.current.createTenant(), await database.current.createTenant()];
  const goods = [
    { ...product('Țuică de prune', 'NW-001', { barcode: '5948000000012' }), brand: 'Livada Bună' },
    product('Brânză de oaie', 'NW-002', { partNumber: 'BRZ/77', onHand: 3 }),
    product('Ceai negru 100%', 'NW-0020'),
    product('Wireless keyboard', 'KEY-1', { onHand: 2 }),
    product('Keyboard cover', 'KEY-2'),
    product("O'Brien \\ mug", 'MUG'),
    product('Вино червено', 'BG-1'),
    product('Chai', 'T-1'),
    product('Chang', 'T-2'),
    product('Harissa', 'T-3'),
    product('Harisa paste', 'T-4'),
  ];
  await as(shop, (tx) => createProducts(tx, goods, settings));
  await as(other, (tx) => createProducts(tx, [product('Țuică of another shop', 'OTHER-1')], settings));
});

describe('a search', () => {
  test.each<[string, string, string[]]>([
    ['a word without its accents', 'tuica', ['Țuică de prune']],
    ['a word with the older letters', 'Ţuică', ['Țuică de prune']],
    ['capitals', 'BRÂNZĂ', ['Brânză de oaie']],
    ['beginnings of words, in any order', 'pru țui', ['Țuică de prune']],
    ['the brand', 'livada', ['Țuică de prune']],
    ['the EAN', '5948000000012', ['Țuică de prune']],
    ['the part number', 'brz/77', ['Brânză de oaie']],
    ['a whole SKU before SKUs that begin so', 'nw-002', ['Brânză de oaie', 'Ceai negru 100%']],
    ['a SKU before words', 'key-1', ['Wireless keyboard']],
    ['the beginning of SKUs before words', 'key', ['Keyboard cover', 'Wireless keyboard']],
    ['letters swapped', 'keybaord wireless', ['Wireless keyboard']],
    ['a letter too many', 'branzza', ['Brânză de oaie']],
    ['a short word, and not one that differs by half of it', 'chai', ['Chai']],
    ['a word, and one that is a typing error away', 'harissa', ['Harissa', 'Harisa paste']],
    ['a word that only resembles one', 'harpaste', ['Harisa paste']],
    ['another alphabet', 'ВИНО', ['Вино червено']],
    ['signs that SQL reads', "o'brien \\", ["O'Brien \\ mug"]],
    ['a per cent sign', '%', []],
    ['operators', 'ceai & | ! :* <->', ['Ceai negru 100%']],
    ['nothing there is', 'qqxzwv', []],
    ['only signs', '!!! ---', []],
  ])('for %s', async (_, search, names) => {
    expect(await found({ search })).toEqual(names);
  });

  test('follows what is renamed, and what is deleted', async () => {
    const tenant = await database.current.createTenant();
    await as(tenant, (tx) => createProducts(tx, [product('Lamp', 'A'), product('Lampion', 'B')], settings));
    await as(tenant, (tx) =>
      patchProduct(
        tx,
        'A',
        { name: 'Candle', variants: [{ sku: 'A', name: 'Red one' }] },
        undefined,
        settings,
      ),
    );
    await as(tenant, (tx) => deleteProduct(tx, 'B', undefined));
    expect(await found({ search: 'lampi' }, tenant)).toEqual([]);
    expect(await found({ search: 'candle' }, tenant)).toEqual(['Candle']);
    expect(await found({ search: 'red' }, tenant)).toEqual(['Candle']);
    expect(await found({ search: 'lampion', deleted: 'true' }, tenant)).toEqual(['Lampion']);
  });

  test('goes together with filters and sorts', async () => {
    expect(await found({ search: 'keyboard', inStock: 'true' })).toEqual(['Wireless keyboard']);
    expect(await found({ search: 'keyboard', inStock: 'false' })).toEqual(['Keyboard cover']);
    expect(await found({ search: 'keyboard', sort: '-name' })).toEqual([
      'Wireless keyboard',
      'Keyboard cover',
    ]);
    expect(await found({ search: 'keyboard', status: 'draft' })).toEqual([]);
  });

  test('shows nothing of another tenant, whatever it asks the functions for', async () => {
    const ids = (tx: Tx, query: string) =>
      tx.query(`select id from search_products(${query}, ${query}, 10) as id`);
    const theirs = `('''' || search_tag('${other.tenantId}') || 'tuica''')::tsquery`;
    expect(await as(other, (tx) => ids(tx, theirs))).toHaveLength(1);
    expect(await as(shop, (tx) => ids(tx, theirs))).toEqual([]);
    const unset = await database.current.db.asSystem('test', async (tx) => {
      await tx.execute(
        'grant execute on function search_products(tsquery, tsquery, int) to tradepost_system',
      );
      return ids(tx, theirs);
    });
    expect(unset).toEqual([]);
    // Nor a word of theirs, through what resembles it.
    const [row] = await as(shop, (tx) =>
      tx.query<{ q: string }>("select search_query(array['anothr'], 'any')::text as q"),
    );
    expect(row!.q).not.toContain('another');
  });
});

describe('a page', () => {
  /** As many as make some words common: see `sampleSize`; and more than are sorted one by one. */
  const count = 5082;
  let big: TenantContext;
  beforeAll(async () => {
    big = await database.current.createTenant();
    const many = Array.from({ length: count }, (_, i) => ({
      ...product(
        `${i % 2 ? 'Set' : 'Box'} ${i % 7} ${i === 42 ? 'rare' : 'plain'}${i >= count - 40 ? ' late' : ''}`,
        `S-${i}`,
        {
          priceMinor: i % 11,
        },
      ),
      status: i % 3 ? ('active' as const) : ('draft' as const),
      ...(i % 2 && { brand: 'Acme' }),
    }));
    for (let from = 0; from < count; from += 600)
      await as(big, (tx) => createProducts(tx, many.slice(from, from + 600), settings));
  }, 120_000);

  async function walk(query: Partial<ListProductsQuery>): Promise<{ ids: string[]; pages: number }> {
    const ids: string[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      const page = await as(big, (tx) => listProducts(tx, { limit: 200, ...query, cursor }));
      ids.push(...page.items.map((p) => p.id));
      cursor = page.nextCursor ?? undefined;
      pages++;
    } while (cursor !== undefined);
    return { ids, pages };
  }

  test.each<[Partial<ListProductsQuery>, number]>([
    [{}, count],
    [{ sort: 'oldest' }, count],
    [{ sort: 'updated' }, count],
    [{ sort: 'name' }, count],
    [{ sort: '-name' }, count],
    [{ sort: 'price' }, count],
    [{ sort: '-price' }, count],
    [{ sort: 'sku' }, count],
    [{ status: 'draft', sort: 'price' }, count / 3],
    [{ search: 'set' }, count / 2],
    [{ search: 'set', sort: 'name' }, count / 2],
    [{ search: 'set plain', status: 'draft' }, count / 6],
    [{ search: 'plain' }, count - 1],
    [{ search: 'plain', sort: 'price' }, count - 1],
    [{ search: 'rare' }, 1],
    [{ search: 'late' }, 40],
    [{ search: 'late', sort: 'name' }, 40],
    [{ brand: 'Acme', sort: 'price' }, count / 2],
    [{ brand: 'Acme', sort: 'name' }, count / 2],
    [{ brand: 'Acme', inStock: 'true' }, 0],
    [{ status: 'active', sort: 'name' }, (count * 2) / 3],
    [{ maxPriceMinor: 0 }, Math.ceil(count / 11)],
    [{ inStock: 'false' }, count],
  ])('after page of %o: each product once', async (query, expected) => {
    const { ids } = await walk(query);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(expected);
    // The numbered pages are the same ones.
    const second = await as(big, (tx) => listProducts(tx, { limit: 200, page: 2, ...query }));
    expect(second.items.map((p) => p.id)).toEqual(ids.slice(200, 400));
  });

  test('prices in major units are the same filter', async () => {
    const minor = await found({ minPriceMinor: 3, maxPriceMinor: 4 }, big);
    expect(await found({ minPrice: 0.03, maxPrice: 0.04 }, big)).toEqual(minor);
    expect(minor).toHaveLength(50);
  });

  test('prices in major units have as many decimals as the currency of the shop', async () => {
    const setCurrency = (currency: string) =>
      as(big, (tx) =>
        tx.execute('update auth.organization set currency = $2 where id = $1', [tx.tenantId, currency]),
      );
    const minor = await found({ minPriceMinor: 3, maxPriceMinor: 4 }, big);
    for (const [currency, unit] of [
      ['JPY', 1],
      ['KWD', 1000],
    ] as const) {
      await setCurrency(currency);
      expect(await found({ minPrice: 3 / unit, maxPrice: 4 / unit }, big)).toEqual(minor);
    }
    await setCurrency('RON');
  });

  test.each([
    ['of another sort', JSON.stringify(['name', 0, 'x', newId()])],
    ['with another key', JSON.stringify(['newest', 0, 'x', newId()])],
    ['that is none', 'xx'],
  ])('after a cursor %s is refused', async (_, text) => {
    const cursor = Buffer.from(text).toString('base64url');
    await expect(as(big, (tx) => listProducts(tx, { limit: 10, cursor }))).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    });
  });
});
