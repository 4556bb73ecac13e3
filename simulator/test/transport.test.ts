import { expect, test } from 'vitest';
import { main, readReply, startBench } from './support.ts';

test('unknown routes, methods and cases are 404 from the gateway, whoever asks', async () => {
  const bench = await startBench();
  for (const [path, method] of [
    ['order/save', 'POST'],
    ['order/setcallback', 'POST'],
    ['Order/read', 'POST'],
    ['order/read', 'GET'],
    ['', 'POST'],
  ] as const) {
    const response = await bench.fetch(path, {}, main, { method, body: method === 'GET' ? null : '{}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: 'no Route matched with those values' });
  }
  expect((await fetch(`${bench.simulator.url}/elsewhere`)).status).toBe(404);
});

test('credentials: none is 401, wrong ones are 403, an address off the list is an error with 200', async () => {
  const bench = await startBench();
  const read = async (headers: Record<string, string>) =>
    readReply(await bench.fetch('vat/read', {}, main, { headers }));
  expect(await read({})).toMatchObject({ status: 401, text: '{"message":"Unauthorized"}' });
  expect((await read({ Authorization: 'Bearer x' })).status).toBe(401);
  const wrong = await read({ Authorization: `Basic ${Buffer.from(`${main}:nope`).toString('base64')}` });
  expect(wrong).toMatchObject({
    status: 403,
    isError: true,
    messages: ['You are not allowed to use this API.'],
  });
  await bench.control('POST', 'accounts', { username: 'far', password: 'p', ips: ['203.0.113.9'] });
  const far = await bench.call('vat/read', {}, 'far');
  expect(far).toMatchObject({
    status: 200,
    isError: true,
    messages: ['ERROR: Invalid vendor ip [127.0.0.1]'],
  });
  await bench.control('POST', 'settings', { dialect: { ipErrorStatus: 403 } });
  expect((await bench.call('vat/read', {}, 'far')).status).toBe(403);
});

test('bodies: broken JSON and more than 4,000 inputs are business errors', async () => {
  const bench = await startBench();
  const broken = await readReply(await bench.fetch('order/read', {}, main, { body: '{"status":' }));
  expect(broken).toMatchObject({ status: 200, isError: true });
  const many = Object.fromEntries(Array.from({ length: 4001 }, (_, index) => [`key${index}`, 1]));
  expect((await bench.call('order/read', many)).messages).toEqual(['Maximum input vars of 4000 exceeded']);
  expect((await bench.form('order/read', 'data[__proto__][status]=2&__proto__[x]=1')).isError).toBe(false);
  expect(({} as { status?: unknown }).status).toBeUndefined();
});

test('order calls have 12 a second and 720 a minute, all others 3 and 180 together, per account', async () => {
  const bench = await startBench({ rateLimits: true });
  const statuses = async (path: string, count: number, username = main) => {
    const all = await Promise.all(Array.from({ length: count }, () => bench.fetch(path, {}, username)));
    await Promise.all(all.map((response) => response.arrayBuffer()));
    return all.filter((response) => response.status === 200).length;
  };
  expect(await statuses('order/count', 15)).toBe(12);
  expect([await statuses('vat/read', 2), await statuses('category/count', 3)]).toEqual([2, 1]);
  expect(await statuses('vat/read', 3, 'main@eastwind.example')).toBe(3);
  const refused = await readReply(await bench.fetch('order/count'));
  expect(refused).toMatchObject({ status: 429, text: '{"message":"API rate limit exceeded"}' });
  expect(refused.headers.get('X-RateLimit-Limit-second')).toBe('12');
  expect(refused.headers.get('X-RateLimit-Remaining-second')).toBe('0');
  expect(refused.headers.get('Retry-After')).toBeNull();
  bench.clock.atMs += 999;
  expect(await statuses('order/count', 1)).toBe(0);
  let passed = 3;
  for (let second = 0; second < 59; second += 1) {
    bench.clock.atMs += 1000;
    passed += await statuses('vat/read', 4);
  }
  expect(passed).toBe(180);
});

test('a window slides, and refused credentials count while refused repeats do not', async () => {
  const bench = await startBench({ rateLimits: true });
  await bench.control('POST', 'settings', { rateLimits: { order: [{ windowMs: 3000, max: 1 }] } });
  const headers = { Authorization: `Basic ${Buffer.from(`${main}:nope`).toString('base64')}` };
  expect((await bench.fetch('order/count', {}, main, { headers })).status).toBe(403);
  const refused = await bench.fetch('order/count');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('X-RateLimit-Limit-3second')).toBe('1');
  bench.clock.atMs += 2000;
  expect((await bench.fetch('order/count')).status).toBe(429);
  bench.clock.atMs += 1000;
  expect((await bench.fetch('order/count')).status).toBe(200);
  await bench.control('POST', 'settings', { rateLimits: 'off' });
  expect((await bench.fetch('order/count')).status).toBe(200);
});

test('the dialect switches sort, page cap, number style and the errors key', async () => {
  const bench = await startBench();
  const ids = await bench.orders(3);
  const dialect = {
    orderSort: 'oldestFirst',
    overlongPage: 'refused',
    numericStyle: 'allStrings',
    errorsKey: 'absent',
  };
  await bench.control('POST', 'settings', { dialect });
  const { rows, text } = await bench.call('order/read');
  expect(rows.map((row) => row.id)).toEqual(ids.map(String));
  expect(Object.keys(JSON.parse(text))).toEqual(['isError', 'messages', 'results']);
  expect((await bench.call('order/read', { itemsPerPage: 101 })).status).toBe(400);
});

test('the log has request, answer and account, but no credentials', async () => {
  const bench = await startBench();
  await bench.call('order/read', { status: 1 });
  const { entries } = await bench.control<{ entries: unknown[] }>('GET', 'log?limit=5');
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({
    path: '/api-3/order/read',
    account: main,
    request: '{"status":1}',
    status: 200,
  });
  expect(JSON.stringify(entries)).not.toContain('sandbox-northwind');
});

test('wrong control calls are 4xx that name the field', async () => {
  const bench = await startBench();
  for (const [method, path, body, status, named] of [
    ['POST', 'orders', { count: 1 }, 400, 'account'],
    ['POST', 'orders', { account: 'nobody' }, 404, 'account'],
    ['POST', 'orders', { account: main, count: 0 }, 400, 'count'],
    ['POST', 'orders', { account: main, lines: [{ part_number: 'X', quantity: 1 }] }, 400, 'lines'],
    ['POST', 'orders', { account: main, template: { colour: 1 } }, 400, 'colour'],
    ['POST', 'orders/5/event', { event: 'cancel' }, 404, '5'],
    ['POST', 'orders/5/event', { event: 'explode' }, 400, 'event'],
    ['POST', 'clock', {}, 400, 'advanceMs'],
    ['POST', 'faults', [{ action: { kind: 'boom' } }], 400, 'kind'],
    ['POST', 'faults', [{ action: { kind: 'timeout' }, stage: 'never' }], 400, 'stage'],
    ['POST', 'faults', [{ action: { kind: 'emptyPage' }, stage: 'before' }], 400, 'stage'],
    ['POST', 'settings', { rateLimits: 'maybe' }, 400, 'rateLimits'],
    ['POST', 'accounts', { username: main, password: 'x' }, 409, 'username'],
    ['GET', 'nowhere', undefined, 404, 'nowhere'],
  ] as const) {
    const response = await bench.controlFetch(method, path, body);
    const { message } = (await response.json()) as { message: string };
    expect([response.status, message]).toEqual([status, expect.stringContaining(named)]);
  }
  const response = await fetch(`${bench.simulator.url}/__sandbox/reset`, { method: 'POST', body: '{' });
  expect(response.status).toBe(400);
});
