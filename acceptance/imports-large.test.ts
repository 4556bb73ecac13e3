/** The largest file that is taken, from its upload to what its dry run says: memory does not follow its size. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Import, ImportRow, Task } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import type { Api } from './support/api.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

/** The default of IMPORT_MAX_FILE_BYTES. */
const fileBytes = 209_715_200;
/** Less than the file by far: the thread that reads it may have 64, and what is on its way takes its share. */
const mayGrowMegabytes = 150;

let app: Tradepost;
let api: Api;

beforeAll(async () => {
  app = await Tradepost.start();
  ({ api } = (await setUpOwner(app)).tenant);
});

/** Where a quote begins that is never closed. */
const brokenAt = 60_000_000;

/**
 * Rows of SKUs that nobody knows, made long by notes; at `brokenAt` one that cannot be read, and as many more as it takes
 * to the very last byte.
 */
function* stockFile(told: { rows: number }): Generator<Buffer> {
  const notes = `,${'x'.repeat(125)}`.repeat(40);
  const header = `sku,stock,${Array.from({ length: 40 }, (_, i) => `note ${i}`).join(',')}\n`;
  let left = fileBytes - header.length;
  yield Buffer.from(header);
  let isBroken = false;
  for (let row = 0; ; row++) {
    const breaks = !isBroken && fileBytes - left > brokenAt;
    if (breaks) [isBroken, told.rows] = [true, row];
    const line = `${breaks ? '"' : ''}SKU-${String(row).padStart(6, '0')},1${notes}\n`;
    if (line.length > left) break;
    left -= line.length;
    yield Buffer.from(line);
  }
  yield Buffer.alloc(left, '\n');
}

async function checked(id: string): Promise<Import> {
  await api.post<Task>(`/imports/${id}/check`);
  await until('the dry run', async () => (await api.get<Import>(`/imports/${id}`)).task?.finishedAt, 50_000);
  return api.get<Import>(`/imports/${id}`);
}

async function upload(told: { rows: number }): Promise<{ status: number; body: Import }> {
  const headers = { ...api.headers, 'content-type': 'text/csv', 'content-length': fileBytes };
  const call = request(`${app.url}/api/v1/imports?kind=stock`, { method: 'POST', headers });
  const answered = new Promise<{ status: number; body: Import }>((resolve, reject) => {
    call.once('error', reject);
    call.once('response', async (response) => {
      const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
      resolve({ status: response.statusCode!, body });
    });
  });
  await pipeline(Readable.from(stockFile(told)), call);
  return answered;
}

async function residentMegabytes(): Promise<number> {
  const pid = (await readFile(join(app.dataDir, 'tradepost.pid'), 'utf8')).trim();
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** The most that it grew by while the work was done. */
async function growthDuring(work: () => Promise<unknown>): Promise<number> {
  const before = await residentMegabytes();
  let most = before;
  const look = setInterval(async () => {
    most = Math.max(most, await residentMegabytes());
  }, 50);
  await work().finally(() => clearInterval(look));
  return most - before;
}

test('200 MB go up, and the one row that cannot be read is named', { timeout: 60_000 }, async () => {
  // What the first import of a process loads is no growth.
  const small = await api.call<Import>('POST', '/imports?kind=stock', {
    raw: 'sku,stock\nNOBODY-1,1\n',
    headers: { 'content-type': 'text/csv' },
  });
  expect((await checked(small.body.id)).status).toBe('checked');
  const told = { rows: 0 };
  const grown = await growthDuring(async () => {
    const { status, body: made } = await upload(told);
    expect(status).toBe(201);
    expect(made.columns.slice(0, 2).map((column) => column.field)).toEqual(['sku', 'onHand']);
    const read = await checked(made.id);
    const message = `Row ${told.rows + 2} begins a quoted cell that is not closed.`;
    const error = { code: 'FILE_UNREADABLE', message };
    expect(read).toMatchObject({ fileBytes, task: { status: 'failed', error } });
    const { items } = await api.get<{ items: ImportRow[] }>(`/imports/${made.id}/rows?limit=1`);
    expect(items).toMatchObject([{ row: 2, issues: [{ value: 'SKU-000000' }] }]);
  });
  expect(grown).toBeLessThan(mayGrowMegabytes);
});
