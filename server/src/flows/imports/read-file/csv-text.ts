/** Guesses how a CSV file is written, from its beginning. */
import { isUtf8 } from 'node:buffer';
import type { ImportEncoding, ImportReading } from '@tradepost/contracts';
import type { Cell } from './file-error.ts';

type Separator = ImportReading['separator'];
const separators: readonly Separator[] = [',', ';', '\t', '|'];

export function guessEncoding(beginning: Buffer): ImportEncoding {
  if (beginning[0] === 0xff && beginning[1] === 0xfe) return 'utf-16le';
  if (beginning[0] === 0xfe && beginning[1] === 0xff) return 'utf-16be';
  if (isUtf8(withoutCutEnd(beginning))) return 'utf-8';
  return looksCentralEuropean(beginning) ? 'windows-1250' : 'windows-1252';
}

/** Without the bytes of a character that the end of the piece cuts in two. */
function withoutCutEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back);
    if (byte < 0x80) break;
  }
  return bytes;
}

/** The Romanian ă ş ţ and their capitals inside words: in windows-1252 these bytes are ã º þ Ã ª Þ, which few words have. */
const romanian = new Set([0xe3, 0xba, 0xfe, 0xc3, 0xaa, 0xde]);

function looksCentralEuropean(bytes: Buffer): boolean {
  const isLetter = (byte: number | undefined) =>
    byte !== undefined && /[A-Za-z]/.test(String.fromCharCode(byte));
  let seen = 0;
  for (let i = 1; i < bytes.length; i++)
    if (romanian.has(bytes[i]!) && (isLetter(bytes[i - 1]) || isLetter(bytes[i + 1]))) seen++;
  return seen > 0;
}

/** The character that parts most lines into as many cells as the first has. */
export function guessSeparator(text: string): Separator {
  const lines = linesOf(text).slice(0, 50);
  let best: { separator: Separator; score: number } = { separator: ',', score: 0 };
  for (const separator of separators) {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const first = counts.find((count) => count > 0) ?? 0;
    const score = first === 0 ? 0 : counts.filter((count) => count === first).length + first / 1000;
    if (score > best.score) best = { separator, score };
  }
  return best.separator;
}

/** Lines with what is quoted left out, as separators in it do not count. */
function linesOf(text: string): string[] {
  return text
    .replaceAll(/"(?:[^"]|"")*("|$)/g, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '');
}

const withComma = /^[-+]?(\d+|\d{1,3}([. \u00a0]\d{3})+),\d{1,2}$/;
const withPoint = /^[-+]?(\d+|\d{1,3}([, \u00a0]\d{3})+)\.\d{1,2}$/;

/** What parts whole and fraction, by the cells that have one or two digits behind it. */
export function guessDecimal(rows: Cell[][], separator: Separator): ImportReading['decimal'] {
  let commas = 0;
  let points = 0;
  for (const cell of rows.flat()) {
    if (typeof cell !== 'string') continue;
    if (withComma.test(cell.trim())) commas++;
    else if (withPoint.test(cell.trim())) points++;
  }
  // Where the comma parts fractions, spreadsheets part cells by a semicolon.
  if (commas === points) return separator === ';' ? ',' : '.';
  return commas > points ? ',' : '.';
}
