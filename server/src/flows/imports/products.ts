/**
 * Imports of products and of prices: what differs, row by row. Rows that share what their column `product` says are
 * variants of one product, whose fields the first of them says.
 */
import { MAX_VARIANTS } from '@tradepost/contracts';
import { readCategoryPaths, readSkuRows, type SkuRow } from '#modules/catalogue';
import { applySkuRows, undoSkuRows } from './apply-products.ts';
import { clearableFields, defaultCurrency, productFields, saidOf, tooFine } from './catalogue-values.ts';
import {
  type CheckedRow,
  differences,
  type ImportKindDoor,
  type ImportScope,
  type KeyedRow,
  wrongRow,
} from './kind.ts';
import { findGroups, findProductIds, type Group } from './product-groups.ts';
import type { Said } from './values.ts';

interface Comparison {
  scope: ImportScope;
  /** Whether an unknown SKU makes a product. */
  creates: boolean;
  existing: Map<string, SkuRow>;
  paths: Awaited<ReturnType<typeof readCategoryPaths>>;
  /** By what rows of one product share; those of the pieces before, and of the rows before in this one. */
  groups: Map<string, Group>;
  productIds: Set<string>;
}

function catalogueImports(creates: boolean): ImportKindDoor {
  return {
    permission: 'products.write',
    rowsPerPiece: 500,
    overlaps: false,

    keyOf: ({ sku }) => ({ key: (sku as string | null | undefined) ?? null, location: '' }),

    async check(scope, rows) {
      const { tx, importId } = scope;
      const existing = await readSkuRows(
        tx,
        rows.map((row) => row.key!),
        { lock: false },
      );
      const groupKeys = rows.flatMap((row) => groupKeyOf(row.said, existing.get(row.key!)) ?? []);
      const comparison: Comparison = {
        ...{ scope, creates, existing },
        paths: await readCategoryPaths(tx),
        groups: await findGroups(tx, importId, groupKeys),
        productIds: await findProductIds(tx, groupKeys),
      };
      return rows.map((row) => compare(comparison, row));
    },

    apply: applySkuRows,
    undo: undoSkuRows,
  };
}

export const productImports = catalogueImports(true);
export const priceImports = catalogueImports(false);

const groupKeyOf = (said: Said, existing: SkuRow | undefined): string | null =>
  (said.product as string | null | undefined) ?? existing?.productId ?? null;

function compare(comparison: Comparison, row: KeyedRow): CheckedRow {
  const { existing, groups, creates } = comparison;
  const present = existing.get(row.key!);
  const groupKey = groupKeyOf(row.said, present);
  const group = groupKey === null ? undefined : groups.get(groupKey);
  if (group !== undefined && group.rows >= MAX_VARIANTS)
    return wrongRow(row, { message: `must not be one more than the ${MAX_VARIANTS} variants of a product` });
  const issue = tooFine(
    row.said,
    (row.said.currency as string) ?? present?.variant.currency ?? defaultCurrency,
  );
  if (issue !== null) return wrongRow(row, issue);
  if (present === undefined && !creates)
    return wrongRow(row, { value: row.key, message: 'must be a SKU that exists' });
  const checked =
    present === undefined
      ? asNew(comparison, row, groupKey, group)
      : asPresent(comparison, row, groupKey, present, group);
  if (checked.outcome !== 'wrong' && groupKey !== null)
    groups.set(groupKey, { lead: group?.lead ?? row.key!, rows: (group?.rows ?? 0) + 1 });
  return checked;
}

function asPresent(
  { scope, creates, paths }: Comparison,
  row: KeyedRow,
  groupKey: string | null,
  present: SkuRow,
  group: Group | undefined,
): CheckedRow {
  if (!creates && present.product.deleted)
    return wrongRow(row, { value: row.key, message: 'must not be of a deleted product; restore it first' });
  const said = group === undefined ? row.said : ofVariantAlone(row.said);
  const before = differences(said, saidOf(present, paths), scope.emptyCells, clearableFields);
  if (present.product.deleted) before.restored = true;
  const outcome = Object.keys(before).length === 0 ? 'unchanged' : 'changed';
  return {
    ...row,
    ...{ outcome, groupKey, targetId: present.variantId },
    before: outcome === 'unchanged' ? null : before,
  };
}

/** What the first row of a product has said already is not asked of the others. */
const ofVariantAlone = (said: Said): Said =>
  Object.fromEntries(Object.entries(said).filter(([field]) => !productFields.has(field as keyof Said)));

function asNew(
  { productIds }: Comparison,
  row: KeyedRow,
  groupKey: string | null,
  group: Group | undefined,
): CheckedRow {
  const { said } = row;
  const makesProduct = group === undefined && !(groupKey !== null && productIds.has(groupKey));
  if (makesProduct && typeof said.name !== 'string')
    return wrongRow(row, { column: 'name', message: 'must not be empty for a new product' });
  if (typeof said.price !== 'string')
    return wrongRow(row, { column: 'price', message: 'must not be empty for a new SKU' });
  return { ...row, outcome: 'new', groupKey, before: null, targetId: null };
}
