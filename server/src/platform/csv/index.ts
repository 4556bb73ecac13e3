/** Writing CSV (RFC 4180) that a spreadsheet takes for what it says. */

/**
 * A spreadsheet takes a cell that begins so for a formula; an apostrophe in front makes it text. A text that begins with
 * apostrophes and then so gets one more, so that each of them can be undone. Source: OWASP, "CSV Injection".
 */
const needsApostrophe = /^'*[=+\-@\t\r]/;
const hasApostrophe = /^'+[=+\-@\t\r]/;

/** Undoes what `csvLine` did to a text. */
export function withoutApostrophe(cell: string): string {
  return hasApostrophe.test(cell) ? cell.slice(1) : cell;
}

/** A number is written as it is: it can be no formula. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const inert = needsApostrophe.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
