/** Imports of stock: what is on hand of a SKU at a location. */

import { findVariantsByCode } from '#modules/catalogue';
import {
  applyStock,
  ensureLevels,
  type LevelFigures,
  readLevels,
  readLocationIds,
  type StockOutcome,
} from '#modules/inventory';
import type { CheckedRow, ImportKindDoor, ImportScope, RowResult, StoredRow } from './kind.ts';
import { wrongRow } from './kind.ts';

/** Where a row without a location puts its pieces. */
const mainLocation = 'main';

const levelKey = (variantId: string, location: string) => `${variantId} ${location}`;

async function presentLevels({ tx }: ImportScope, variantIds: string[]): Promise<Map<string, LevelFigures>> {
  const levels = await readLevels(tx, variantIds);
  return new Map(levels.map((level) => [levelKey(level.variantId, level.location), level]));
}

/**
 * Sets the figures of rows, each from the one it must still be at. As a count, so holds beyond what is there are given up.
 *
 * @returns per row whether it was set, and what there is to say
 */
async function setFigures(
  { tx, importId, settings }: ImportScope,
  rows: { row: StoredRow; from: number; to: number }[],
  reason: string,
): Promise<RowResult[]> {
  const outcomes = await applyStock(
    tx,
    rows.map(({ row, from, to }) => ({
      kind: 'adjust',
      actor: tx.actor,
      line: { variantId: row.targetId!, location: row.location },
      change: { setTo: to },
      expectedOnHand: from,
      whenHeld: 'release',
      movementKind: 'import',
      reason,
      reference: `import:${importId}`,
      note: null,
    })),
    settings,
  );
  return rows.map(({ row }, i) => ({ row: row.row, ...tell(outcomes[i]!) }));
}

function tell(outcome: StockOutcome): Pick<RowResult, 'done' | 'note'> {
  if (outcome.ok) {
    const { length } = outcome.givenUp;
    return length === 0 ? { done: true } : { done: true, note: `${length} holds beyond it were given up.` };
  }
  const { refusal } = outcome;
  if (refusal.reason === 'changed') return { done: false, note: `There are ${refusal.onHand} on hand now.` };
  return { done: false, note: 'Its variant or location is gone.' };
}

export const stockImports: ImportKindDoor = {
  permission: 'inventory.write',
  rowsPerPiece: 1000,
  overlaps: true,

  keyOf: ({ sku, location }) => ({
    key: (sku as string | null | undefined) ?? null,
    location: (location as string | null | undefined) ?? mainLocation,
  }),

  async check(scope, rows) {
    const { tx } = scope;
    const variants = new Map(
      (await findVariantsByCode(tx, { skus: rows.map((r) => r.key!), barcodes: [] })).map((v) => [v.sku, v]),
    );
    const levels = await presentLevels(
      scope,
      [...variants.values()].map((v) => v.id),
    );
    const locations = await readLocationIds(tx);
    return rows.map((row): CheckedRow => {
      const variant = variants.get(row.key!);
      const { onHand } = row.said;
      if (variant === undefined)
        return wrongRow(row, { value: row.key, message: 'must be a SKU that exists' });
      if (variant.deleted)
        return wrongRow(row, {
          value: row.key,
          message: 'must not be of a deleted product; restore it first',
        });
      if (!locations.has(row.location))
        return wrongRow(row, { value: row.location, message: 'must be the code of a location in use' });
      if (typeof onHand !== 'number')
        return wrongRow(row, { message: 'must have a number of pieces on hand' });
      const level = levels.get(levelKey(variant.id, row.location));
      const found = { ...row, groupKey: null, targetId: variant.id };
      if (onHand === (level?.onHand ?? 0)) return { ...found, outcome: 'unchanged', before: null };
      return level === undefined
        ? { ...found, outcome: 'new', before: null }
        : { ...found, outcome: 'changed', before: { onHand: level.onHand } };
    });
  },

  async apply(scope, rows) {
    const locations = await readLocationIds(scope.tx);
    await ensureLevels(
      scope.tx,
      rows.flatMap(({ outcome, targetId, location }) => {
        const locationId = locations.get(location);
        return outcome === 'new' && locationId !== undefined ? [{ variantId: targetId!, locationId }] : [];
      }),
    );
    return setFigures(
      scope,
      rows.map((row) => ({ row, from: (row.before?.onHand as number) ?? 0, to: row.said.onHand as number })),
      'import',
    );
  },

  undo(scope, rows) {
    return setFigures(
      scope,
      rows.map((row) => ({ row, from: row.said.onHand as number, to: (row.before?.onHand as number) ?? 0 })),
      'import undone',
    );
  },
};
