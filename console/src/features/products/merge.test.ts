import type { Product } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { draftOf, faultsOf, type ProductDraft, patchBody } from './draft.ts';
import { conflictsOf, mergeDrafts } from './merge.ts';

const product: Product = {
  id: 'p',
  name: 'Chai',
  description: null,
  status: 'active',
  brand: 'Twinings',
  brandId: 'b',
  category: 'Tea',
  categoryId: 'c',
  attributes: { Origin: 'Assam', Organic: '' },
  variants: ['a', 'b'].map((id) => ({
    id,
    sku: `SKU-${id}`,
    name: 'Chai',
    status: 'active',
    barcode: null,
    partNumber: null,
    priceMinor: 1999,
    costMinor: null,
    currency: 'RON',
    vatRateBps: 950,
    weightGrams: null,
    attributes: { Size: 'M' },
  })),
  version: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  deletedAt: null,
};
const categories = [
  {
    id: 'c',
    parentId: null,
    name: 'Tea',
    slug: 'tea',
    position: 0,
    depth: 1,
    productCount: 1,
    totalProductCount: 1,
  },
];
const base = draftOf(product, categories);

/** The draft with these fields, and these of the variant `a`. */
function edited(
  fields: Partial<ProductDraft>,
  ofA: Partial<ProductDraft['variants'][number]> = {},
): ProductDraft {
  const variants = base.variants.map((variant) => (variant.id === 'a' ? { ...variant, ...ofA } : variant));
  return { ...base, variants, ...fields };
}

describe('what is sent', () => {
  test('is nothing when nothing changed', () => {
    expect(patchBody(base, edited({}), categories, 3)).toBeNull();
  });

  test('is only what changed, in minor units, with attributes that are gone as null', () => {
    const draft = edited({ brand: '', attributes: 'Origin: Ceylon' }, { price: '20.5', vat: '' });
    expect(patchBody(base, draft, categories, 3)).toEqual({
      brand: null,
      attributes: { Origin: 'Ceylon', Organic: null },
      variants: [{ id: 'a', priceMinor: 2050, vatRateBps: null }],
      version: 3,
    });
  });

  test('names a known category by its id and a new one by its name', () => {
    expect(patchBody(edited({ category: '' }), base, categories, 3)).toMatchObject({ categoryId: 'c' });
    expect(patchBody(base, edited({ category: 'Herbs' }), categories, 3)).toMatchObject({
      category: 'Herbs',
    });
  });

  test('a variant without a name of its own follows the product’s', () => {
    const names = patchBody(base, edited({ name: 'Masala' }), categories, 3)?.variants?.map(
      ({ name }) => name,
    );
    expect(names).toEqual(['Masala', 'Masala']);
  });

  test('a variant taken away is removed by its id', () => {
    const body = patchBody(base, edited({ variants: base.variants.slice(0, 1) }), categories, 3);
    expect(body).toEqual({ removeVariantIds: ['b'], version: 3 });
  });
});

test('what cannot be saved is named', () => {
  const faults = faultsOf(edited({}, { sku: 'SKU-b', barcode: '12x', price: '' }));
  expect(faults.map(({ kind }) => kind)).toEqual(['barcodeWrong', 'priceMissing', 'skuTwice']);
});

describe('two who edit one product', () => {
  test('meet only where both changed the same field to something else', () => {
    const yours = edited({ name: 'Yours', brand: 'Same' }, { price: '1' });
    const theirs = edited({ name: 'Theirs', brand: 'Same', status: 'draft' }, { price: '2' });
    expect(conflictsOf(base, yours, theirs).map(({ path }) => path)).toEqual(['name', 'a.price']);
    const merged = mergeDrafts(base, yours, theirs, (path) => path === 'name');
    expect(merged).toMatchObject({ name: 'Yours', brand: 'Same', status: 'draft' });
    expect(merged.variants[0]).toMatchObject({ price: '2' });
  });

  test('one removes the variant that the other changed: it stays or goes as chosen', () => {
    const yours = edited({ variants: base.variants.filter(({ id }) => id !== 'a') });
    const theirs = edited({}, { price: '2' });
    expect(conflictsOf(base, yours, theirs)).toMatchObject([{ path: 'a', field: 'variant' }]);
    const left = (keepsYours: boolean) =>
      mergeDrafts(base, yours, theirs, () => keepsYours).variants.map(({ id }) => id);
    expect(left(true)).toEqual(['b']);
    expect(left(false)).toEqual(['a', 'b']);
  });
});
