/** Imports from files, and exports of lists as files. */
import { z } from 'zod';
import { Id, IdParams, Instant, listOf, listQuery, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { Task } from './tasks.ts';

export const importKinds = ['stock', 'products', 'prices', 'suppliers'] as const;
export type ImportKind = (typeof importKinds)[number];

/** Rows of one file, its header not counted. */
export const MAX_IMPORT_ROWS = 1_000_000;
/** Columns of one file. */
export const MAX_IMPORT_COLUMNS = 200;

/**
 * What a column can mean, per kind, in the order of an export. An export's columns are named so, and an import understands
 * many other names. Money is in major units, such as `12.5`; VAT in percent; attributes are a JSON object.
 */
export const importFields = {
  stock: ['sku', 'location', 'onHand'],
  prices: ['sku', 'price', 'currency', 'cost', 'vatRate'],
  products: [
    'sku',
    'product',
    'name',
    'description',
    'status',
    'brand',
    'category',
    'attributes',
    'variantName',
    'variantStatus',
    'barcode',
    'partNumber',
    'price',
    'currency',
    'cost',
    'vatRate',
    'weightGrams',
    'variantAttributes',
    'openingStock',
  ],
  suppliers: ['name', 'email', 'phone', 'currency', 'leadTimeDays', 'reviewPeriodDays', 'notes'],
} as const satisfies Record<ImportKind, readonly string[]>;
export type ImportField = (typeof importFields)[ImportKind][number];

/** Without a column for each of these a file is not checked. A new product needs `name` and `price` too. */
export const requiredImportFields = {
  stock: ['sku', 'onHand'],
  prices: ['sku'],
  products: ['sku'],
  suppliers: ['name'],
} as const satisfies Record<ImportKind, readonly ImportField[]>;

const everyField = [...new Set(Object.values(importFields).flat())] as [ImportField, ...ImportField[]];
const Field = z.enum(everyField);

export const importStates = [
  'draft',
  'checking',
  'checked',
  'applying',
  'applied',
  'undoing',
  'undone',
] as const;
export type ImportState = (typeof importStates)[number];

export const importEncodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1250',
  'iso-8859-2',
] as const;
export type ImportEncoding = (typeof importEncodings)[number];
export const importSeparators = [',', ';', '\t', '|'] as const;
export const importDecimals = ['.', ','] as const;

const reading = {
  encoding: z
    .enum(importEncodings)
    .describe('Of a CSV file. Latin-1 is read as windows-1252, which holds it'),
  separator: z.enum(importSeparators).describe('Of a CSV file'),
  decimal: z.enum(importDecimals).describe('What parts whole and fraction in numbers written as text'),
  headerRow: z
    .int()
    .min(0)
    .max(100)
    .describe('The row that names the columns; rows begin below it. 0: no row does'),
  sheet: z.string().max(200).nullable().describe('Of an XLSX file'),
};

/** How the file is read: guessed from it, and correctable. */
export const ImportReading = z.object({
  format: z.enum(['csv', 'xlsx']),
  ...reading,
  sheets: z.array(z.string()).describe('Sheets of an XLSX file, in order'),
});
export type ImportReading = z.infer<typeof ImportReading>;

export const ImportColumn = z.object({
  name: z.string().describe('As the header row has it'),
  field: Field.nullable().describe('What it is taken for; null: it is not read'),
  samples: z.array(z.string()).describe('Its first values'),
});
export type ImportColumn = z.infer<typeof ImportColumn>;

export const rowOutcomes = ['new', 'changed', 'unchanged', 'wrong'] as const;
export type RowOutcome = (typeof rowOutcomes)[number];

export const ImportCounts = z.object({
  total: z.int(),
  new: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  wrong: z.int(),
});
export type ImportCounts = z.infer<typeof ImportCounts>;

export const Import = z.object({
  id: Id,
  kind: z.enum(importKinds),
  status: z
    .enum(importStates)
    .describe(
      '`checking`, `applying` and `undoing` last until their task has completed; when that task failed or was cancelled, asking again goes on where it ended',
    ),
  fileName: z.string(),
  fileBytes: z.int(),
  reading: ImportReading,
  columns: z.array(ImportColumn),
  missing: z.array(Field).describe('Fields that no column is taken for and that must have one'),
  emptyCells: z
    .enum(['keep', 'clear'])
    .describe('What an empty cell does to a field that can be empty: leaves it, or empties it'),
  counts: ImportCounts.nullable().describe('Of the dry run, so far while it runs; null: there was none'),
  applied: z
    .object({ done: z.int(), skipped: z.int().describe('Changed since the dry run, so left alone') })
    .nullable(),
  undone: z
    .object({ restored: z.int(), left: z.int().describe('Changed since the import, so left alone') })
    .nullable(),
  task: Task.nullable().describe('The latest task of this import'),
  actor: z.string(),
  createdAt: Instant,
  checkedAt: Instant.nullable(),
  appliedAt: Instant.nullable(),
  undoneAt: Instant.nullable(),
});
export type Import = z.infer<typeof Import>;

/** The mapping of an import: what is left out stays, except that columns are guessed anew when the reading changes. */
export const ImportMapping = z
  .strictObject({
    reading: z.strictObject(reading).partial().optional(),
    columns: z
      .array(Field.nullable())
      .max(MAX_IMPORT_COLUMNS)
      .optional()
      .describe("What each column is taken for, in the file's order; null: it is not read"),
    emptyCells: z.enum(['keep', 'clear']).optional(),
  })
  .refine((b) => Object.keys(b).length > 0, 'must change at least one of `reading`, `columns`, `emptyCells`');
export type ImportMapping = z.infer<typeof ImportMapping>;

const Cell = z.union([z.string(), z.int(), z.record(z.string(), z.string())]).nullable();

/** One row of the dry run. */
export const ImportRow = z.object({
  row: z.int().describe('Its row in the file, as a spreadsheet counts them'),
  outcome: z.enum(rowOutcomes),
  key: z.string().nullable().describe('SKU, or name of the supplier'),
  location: z.string().nullable().describe('Of stock'),
  values: z.partialRecord(Field, Cell).describe('What the row says, as it is understood'),
  changes: z
    .array(z.object({ field: Field, before: Cell, after: Cell }))
    .describe('Of a changed row: what it changes'),
  issues: z
    .array(
      z.object({
        column: z.string().nullable().describe('Name of the column; null: the row as a whole'),
        value: z.string().nullable(),
        message: z.string().describe('What is allowed there'),
      }),
    )
    .describe('Of a wrong row: why'),
  result: z
    .enum(['waiting', 'applied', 'skipped', 'undone', 'left'])
    .nullable()
    .describe('What became of it; null: there is nothing to apply'),
  note: z.string().nullable().describe('Why it was skipped or left alone'),
});
export type ImportRow = z.infer<typeof ImportRow>;

const fileTypes = ['text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'] as const;

const exported = { params: z.strictObject({ format: z.enum(['csv', 'xlsx']) }), media: fileTypes };

export const importRoutes = {
  createImport: defineRoute({
    method: 'POST',
    path: '/imports',
    operation: 'createImport',
    tag: 'imports',
    summary: 'Upload a CSV or XLSX file, as the body itself or as the one file of a form',
    access: 'imports.write',
    query: z.strictObject({
      kind: z.enum(importKinds),
      fileName: z
        .string()
        .trim()
        .min(1)
        .max(255)
        .optional()
        .describe('Of a file that is the body itself; a form names its own'),
    }),
    upload: [
      ...fileTypes,
      'text/plain',
      'text/tab-separated-values',
      'application/vnd.ms-excel',
      'application/octet-stream',
      'multipart/form-data',
    ],
    responses: { 201: Import },
  }),
  listImports: defineRoute({
    method: 'GET',
    path: '/imports',
    operation: 'listImports',
    tag: 'imports',
    summary: 'Imports, newest first',
    access: 'imports.read',
    query: z.strictObject({
      ...listQuery,
      kind: z.enum(importKinds).optional(),
      status: z.enum(importStates).optional(),
    }),
    responses: { 200: listOf(Import) },
  }),
  getImport: defineRoute({
    method: 'GET',
    path: '/imports/:id',
    operation: 'getImport',
    tag: 'imports',
    summary: 'One import: how its file is read, what the dry run found, what was applied',
    access: 'imports.read',
    params: IdParams,
    responses: { 200: Import },
    errors: ['NOT_FOUND'],
  }),
  mapImport: defineRoute({
    method: 'PUT',
    path: '/imports/:id/mapping',
    operation: 'mapImport',
    tag: 'imports',
    summary: 'Correct how the file is read and what its columns mean; a dry run made before is dropped',
    access: 'imports.write',
    params: IdParams,
    body: ImportMapping,
    responses: { 200: Import },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  checkImport: defineRoute({
    method: 'POST',
    path: '/imports/:id/check',
    operation: 'checkImport',
    tag: 'imports',
    summary: 'Dry run: what each row would change. Changes nothing',
    access: 'imports.write',
    params: IdParams,
    responses: { 202: Task },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  listImportRows: defineRoute({
    method: 'GET',
    path: '/imports/:id/rows',
    operation: 'listImportRows',
    tag: 'imports',
    summary: 'Rows of the dry run, in the order of the file',
    access: 'imports.read',
    params: IdParams,
    query: z.strictObject({
      ...listQuery,
      outcome: z.enum(rowOutcomes).optional(),
      result: z
        .enum(['skipped', 'left'])
        .optional()
        .describe('Only rows that were not applied, or not undone, because of a change meanwhile'),
    }),
    responses: { 200: listOf(ImportRow) },
    errors: ['NOT_FOUND'],
  }),
  applyImport: defineRoute({
    method: 'POST',
    path: '/imports/:id/apply',
    operation: 'applyImport',
    tag: 'imports',
    summary:
      'Apply the new and changed rows. Needs also inventory.write, products.write or purchasing.write, by its kind',
    access: 'imports.write',
    params: IdParams,
    responses: { 202: Task },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  undoImport: defineRoute({
    method: 'POST',
    path: '/imports/:id/undo',
    operation: 'undoImport',
    tag: 'imports',
    summary:
      'Take back what was applied, except what was changed again since. Needs the permission that applying needs',
    access: 'imports.write',
    params: IdParams,
    responses: { 202: Task },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  deleteImport: defineRoute({
    method: 'DELETE',
    path: '/imports/:id',
    operation: 'deleteImport',
    tag: 'imports',
    summary:
      'Delete an import with its file and its rows; what it applied stays, and can no longer be undone',
    access: 'imports.write',
    params: IdParams,
    responses: { 204: null },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),

  exportStock: defineRoute({
    method: 'GET',
    path: '/exports/stock.:format',
    operation: 'exportStock',
    tag: 'exports',
    summary: 'Stock levels by SKU, whole; an import of kind `stock` understands the file',
    access: 'inventory.read',
    ...exported,
    query: z.strictObject({ location: z.string().min(1).max(50).optional() }),
    responses: { 200: z.string() },
  }),
  exportMovements: defineRoute({
    method: 'GET',
    path: '/exports/movements.:format',
    operation: 'exportMovements',
    tag: 'exports',
    summary: 'The ledger of stock movements, newest first',
    access: 'inventory.read',
    ...exported,
    query: z.strictObject({
      sku: Sku.optional(),
      from: Instant.optional(),
      to: Instant.optional().describe('Up to, but not including, this instant'),
    }),
    responses: { 200: z.string() },
  }),
  exportProducts: defineRoute({
    method: 'GET',
    path: '/exports/products.:format',
    operation: 'exportProducts',
    tag: 'exports',
    summary: 'Products, a row per variant; an import of kind `products` understands the file',
    access: 'products.read',
    ...exported,
    responses: { 200: z.string() },
  }),
  exportPrices: defineRoute({
    method: 'GET',
    path: '/exports/prices.:format',
    operation: 'exportPrices',
    tag: 'exports',
    summary: 'Prices by SKU; an import of kind `prices` understands the file',
    access: 'products.read',
    ...exported,
    responses: { 200: z.string() },
  }),
  exportSuppliers: defineRoute({
    method: 'GET',
    path: '/exports/suppliers.:format',
    operation: 'exportSuppliers',
    tag: 'exports',
    summary: 'Suppliers by name; an import of kind `suppliers` understands the file',
    access: 'purchasing.read',
    ...exported,
    responses: { 200: z.string() },
  }),
  exportPurchaseOrders: defineRoute({
    method: 'GET',
    path: '/exports/purchase-orders.:format',
    operation: 'exportPurchaseOrders',
    tag: 'exports',
    summary: 'Purchase orders, a row per line',
    access: 'purchasing.read',
    ...exported,
    responses: { 200: z.string() },
  }),
  exportOrders: defineRoute({
    method: 'GET',
    path: '/exports/orders.:format',
    operation: 'exportOrders',
    tag: 'exports',
    summary: 'Orders, a row per line, oldest first',
    access: 'orders.read',
    ...exported,
    query: z.strictObject({
      from: Instant.optional(),
      to: Instant.optional().describe('Placed before this instant'),
    }),
    responses: { 200: z.string() },
  }),
};
