/**
 * A product as it stands in the form: every field is text, as typed. What is sent is the difference to the product that
 * was opened, so two people who change different fields do not meet.
 */
import type { Category, CreateProduct, PatchProduct, Product, Variant } from '@tradepost/contracts';
import { decimalsOf, toMajor, toMinor } from '@tradepost/contracts/money';
import { categoryPath } from '../categories/tree.ts';

export const productFields = ['name', 'status', 'category', 'brand', 'description', 'attributes'] as const;
export type ProductField = (typeof productFields)[number];

export const variantFields = [
  'sku',
  'name',
  'barcode',
  'price',
  'cost',
  'vat',
  'weight',
  'partNumber',
  'traits',
  'status',
] as const;
export type VariantField = (typeof variantFields)[number];

/** `id` is null until it is saved; `onHand` is the opening stock of such a one. */
export type VariantDraft = Record<VariantField, string> & {
  key: string;
  id: string | null;
  currency: string;
  onHand: string;
};

export type ProductDraft = Record<ProductField, string> & { variants: VariantDraft[] };

let rows = 0;

export function emptyVariant(currency: string, vat = ''): VariantDraft {
  rows += 1;
  const fields = Object.fromEntries(variantFields.map((field) => [field, ''])) as Record<
    VariantField,
    string
  >;
  return { ...fields, key: `new-${rows}`, id: null, status: 'active', currency, vat, onHand: '' };
}

export function emptyDraft(currency: string): ProductDraft {
  return {
    name: '',
    status: 'active',
    category: '',
    brand: '',
    description: '',
    attributes: '',
    variants: [emptyVariant(currency)],
  };
}

export function draftOf(product: Product, categories: readonly Category[]): ProductDraft {
  return {
    name: product.name,
    status: product.status,
    category:
      product.categoryId === null
        ? ''
        : categoryPath(categories, product.categoryId) || (product.category ?? ''),
    brand: product.brand ?? '',
    description: product.description ?? '',
    attributes: linesOf(product.attributes, '\n'),
    variants: product.variants.map((variant) => variantDraftOf(variant, product.name)),
  };
}

function variantDraftOf(variant: Variant, productName: string): VariantDraft {
  const amount = (minor: number | null) =>
    minor === null ? '' : toMajor(minor, variant.currency).toFixed(decimalsOf(variant.currency));
  return {
    key: variant.id,
    id: variant.id,
    sku: variant.sku,
    // One without a name of its own goes by the product's, and follows it.
    name: variant.name === productName ? '' : variant.name,
    barcode: variant.barcode ?? '',
    price: amount(variant.priceMinor),
    cost: amount(variant.costMinor),
    vat: variant.vatRateBps === null ? '' : String(variant.vatRateBps / 100),
    weight: variant.weightGrams === null ? '' : String(variant.weightGrams),
    partNumber: variant.partNumber ?? '',
    traits: linesOf(variant.attributes, '; '),
    status: variant.status,
    currency: variant.currency,
    onHand: '',
  };
}

/** `Size: M; Colour: red`, and the other way round. A line without a colon names something that is simply so. */
function linesOf(attributes: Record<string, string>, separator: string): string {
  return Object.entries(attributes)
    .map(([name, value]) => (value === '' ? name : `${name}: ${value}`))
    .join(separator);
}

export function attributesOf(text: string): Record<string, string> {
  const pairs = text.split(/[\n;]/).flatMap((line) => {
    const [name = '', ...value] = line.split(':');
    return name.trim() === '' ? [] : [[name.trim(), value.join(':').trim()] as const];
  });
  return Object.fromEntries(pairs);
}

/** A row nobody typed into is left out. */
export function isBlank(variant: VariantDraft): boolean {
  return (
    variant.id === null && [variant.sku, variant.name, variant.barcode, variant.price].every((v) => !v.trim())
  );
}

export type DraftFault =
  | { kind: 'noVariant' | 'skuMissing' }
  | { kind: 'skuTwice' | 'barcodeWrong' | 'priceMissing'; sku: string };

/** What the server would refuse and a person can mend at once. */
export function faultsOf(draft: ProductDraft): DraftFault[] {
  const variants = draft.variants.filter((variant) => !isBlank(variant));
  if (variants.length === 0) return [{ kind: 'noVariant' }];
  const faults: DraftFault[] = [];
  const seen = new Set<string>();
  if (variants.some((variant) => variant.sku.trim() === '')) faults.push({ kind: 'skuMissing' });
  for (const { sku, barcode, price } of variants) {
    const named = sku.trim();
    if (named !== '' && seen.has(named)) faults.push({ kind: 'skuTwice', sku: named });
    seen.add(named);
    if (barcode.trim() !== '' && !/^\d{6,14}$/.test(barcode.trim()))
      faults.push({ kind: 'barcodeWrong', sku: named });
    if (price === '') faults.push({ kind: 'priceMissing', sku: named });
  }
  return faults;
}

type CategoryChoice = { categoryId: string | null } | { category: string };

/** One of the tree by its path; else a new one by its name. */
function categoryOf(typed: string, categories: readonly Category[]): CategoryChoice {
  const text = typed.trim();
  if (text === '') return { categoryId: null };
  const known = categories.find(({ id }) => categoryPath(categories, id) === text);
  return known ? { categoryId: known.id } : { category: text };
}

export function createBody(draft: ProductDraft, categories: readonly Category[]): CreateProduct {
  return {
    name: draft.name.trim(),
    status: draft.status as Product['status'],
    ...(draft.category.trim() ? categoryOf(draft.category, categories) : {}),
    ...(draft.brand.trim() ? { brand: draft.brand.trim() } : {}),
    ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
    attributes: attributesOf(draft.attributes),
    variants: draft.variants.filter((variant) => !isBlank(variant)).map(newVariantBody),
  };
}

function newVariantBody(variant: VariantDraft): CreateProduct['variants'][number] {
  const { currency } = variant;
  return {
    sku: variant.sku.trim(),
    priceMinor: toMinor(Number(variant.price), currency),
    currency,
    onHand: Number(variant.onHand || 0),
    ...(variant.name.trim() ? { name: variant.name.trim() } : {}),
    ...optionalBody(variant),
  };
}

function optionalBody(variant: VariantDraft) {
  const { currency } = variant;
  return {
    status: variant.status as Variant['status'],
    barcode: variant.barcode.trim() || null,
    partNumber: variant.partNumber.trim() || null,
    costMinor: variant.cost === '' ? null : toMinor(Number(variant.cost), currency),
    vatRateBps: variant.vat === '' ? null : Math.round(Number(variant.vat) * 100),
    weightGrams: variant.weight === '' ? null : Math.round(Number(variant.weight)),
    attributes: attributesOf(variant.traits),
  };
}

type VariantPatch = NonNullable<PatchProduct['variants']>[number];

/** What of a variant's draft goes by which name in the call. */
function variantChange(variant: VariantDraft, field: VariantField, productName: string): VariantPatch {
  const body = optionalBody(variant);
  switch (field) {
    case 'sku':
      return { sku: variant.sku.trim() };
    case 'name':
      return { name: variant.name.trim() || productName };
    case 'price':
      return { priceMinor: toMinor(Number(variant.price), variant.currency) };
    case 'cost':
      return { costMinor: body.costMinor };
    case 'vat':
      return { vatRateBps: body.vatRateBps };
    case 'weight':
      return { weightGrams: body.weightGrams };
    case 'traits':
      return { attributes: body.attributes };
    case 'status':
      return { status: body.status };
    case 'barcode':
      return { barcode: body.barcode };
    case 'partNumber':
      return { partNumber: body.partNumber };
  }
}

/** The call that makes `draft` of the product as it was when `before` was read, or null when nothing differs. */
export function patchBody(
  before: ProductDraft,
  draft: ProductDraft,
  categories: readonly Category[],
  version: number,
): PatchProduct | null {
  const changed = (field: ProductField) => draft[field].trim() !== before[field].trim();
  const name = draft.name.trim();
  const kept = draft.variants.filter((variant) => !isBlank(variant));
  const variants = kept.flatMap((variant): VariantPatch[] => {
    const old = before.variants.find(({ id }) => id !== null && id === variant.id);
    if (old === undefined) return [newVariantBody(variant)];
    // A variant that goes by the product's name goes by the new one.
    const follows = variant.name.trim() === '' && changed('name');
    const fields = variantFields.filter(
      (field) => variant[field].trim() !== old[field].trim() || (field === 'name' && follows),
    );
    if (fields.length === 0) return [];
    return [Object.assign({ id: old.id ?? '' }, ...fields.map((f) => variantChange(variant, f, name)))];
  });
  const removed = before.variants.flatMap(({ id }) =>
    id !== null && kept.every((variant) => variant.id !== id) ? [id] : [],
  );
  const body: PatchProduct = {
    ...(changed('name') ? { name } : {}),
    ...(changed('status') ? { status: draft.status as Product['status'] } : {}),
    ...(changed('category') ? categoryOf(draft.category, categories) : {}),
    ...(changed('brand') ? { brand: draft.brand.trim() || null } : {}),
    ...(changed('description') ? { description: draft.description.trim() || null } : {}),
    ...(changed('attributes')
      ? { attributes: attributesPatch(attributesOf(before.attributes), attributesOf(draft.attributes)) }
      : {}),
    ...(variants.length > 0 ? { variants } : {}),
    ...(removed.length > 0 ? { removeVariantIds: removed } : {}),
  };
  return Object.keys(body).length === 0 ? null : { ...body, version };
}

/** Attributes are merged by the server: one that is gone is sent as null. */
function attributesPatch(
  before: Record<string, string>,
  after: Record<string, string>,
): Record<string, string | null> {
  const gone = Object.keys(before).filter((name) => !(name in after));
  return { ...after, ...Object.fromEntries(gone.map((name) => [name, null])) };
}
