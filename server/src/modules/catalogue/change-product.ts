/**
 * Changing one product. The row is locked first, so that the version that is checked is the one that is changed: of two
 * writers with one version the second is told, with what the first has made of it.
 */
import type { CreateProduct, PatchProduct, Product, ReplaceProduct, Variant } from '@tradepost/contracts';
import { MAX_ATTRIBUTES, MAX_VARIANTS } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { knownCategory } from './create-products.ts';
import { findOrMakeBrands, findOrMakeTopCategories } from './names.ts';
import { findProductId, readProducts } from './read-products.ts';
import {
  addVariants,
  newVariantFields,
  removeVariants,
  updateVariants,
  type VariantFields,
} from './write-variants.ts';

export const noProduct = () => problem('NOT_FOUND', 'There is no such product.');

/** @throws HttpProblem NOT_FOUND, VERSION_CONFLICT with both versions */
async function lockProduct(
  tx: TenantTx,
  idOrSku: string,
  askedVersion: number | undefined,
  options = { deleted: false },
): Promise<Product> {
  const id = await findProductId(tx, idOrSku, { deleted: true });
  if (id === null) throw noProduct();
  await tx.query('select from product where tenant_id = $1 and id = $2 for update', [tx.tenantId, id]);
  const [product] = await readProducts(tx, [id]);
  if (product === undefined || (product.deletedAt !== null && !options.deleted)) throw noProduct();
  if (askedVersion !== undefined && askedVersion !== product.version) {
    throw problem(
      'VERSION_CONFLICT',
      `The change was made from version ${askedVersion}; the product is at version ${product.version}.`,
      { conflict: { askedVersion, currentVersion: product.version, current: product } },
    );
  }
  return product;
}

/** What of a product one can write. */
type ProductFields = Pick<
  Product,
  'name' | 'description' | 'status' | 'brand' | 'brandId' | 'categoryId' | 'attributes'
>;

interface WantedVariant {
  /** Null: it is to be added. */
  id: string | null;
  onHand: number;
  fields: VariantFields;
}

/** @throws HttpProblem NOT_FOUND, VERSION_CONFLICT, ALREADY_EXISTS, STATE_CONFLICT, VALIDATION_FAILED */
export async function replaceProduct(
  tx: TenantTx,
  idOrSku: string,
  body: ReplaceProduct,
  askedVersion: number | undefined,
  settings: StockSettings,
): Promise<Product> {
  const before = await lockProduct(tx, idOrSku, askedVersion);
  const fields = {
    name: body.name,
    description: body.description ?? null,
    status: body.status ?? 'active',
    attributes: body.attributes ?? {},
    ...(await resolveNames(tx, { brand: null, categoryId: null, ...body }, before)),
  };
  const variants = body.variants.map((v, i) => ({
    id: matchVariant(before, v, i)?.id ?? null,
    onHand: v.onHand,
    fields: newVariantFields(v, body.name),
  }));
  return writeProduct(tx, before, fields, variants, settings);
}

/** @throws as `replaceProduct` */
export async function patchProduct(
  tx: TenantTx,
  idOrSku: string,
  body: PatchProduct,
  askedVersion: number | undefined,
  settings: StockSettings,
): Promise<Product> {
  const before = await lockProduct(tx, idOrSku, askedVersion);
  const merged = Object.entries({ ...before.attributes, ...body.attributes }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  if (merged.length > MAX_ATTRIBUTES)
    throw invalidField('body.attributes', `must leave at most ${MAX_ATTRIBUTES} entries`);
  const fields = {
    name: body.name ?? before.name,
    description: body.description === undefined ? before.description : body.description,
    status: body.status ?? before.status,
    attributes: Object.fromEntries(merged),
    ...(await resolveNames(tx, body, before)),
  };
  const removed = new Set(body.removeVariantIds);
  const foreign = [...removed].find((id) => !before.variants.some((v) => v.id === id));
  if (foreign !== undefined)
    throw invalidField('body.removeVariantIds', 'must be variants of this product', foreign);
  const wanted = new Map<string, WantedVariant>(
    before.variants
      .filter((v) => !removed.has(v.id))
      .map(({ id, ...fields }) => [id, { id, onHand: 0, fields }]),
  );
  (body.variants ?? []).forEach((patch, i) => {
    const known = matchVariant(before, patch, i);
    if (known === undefined) wanted.set(`new ${i}`, addedVariant(patch, i, fields.name));
    else if (removed.has(known.id))
      throw invalidField(`body.variants.${i}`, 'must not be removed by the same request', known.sku);
    else wanted.set(known.id, changedVariant(known, patch, i));
  });
  return writeProduct(tx, before, fields, [...wanted.values()], settings);
}

type VariantPatch = NonNullable<PatchProduct['variants']>[number];

/** The variant that `id` names, or else `sku`. */
function matchVariant(
  product: Product,
  named: { id?: string; sku?: string },
  index: number,
): Variant | undefined {
  if (named.id === undefined) return product.variants.find((v) => v.sku === named.sku);
  const known = product.variants.find((v) => v.id === named.id);
  if (known === undefined)
    throw invalidField(`body.variants.${index}.id`, 'must be a variant of this product', named.id);
  return known;
}

function addedVariant(patch: VariantPatch, index: number, productName: string): WantedVariant {
  const { sku, priceMinor, currency = 'RON', onHand = 0, ...more } = patch;
  if (sku === undefined) throw invalidField(`body.variants.${index}.sku`, 'must be given for a new variant');
  if (priceMinor === undefined)
    throw invalidField(`body.variants.${index}.priceMinor`, 'must be given for a new variant');
  const fields = newVariantFields({ sku, priceMinor, currency, onHand, ...more }, productName);
  return { id: null, onHand, fields };
}

function changedVariant(known: Variant, patch: VariantPatch, index: number): WantedVariant {
  const { id, ...before } = known;
  const { id: _, onHand, ...changes } = patch;
  if (onHand !== undefined)
    throw invalidField(
      `body.variants.${index}.onHand`,
      'must be left out for a variant that exists: its stock is adjusted in the inventory',
      onHand,
    );
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { id, onHand: 0, fields: { ...before, ...given } };
}

/** Brand and category of a request, which may name them by text; `undefined` stays as it was. */
async function resolveNames(
  tx: TenantTx,
  body: Pick<CreateProduct, 'brand' | 'category' | 'categoryId'>,
  before: Product,
): Promise<Pick<ProductFields, 'brand' | 'brandId' | 'categoryId'>> {
  const { brand = before.brand, category } = body;
  const brandId =
    brand === before.brand
      ? before.brandId
      : brand === null
        ? null
        : (await findOrMakeBrands(tx, [brand])).get(brand)!;
  if (category) {
    const made = await findOrMakeTopCategories(tx, [category]);
    return { brand, brandId, categoryId: made.get(category)! };
  }
  const wanted = category === null ? null : body.categoryId;
  return { brand, brandId, categoryId: wanted === undefined ? before.categoryId : wanted };
}

async function writeProduct(
  tx: TenantTx,
  before: Product,
  fields: ProductFields,
  variants: WantedVariant[],
  settings: StockSettings,
): Promise<Product> {
  if (variants.length === 0)
    throw invalidField('body.removeVariantIds', 'must leave at least one variant of the product');
  if (variants.length > MAX_VARIANTS)
    throw invalidField('body.variants', `must leave at most ${MAX_VARIANTS} variants`);
  const known = new Map(before.variants.map((v) => [v.id, v]));
  const removed = before.variants.filter((v) => !variants.some((w) => w.id === v.id));
  const changed = variants.flatMap(({ id, fields }) =>
    id !== null && !same({ id, ...fields }, known.get(id)!) ? [{ id, ...fields }] : [],
  );
  const added = variants.filter((v) => v.id === null);
  const fieldsChanged = (['name', 'description', 'status', 'brandId', 'categoryId', 'attributes'] as const)
    .filter((name) => !same(fields[name], before[name]))
    .map((name) => ({ brandId: 'brand', categoryId: 'category' })[name as string] ?? name);
  if (removed.length + changed.length + added.length > 0) fieldsChanged.push('variants');
  if (fieldsChanged.length === 0) return before;

  await removeVariants(tx, removed);
  await updateVariants(tx, changed);
  await addVariants(
    tx,
    added.map(({ onHand, fields }) => ({ productId: before.id, onHand, fields })),
    settings,
  );
  await knownCategory(
    tx.execute(
      `update product set name = $3, description = $4, status = $5, brand_id = $6, category_id = $7, attributes = $8,
         version = version + 1, updated_at = $9
       where tenant_id = $1 and id = $2`,
      [
        tx.tenantId,
        before.id,
        fields.name,
        fields.description,
        fields.status,
        fields.brandId,
        fields.categoryId,
        JSON.stringify(fields.attributes),
        tx.clock.now(),
      ],
    ),
  );
  const [after] = await readProducts(tx, [before.id]);
  const { id: productId, name, version } = after!;
  tx.emit('product_updated', { productId, name, change: 'updated', version, fields: fieldsChanged });
  return after!;
}

/** Whatever the order of an object's keys. */
function same(a: unknown, b: unknown): boolean {
  const ordered = (_: string, part: unknown): unknown =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)))
      : part;
  return JSON.stringify(a, ordered) === JSON.stringify(b, ordered);
}

/** Deletes a product, softly: its variants, stock and history stay. @throws HttpProblem NOT_FOUND, VERSION_CONFLICT */
export async function deleteProduct(
  tx: TenantTx,
  idOrSku: string,
  askedVersion: number | undefined,
): Promise<void> {
  const before = await lockProduct(tx, idOrSku, askedVersion);
  await setDeleted(tx, before, 'deleted');
}

/** @throws HttpProblem NOT_FOUND */
export async function restoreProduct(tx: TenantTx, idOrSku: string): Promise<Product> {
  const before = await lockProduct(tx, idOrSku, undefined, { deleted: true });
  return before.deletedAt === null ? before : setDeleted(tx, before, 'restored');
}

async function setDeleted(tx: TenantTx, before: Product, change: 'deleted' | 'restored'): Promise<Product> {
  const now = tx.clock.now();
  await tx.execute(
    'update product set deleted_at = $3, version = version + 1, updated_at = $4 where tenant_id = $1 and id = $2',
    [tx.tenantId, before.id, change === 'deleted' ? now : null, now],
  );
  const [after] = await readProducts(tx, [before.id]);
  tx.emit('product_updated', { productId: before.id, name: before.name, change, version: after!.version });
  return after!;
}
