/** How files are handed over by the thread that reads them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileBeginning, readFileRows } from '../src/flows/imports/read-file/reader.ts';

let dir: string;
let path: string;
const rows = 30;
const rowCharacters = 10 * 30_000;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradepost-file-'));
  path = join(dir, 'large.csv');
  const notes = `,${'x'.repeat(30_000)}`.repeat(10);
  const lines = Array.from({ length: rows }, (_, i) => `S${i}${notes}\n`);
  await writeFile(path, lines.join(''));
});

afterAll(() => rm(dir, { recursive: true }));

async function batchesOf(only?: number[]) {
  const beginning = await readFileBeginning(path, {});
  const reading = { ...beginning, headerRow: 0, decimal: '.' as const };
  const batches = [];
  const job = { path, bytes: 1, reading, after: 0, ...(only && { only }) };
  for await (const batch of readFileRows(job, new AbortController().signal)) batches.push(batch.rows);
  return batches;
}

test('rows of a third of a megabyte come a few at a time, and as few show how a file begins', async () => {
  const few = Math.ceil(2_000_000 / rowCharacters);
  expect((await readFileBeginning(path, {})).rows).toHaveLength(few);
  const batches = await batchesOf();
  expect(batches.flat().map((row) => row.row)).toEqual(Array.from({ length: rows }, (_, i) => i + 1));
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(few);
});

test('cells of columns that nothing is made of stay behind', async () => {
  const [batch, ...more] = await batchesOf([0]);
  expect(more).toEqual([]);
  expect(batch).toHaveLength(rows);
  expect(batch![7]!.cells).toEqual(['S7', ...Array.from({ length: 10 }, () => '')]);
});
