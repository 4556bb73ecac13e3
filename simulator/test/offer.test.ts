import { expect, test } from 'vitest';
import { eanCheckDigit } from '../src/offers/offer.ts';
import { fbe, idsOf, type Row, startBench } from './support.ts';

test('product_offer/read gives the goods by ascending id, filters, and lists the makers of a single one', async () => {
  const bench = await startBench();
  const { rows } = await bench.call('product_offer/read');
  expect(idsOf(rows)).toEqual(Array.from({ length: 77 }, (_, index) => index + 1));
  for (const { ean } of rows as { ean: string[] }[]) {
    expect(ean[0]).toMatch(/^594\d{10}$/);
    expect(eanCheckDigit(ean[0]!.slice(0, 12))).toBe(Number(ean[0]![12]));
  }
  expect(eanCheckDigit('400638133393')).toBe(1);
  expect(rows[0]).toMatchObject({
    part_number: 'NW-001',
    sale_price: '82.8000',
    manufacturer: true,
    currency: 'RON',
  });
  const one = await bench.call('product_offer/read', { part_number: 'NW-077' });
  expect(idsOf(one.rows)).toEqual([77]);
  expect(Array.isArray(one.rows[0]?.manufacturer)).toBe(true);
  const discontinued = await bench.call('product_offer/read', { status: 0 });
  expect(discontinued.rows).toHaveLength(8);
  expect((await bench.call('product_offer/count', { status: 1 })).rows).toMatchObject({ noOfItems: '69' });
});

test('product_offer/save changes price and stock in all body shapes, and what it does not name stays', async () => {
  const bench = await startBench();
  const stock = (value: number) => [{ warehouse_id: 1, value }];
  await bench.call('product_offer/save', { data: [{ id: 1, sale_price: 99.5, stock: stock(18) }] });
  expect(await bench.offer(1)).toMatchObject({
    sale_price: '99.5000',
    general_stock: 18,
    name: 'Chai',
    vat_id: 1,
  });
  await bench.call('product_offer/save', [{ id: '1', stock: stock(17) }]);
  expect(await bench.offer(1)).toMatchObject({ sale_price: '99.5000', general_stock: 17 });
  const form = 'data[0][id]=1&data[0][stock][0][warehouse_id]=1&data[0][stock][0][value]=16';
  expect((await bench.form('product_offer/save', form)).isError).toBe(false);
  expect(await bench.offer(1)).toMatchObject({ general_stock: 16 });
});

test('a bad entity is named and not saved, its neighbours are', async () => {
  const bench = await startBench();
  const before = await bench.offer(2);
  const reply = await bench.call('product_offer/save', [
    { id: 1, sale_price: 80 },
    { id: 2, sale_price: 100_000, stock: [{ warehouse_id: 1, value: 5 }] },
    { id: 3, ean: ['5949000001012'] },
    { id: 4, part_number: 'NW-0 0,1' },
    { id: 5, stock: [{ warehouse_id: 1, value: 65_536 }] },
    { id: 900, name: 'New' },
    { sale_price: 1 },
  ]);
  expect(reply).toMatchObject({ status: 200, isError: true });
  expect(reply.messages).toEqual([
    'sale_price must be between min_sale_price and max_sale_price - Product id: 2',
    '5949000001012 is not a valid EAN. - Product id: 3',
    'You already hold a Product associated with this PN: NW-001 - Product id: 4',
    'Invalid value for key value - Product id: 5',
    'Invalid value for key part_number - Product id: 900',
    'The key id is required - Product id: undefined',
  ]);
  expect(await bench.offer(1)).toMatchObject({ sale_price: '80.0000' });
  expect(await bench.offer(2)).toEqual(before);
});

test('a new product is saved as a draft with a warning, or waits for validation', async () => {
  const bench = await startBench();
  const offer = {
    id: 900,
    name: 'Cana emailata',
    brand: 'Exemplu',
    part_number: 'CAN 300',
    sale_price: '100',
    min_sale_price: 60,
    max_sale_price: 200,
    vat_id: 1,
    status: 1,
    stock: [{ warehouse_id: 1, value: 20 }],
    handling_time: [{ warehouse_id: 1, value: 0 }],
  };
  const draft = await bench.call('product_offer/save', [offer]);
  expect(draft.isError).toBe(true);
  expect(draft.messages[0]).toMatch(/^WARNING: The product was saved as a draft,.* - Product id: 900$/);
  expect(await bench.offer(900)).toMatchObject({ part_number: 'CAN300', part_number_key: null });
  const whole = { ...offer, id: 901, part_number: 'CAN301', category_id: 501, ean: ['5949000001011'] };
  expect((await bench.call('product_offer/save', [whole])).isError).toBe(false);
  expect(((await bench.offer(901)).validation_status as Row[])[0]).toMatchObject({ value: 1 });
});

test('saves are lists of at most 50; FBE offers keep their stock', async () => {
  const bench = await startBench();
  const many = Array.from({ length: 51 }, () => ({ id: 1, sale_price: 90 }));
  expect((await bench.call('product_offer/save', many)).messages).toEqual([
    'Maximum 50 entities allowed per request',
  ]);
  expect((await bench.call('product_offer/save', { id: 1, sale_price: 90 })).messages).toEqual([
    'Expected list of arrays, single array received',
  ]);
  expect(await bench.offer(1)).toMatchObject({ sale_price: '82.8000' });
  const refused = await bench.call('product_offer/save', [{ id: 1, stock: [{ value: 1 }] }], fbe);
  expect(refused.isError).toBe(true);
  expect((await bench.call('product_offer/save', [{ id: 1, sale_price: 90 }], fbe)).isError).toBe(false);
});

test('categories, VAT rates and handling times', async () => {
  const bench = await startBench();
  const list = await bench.call('category/read');
  expect(list.rows).toHaveLength(8);
  expect(list.rows[0]).toEqual({
    id: 501,
    name: 'Bauturi',
    parent_id: 12,
    is_allowed: 1,
    is_ean_mandatory: 1,
    is_warranty_mandatory: 0,
  });
  const one = await bench.call('category/read?language=en', {
    id: 501,
    valuesPerPage: 2,
    valuesCurrentPage: 2,
  });
  expect(one.rows[0]).toMatchObject({ name: 'Beverages' });
  const [packing] = one.rows[0]!.characteristics as { values: string[] }[];
  expect(packing?.values).toHaveLength(2);
  expect((await bench.call('category/count')).rows).toMatchObject({ noOfItems: '8' });
  expect((await bench.call('vat/read')).rows[0]).toEqual({ vat_id: 1, vat_rate: '0.2100', is_default: 1 });
  expect(idsOf((await bench.call('handling_time/read')).rows)).toEqual([0, 1, 2, 3, 6, 9, 30, 60, 90]);
});
