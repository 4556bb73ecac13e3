/**
 * Imports and exports as their users have them: a file goes up, is read, compared, applied, taken back; killed in the
 * middle it goes on; what cannot be read says why, with row and column.
 */
import { deflateRawSync } from 'node:zlib';
import type { Import, ImportRow, Movement, Problem, StockLevel, Task } from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, Api } from './support/api.ts';
import { withSql } from './support/embedded.ts';
import { findStockFaults } from './support/invariants.ts';
import { makeKey, setUpOwner, type TestOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

const maxFileBytes = 20_000_000;
const xlsxType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** An import, or why there is none. */
type Told = Import & Omit<Problem, 'status'>;

let app: Tradepost;
let owner: TestOwner;
let api: Api;

beforeAll(async () => {
  app = await Tradepost.start({
    env: { IMPORT_MAX_FILE_BYTES: String(maxFileBytes), RATE_LIMIT_UPLOADS: '0', TASK_RETRY_DELAYS: '1,1,1' },
  });
  owner = await setUpOwner(app);
  ({ api } = owner.tenant);
});

const upload = (
  kind: string,
  file: string | Uint8Array<ArrayBuffer>,
  type = 'text/csv',
  as = api,
): Promise<Answer<Told>> =>
  as.call('POST', `/imports?kind=${kind}`, { raw: file, headers: { 'content-type': type } });

async function uploaded(
  kind: string,
  file: string | Uint8Array<ArrayBuffer>,
  type?: string,
): Promise<Import> {
  const answer = await upload(kind, file, type);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

/** Asks for a step and waits until its task has ended. */
async function step(id: string, name: 'check' | 'apply' | 'undo'): Promise<Import> {
  await api.post<Task>(`/imports/${id}/${name}`);
  return ended(id);
}

async function ended(id: string): Promise<Import> {
  await until(
    'the task of the import',
    async () => (await api.get<Import>(`/imports/${id}`)).task?.finishedAt,
    60_000,
  );
  return api.get<Import>(`/imports/${id}`);
}

async function makeProducts(skus: string[]): Promise<void> {
  for (let from = 0; from < skus.length; from += 100) {
    const variants = skus.slice(from, from + 100).map((sku) => ({ sku, priceMinor: 1000, onHand: 1 }));
    await api.post('/products', { name: `Product ${variants[0]!.sku}`, variants });
  }
}

const onHandOf = async (sku: string) =>
  (await api.list<StockLevel>(`/inventory/levels?sku=${sku}`)).map((l) => l.onHand);

describe('a file of stock', () => {
  test('goes up as the body or in a form, is mapped, checked, applied and taken back', async () => {
    await makeProducts(['TEA', 'CUP']);
    const form = new FormData();
    form.append(
      'file',
      new Blob(['Denumire;Cod;Buc\r\n"Ceai; verde";TEA;1.200\r\n"Cană";CUP;-3\r\n']),
      'stoc ș.csv',
    );
    const response = await fetch(`${app.url}/api/v1/imports?kind=stock`, {
      method: 'POST',
      headers: api.headers,
      body: form,
    });
    const made = (await response.json()) as Import;
    expect(made).toMatchObject({ fileName: 'stoc ș.csv', status: 'draft', counts: null, missing: [] });
    expect(made.reading).toMatchObject({ format: 'csv', separator: ';', encoding: 'utf-8', decimal: ',' });
    expect(made.columns.map((c) => c.field)).toEqual([null, 'sku', 'onHand']);
    expect((await step(made.id, 'check')).counts).toEqual({
      total: 2,
      new: 0,
      changed: 1,
      unchanged: 0,
      wrong: 1,
    });
    const rows = await api.list<ImportRow>(`/imports/${made.id}/rows`);
    expect(rows).toMatchObject([
      {
        row: 2,
        outcome: 'changed',
        changes: [{ field: 'onHand', before: 1, after: 1200 }],
        result: 'waiting',
      },
      { row: 3, outcome: 'wrong', issues: [{ column: 'Buc', value: '-3', message: 'must not be negative' }] },
    ]);
    expect(await api.list(`/imports/${made.id}/rows?outcome=wrong`)).toHaveLength(1);
    expect(await onHandOf('TEA')).toEqual([1]);
    expect(await step(made.id, 'apply')).toMatchObject({
      status: 'applied',
      applied: { done: 1, skipped: 0 },
    });
    expect(await onHandOf('TEA')).toEqual([1200]);
    const [movement] = await api.list<Movement>('/inventory/movements?sku=TEA');
    expect(movement).toMatchObject({ kind: 'import', quantity: 1199, reference: `import:${made.id}` });
    expect(await step(made.id, 'undo')).toMatchObject({ status: 'undone', undone: { restored: 1, left: 0 } });
    expect(await onHandOf('TEA')).toEqual([1]);
  });

  test('its mapping can be corrected, until it is applied', async () => {
    const made = await uploaded('stock', 'what,how many,x\nTEA,5,1\n');
    const put = (json: unknown) => api.call<Told>('PUT', `/imports/${made.id}/mapping`, { json });
    expect((await api.call<Problem>('POST', `/imports/${made.id}/apply`)).body.code).toBe('STATE_CONFLICT');
    const { body } = await put({ columns: ['sku', null, 'onHand'] });
    expect(body.columns.map((c) => c.field)).toEqual(['sku', null, 'onHand']);
    expect((await put({ columns: ['sku'] })).body).toMatchObject({
      status: 400,
      issues: [{ field: 'body.columns' }],
    });
    expect((await put({ columns: ['sku', 'sku', 'price'] })).body.issues?.[0]?.field).toBe('body.columns.1');
    const without = await put({ columns: ['sku', null, null] });
    expect(without.body.missing).toEqual(['onHand']);
    expect((await api.call<Problem>('POST', `/imports/${made.id}/check`)).body.detail).toContain('onHand');
    const reread = await put({ reading: { headerRow: 0, separator: ';' } });
    expect(reread.body.columns.map((c) => c.name)).toEqual(['A']);
    await put({ reading: { headerRow: 1, separator: ',' } });
    await put({ columns: ['sku', 'onHand', null] });
    await step(made.id, 'check');
    await step(made.id, 'apply');
    expect((await put({ emptyCells: 'clear' })).body.code).toBe('STATE_CONFLICT');
    expect(await onHandOf('TEA')).toEqual([5]);
  });

  test('needs the permission of what it changes', async () => {
    const { key } = await makeKey(owner.signedIn.api, ['imports.read', 'imports.write', 'products.write']);
    const limited = Api.withKey(app.url, key);
    const refused = await upload('stock', 'sku,stock\nTEA,1\n', 'text/csv', limited);
    expect(refused).toMatchObject({
      status: 403,
      body: { detail: 'This needs the permission inventory.write.' },
    });
    const made = await uploaded('stock', 'sku,stock\nTEA,1\n');
    await step(made.id, 'check');
    expect((await limited.call('POST', `/imports/${made.id}/apply`)).status).toBe(403);
  });

  test('deleting it takes its rows along', async () => {
    const made = await uploaded('stock', 'sku,stock\nTEA,1\n');
    await step(made.id, 'check');
    expect((await api.call('DELETE', `/imports/${made.id}`)).status).toBe(204);
    expect((await api.call('GET', `/imports/${made.id}`)).status).toBe(404);
    await withSql(app.databaseUrl, async (sql) => {
      const { rows } = await sql.query('select from import_row where import_id = $1', [made.id]);
      expect(rows).toEqual([]);
    });
  });
});

describe('killed with -9 in the middle', () => {
  test('of the dry run and of the applying: after the restart it completes, each row once', {
    timeout: 240_000,
  }, async () => {
    const skus = Array.from({ length: 12_000 }, (_, i) => `K${String(i).padStart(5, '0')}`);
    await makeProducts(skus);
    const made = await uploaded(
      'stock',
      `sku,stock\n${skus.map((sku, i) => `${sku},${2 + (i % 7)}\n`).join('')}`,
    );
    const done = async () => {
      const { counts, applied } = await api.get<Import>(`/imports/${made.id}`);
      return { checked: counts?.total ?? 0, applied: applied?.done ?? 0 };
    };
    const killWhile = async (
      name: 'check' | 'apply',
      read: (d: Awaited<ReturnType<typeof done>>) => number,
    ) => {
      await api.post(`/imports/${made.id}/${name}`);
      await until('the first pieces', async () => read(await done()) > 0, 60_000);
      const before = read(await done());
      await app.kill();
      await app.restart();
      const after = read(await done());
      expect(after).toBeGreaterThanOrEqual(before);
      expect(before).toBeLessThan(skus.length);
      await until(
        'the run to complete',
        async () => (await api.get<Import>(`/imports/${made.id}`)).task?.finishedAt,
        100_000,
      );
    };
    await killWhile('check', (d) => d.checked);
    expect((await ended(made.id)).counts).toMatchObject({ total: skus.length, changed: skus.length });
    await killWhile('apply', (d) => d.applied);
    expect(await ended(made.id)).toMatchObject({
      status: 'applied',
      applied: { done: skus.length, skipped: 0 },
      task: { status: 'completed' },
    });
    await withSql(app.databaseUrl, async (sql) => {
      const { rows } = await sql.query<{ movements: number; variants: number }>(
        `select count(*)::int as movements, count(distinct variant_id)::int as variants from movement where reference = $1`,
        [`import:${made.id}`],
      );
      expect(rows).toEqual([{ movements: skus.length, variants: skus.length }]);
    });
    expect(await findStockFaults(app.databaseUrl)).toEqual([]);
  });
});

/** A zip whose entries are not compressed but for those whose content is given as such. */
function zip(entries: Record<string, string | { packed: Buffer; size: number }>): Uint8Array<ArrayBuffer> {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const raw = typeof content === 'string' ? Buffer.from(content) : null;
    const packed = typeof content === 'string' ? deflateRawSync(raw!) : content.packed;
    const size = typeof content === 'string' ? raw!.length : content.size;
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(size, 8);
    const names = Buffer.alloc(4);
    names.writeUInt16LE(Buffer.byteLength(name), 0);
    const head = Buffer.concat([
      Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0]),
      sizes,
      names,
      Buffer.from(name),
    ]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    central.push(
      Buffer.concat([
        ...[Buffer.from([0x50, 0x4b, 1, 2, 20, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0]), sizes, names, entry],
        Buffer.from(name),
      ]),
    );
    local.push(head, packed);
    offset += head.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...local, directory, end]));
}

const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const workbook = (sheet: string | { packed: Buffer; size: number }, more: Record<string, string> = {}) =>
  zip({
    'xl/workbook.xml': `<workbook xmlns:r="${relation}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="r1" Type="${relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': sheet,
    ...more,
  });
const sheetOf = (...rows: string[]) => `<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`;
const stockHeader =
  '<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c><c r="B1" t="str"><v>stock</v></c></row>';

describe('files that cannot be read', () => {
  const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
  const packed = (text: string) => new Uint8Array(Buffer.from(text));
  const zeros = deflateRawSync(Buffer.alloc(300_000_000, 0x20));

  test.for<[string, Uint8Array<ArrayBuffer>, RegExp]>([
    ['empty', packed(''), /The file is empty/],
    ['of blank lines only', packed('\n \n,,\n'), /holds no row/],
    ['with a quote that is not closed', packed('sku,stock\nA,1\n"B,2\nC,3\n'), /Row 3 begins a quoted cell/],
    ['an old workbook', new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0, 0, 0, 0]), /old Excel/],
    ['a zip that is no workbook', zip({ 'a.txt': 'a' }), /holds no workbook/],
    ['cut off', workbook(sheetOf(stockHeader)).slice(0, 400), /no XLSX workbook/],
    ['a bomb that says so', workbook({ packed: zeros, size: 300_000_000 }), /far more than a table holds/],
    ['a bomb that says less', workbook({ packed: zeros, size: 1000 }), /no XLSX workbook that can be read/],
    [
      'a text without end',
      workbook(sheetOf(`<row><c t="str"><v>${'x'.repeat(3_000_000)}`)),
      /value without end/,
    ],
    [
      'entities that grow',
      workbook(`<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${sheetOf(stockHeader)}`),
      /has a DOCTYPE/,
    ],
    ['a name that leads out', zip({ '../../etc/passwd': 'x' }), /no XLSX workbook/],
    ['a path that leads out', workbook(sheetOf(stockHeader), { 'xl/../../x': 'x' }), /no XLSX workbook/],
    [
      'a text that is not there',
      workbook(sheetOf('<row r="1"><c r="A1" t="s"><v>7</v></c></row>')),
      /names a text/,
    ],
    ['rows in disorder', workbook(sheetOf('<row r="5"/><row r="2"/>')), /row 2 follows row 5/],
    [
      'a cell far out',
      workbook(sheetOf('<row r="1"><c r="XFD1"><v>1</v></c></row>')),
      /more than 200 columns/,
    ],
  ])('%s: 400 that says why', async ([, file, reason]) => {
    const { status, body } = await upload('stock', file, 'application/octet-stream');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
    expect(body.issues).toMatchObject([{ field: 'file', message: expect.stringMatching(reason) }]);
  });

  test('a file with only a header has nothing to check', async () => {
    const made = await uploaded('stock', 'sku,stock\n');
    expect((await step(made.id, 'check')).counts).toEqual({
      total: 0,
      new: 0,
      changed: 0,
      unchanged: 0,
      wrong: 0,
    });
  });

  test('one beyond the limit: 413, nothing is kept', async () => {
    const before = (await api.list('/imports')).length;
    const large = await upload('stock', new Uint8Array(maxFileBytes + 100_000)).catch(
      (error: Error) => error,
    );
    if (large instanceof Error) throw large;
    expect(large).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
    expect((await api.list('/imports')).length).toBe(before);
  });

  test('every encoding is told by what is in the file', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('cod;stoc\nTEA;5\n', 'utf16le')]);
    for (const [file, encoding] of [
      [packed('\ufeffcod,stoc\nTEA,5\n'), 'utf-8'],
      [new Uint8Array(utf16), 'utf-16le'],
      [latin('cod;stoc;note\nTEA;5;caf\xe9\n'), 'windows-1252'],
      [latin('cod;stoc;note\nTEA;5;ma\xbain\xe3\n'), 'windows-1250'],
    ] as const) {
      const made = await uploaded('stock', file);
      expect(made.reading.encoding).toBe(encoding);
      expect(made.columns.slice(0, 2).map((c) => c.field)).toEqual(['sku', 'onHand']);
      expect((await step(made.id, 'check')).counts).toMatchObject({ total: 1, wrong: 0 });
    }
  });

  test('what is found behind the beginning fails the dry run with its row', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `S${i},1\n`).join('');
    const made = await uploaded('stock', `sku,stock\n${rows}"open,1\n`);
    expect(await step(made.id, 'check')).toMatchObject({
      status: 'checking',
      task: {
        status: 'failed',
        error: { code: 'FILE_UNREADABLE', message: /Row 5002 begins a quoted cell/ },
      },
    });
    // The separator was not at fault, but correcting it is possible still.
    expect(
      (await api.call('PUT', `/imports/${made.id}/mapping`, { json: { emptyCells: 'clear' } })).status,
    ).toBe(200);
  });

  test('quantities that are none say so by row and column', async () => {
    const bad = ['-1', '1.5', '1e9', 'many', '99999999999', '', '1\u00005'];
    const made = await uploaded('stock', `sku,stock\n${bad.map((q, i) => `Q${i},${q}\n`).join('')}`);
    await step(made.id, 'check');
    const rows = await api.list<ImportRow>(`/imports/${made.id}/rows?outcome=wrong`);
    expect(rows.map((row) => [row.row, row.issues[0]!.column, row.issues[0]!.message])).toEqual([
      [2, 'stock', 'must not be negative'],
      [3, 'stock', 'must be a whole number, without a fraction'],
      [4, 'stock', 'must be a whole number'],
      [5, 'stock', 'must be a whole number'],
      [6, 'stock', 'must be at most 1000000000'],
      [7, null, 'must be a SKU that exists'],
      [8, 'stock', 'must not hold the character U+0000'],
    ]);
  });
});

describe('exports', () => {
  test('are files with a name; formulas in them are inert, and our own import undoes that', async () => {
    await api.post('/products', { name: '=cmd()', variants: [{ sku: '=1+1', priceMinor: 1250, onHand: 3 }] });
    const answer = await api.call('GET', '/exports/products.csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="products-\d{4}-\d\d-\d\d\.csv"$/,
    );
    const line = answer.text.split('\r\n').find((l) => l.startsWith("'=1+1,"))!;
    expect(line).toContain(",'=cmd(),");
    expect(line).toContain(',12.50,RON,');
    const made = await uploaded('products', answer.text);
    const { counts } = await step(made.id, 'check');
    expect(counts).toMatchObject({ new: 0, changed: 0, wrong: 0 });
    const response = await fetch(`${app.url}/api/v1/exports/stock.xlsx`, { headers: api.headers });
    expect(response.headers.get('content-type')).toBe(xlsxType);
    const stock = await uploaded('stock', new Uint8Array(await response.arrayBuffer()), xlsxType);
    expect(stock.reading).toMatchObject({ format: 'xlsx', sheets: ['stock'] });
    expect((await step(stock.id, 'check')).counts).toMatchObject({ new: 0, changed: 0, wrong: 0 });
    expect((await api.call('GET', '/exports/stock.pdf')).status).toBe(400);
  });

  test('a reader that goes away in the middle leaves nothing running', async () => {
    const response = await fetch(`${app.url}/api/v1/exports/movements.csv`, { headers: api.headers });
    const reader = response.body!.getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
    await withSql(app.databaseUrl, async (sql) => {
      await until('no statement of an export', async () => {
        const { rows } = await sql.query(
          "select from pg_stat_activity where state <> 'idle' and query like '%movement_archive m%' and pid <> pg_backend_pid()",
        );
        return rows.length === 0;
      });
    });
    expect((await api.call('GET', '/exports/suppliers.csv')).status).toBe(200);
  });
});
