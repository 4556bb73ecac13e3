/** Importing products, prices and suppliers: what they make, what they change, what undoing leaves. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Product } from '@tradepost/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { applyStock } from '#modules/inventory';
import type { TenantContext, TenantTx } from '#platform/db';
import { deleteProduct, patchProduct } from '../src/modules/catalogue/change-product.ts';
import { findProduct } from '../src/modules/catalogue/read-products.ts';
import { startImport } from './factories/imports.ts';
import { adjusting, settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
let tenant: TenantContext;
beforeEach(async () => {
  tenant = await database.current.createTenant();
});

const inTenant = <R>(work: (tx: TenantTx) => Promise<R>): Promise<R> =>
  database.current.db.withTenant(tenant, work);
const start = (kind: Parameters<typeof startImport>[2], content: string | Buffer, options = {}) =>
  startImport(database.current.db, tenant, kind, content, options);
const find = (sku: string): Promise<Product | null> => inTenant((tx) => findProduct(tx, sku));
const northwind = (name: string) =>
  readFile(new URL(`../../simulator/data/northwind/${name}`, import.meta.url));

describe('products', () => {
  test('rows that share a product are its variants; the first says what they share', async () => {
    const imported = await start(
      'products',
      [
        'sku,product,name,brand,category,price,VAT,attributes,variant attributes,opening stock',
        'T-S,shirt,Shirt,Linen & Co,Clothes,"49,90",21,"{""fit"":""slim""}","{""size"":""S""}",3',
        'CUP,,Cup,,Kitchen,12,,,,',
        'T-M,shirt,,,,"49,90",21,,"{""size"":""M""}",',
      ].join('\n'),
      { reading: { decimal: ',' } },
    );
    expect((await imported.check()).counts).toMatchObject({ new: 3, wrong: 0 });
    expect(await find('T-S')).toBeNull();
    expect(await imported.apply()).toMatchObject({ applied: { done: 3, skipped: 0 } });
    expect(await find('T-M')).toMatchObject({
      ...{ name: 'Shirt', brand: 'Linen & Co', category: 'Clothes', attributes: { fit: 'slim' } },
      variants: [
        { sku: 'T-M', priceMinor: 4990, vatRateBps: 2100, attributes: { size: 'M' } },
        { sku: 'T-S', priceMinor: 4990, vatRateBps: 2100, attributes: { size: 'S' } },
      ],
    });
    expect((await find('CUP'))?.variants).toMatchObject([{ priceMinor: 1200, vatRateBps: null }]);
    expect(await imported.undo()).toMatchObject({ undone: { restored: 3, left: 0 } });
    expect([await find('T-S'), await find('CUP')]).toEqual([null, null]);
  });

  test('imported again after undoing, what was deleted comes back as it was', async () => {
    const file = 'sku,name,price\nCUP,Cup,12\n';
    const first = await start('products', file);
    await first.check();
    await first.apply();
    const before = await find('CUP');
    await first.undo();
    const second = await start('products', file);
    expect((await second.check()).counts).toMatchObject({ changed: 1 });
    expect((await second.rows())[0]).toMatchObject({ note: 'Its product is deleted; this brings it back.' });
    await second.apply();
    expect(await find('CUP')).toMatchObject({ id: before!.id, variants: before!.variants });
    await second.undo();
    expect(await find('CUP')).toBeNull();
  });

  test('what changed since the dry run is left alone; what changed since the import is not taken back', async () => {
    await inTenant((tx) =>
      createProducts(
        tx,
        ['A', 'B', 'C'].map((sku) => ({
          name: `Product ${sku}`,
          variants: [{ sku, priceMinor: 1000, currency: 'RON', onHand: 0 }],
        })),
        settings,
      ),
    );
    const imported = await start('products', 'sku,name,price\nA,New A,11\nB,New B,12\nC,New C,13\n');
    expect((await imported.check()).counts).toMatchObject({ changed: 3 });
    expect((await imported.rows('changed'))[0]!.changes).toEqual([
      { field: 'name', before: 'Product A', after: 'New A' },
      { field: 'price', before: '10', after: '11' },
    ]);
    await inTenant((tx) => patchProduct(tx, 'A', { name: 'Mine' }, undefined, settings));
    expect(await imported.apply()).toMatchObject({ applied: { done: 2, skipped: 1 } });
    expect(await find('A')).toMatchObject({ name: 'Mine', variants: [{ priceMinor: 1000 }] });
    expect(await find('B')).toMatchObject({ name: 'New B', version: 2, variants: [{ priceMinor: 1200 }] });
    await inTenant((tx) =>
      patchProduct(tx, 'B', { variants: [{ sku: 'B', priceMinor: 999 }] }, undefined, settings),
    );
    expect(await imported.undo()).toMatchObject({ undone: { restored: 1, left: 1 } });
    expect(await find('B')).toMatchObject({ name: 'New B', variants: [{ priceMinor: 999 }] });
    expect(await find('C')).toMatchObject({ name: 'Product C', variants: [{ priceMinor: 1000 }] });
    expect((await imported.rows()).map((row) => row.note)).toEqual([
      'name was changed meanwhile to Mine.',
      'price was changed meanwhile to 9.99.',
      null,
    ]);
  });

  test('a new product that was sold, or joined by another variant, stays when the import is undone', async () => {
    const imported = await start('products', 'sku,name,price,opening stock\nA,A,1,5\nB,B,1,5\nC,C,1,5\n');
    await imported.check();
    await imported.apply();
    await inTenant((tx) => applyStock(tx, [adjusting('A', { delta: -1 })], settings));
    await inTenant((tx) =>
      patchProduct(tx, 'B', { variants: [{ sku: 'B2', priceMinor: 1 }] }, undefined, settings),
    );
    expect(await imported.undo()).toMatchObject({ undone: { restored: 1, left: 2 } });
    expect([await find('A'), await find('B'), await find('C')].map((p) => p !== null)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('a variant added to a product that was there is taken out again', async () => {
    await inTenant((tx) =>
      createProducts(
        tx,
        [{ name: 'Shirt', variants: [{ sku: 'S', priceMinor: 1, currency: 'RON', onHand: 0 }] }],
        settings,
      ),
    );
    const { id } = (await find('S'))!;
    const imported = await start('products', `sku,product,price\nM,${id},2\nL,${id},3\n`);
    expect((await imported.check()).counts).toMatchObject({ new: 2 });
    await imported.apply();
    expect((await find('S'))?.variants.map((v) => v.sku)).toEqual(['L', 'M', 'S']);
    await imported.undo();
    expect((await find('S'))?.variants.map((v) => v.sku)).toEqual(['S']);
  });

  test('empty cells leave a field, or empty it where that was asked for', async () => {
    const product = { name: 'Cup', description: 'White', brand: 'Porcelain' };
    const variants = [{ sku: 'CUP', priceMinor: 100, currency: 'RON', barcode: '12345678', onHand: 0 }];
    await inTenant((tx) => createProducts(tx, [{ ...product, variants }], settings));
    const file = 'sku,name,description,brand,barcode,price\nCUP,,,,,\n';
    const kept = await start('products', file);
    expect((await kept.check()).counts).toMatchObject({ unchanged: 1 });
    const cleared = await start('products', file, { emptyCells: 'clear' });
    expect((await cleared.check()).counts).toMatchObject({ changed: 1 });
    await cleared.apply();
    expect(await find('CUP')).toMatchObject({
      ...{ name: 'Cup', description: null, brand: null },
      variants: [{ barcode: null, priceMinor: 100 }],
    });
    await cleared.undo();
    expect(await find('CUP')).toMatchObject({ ...product, variants: [{ barcode: '12345678' }] });
  });

  test('what a row lacks or says wrongly is told by column', async () => {
    const imported = await start(
      'products',
      [
        'sku,name,price,currency,barcode,status,attributes',
        ...['A,,1,,,,', 'B,B,,,,,', 'C,C,"1,2345",,,,', 'D,D,1.005,,,,', 'E,E,5.5,JPY,,,', 'F,F,1,,12ab,,'],
        ...['G,G,1,,,gone,', ',H,1,,,,', 'I,I,1,,,,red', 'J,J,1,,,,"{""a"":""b"",""__proto__"":""c""}"'],
      ].join('\n'),
    );
    await imported.check();
    expect((await imported.rows('wrong')).map((row) => row.issues)).toMatchObject([
      [{ column: 'name', message: 'must not be empty for a new product' }],
      [{ column: 'price', message: 'must not be empty for a new SKU' }],
      [{ column: 'price', value: '1,2345', message: 'must be a number such as 12.5' }],
      [{ column: 'price', value: '1.005', message: 'must have at most 2 decimals' }],
      [{ column: 'price', value: '5.5', message: 'must have at most 0 decimals' }],
      [{ column: 'barcode', value: '12ab', message: 'must be 6–14 digits' }],
      [{ column: 'status', value: 'gone', message: 'must be one of draft, active, archived' }],
      [{ column: 'sku', message: 'must not be empty' }],
      [{ column: 'attributes', message: 'must be a JSON object of texts, such as {"colour":"red"}' }],
      [{ column: 'attributes', message: 'must be a JSON object of texts: no name may be __proto__' }],
    ]);
  });
});

test('prices change what there is and make nothing', async () => {
  const variants = ['A', 'B'].map((sku) => ({ sku, priceMinor: 1000, currency: 'RON', onHand: 0 }));
  await inTenant((tx) => createProducts(tx, [{ name: 'P', variants }], settings));
  await inTenant((tx) =>
    createProducts(tx, [{ name: 'Gone', variants: [{ ...variants[0]!, sku: 'X' }] }], settings),
  );
  await inTenant((tx) => deleteProduct(tx, 'X', undefined));
  const imported = await start('prices', 'Cod produs\tPreț\tCost\nA\t12,50\t3\nB\t10\t\nC\t1\t\nX\t1\t\n');
  expect((await imported.check()).counts).toEqual({ total: 4, new: 0, changed: 1, unchanged: 1, wrong: 2 });
  await imported.apply();
  expect((await find('A'))?.variants).toMatchObject([
    { priceMinor: 1250, costMinor: 300 },
    { priceMinor: 1000 },
  ]);
  await imported.undo();
  expect((await find('A'))?.variants).toMatchObject([{ priceMinor: 1000, costMinor: null }, {}]);
});

test('4,070 products of a gift shop: in, the same again, and out', { timeout: 120_000 }, async () => {
  const file = gunzipSync(await readFile(new URL('samples/online-retail-products.csv.gz', import.meta.url)));
  const columns = ['sku', 'name'] as const;
  const without = await start('products', file, { columns: [...columns] });
  expect((await without.check()).counts).toMatchObject({ total: 4070, wrong: 4070 });
  const lines = file.toString().trimEnd().split('\n');
  const priced = lines.map((line, i) => `${line.trimEnd()},${i === 0 ? 'price' : '2.95'}`).join('\n');
  const imported = await start('products', priced, { columns: [...columns, 'price'] });
  const { counts } = await imported.check();
  // A few codes have no description.
  expect(counts!.new + counts!.wrong).toBe(4070);
  expect(counts!.wrong).toBeLessThan(150);
  expect(await imported.apply()).toMatchObject({ applied: { done: counts!.new, skipped: 0 } });
  const again = await start('products', priced, { columns: [...columns, 'price'] });
  expect((await again.check()).counts).toMatchObject({ unchanged: counts!.new, changed: 0, new: 0 });
  expect(await imported.undo()).toMatchObject({ undone: { restored: counts!.new, left: 0 } });
});

test("Northwind's products, stock and suppliers are understood by their own names", {
  timeout: 60_000,
}, async () => {
  const products = await northwind('products.csv');
  const imported = await start('products', products);
  expect((await imported.read()).columns.filter((c) => c.field).map((c) => [c.name, c.field])).toEqual([
    ['ProductID', 'sku'],
    ['ProductName', 'name'],
    ['UnitPrice', 'price'],
    ['UnitsInStock', 'openingStock'],
  ]);
  expect((await imported.check()).counts).toMatchObject({ total: 77, new: 77 });
  await imported.apply();
  expect(await find('4')).toMatchObject({
    name: "Chef Anton's Cajun Seasoning",
    variants: [{ priceMinor: 2200 }],
  });
  const stock = await start('stock', products);
  expect((await stock.check()).counts).toMatchObject({ total: 77, unchanged: 77 });
  const suppliers = await start('suppliers', await northwind('suppliers.csv'));
  expect((await suppliers.check()).counts).toMatchObject({ total: 29, new: 29 });
  expect(await suppliers.apply()).toMatchObject({ applied: { done: 29 } });
  const again = await start('suppliers', await northwind('suppliers.csv'));
  expect((await again.check()).counts).toMatchObject({ unchanged: 29 });
  expect(await suppliers.undo()).toMatchObject({ undone: { restored: 29, left: 0 } });
  expect((await again.check()).counts).toMatchObject({ new: 29 });
});
