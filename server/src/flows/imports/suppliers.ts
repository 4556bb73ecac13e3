/** Imports of suppliers, which are told apart by their names, whatever accents and capitals. */
import type { ImportField, Supplier, UpdateSupplier } from '@tradepost/contracts';
import {
  archiveSupplier,
  createSupplier,
  findSuppliersByName,
  getSupplier,
  updateSupplier,
} from '#modules/purchasing';
import { HttpProblem } from '#platform/http';
import { defaultCurrency } from './catalogue-values.ts';
import {
  type Before,
  type CheckedRow,
  differences,
  type ImportKindDoor,
  type ImportScope,
  type RowResult,
  type StoredRow,
  sameValue,
  wrongRow,
} from './kind.ts';
import type { Said } from './values.ts';

const clearable: ReadonlySet<ImportField> = new Set<ImportField>(['email', 'phone', 'notes']);

/** What the row of a supplier would say. */
export function saidOfSupplier(supplier: Supplier): Said {
  const { name, email, phone, currency, leadTimeDays, reviewPeriodDays, notes } = supplier;
  return { name, email, phone, currency, leadTimeDays, reviewPeriodDays, notes };
}

/** As names are compared. */
const fold = (name: string): string => name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

async function readSupplier({ tx }: ImportScope, id: string | null): Promise<Supplier | null> {
  if (id === null) return null;
  return getSupplier(tx, id).catch((error: unknown) => {
    if (error instanceof HttpProblem && error.code === 'NOT_FOUND') return null;
    throw error;
  });
}

const refused = (row: StoredRow, note: string): RowResult => ({ row: row.row, done: false, note });

/** Writes what `values` has of the fields in `before`, if they still are what `expected` says. */
async function change(
  scope: ImportScope,
  row: StoredRow,
  expected: Said,
  values: Said,
  fields: ImportField[],
): Promise<RowResult> {
  const supplier = await readSupplier(scope, row.targetId);
  if (supplier === null || supplier.archivedAt !== null)
    return refused(row, 'The supplier is gone or archived.');
  const present = saidOfSupplier(supplier);
  const since = fields.find((field) => !sameValue(present[field], expected[field]));
  if (since !== undefined) return refused(row, `${since} was changed meanwhile.`);
  const chosen = Object.fromEntries(fields.map((field) => [field, values[field] ?? null]));
  return stated(row, () =>
    updateSupplier(scope.tx, supplier.id, { ...(chosen as UpdateSupplier), version: supplier.version }),
  );
}

/** What a supplier's present state forbids is said of the row. */
async function stated(row: StoredRow, write: () => Promise<unknown>): Promise<RowResult> {
  try {
    await write();
    return { row: row.row, done: true };
  } catch (error) {
    if (error instanceof HttpProblem && error.code === 'STATE_CONFLICT') return refused(row, error.detail);
    throw error;
  }
}

const fieldsOf = (before: Before | null) => Object.keys(before ?? {}) as ImportField[];

async function make({ tx }: ImportScope, row: StoredRow): Promise<RowResult> {
  const name = row.said.name as string;
  if ((await findSuppliersByName(tx, [name])).size > 0)
    return refused(row, 'The supplier was made meanwhile.');
  const text = row.said as Record<string, string | null | undefined>;
  const number = row.said as Record<string, number | null | undefined>;
  const made = await createSupplier(tx, {
    name,
    email: text.email ?? null,
    phone: text.phone ?? null,
    notes: text.notes ?? null,
    currency: text.currency ?? defaultCurrency,
    leadTimeDays: number.leadTimeDays ?? 7,
    reviewPeriodDays: number.reviewPeriodDays ?? 7,
  });
  return { row: row.row, done: true, made: { targetId: made.id, before: {} } };
}

async function takeOut(scope: ImportScope, row: StoredRow): Promise<RowResult> {
  const supplier = await readSupplier(scope, row.targetId);
  if (supplier === null || supplier.archivedAt !== null) return { row: row.row, done: true };
  const present = saidOfSupplier(supplier);
  const since = fieldsOf(row.said).find(
    (field) => row.said[field] !== null && !sameValue(present[field], row.said[field]),
  );
  if (since !== undefined) return refused(row, `${since} was changed meanwhile.`);
  return stated(row, () => archiveSupplier(scope.tx, supplier.id));
}

export const supplierImports: ImportKindDoor = {
  permission: 'purchasing.write',
  rowsPerPiece: 100,
  overlaps: false,

  keyOf: ({ name }) => ({ key: typeof name === 'string' ? fold(name) : null, location: '' }),

  async check({ tx, emptyCells }, rows) {
    const known = await findSuppliersByName(
      tx,
      rows.map((row) => row.said.name as string),
    );
    return rows.map((row): CheckedRow => {
      const supplier = known.get(row.said.name as string);
      const found = { ...row, groupKey: null, targetId: supplier?.id ?? null };
      if (row.said.reviewPeriodDays === 0)
        return wrongRow(row, { column: 'reviewPeriodDays', value: '0', message: 'must be at least 1' });
      if (supplier === undefined) return { ...found, outcome: 'new', before: null };
      const before = differences(row.said, saidOfSupplier(supplier), emptyCells, clearable);
      return fieldsOf(before).length === 0
        ? { ...found, outcome: 'unchanged', before: null }
        : { ...found, outcome: 'changed', before };
    });
  },

  async apply(scope, rows) {
    const results: RowResult[] = [];
    for (const row of rows) {
      results.push(
        row.outcome === 'new'
          ? await make(scope, row)
          : await change(scope, row, row.before!, row.said, fieldsOf(row.before)),
      );
    }
    return results;
  },

  async undo(scope, rows) {
    const results: RowResult[] = [];
    for (const row of rows) {
      results.push(
        row.outcome === 'new'
          ? await takeOut(scope, row)
          : await change(scope, row, row.said, row.before!, fieldsOf(row.before)),
      );
    }
    return results;
  },
};
