/**
 * What is exported and imported again is what there is: for any text, any figure, both formats. And what is imported and
 * exported says the same when it is imported elsewhere.
 */
import { buffer } from 'node:stream/consumers';
import type { CreateProduct, CreateSupplier, ImportKind } from '@tradepost/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProducts } from '#modules/catalogue';
import { createSupplier } from '#modules/purchasing';
import type { TenantContext } from '#platform/db';
import { exportFile } from '../src/flows/exports/index.ts';
import type { ExportList } from '../src/flows/exports/list.ts';
import { priceList, productList, stockList, supplierList } from '../src/flows/exports/lists.ts';
import { startImport } from './factories/imports.ts';
import { settings } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

/** Texts that spreadsheets, CSV and XML have opinions about. */
const awkward = fc.constantFrom(
  ...['=1+1', '+4', '-2', '@x', "'=1", "''-", "'", '0012', '1e5', '1,5', 'true', 'null', '#N/A', '"', '""'],
  ...[
    'a;b',
    'a,b',
    'a\tb',
    'a\nb',
    'a\r\nb',
    '\ra',
    'ăâîșț',
    'ÎȘ',
    '_x0041_',
    '_x005F_',
    '&lt;',
    ']]>',
    '<b>',
  ],
  ...['\u0001', '\ufffe', '🛒', '2026-11-22', '12/11', 'A > B', '  x', 'x  ', '\u00a0'],
);
const plainText = fc.string({ unit: 'grapheme', maxLength: 20 });
const storable = (text: string) => text.replaceAll('\0', '').toWellFormed();
const text = fc
  .oneof(
    awkward,
    plainText,
    fc.tuple(awkward, plainText, awkward).map((parts) => parts.join('')),
  )
  .map(storable);
const name = text.map((t) => t.trim().slice(0, 100)).filter((t) => t.trim() === t && t !== '');
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
/** As a contract leaves them: without the space around a value, and without the one name that no body may have. */
const attributes = fc.dictionary(
  name.filter((n) => n !== '__proto__'),
  text.map((t) => t.trim()),
  { maxKeys: 3 },
);
const minor = fc.integer({ min: 0, max: 1_000_000_000 });
const sku = fc
  .tuple(fc.constantFrom('', '=', "'", '-', '00', '+'), fc.stringMatching(/^[A-Za-z0-9ș._/-]{1,12}$/))
  .map(([prefix, rest]) => prefix + rest);

const variant = fc.record({
  sku,
  name: optional(name).map((n) => n ?? undefined),
  status: fc.constantFrom('active', 'archived'),
  priceMinor: minor,
  currency: fc.constantFrom('RON', 'EUR', 'JPY', 'KWD'),
  costMinor: optional(minor),
  barcode: optional(fc.stringMatching(/^\d{6,14}$/)),
  partNumber: optional(name.map((n) => n.slice(0, 30).trim())),
  vatRateBps: optional(fc.integer({ min: 0, max: 10_000 })),
  weightGrams: optional(fc.integer({ min: 0, max: 10_000_000 })),
  attributes,
  onHand: fc.integer({ min: 0, max: 1_000_000 }),
});
const product: fc.Arbitrary<CreateProduct> = fc.record({
  name,
  description: optional(text),
  status: fc.constantFrom('draft', 'active', 'archived'),
  brand: optional(name),
  category: optional(name),
  attributes,
  variants: fc.array(variant, { minLength: 1, maxLength: 3 }),
}) as fc.Arbitrary<CreateProduct>;
const shop = fc
  .uniqueArray(product, { minLength: 20, maxLength: 60, selector: (p) => p.name })
  .map((products) => {
    const seen = new Set<string>();
    return products.flatMap((p) => {
      const variants = p.variants.filter((v) => !seen.has(v.sku) && seen.add(v.sku));
      return variants.length === 0 ? [] : [{ ...p, variants }];
    });
  });

const write = (tenant: TenantContext, products: CreateProduct[]) =>
  database.current.db.withTenant(tenant, (tx) => createProducts(tx, products, settings));

const read = (tenant: TenantContext, list: ExportList, format: 'csv' | 'xlsx') =>
  buffer(exportFile(database.current.db, tenant, list, format));

/** The counts of a dry run, with its rows when not all are as expected. */
async function checkAgain(tenant: TenantContext, kind: ImportKind, file: Buffer) {
  const imported = await startImport(database.current.db, tenant, kind, file, { emptyCells: 'clear' });
  const { counts } = await imported.check();
  const odd = (await imported.rows()).filter((row) => row.outcome !== 'unchanged');
  return {
    counts,
    odd: odd.map(({ outcome, changes, issues, values }) => ({ outcome, changes, issues, values })),
  };
}

const formats = ['csv', 'xlsx'] as const;

describe('exported, then imported again', () => {
  test('products, prices and stock are unchanged', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shop, fc.constantFrom(...formats), async (products, format) => {
        const tenant = await database.current.createTenant();
        await write(tenant, products);
        const total = products.flatMap((p) => p.variants).length;
        const unchanged = { counts: { total, new: 0, changed: 0, unchanged: total, wrong: 0 }, odd: [] };
        for (const [kind, list] of [
          ['products', productList],
          ['prices', priceList],
          ['stock', stockList({})],
        ] as const) {
          expect(await checkAgain(tenant, kind, await read(tenant, list, format))).toEqual(unchanged);
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  test('suppliers are unchanged', { timeout: 60_000 }, async () => {
    const supplier: fc.Arbitrary<CreateSupplier> = fc.record({
      name,
      email: optional(fc.constantFrom('a@example.com', 'ana.b+c@example.ro')),
      phone: optional(fc.constantFrom('+40 21 555', '(171) 555-2222')),
      currency: fc.constantFrom('RON', 'EUR'),
      leadTimeDays: fc.integer({ min: 0, max: 365 }),
      reviewPeriodDays: fc.integer({ min: 1, max: 90 }),
      notes: optional(text),
    });
    const fold = (s: string) => s.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
    const suppliers = fc.uniqueArray(supplier, {
      minLength: 5,
      maxLength: 30,
      selector: (s) => fold(s.name),
    });
    await fc.assert(
      fc.asyncProperty(suppliers, fc.constantFrom(...formats), async (list, format) => {
        const tenant = await database.current.createTenant();
        await database.current.db.withTenant(tenant, async (tx) => {
          for (const one of list) await createSupplier(tx, one);
        });
        const total = list.length;
        expect(await checkAgain(tenant, 'suppliers', await read(tenant, supplierList, format))).toEqual({
          counts: { total, new: 0, changed: 0, unchanged: total, wrong: 0 },
          odd: [],
        });
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});

describe('exported, imported into another shop, exported there', () => {
  test('the two files say the same', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shop, fc.constantFrom(...formats), async (products, format) => {
        const one = await database.current.createTenant();
        const other = await database.current.createTenant();
        await write(one, products);
        const file = await read(one, productList, format);
        const imported = await startImport(database.current.db, other, 'products', file);
        await imported.check();
        const total = products.flatMap((p) => p.variants).length;
        expect(await imported.apply()).toMatchObject({ applied: { done: total, skipped: 0 } });
        // All but the ids of products, which each shop has its own of.
        expect(await checkAgain(other, 'products', file)).toMatchObject({
          counts: { unchanged: total },
          odd: [],
        });
        expect(await checkAgain(one, 'products', await read(other, productList, format))).toMatchObject({
          counts: { unchanged: total },
          odd: [],
        });
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });
});
