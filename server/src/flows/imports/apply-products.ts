/** Applying rows of products and prices, and taking them back. */
import type { CreateProduct, ImportField } from '@tradepost/contracts';
import {
  type CategoryPaths,
  createProducts,
  findOrMakeCategories,
  type ProductOfSku,
  readCategoryPaths,
  readSkuRows,
  type SkuRow,
  type SkuWrites,
  writeSkuRows,
} from '#modules/catalogue';
import { readLevels } from '#modules/inventory';
import {
  defaultCurrency,
  productFields,
  saidOf,
  withProductFields,
  withVariantFields,
} from './catalogue-values.ts';
import { type Before, type ImportScope, type RowResult, type StoredRow, sameValue } from './kind.ts';
import { findForeignVariants, findGroups, findProductIds, type Group } from './product-groups.ts';
import type { Said } from './values.ts';

/** What rows write, gathered: a product that several rows touch is written once. */
class Writes implements SkuWrites {
  readonly #products = new Map<string, SkuWrites['products'][number]>();
  readonly variants: SkuWrites['variants'] = [];
  readonly added: SkuWrites['added'] = [];
  readonly removed: SkuWrites['removed'] = [];

  get products(): SkuWrites['products'] {
    return [...this.#products.values()];
  }

  productOf({ productId, product }: SkuRow): ProductOfSku {
    return this.#products.get(productId)?.fields ?? product;
  }

  setProduct(id: string, fields: ProductOfSku, changed: string[]): void {
    const before = this.#products.get(id)?.changed ?? [];
    this.#products.set(id, { id, fields, changed: [...new Set([...before, ...changed])] });
  }
}

/** What a piece of rows is applied, or taken back, against. The products are locked. */
interface Ground {
  scope: ImportScope;
  present: Map<string, SkuRow>;
  paths: CategoryPaths;
  /** Ids by path, of the categories that are to be written. */
  categories: Map<string, string>;
  groups: Map<string, Group>;
  /** Products that rows name by id. */
  productIds: Set<string>;
  writes: Writes;
  /** New products, by SKU of the first of their rows. */
  making: Map<string, CreateProduct>;
}

async function readGround(scope: ImportScope, rows: StoredRow[], wanted: (Said | null)[]): Promise<Ground> {
  const { tx, importId } = scope;
  const groupKeys = rows.flatMap((row) => row.groupKey ?? []);
  const groups = await findGroups(tx, importId, groupKeys);
  const leads = [...groups.values()].map((group) => group.lead);
  const skus = [...new Set([...rows.map((row) => row.key!), ...leads])];
  const named = wanted.flatMap((said) => (typeof said?.category === 'string' ? [said.category] : []));
  return {
    ...{ scope, groups, writes: new Writes(), making: new Map() },
    present: await readSkuRows(tx, skus, { lock: true }),
    productIds: await findProductIds(tx, groupKeys),
    categories: await findOrMakeCategories(tx, [...new Set(named)]),
    paths: await readCategoryPaths(tx),
  };
}

export async function applySkuRows(scope: ImportScope, rows: StoredRow[]): Promise<RowResult[]> {
  const { tx, settings, importId } = scope;
  const reference = `import:${importId}`;
  const writes = (row: StoredRow) => row.before === null || 'category' in row.before;
  const ground = await readGround(
    scope,
    rows,
    rows.map((row) => (writes(row) ? row.said : null)),
  );
  const results = rows.map((row) => (row.outcome === 'new' ? add(ground, row) : change(ground, row)));
  if (ground.making.size > 0) await createProducts(tx, [...ground.making.values()], settings, reference);
  await writeSkuRows(tx, ground.writes, settings, reference);
  const added = rows.flatMap((row, i) => (row.outcome === 'new' && results[i]!.done ? [row.key!] : []));
  const made = await readSkuRows(tx, added, { lock: false });
  return results.map((result, i) => {
    const targetId = made.get(rows[i]!.key!)?.variantId;
    return result.made === undefined || targetId === undefined
      ? result
      : { ...result, made: { ...result.made, targetId } };
  });
}

function change({ present, paths, categories, writes }: Ground, row: StoredRow): RowResult {
  const found = present.get(row.key!);
  if (found === undefined) return refused(row, 'Its SKU is gone.');
  const before = row.before!;
  if (found.product.deleted && before.restored !== true)
    return refused(row, 'Its product was deleted meanwhile.');
  const since = changedSince(saidOf(found, paths), before, fieldsOf(before));
  if (since !== null) return refused(row, since);
  writeFields(writes, found, row.said, before, { deleted: false, categories });
  return { row: row.row, done: true };
}

function add({ present, groups, productIds, categories, making, writes }: Ground, row: StoredRow): RowResult {
  if (present.has(row.key!)) return refused(row, 'Its SKU was made meanwhile.');
  const { groupKey, said } = row;
  const lead = (groupKey === null ? undefined : groups.get(groupKey)?.lead) ?? row.key!;
  const home =
    present.get(lead)?.productId ?? (groupKey !== null && productIds.has(groupKey) ? groupKey : null);
  const product = making.get(lead);
  const variant = newVariant(row.key!, said);
  if (home !== null) {
    const name = (said.variantName ?? said.name ?? present.get(lead)?.product.name ?? row.key!) as string;
    writes.added.push({
      productId: home,
      onHand: variant.onHand,
      fields: { ...blankVariant, ...variant, name },
    });
  } else if (product !== undefined) product.variants.push(variant);
  else if (lead === row.key) making.set(lead, { ...newProduct(said, categories), variants: [variant] });
  else return refused(row, `The row of ${lead}, which makes its product, was not applied.`);
  return { row: row.row, done: true, made: { targetId: null, before: { madeProduct: home === null } } };
}

export async function undoSkuRows(scope: ImportScope, rows: StoredRow[]): Promise<RowResult[]> {
  const { tx, settings, importId } = scope;
  const ground = await readGround(
    scope,
    rows,
    rows.map((row) => row.before as Said | null),
  );
  const stock = new Map<string, { onHand: number; moving: boolean }>();
  for (const level of await readLevels(
    tx,
    rows.flatMap((row) => row.targetId ?? []),
  )) {
    const sum = stock.get(level.variantId) ?? { onHand: 0, moving: false };
    const moving = sum.moving || level.reserved > 0 || level.incoming > 0;
    stock.set(level.variantId, { onHand: sum.onHand + level.onHand, moving });
  }
  const joined = await findForeignVariants(tx, scope.importId, [
    ...new Set([...ground.present.values()].map((found) => found.productId)),
  ]);
  const results = rows.map((row) =>
    row.outcome === 'new' ? takeOut(ground, row, stock, joined) : changeBack(ground, row),
  );
  await writeSkuRows(tx, ground.writes, settings, `import:${importId}`);
  return results;
}

function changeBack({ present, paths, categories, writes }: Ground, row: StoredRow): RowResult {
  const found = present.get(row.key!);
  if (found === undefined) return refused(row, 'Its SKU is gone.');
  const before = row.before!;
  if (found.product.deleted && before.restored !== true)
    return refused(row, 'Its product was deleted meanwhile.');
  const since = changedSince(saidOf(found, paths), row.said, fieldsOf(before));
  if (since !== null) return refused(row, since);
  writeFields(writes, found, before, before, { deleted: true, categories });
  return { row: row.row, done: true };
}

function takeOut(
  { present, paths, groups, writes }: Ground,
  row: StoredRow,
  stock: Map<string, { onHand: number; moving: boolean }>,
  joined: Set<string>,
): RowResult {
  const found = present.get(row.key!);
  if (found === undefined) return { row: row.row, done: true };
  const isLead = row.groupKey === null || groups.get(row.groupKey)?.lead === row.key;
  const said = Object.keys(row.said) as ImportField[];
  const fields = said.filter((field) => row.said[field] !== null && (isLead || !productFields.has(field)));
  const since = changedSince(saidOf(found, paths), row.said, fields);
  if (since !== null) return refused(row, since);
  const { onHand, moving } = stock.get(found.variantId) ?? { onHand: 0, moving: false };
  if (moving || onHand !== (row.said.openingStock ?? 0))
    return refused(row, 'Its stock was changed meanwhile.');
  if (row.before?.madeProduct !== true)
    writes.removed.push({ id: found.variantId, productId: found.productId });
  else if (joined.has(found.productId)) return refused(row, 'Its product has other variants meanwhile.');
  else if (!found.product.deleted)
    writes.setProduct(found.productId, { ...writes.productOf(found), deleted: true }, ['deleted']);
  return { row: row.row, done: true };
}

const refused = (row: StoredRow, note: string): RowResult => ({ row: row.row, done: false, note });

const fieldsOf = ({ restored: _, madeProduct: __, ...fields }: Before) =>
  Object.keys(fields) as ImportField[];

/** Says which field is no longer as expected; null: all are. */
function changedSince(present: Said, expected: Said, fields: ImportField[]): string | null {
  // What is kept apart from a row, such as its product, is in no presence.
  const field = fields.find((name) => name in present && !sameValue(present[name], expected[name]));
  if (field === undefined) return null;
  const value = present[field] ?? null;
  return `${field} was changed meanwhile${value === null || typeof value === 'object' ? '' : ` to ${value}`}.`;
}

/** Writes what `values` has of the fields named by `before`. */
function writeFields(
  writes: Writes,
  row: SkuRow,
  values: Said,
  before: Before,
  { deleted, categories }: { deleted: boolean; categories: Map<string, string> },
): void {
  const fields = fieldsOf(before);
  const chosen: Said = Object.fromEntries(fields.map((field) => [field, values[field] ?? null]));
  const ofProduct = fields.filter((field) => productFields.has(field));
  if (ofProduct.length > 0 || before.restored === true) {
    const product = withProductFields(writes.productOf(row), chosen, categories);
    const changed = [...ofProduct, ...(before.restored === true ? ['deleted'] : [])];
    writes.setProduct(row.productId, before.restored === true ? { ...product, deleted } : product, changed);
  }
  if (fields.length > ofProduct.length) {
    const { variantId: id, productId } = row;
    writes.variants.push({ id, productId, fields: withVariantFields(row.variant, chosen) });
  }
}

const blankVariant: Omit<SkuRow['variant'], 'sku' | 'priceMinor' | 'currency'> = {
  ...{ name: '', barcode: null, partNumber: null, costMinor: null, vatRateBps: null, weightGrams: null },
  ...{ status: 'active', attributes: {} },
};

function newVariant(sku: string, said: Said): CreateProduct['variants'][number] {
  const blank = { ...blankVariant, sku, priceMinor: 0, currency: defaultCurrency };
  // A name that is not said is the product's.
  const { name, ...fields } = withVariantFields(blank, withoutEmpty(said));
  return {
    ...fields,
    ...(typeof said.variantName === 'string' && { name }),
    onHand: (said.openingStock as number | null | undefined) ?? 0,
  };
}

function newProduct(said: Said, categories: Map<string, string>): Omit<CreateProduct, 'variants'> {
  const blank: ProductOfSku = {
    ...{ name: '', description: null, status: 'active', brand: null, categoryId: null, attributes: {} },
    deleted: false,
  };
  const { deleted: _, ...fields } = withProductFields(blank, withoutEmpty(said), categories);
  return fields;
}

const withoutEmpty = (said: Said): Said =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
