/** Products, variants, categories, brands, bulk changes: what is kept, and who wins when two meet. */
import type { BulkAction, CreateProduct, Product } from '@tradepost/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { applyStock } from '#modules/inventory';
import { newId } from '#platform/crypto';
import type { TenantContext, TenantTx } from '#platform/db';
import { HttpProblem } from '#platform/http';
import { listBrands } from '../src/modules/catalogue/brands.ts';
import { changeProducts, undoBulkChange } from '../src/modules/catalogue/bulk-change.ts';
import { run as runBulkTask } from '../src/modules/catalogue/bulk-task.handler.ts';
import {
  createCategory,
  deleteCategory,
  listCategories,
  updateCategory,
} from '../src/modules/catalogue/categories.ts';
import {
  deleteProduct,
  patchProduct,
  replaceProduct,
  restoreProduct,
} from '../src/modules/catalogue/change-product.ts';
import { listProducts } from '../src/modules/catalogue/list-products.ts';
import { findProduct } from '../src/modules/catalogue/read-products.ts';
import { contextOf } from './factories/market.ts';
import { adjusting, settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
let tenant: TenantContext;
beforeEach(async () => {
  tenant = await database.current.createTenant();
});

const inTenant = <R>(work: (tx: TenantTx) => Promise<R>): Promise<R> =>
  database.current.db.withTenant(tenant, work);

function buildProduct(sku: string, more: Partial<CreateProduct> = {}): CreateProduct {
  return {
    name: `Product ${sku}`,
    variants: [{ sku, priceMinor: 1000, currency: 'RON', onHand: 0 }],
    ...more,
  };
}

async function create(...products: CreateProduct[]): Promise<Product[]> {
  return inTenant(async (tx) => {
    const ids = await createProducts(tx, products, settings);
    return Promise.all(ids.map(async (id) => (await findProduct(tx, id))!));
  });
}

/** The problem that the work ends in. */
async function refusal(work: Promise<unknown>): Promise<HttpProblem> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  );
  if (!(error instanceof HttpProblem)) throw new Error(`expected a problem, got ${error}`);
  return error;
}

const announced = () =>
  inTenant((tx) =>
    tx.query<{ change: string; version: number; fields: string[] | null }>(
      `select data->>'change' as change, (data->>'version')::int as version, data->'fields' as fields
       from event where tenant_id = $1 and type = 'product_updated' order by xact, id`,
      [tx.tenantId],
    ),
  );

const names = (query: Partial<Parameters<typeof listProducts>[1]> = {}) =>
  inTenant(async (tx) => (await listProducts(tx, { limit: 50, ...query })).items.map((p) => p.name));

describe('a product', () => {
  test('is created with all its fields, and read by its id and by each SKU', async () => {
    const [made] = await create(
      buildProduct('SHIRT-S', {
        description: 'Soft.',
        brand: 'Acme',
        category: 'Clothes',
        status: 'draft',
        attributes: { fabric: 'cotton' },
        variants: [
          { sku: 'SHIRT-S', priceMinor: 5000, currency: 'EUR', onHand: 0, attributes: { size: 'S' } },
          {
            ...{ sku: 'SHIRT-M', priceMinor: 5500, currency: 'EUR', onHand: 3, barcode: '5948000000012' },
            ...{ partNumber: 'PN 7', costMinor: 2000, vatRateBps: 2100, weightGrams: 180, name: 'Shirt M' },
          },
        ],
      }),
    );
    expect(made).toMatchObject({ status: 'draft', brand: 'Acme', category: 'Clothes', version: 1 });
    expect(made!.variants.map((v) => [v.sku, v.name, v.vatRateBps, v.attributes])).toEqual([
      ['SHIRT-M', 'Shirt M', 2100, {}],
      ['SHIRT-S', 'Product SHIRT-S', null, { size: 'S' }],
    ]);
    for (const ref of [made!.id, 'SHIRT-S', 'SHIRT-M'])
      expect(await inTenant((tx) => findProduct(tx, ref))).toEqual(made);
    expect(await announced()).toEqual([{ change: 'created', version: 1, fields: null }]);
  });

  test('of two writers with one version: the second is told, with what the first has made of it', async () => {
    const [made] = await create(buildProduct('A'));
    const write = (name: string) => inTenant((tx) => patchProduct(tx, made!.id, { name }, 1, settings));
    const results = await Promise.allSettled([write('One'), write('Two')]);
    const won = results.find((r) => r.status === 'fulfilled')!.value;
    const lost = results.find((r) => r.status === 'rejected')!.reason as HttpProblem;
    expect(won.version).toBe(2);
    expect(lost.code).toBe('VERSION_CONFLICT');
    expect(lost.extras.conflict).toEqual({ askedVersion: 1, currentVersion: 2, current: won });
  });

  test('fifty writers without a version: each change counts once', async () => {
    const [made] = await create(buildProduct('A'));
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        inTenant((tx) => patchProduct(tx, made!.id, { attributes: { [`k${i}`]: 'v' } }, undefined, settings)),
      ),
    );
    const after = (await inTenant((tx) => findProduct(tx, made!.id)))!;
    expect(after.version).toBe(51);
    expect(Object.keys(after.attributes)).toHaveLength(50);
    expect((await announced()).map((e) => e.version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 51 }, (_, i) => i + 1),
    );
  });

  test('a change to what it is already changes nothing and announces nothing', async () => {
    const [made] = await create(buildProduct('A', { attributes: { a: '1', b: '2' } }));
    const same = {
      name: made!.name,
      attributes: { b: '2', a: '1' },
      variants: [{ sku: 'A', priceMinor: 1000 }],
    };
    expect(await inTenant((tx) => patchProduct(tx, 'A', same, 1, settings))).toEqual(made);
    expect(await announced()).toHaveLength(1);
  });

  test('merged: attributes one by one, variants by SKU or id, what is left out stays', async () => {
    const [made] = await create(buildProduct('A', { attributes: { keep: '1', drop: '2' }, brand: 'Acme' }));
    const after = await inTenant((tx) =>
      patchProduct(
        tx,
        'A',
        {
          attributes: { drop: null, add: '3' },
          variants: [
            { sku: 'A', priceMinor: 900 },
            { sku: 'B', priceMinor: 2000, onHand: 4 },
          ],
        },
        undefined,
        settings,
      ),
    );
    expect(after).toMatchObject({ brand: 'Acme', attributes: { keep: '1', add: '3' }, version: 2 });
    expect(after.variants.map((v) => [v.sku, v.priceMinor])).toEqual([
      ['A', 900],
      ['B', 2000],
    ]);
    const renamed = await inTenant((tx) =>
      patchProduct(tx, 'A', { variants: [{ id: made!.variants[0]!.id, sku: 'A2' }] }, undefined, settings),
    );
    expect(renamed.variants.map((v) => v.sku)).toEqual(['A2', 'B']);
    expect((await announced()).at(-1)).toEqual({ change: 'updated', version: 3, fields: ['variants'] });
    expect(
      (
        await refusal(
          inTenant((tx) => patchProduct(tx, 'B', { variants: [{ sku: 'C' }] }, undefined, settings)),
        )
      ).extras.issues,
    ).toMatchObject([{ field: 'body.variants.0.priceMinor' }]);
  });

  test('replaced: what is left out is emptied and removed', async () => {
    await create(
      buildProduct('A', {
        ...{ description: 'x', brand: 'Acme', category: 'Tea', attributes: { a: '1' } },
        variants: ['A', 'B'].map((sku) => ({ sku, priceMinor: 1, currency: 'RON', onHand: 0 })),
      }),
    );
    const after = await inTenant((tx) => replaceProduct(tx, 'B', buildProduct('B'), 1, settings));
    expect(after).toMatchObject({ description: null, brand: null, categoryId: null, attributes: {} });
    expect(after.variants.map((v) => [v.sku, v.priceMinor])).toEqual([['B', 1000]]);
    expect((await announced()).at(-1)!.fields!.sort()).toEqual(
      ['attributes', 'brand', 'category', 'description', 'name', 'variants']
        .filter((f) => f !== 'name' || after.name !== 'Product A')
        .sort(),
    );
  });

  test('a variant with a past is not removed, and its product stays as it was', async () => {
    const [made] = await create(
      buildProduct('A', {
        variants: ['A', 'B', 'C'].map((sku) => ({
          sku,
          priceMinor: 1,
          currency: 'RON',
          onHand: sku === 'A' ? 1 : 0,
        })),
      }),
    );
    // Sold out since, but its ledger tells of it.
    await inTenant((tx) => applyStock(tx, [adjusting('A', { setTo: 0 })], settings));
    const idOf = (sku: string) => made!.variants.find((v) => v.sku === sku)!.id;
    const remove = (...skus: string[]) =>
      inTenant((tx) => patchProduct(tx, made!.id, { removeVariantIds: skus.map(idOf) }, undefined, settings));
    const refused = await refusal(remove('A', 'B'));
    expect(refused.code).toBe('STATE_CONFLICT');
    expect(refused.detail).toContain('archived');
    expect((await remove('B')).variants.map((v) => v.sku)).toEqual(['A', 'C']);
    expect(
      await inTenant((tx) => tx.query('select 1 from movement where tenant_id = $1', [tx.tenantId])),
    ).toHaveLength(2);
    expect((await refusal(remove('A'))).code).toBe('STATE_CONFLICT');
  });

  test('a variant that gets its first stock while it is removed keeps it, or is gone', async () => {
    for (let round = 0; round < 10; round++) {
      const [made] = await create(
        buildProduct(`A${round}`, {
          variants: ['A', 'B'].map((x) => ({
            sku: `${x}${round}`,
            priceMinor: 1,
            currency: 'RON',
            onHand: 0,
          })),
        }),
      );
      const { id, sku } = made!.variants[0]!;
      const [removed, stocked] = await Promise.allSettled([
        inTenant((tx) => patchProduct(tx, made!.id, { removeVariantIds: [id] }, undefined, settings)),
        inTenant((tx) => applyStock(tx, [adjusting(sku, { delta: 5 })], settings)),
      ]);
      const gotStock = stocked.status === 'fulfilled' && stocked.value[0]!.ok;
      expect([removed.status === 'fulfilled', gotStock].filter(Boolean)).toHaveLength(1);
      const moves = await inTenant((tx) =>
        tx.query('select 1 from movement where tenant_id = $1 and variant_id = $2', [tx.tenantId, id]),
      );
      expect(moves).toHaveLength(gotStock ? 1 : 0);
    }
  });

  test('deleted: not listed, not found, its SKUs kept; restored as it was', async () => {
    const [made] = await create(buildProduct('A'));
    await inTenant((tx) => deleteProduct(tx, 'A', 1));
    expect(await names()).toEqual([]);
    expect(await names({ deleted: 'true' })).toEqual(['Product A']);
    expect(await inTenant((tx) => findProduct(tx, 'A'))).toBeNull();
    expect((await refusal(inTenant((tx) => deleteProduct(tx, 'A', undefined)))).code).toBe('NOT_FOUND');
    const taken = await refusal(create(buildProduct('A')));
    expect(taken.code).toBe('ALREADY_EXISTS');
    expect(taken.extras.issues![0]!.message).toContain('can be restored');
    const back = await inTenant((tx) => restoreProduct(tx, 'A'));
    expect(back).toMatchObject({ variants: made!.variants, deletedAt: null, version: 3 });
    expect(await inTenant((tx) => restoreProduct(tx, 'A'))).toEqual(back);
    expect((await announced()).map((e) => e.change)).toEqual(['created', 'deleted', 'restored']);
  });

  test('brands and top categories are found whatever their accents and capitals', async () => {
    const [a, b] = await create(
      buildProduct('A', { brand: 'Dulcețuri Țara', category: 'Băuturi' }),
      buildProduct('B', { brand: 'DULCETURI TARA', category: 'bauturi' }),
    );
    expect(b!.brandId).toBe(a!.brandId);
    expect(b!.categoryId).toBe(a!.categoryId);
    const { items } = await inTenant((tx) => listBrands(tx, { limit: 10, search: 'dulceț' }));
    expect(items).toEqual([{ id: a!.brandId, name: 'Dulcețuri Țara', productCount: 2 }]);
    const twins = await Promise.all(['C', 'D'].map((sku) => create(buildProduct(sku, { brand: 'New' }))));
    expect(new Set(twins.map(([p]) => p!.brandId)).size).toBe(1);
  });
});

describe('the tree of categories', () => {
  const make = (name: string, parentId: string | null = null) =>
    inTenant((tx) => createCategory(tx, { name, parentId }));
  const tree = async () =>
    (await inTenant(listCategories)).map(
      (c) => `${'  '.repeat(c.depth - 1)}${c.name} ${c.productCount}/${c.totalProductCount}`,
    );

  test('is listed parents first, siblings by position, with its products', async () => {
    const food = await make('Food');
    const tea = await make('Tea', food.id);
    await make('Tools');
    await make('Coffee', food.id);
    await create(buildProduct('A', { categoryId: tea.id }), buildProduct('B', { categoryId: food.id }));
    expect(await tree()).toEqual(['Food 1/2', '  Tea 1/1', '  Coffee 0/0', 'Tools 0/0']);
    await inTenant((tx) => updateCategory(tx, tea.id, { position: 1 }));
    expect((await tree()).slice(1, 3)).toEqual(['  Coffee 0/0', '  Tea 1/1']);
    await inTenant((tx) => updateCategory(tx, tea.id, { position: 0 }));
    expect((await tree()).slice(1, 3)).toEqual(['  Tea 1/1', '  Coffee 0/0']);
    expect(await names({ category: 'food', sort: 'sku' })).toEqual(['Product A', 'Product B']);
    expect(await names({ category: tea.id })).toEqual(['Product A']);
    expect(await names({ category: 'no such' })).toEqual([]);
  });

  test('refuses circles, also of two moves that meet, and an eleventh level', async () => {
    const a = await make('A');
    const b = await make('B', a.id);
    const c = await make('C', b.id);
    const move = (id: string, parentId: string) => inTenant((tx) => updateCategory(tx, id, { parentId }));
    for (const parent of [a, b, c])
      expect((await refusal(move(a.id, parent.id))).code).toBe('STATE_CONFLICT');
    for (let round = 0; round < 10; round++) {
      const [x, y] = [await make(`X${round}`), await make(`Y${round}`)];
      const moves = await Promise.allSettled([move(x.id, y.id), move(y.id, x.id)]);
      expect(moves.map((m) => m.status).sort()).toEqual(['fulfilled', 'rejected']);
    }
    let deepest = c;
    for (let depth = 4; depth <= 10; depth++) deepest = await make(`Level ${depth}`, deepest.id);
    expect((await refusal(make('Level 11', deepest.id))).detail).toContain('10 levels');
    const top = await make('Top');
    expect((await refusal(move(a.id, top.id))).detail).toContain('10 levels');
  });

  test('one name once among siblings; a parent must exist', async () => {
    const a = await make('Țuică');
    expect((await refusal(make('TUICA'))).code).toBe('ALREADY_EXISTS');
    await make('Tuica', a.id);
    expect((await refusal(make('X', newId()))).code).toBe('NOT_FOUND');
  });

  test('is deleted when empty, or hands what it holds to its parent', async () => {
    const a = await make('A');
    const b = await make('B', a.id);
    await make('C', b.id);
    await create(buildProduct('P', { categoryId: b.id }), buildProduct('Q', { categoryId: b.id }));
    await inTenant((tx) => deleteProduct(tx, 'Q', undefined));
    const remove = (contents: 'refuse' | 'parent') => inTenant((tx) => deleteCategory(tx, b.id, contents));
    expect((await refusal(remove('refuse'))).code).toBe('STATE_CONFLICT');
    await remove('parent');
    expect(await tree()).toEqual(['A 1/1', '  C 0/0']);
    expect((await inTenant((tx) => restoreProduct(tx, 'Q'))).category).toBe('A');
    expect((await refusal(remove('parent'))).code).toBe('NOT_FOUND');
  });
});

describe('a bulk change', () => {
  const change = (products: { id: string }[], action: BulkAction) =>
    inTenant((tx) =>
      changeProducts(
        tx,
        products.map((p) => p.id),
        action,
      ),
    );
  const undo = (id: string | null) => inTenant((tx) => undoBulkChange(tx, id!));
  const again = (products: { id: string }[]) =>
    inTenant((tx) =>
      Promise.all(products.map(async (p) => (await findProduct(tx, p.id, { deleted: true }))!)),
    );

  const actions: [BulkAction, (p: Product) => unknown, unknown[]][] = [
    [{ type: 'set_status', status: 'archived' }, (p) => p.status, ['archived', 'archived']],
    [{ type: 'set_brand', brand: 'Other' }, (p) => p.brand, ['Other', 'Other']],
    [{ type: 'set_category', categoryId: null }, (p) => p.category, [null, null]],
    [{ type: 'add_to_price', amountMinor: -5 }, (p) => p.variants[0]!.priceMinor, [995, 0]],
    [{ type: 'change_price_by', percent: 12.5 }, (p) => p.variants[0]!.priceMinor, [1125, 6]],
    [{ type: 'delete' }, (p) => p.deletedAt !== null, [true, true]],
  ];
  test.each(actions)('%o is done, announced and undone', async (action, field, expected) => {
    const cheap = [{ sku: 'B', priceMinor: 5, currency: 'RON', onHand: 0 }];
    const made = await create(
      buildProduct('A', { brand: 'Acme', category: 'Tea' }),
      buildProduct('B', { category: 'Tea', variants: cheap }),
    );
    const { changed, undoId } = await change(made, action);
    expect(changed).toBe(2);
    expect((await again(made)).map(field)).toEqual(expected);
    expect(await announced()).toHaveLength(4);
    expect(
      await change(made, action.type.includes('price') ? { type: 'add_to_price', amountMinor: 0 } : action),
    ).toEqual({ changed: 0, undoId: null });
    expect(await undo(undoId)).toEqual({ restored: 2, skipped: 0 });
    const unstamped = ({ version: _, updatedAt: __, ...rest }: Product) => rest;
    expect((await again(made)).map(unstamped)).toEqual(made.map(unstamped));
    expect((await refusal(undo(undoId))).code).toBe('STATE_CONFLICT');
  });

  test('changes all or nothing', async () => {
    const made = await create(buildProduct('A'), buildProduct('B'));
    const [dear] = await create(
      buildProduct('C', { variants: [{ sku: 'C', priceMinor: 1_000_000_000, currency: 'RON', onHand: 0 }] }),
    );
    const refused = await refusal(change([...made, dear!], { type: 'add_to_price', amountMinor: 1 }));
    expect(refused.extras.issues![0]!.message).toContain('C would cost');
    expect((await refusal(change([...made, { id: newId() }], { type: 'delete' }))).code).toBe('NOT_FOUND');
    expect(await again(made)).toEqual(made);
  });

  test('taken back leaves alone what was changed again since', async () => {
    const made = await create(buildProduct('A'), buildProduct('B'));
    const { undoId } = await change(made, { type: 'set_status', status: 'draft' });
    await inTenant((tx) => patchProduct(tx, 'A', { status: 'archived' }, undefined, settings));
    expect(await undo(undoId)).toEqual({ restored: 1, skipped: 1 });
    expect((await again(made)).map((p) => p.status)).toEqual(['archived', 'active']);
  });

  test('of more than one portion, killed in the middle and begun again, changes each price once', {
    timeout: 60_000,
  }, async () => {
    const many = Array.from({ length: 1010 }, (_, i) => buildProduct(`S${i}`));
    await inTenant((tx) => createProducts(tx, many, settings));
    const context = contextOf(database.current.db, tenant);
    const task = { filter: {}, action: { type: 'change_price_by', percent: 10 } as const };
    let portions = 0;
    const killed = {
      ...context,
      transaction: <R>(work: (tx: TenantTx) => Promise<R>) => {
        if (++portions === 3) throw new Error('killed');
        return context.transaction(work);
      },
    };
    await expect(runBulkTask(killed, task)).rejects.toThrow('killed');
    expect(await runBulkTask(context, task)).toEqual({ changed: 1010 });
    const prices = await inTenant((tx) =>
      tx.query('select price_minor, count(*)::int from variant where tenant_id = $1 group by 1', [
        tx.tenantId,
      ]),
    );
    expect(prices).toEqual([{ price_minor: 1100, count: 1010 }]);
  });
});
