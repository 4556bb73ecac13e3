/** What the cells of a row say, field by field. */
import {
  Attributes,
  Currency,
  type ImportField,
  type ImportReading,
  MAX_PRICE_MINOR,
  MAX_QUANTITY,
  productStatuses,
  Sku,
  variantStatuses,
} from '@tradepost/contracts';
import type { Cell, FileRow } from './read-file/file-error.ts';

/** Null: the cell is empty. Money and percentages are decimals as text, exact: `12.5`. */
export type SaidValue = string | number | Record<string, string> | null;
export type Said = Partial<Record<ImportField, SaidValue>>;

export interface RowIssue {
  /** Name of the column; null: the row as a whole. */
  column: string | null;
  value: string | null;
  message: string;
}

export interface UnderstoodRow {
  row: number;
  said: Said;
  issues: RowIssue[];
}

/** What a cell may not be, as the end of "must …". */
class Refused extends Error {}

type Read = (text: string, decimal: ImportReading['decimal']) => SaidValue;

/** Of what stock can be, see `applyStock`. */
const maxOnHand = MAX_QUANTITY * 1000;

const text =
  (maxLength: number): Read =>
  (value) => {
    if (value.length > maxLength) throw new Refused(`must have at most ${maxLength} characters`);
    return value;
  };

const whole =
  (max: number): Read =>
  (value, decimal) => {
    const number = readDecimal(value, decimal);
    if (number === null) throw new Refused('must be a whole number');
    if (number.startsWith('-')) throw new Refused('must not be negative');
    if (number.includes('.')) throw new Refused('must be a whole number, without a fraction');
    if (number.length > 15 || Number(number) > max) throw new Refused(`must be at most ${max}`);
    return Number(number);
  };

const amount =
  (max: number, unit: string): Read =>
  (value, decimal) => {
    const number = readDecimal(value, decimal);
    if (number === null) throw new Refused(`must be a number such as 12${decimal}5`);
    if (number.startsWith('-')) throw new Refused('must not be negative');
    if (number.length > 20 || Number(number) > max) throw new Refused(`must be at most ${max}${unit}`);
    return number;
  };

const oneOf = (known: Record<string, string>, shown: readonly string[]): Read => {
  return (value) => {
    const found = Object.hasOwn(known, value.toLowerCase()) ? known[value.toLowerCase()] : undefined;
    if (found === undefined) throw new Refused(`must be one of ${shown.join(', ')}`);
    return found;
  };
};

const matching =
  (schema: { safeParse(value: unknown): { success: boolean } }, allowed: string): Read =>
  (value) => {
    if (!schema.safeParse(value).success) throw new Refused(allowed);
    return value;
  };

const attributes: Read = (value) => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new Refused('must be a JSON object of texts, such as {"colour":"red"}');
  }
  // The schema would leave this name out without a word, as every object of JavaScript has it.
  if (parsed !== null && Object.hasOwn(parsed as object, '__proto__'))
    throw new Refused('must be a JSON object of texts: no name may be __proto__');
  const known = Attributes.safeParse(parsed);
  if (!known.success) throw new Refused(`must be a JSON object of texts: ${known.error.issues[0]!.message}`);
  return known.data;
};

/** In Romanian too. */
const ofVariants: Record<string, string> = {
  ...{ active: 'active', activ: 'active', activa: 'active', activă: 'active' },
  ...{ archived: 'archived', arhivat: 'archived', arhivata: 'archived', arhivată: 'archived' },
};
const statuses = { ...ofVariants, draft: 'draft', ciorna: 'draft', ciornă: 'draft' };

const upperCase =
  (read: Read): Read =>
  (value, decimal) =>
    read(value.toUpperCase(), decimal);

const money = amount(MAX_PRICE_MINOR, '');

const readers: Record<ImportField, Read> = {
  sku: matching(Sku, 'must be 1–64 characters without control characters'),
  location: text(50),
  onHand: whole(maxOnHand),
  price: money,
  cost: money,
  currency: upperCase(matching(Currency, 'must be an ISO 4217 code such as RON')),
  vatRate: amount(100, ' %'),
  product: text(255),
  name: text(255),
  description: text(20_000),
  status: oneOf(statuses, productStatuses),
  brand: text(100),
  category: text(2000),
  attributes,
  variantName: text(255),
  variantStatus: oneOf(ofVariants, variantStatuses),
  barcode: (value) => {
    if (!/^\d{6,14}$/.test(value)) throw new Refused('must be 6–14 digits');
    return value;
  },
  partNumber: text(64),
  weightGrams: whole(10_000_000),
  variantAttributes: attributes,
  openingStock: whole(MAX_QUANTITY),
  email: (value) => {
    if (value.length > 254 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))
      throw new Refused('must be an e-mail address');
    return value;
  },
  phone: text(50),
  leadTimeDays: whole(365),
  reviewPeriodDays: whole(90),
  notes: text(5000),
};

/** What the cells of a row say. `fields` and `names` are those of the file's columns. */
export function understand(
  { row, cells }: FileRow,
  fields: readonly (ImportField | null)[],
  names: readonly string[],
  decimal: ImportReading['decimal'],
): UnderstoodRow {
  const said: Said = {};
  const issues: RowIssue[] = [];
  fields.forEach((field, i) => {
    if (field === null) return;
    const cell = cells[i] ?? '';
    const value = textOf(cell).trim();
    try {
      if (value.includes('\0')) throw new Refused('must not hold the character U+0000');
      // A number of XLSX is written with a point, whatever the texts beside it have.
      said[field] = value === '' ? null : readers[field](value, typeof cell === 'number' ? '.' : decimal);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      issues.push({ column: names[i] ?? null, value: shorten(value), message: error.message });
    }
  });
  return { row, said, issues };
}

export const shorten = (value: string): string =>
  (value.length > 100 ? `${value.slice(0, 100)}…` : value).replaceAll('\0', '␀');

/** A cell as text. A fraction that binary cannot hold, such as 30.299999999999997, is what was meant. */
export function textOf(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (Number.isInteger(cell)) return BigInt(cell).toString();
  return cell.toFixed(8).replace(/\.?0+$/, '');
}

const written = {
  '.': /^[-+]?(\d+|\d{1,3}([, '\u00a0\u202f]\d{3})+)(\.\d+)?$/,
  ',': /^[-+]?(\d+|\d{1,3}([. '\u00a0\u202f]\d{3})+)(,\d+)?$/,
};

/** The number that a text is, as `-1234.5`; null when it is none. */
function readDecimal(value: string, decimal: ImportReading['decimal']): string | null {
  if (!written[decimal].test(value)) return null;
  const [integer = '', fraction = ''] = value.replace(/^\+/, '').split(decimal);
  const sign = integer.startsWith('-') ? '-' : '';
  const digits = integer.replaceAll(/\D/g, '').replace(/^0+(?=\d)/, '');
  const rest = fraction.replace(/0+$/, '');
  const number = rest === '' ? digits : `${digits}.${rest}`;
  return number === '0' ? number : sign + number;
}
