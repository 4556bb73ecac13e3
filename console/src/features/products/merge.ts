/** When someone else saved the same product meanwhile: what both changed, and the draft that comes of the choices. */
import {
  type ProductDraft,
  type ProductField,
  productFields,
  type VariantDraft,
  type VariantField,
  variantFields,
} from './draft.ts';

export interface Conflict {
  /** Names it in the choices. */
  path: string;
  field: ProductField | VariantField | 'variant';
  /** Of a variant's field; null for the product's own. */
  sku: string | null;
  yours: string;
  theirs: string;
}

/** Where `yours` and `theirs` both differ from `base`, and from each other. */
export function conflictsOf(base: ProductDraft, yours: ProductDraft, theirs: ProductDraft): Conflict[] {
  const own = productFields
    .filter((field) => clash(base[field], yours[field], theirs[field]))
    .map((field) => ({ path: field, field, sku: null, yours: yours[field], theirs: theirs[field] }));
  const ofVariants = base.variants.flatMap((was): Conflict[] => {
    const mine = yours.variants.find(({ id }) => id === was.id);
    const other = theirs.variants.find(({ id }) => id === was.id);
    if (mine === undefined && other === undefined) return [];
    if (mine === undefined || other === undefined) {
      // One removed what the other changed. Removing what nobody touched is no conflict.
      const left = mine ?? other;
      if (left === undefined || !differs(was, left)) return [];
      const word = (variant: VariantDraft | undefined) => variant?.sku ?? '';
      return [{ path: `${was.id}`, field: 'variant', sku: was.sku, yours: word(mine), theirs: word(other) }];
    }
    return variantFields
      .filter((field) => clash(was[field], mine[field], other[field]))
      .map((field) => ({
        path: `${was.id}.${field}`,
        field,
        sku: was.sku,
        yours: mine[field],
        theirs: other[field],
      }));
  });
  return [...own, ...ofVariants];
}

/**
 * Theirs, with what you changed on top of it; where both changed the same, `keepsYours` decides by the conflict's path.
 * Variants that only you added come last.
 */
export function mergeDrafts(
  base: ProductDraft,
  yours: ProductDraft,
  theirs: ProductDraft,
  keepsYours: (path: string) => boolean,
): ProductDraft {
  const pick = (path: string, was: string, mine: string, other: string) =>
    clash(was, mine, other) ? (keepsYours(path) ? mine : other) : mine.trim() !== was.trim() ? mine : other;
  const fields = Object.fromEntries(
    productFields.map((field) => [field, pick(field, base[field], yours[field], theirs[field])]),
  ) as Record<ProductField, string>;

  const known = new Map(base.variants.map((variant) => [variant.id, variant]));
  const merged = theirs.variants.flatMap((other): VariantDraft[] => {
    const was = known.get(other.id);
    if (was === undefined) return [other];
    const mine = yours.variants.find(({ id }) => id === was.id);
    if (mine === undefined) return differs(was, other) && !keepsYours(`${was.id}`) ? [other] : [];
    const picked = variantFields.map((field) => [
      field,
      pick(`${was.id}.${field}`, was[field], mine[field], other[field]),
    ]);
    return [{ ...other, ...Object.fromEntries(picked) }];
  });
  const kept = yours.variants.filter(({ id }) => {
    if (id === null) return true;
    const was = known.get(id);
    const gone = theirs.variants.every((variant) => variant.id !== id);
    return gone && was !== undefined && keepsYours(id);
  });
  // One they removed can only come back as a new one.
  return { ...fields, variants: [...merged, ...kept.map((variant) => ({ ...variant, id: null }))] };
}

function clash(base: string, yours: string, theirs: string): boolean {
  const [was, mine, other] = [base.trim(), yours.trim(), theirs.trim()];
  return mine !== was && other !== was && mine !== other;
}

function differs(a: VariantDraft, b: VariantDraft): boolean {
  return variantFields.some((field) => a[field].trim() !== b[field].trim());
}
