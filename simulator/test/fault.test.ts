import { describe, expect, test } from 'vitest';
import { type Bench, idsOf, main, type Row, readReply, startBench } from './support.ts';

const order = { match: { route: 'order/read' } };
const acknowledge = { match: { route: 'order/acknowledge' } };

async function statusOf(bench: Bench, id: unknown): Promise<unknown> {
  await bench.control('DELETE', 'faults');
  return (await bench.order(id as number)).status;
}

describe('which requests a rule meets', () => {
  test('route, method, account, body, nth and times', async () => {
    const bench = await startBench();
    const match = { route: 'order/read', method: 'POST', account: main, bodyContains: '"status":1', nth: 2 };
    await bench.fault({ kind: 'serverError', status: 503 }, { match });
    const status = async (path: string, body: Row, username = main) =>
      (await bench.fetch(path, body, username)).status;
    expect(await status('order/read', { status: 1 })).toBe(200);
    expect(await status('order/read', { status: 2 })).toBe(200);
    expect(await status('order/count', { status: 1 })).toBe(200);
    expect(await status('order/read', { status: 1 }, 'main@eastwind.example')).toBe(200);
    expect(await status('order/read', { status: 1 })).toBe(503);
    expect(await status('order/read', { status: 1 })).toBe(200);
    const { faults } = await bench.control<{ faults: Row[] }>('GET', 'faults');
    expect(faults[0]).toMatchObject({ met: 3, fired: 1 });
    const { entries } = await bench.control<{ entries: Row[] }>('GET', 'log?limit=2');
    expect(entries[0]).toMatchObject({ status: 503, faults: [faults[0]?.id] });
    await bench.control('DELETE', 'faults');
    await bench.fault({ kind: 'forbidden' }, { times: 2 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push(await status('vat/read', {}));
    expect(statuses).toEqual([403, 403, 200]);
  });

  test('probability is seeded: some fire, the same ones each time', async () => {
    const run = async () => {
      const bench = await startBench({ seed: 5 });
      await bench.fault({ kind: 'serverError' }, { probability: 0.5 });
      const statuses: number[] = [];
      for (let call = 0; call < 20; call += 1) statuses.push((await bench.fetch('vat/read')).status);
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await run()).toEqual(first);
  });
});

describe('refusals', () => {
  test('F1, F2: 429 with and without Retry-After', async () => {
    const bench = await startBench();
    await bench.fault({ kind: 'rateLimited' }, { times: 1 });
    const plain = await bench.call('order/read');
    expect(plain).toMatchObject({ status: 429, text: '{"message":"API rate limit exceeded"}' });
    expect(plain.headers.get('Retry-After')).toBeNull();
    expect(plain.headers.get('Server')).toMatch(/^kong/);
    await bench.control('DELETE', 'faults');
    await bench.fault({ kind: 'rateLimited', retryAfter: 2 }, { times: 1 });
    expect((await bench.call('order/read')).headers.get('Retry-After')).toBe('2');
    await bench.fault({ kind: 'rateLimited', retryAfter: 'date' });
    expect((await bench.call('order/read')).headers.get('Retry-After')).toBe('Mon, 02 Mar 2026 08:00:02 GMT');
  });

  test('F3: back-end failures as HTML, empty, and HTML that calls itself JSON', async () => {
    const bench = await startBench();
    for (const [status, body, type, text] of [
      [500, 'html', 'text/html', /^<html>/],
      [502, 'empty', 'text/html', /^$/],
      [503, 'htmlAsJson', 'application/json', /^<html>/],
      [504, 'html', 'text/html', /^<html>/],
    ] as const) {
      await bench.fault({ kind: 'serverError', status, body }, { times: 1 });
      const response = await bench.fetch('order/read');
      expect([response.status, response.headers.get('Content-Type')]).toEqual([status, type]);
      expect(await response.text()).toMatch(text);
    }
  });

  test('F8, F9, F11, F12: errors of the envelope, of the body, of access', async () => {
    const bench = await startBench();
    const answer = async (action: Row) => {
      await bench.fault(action, { times: 1 });
      const response = await bench.fetch('order/read');
      return [response.status, await response.json()];
    };
    const messages = [{ field: 'ean', message: 'no' }, ['nested'], ''];
    expect(await answer({ kind: 'isError', messages })).toEqual([
      200,
      { isError: true, messages, errors: [], results: [] },
    ]);
    const results = ['Campaign proposals successfully saved'];
    expect(await answer({ kind: 'isError', messages: [], results })).toMatchObject([
      200,
      { isError: true, results },
    ]);
    expect(await answer({ kind: 'body', json: null })).toEqual([200, null]);
    expect(await answer({ kind: 'body', json: [] })).toEqual([200, []]);
    expect(await answer({ kind: 'isErrorValue', value: 'missing' })).toEqual([
      200,
      { messages: [], errors: [], results: [] },
    ]);
    expect(await answer({ kind: 'isErrorValue', value: 'false' })).toMatchObject([200, { isError: 'false' }]);
    expect(await answer({ kind: 'isErrorValue', value: null })).toMatchObject([200, { isError: null }]);
    expect(await answer({ kind: 'warnings', messages: ['WARNING: x'] })).toMatchObject([
      200,
      { isError: false, messages: ['WARNING: x'] },
    ]);
    expect(await answer({ kind: 'forbidden' })).toMatchObject([403, { isError: true }]);
    const invalid = { isError: true, messages: ['ERROR: Invalid vendor ip [127.0.0.1]'] };
    expect(await answer({ kind: 'invalidIp' })).toMatchObject([200, invalid]);
    expect(await answer({ kind: 'invalidIp', status: 403 })).toMatchObject([403, invalid]);
  });
});

describe('delivery, before and after the effect', () => {
  const failing = async (bench: Bench, action: Row, stage: string) => {
    const [id] = await bench.orders(1);
    await bench.fault(action, { ...acknowledge, stage });
    const request = bench.fetch(`order/acknowledge/${id}`, {}, main, { signal: AbortSignal.timeout(150) });
    const outcome = await request.then(readReply).then(
      () => 'answered',
      () => 'failed',
    );
    return [outcome, await statusOf(bench, id)];
  };

  test('F4: a timeout leaves the order untouched, or acknowledged with the answer lost', async () => {
    const bench = await startBench();
    expect(await failing(bench, { kind: 'timeout' }, 'before')).toEqual(['failed', 1]);
    expect(await failing(bench, { kind: 'timeout' }, 'after')).toEqual(['failed', 2]);
  });

  test('F5: connection reset before the headers and in the body', async () => {
    const bench = await startBench();
    expect(await failing(bench, { kind: 'reset', at: 'headers' }, 'before')).toEqual(['failed', 1]);
    expect(await failing(bench, { kind: 'reset', at: 'body' }, 'after')).toEqual(['failed', 2]);
  });

  test('F6: half a JSON, with a Content-Length that agrees or not', async () => {
    const bench = await startBench();
    expect(await failing(bench, { kind: 'truncate', contentLength: 'short' }, 'before')).toEqual([
      'failed',
      1,
    ]);
    expect(await failing(bench, { kind: 'truncate', contentLength: 'full' }, 'after')).toEqual(['failed', 2]);
    await bench.fault({ kind: 'truncate', contentLength: 'short' }, { times: 1 });
    const response = await bench.fetch('order/read');
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });

  test('F7: a slow drip outlasts an impatient client and serves a patient one', async () => {
    const bench = await startBench();
    expect(await failing(bench, { kind: 'slow', bytesPerSecond: 1 }, 'after')).toEqual(['failed', 2]);
    await bench.fault({ kind: 'slow', delayMs: 20, bytesPerSecond: 5000 }, { stage: 'after', times: 1 });
    expect((await bench.call('vat/read')).rows).toHaveLength(3);
  });

  test('an error after the effect: the acknowledge counts, its repeat is E7', async () => {
    const bench = await startBench();
    const [id] = await bench.orders(1);
    await bench.fault({ kind: 'serverError' }, { ...acknowledge, stage: 'after', times: 1 });
    expect((await bench.fetch(`order/acknowledge/${id}`)).status).toBe(500);
    const again = await bench.call(`order/acknowledge/${id}`);
    expect(again).toMatchObject({ status: 400, messages: ['ERROR: Order is already in progress.'] });
  });
});

describe('pages and orders that move', () => {
  test('F13: orders that come between pages push rows into the next one again', async () => {
    const bench = await startBench();
    const ids = (await bench.orders(20)).toReversed();
    await bench.fault({ kind: 'driftInsert', count: 3 }, { ...order, times: 1 });
    const first = idsOf((await bench.call('order/read', { itemsPerPage: 10 })).rows);
    const next = idsOf((await bench.call('order/read', { itemsPerPage: 10, currentPage: 2 })).rows);
    expect(first).toEqual(ids.slice(0, 10));
    expect(next).toEqual(ids.slice(7, 17));
  });

  test('F14: rows that leave a filtered list make the next page miss some', async () => {
    const bench = await startBench();
    const ids = (await bench.orders(20)).toReversed();
    await bench.fault({ kind: 'driftRemove', count: 4 }, { ...order, times: 1 });
    const filter = { status: 1, itemsPerPage: 10 };
    const first = idsOf((await bench.call('order/read', filter)).rows);
    const next = idsOf((await bench.call('order/read', { ...filter, currentPage: 2 })).rows);
    expect(first).toEqual(ids.slice(0, 10));
    expect(next).toEqual(ids.slice(14, 20));
  });

  test('F15: the same page twice, and an empty page in the middle', async () => {
    const bench = await startBench();
    await bench.orders(25);
    const page = async (currentPage: number) =>
      idsOf((await bench.call('order/read', { itemsPerPage: 10, currentPage })).rows);
    const first = await page(1);
    await bench.fault({ kind: 'samePage' }, { ...order, times: 1 });
    expect(await page(2)).toEqual(first);
    await bench.fault({ kind: 'emptyPage' }, { ...order, times: 1 });
    expect(await page(2)).toEqual([]);
    expect(await page(2)).toHaveLength(10);
  });

  test('F16, F18: something happens to the order just before it is acknowledged', async () => {
    const bench = await startBench();
    const lines = [{ part_number: 'NW-001', quantity: 3 }];
    const meet = async (event: string) => {
      const [id] = await bench.orders(1, { lines });
      await bench.fault({ kind: 'orderEvent', event }, { ...acknowledge, times: 1 });
      const reply = await bench.call(`order/acknowledge/${id}`);
      const row = await bench.order(id as number);
      return [reply.messages[0] ?? 'ok', row.status, (row.products as Row[])[0]?.quantity];
    };
    expect(await meet('cancel')).toEqual(['ERROR: Order is canceled.', 0, 3]);
    expect(await meet('edit')).toEqual(['ok', 2, 2]);
    expect(await meet('acknowledgeByOther')).toEqual(['ERROR: Order is already in progress.', 2, 3]);
  });

  test('F17: the acknowledge lock goes away after k calls', async () => {
    const bench = await startBench();
    const [id] = await bench.orders(1);
    await bench.fault({ kind: 'acknowledgeLock' }, { ...acknowledge, times: 2 });
    const replies = [];
    for (let call = 0; call < 3; call += 1)
      replies.push((await bench.call(`order/acknowledge/${id}`)).messages);
    expect(replies).toEqual([
      ['ERROR: Resource locked for processing'],
      ['ERROR: Resource locked for processing'],
      [],
    ]);
  });

  test('F22: filters are ignored and the whole list comes', async () => {
    const bench = await startBench();
    const ids = await bench.orders(3);
    await bench.fault({ kind: 'filtersIgnored' }, order);
    expect((await bench.call('order/read', { id: ids[0], status: 4 })).rows).toHaveLength(3);
  });
});

describe('rows in other clothes', () => {
  const row = async (bench: Bench, action: Row): Promise<Row> => {
    await bench.fault(action, { ...order, times: 1 });
    return (await bench.call('order/read', { itemsPerPage: 1 })).rows[0] as Row;
  };

  test('F19: strings for numbers, numbers for strings, other empties, unknown and missing keys', async () => {
    const bench = await startBench();
    const [id] = await bench.orders(1, { template: { locker: false } });
    expect(await row(bench, { kind: 'typeMix', style: 'allStrings' })).toMatchObject({
      id: String(id),
      status: '1',
    });
    const numbers = await row(bench, { kind: 'typeMix', style: 'allNumbers' });
    expect(typeof numbers.shipping_tax).toBe('number');
    expect((numbers.products as Row[])[0]?.sale_price).toBeTypeOf('number');
    expect(await row(bench, { kind: 'typeMix', style: 'emptyAsNull' })).toMatchObject({
      details: null,
      flags: null,
    });
    expect(await row(bench, { kind: 'typeMix', style: 'emptyAsObject' })).toMatchObject({ details: {} });
    expect(await row(bench, { kind: 'typeMix', style: 'unknownKeys' })).toHaveProperty('x_new_key');
    const plain = Object.keys(await row(bench, { kind: 'warnings', messages: [] }));
    const fewer = Object.keys(await row(bench, { kind: 'typeMix', style: 'missingKeys' }));
    expect(fewer.length).toBeLessThan(plain.length);
    const mixed = await row(bench, { kind: 'typeMix', style: 'random' });
    const types = new Set(
      ['id', 'status', 'type', 'is_complete', 'payment_mode_id'].map((key) => typeof mixed[key]),
    );
    expect(types).toEqual(new Set(['string', 'number']));
  });

  test('F20: bare rows, by a rule or from birth', async () => {
    const bench = await startBench();
    await bench.orders(1);
    expect(await row(bench, { kind: 'bareRows' })).toMatchObject({
      customer: null,
      products: [],
      date: null,
    });
    expect(await row(bench, { kind: 'bareRows', date: 'unix' })).toMatchObject({ date: 1_772_438_400 });
    const [id] = await bench.orders(1, { template: { bare: 'unix' } });
    expect(await bench.order(id as number)).toMatchObject({ customer: null, date: 1_772_438_400 });
  });

  test('F29: stamps from another clock, and a change that shows up late', async () => {
    const bench = await startBench();
    const [id] = await bench.orders(1);
    expect(await row(bench, { kind: 'clockSkew', skewMs: 90_000 })).toMatchObject({
      modified: '2026-03-02 10:01:30',
    });
    await bench.control('POST', `orders/${id}/event`, { event: 'touch', modifiedSkewMs: -90_000 });
    expect(await bench.order(id as number)).toMatchObject({ modified: '2026-03-02 09:58:30' });
    expect((await bench.call('order/read', { modifiedAfter: '2026-03-02 09:59:00' })).rows).toEqual([]);
  });
});
