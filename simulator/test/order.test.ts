import { describe, expect, test } from 'vitest';
import { fbe, idsOf, main, type Row, second, startBench } from './support.ts';

describe('order/read', () => {
  test('gives the newest first, type 3 unless asked, 100 a page, and an empty page past the end', async () => {
    const bench = await startBench();
    const ids = await bench.orders(130);
    const theirs = await bench.orders(2, { type: 2 });
    const first = await bench.call('order/read', { itemsPerPage: 300 });
    expect(idsOf(first.rows)).toEqual(ids.toReversed().slice(0, 100));
    expect(idsOf((await bench.call('order/read', { currentPage: 2 })).rows)).toEqual(
      ids.toReversed().slice(100),
    );
    const beyond = await bench.call('order/read', { currentPage: 3 });
    expect(beyond).toMatchObject({ status: 200, isError: false, rows: [] });
    expect(idsOf((await bench.call('order/read', { type: 2 })).rows)).toEqual(theirs.toReversed());
    expect((await bench.call('order/read', { id: theirs[0] })).rows).toEqual([]);
  });

  test('filters by status, payment, completeness and lists, from JSON and both kinds of form', async () => {
    const bench = await startBench();
    const [cod] = await bench.orders(1, { template: { paymentModeId: 1 } });
    const [card] = await bench.orders(1, { template: { paymentModeId: 3 }, status: 2 });
    const [incomplete] = await bench.orders(1, { template: { paymentModeId: 2, isComplete: 0 } });
    const read = async (filter: Row) => idsOf((await bench.call('order/read', filter)).rows);
    expect(await read({ status: 2 })).toEqual([card]);
    expect(await read({ status: ['1', 2], payment_mode_id: [1, 3] })).toEqual([card, cod]);
    expect(await read({ is_complete: 0 })).toEqual([incomplete]);
    expect(await read({ id: [cod, card], unknown_key: 'x' })).toEqual([card, cod]);
    const wrapped = 'data%5Bstatus%5D%5B0%5D=2&data%5BitemsPerPage%5D=5';
    expect(idsOf((await bench.form('order/read', wrapped)).rows)).toEqual([card]);
    expect(idsOf((await bench.form('order/read', 'status=2&currentPage=1')).rows)).toEqual([card]);
  });

  test('ignores filters in a JSON data wrapper, unless told to honour them', async () => {
    const bench = await startBench();
    const ids = await bench.orders(3);
    const wrapped = { data: { id: ids[0] } };
    expect((await bench.call('order/read', wrapped)).rows).toHaveLength(3);
    const { entries } = await bench.control<{ entries: Row[] }>('GET', 'log?limit=1');
    expect(entries[0]?.warnings).toHaveLength(1);
    await bench.control('POST', 'settings', { dialect: { jsonDataWrapper: 'honoured' } });
    expect(idsOf((await bench.call('order/read', wrapped)).rows)).toEqual([ids[0]]);
  });

  test('windows are inclusive, bound to a month when both ends are given, and need their start', async () => {
    const bench = await startBench();
    const [early] = await bench.orders(1);
    bench.clock.atMs += 60_000;
    const [late] = await bench.orders(1);
    const read = async (filter: Row) => idsOf((await bench.call('order/read', filter)).rows);
    expect(await read({ modifiedAfter: '2026-03-02 10:01:00' })).toEqual([late]);
    expect(await read({ modifiedAfter: '2026-03-02 10:00' })).toEqual([late, early]);
    expect(await read({ createdAfter: '2026-03-01 00:00:00', createdBefore: '2026-03-02 10:00:00' })).toEqual(
      [early],
    );
    expect(await read({ modifiedAfter: '2025-09-01 00:00:00' })).toEqual([late, early]);
    for (const bad of [
      { modifiedBefore: '2026-03-02 10:00:00' },
      { createdAfter: '2026-01-31 00:00:00', createdBefore: '2026-02-28 00:00:01' },
      { modifiedAfter: '2026-02-30 00:00:00' },
      { modifiedAfter: 1772445600 },
      { status: 9 },
      { status: 'new' },
      { currentPage: 0 },
    ]) {
      expect(await bench.call('order/read', bad)).toMatchObject({ status: 200, isError: true, rows: [] });
    }
    const month = { createdAfter: '2026-01-31 00:00:00', createdBefore: '2026-02-28 00:00:00' };
    expect((await bench.call('order/read', month)).isError).toBe(false);
  });

  test('counts with the same filters, in strings', async () => {
    const bench = await startBench();
    await bench.orders(101);
    await bench.orders(1, { status: 4 });
    const { text } = await bench.call('order/count', { status: 1 });
    expect(JSON.parse(text)).toEqual({
      isError: false,
      messages: [],
      errors: [],
      results: { noOfItems: '101', noOfPages: '2', itemsPerPage: '100' },
    });
  });

  test('carries the typing quirks of the wire, and amounts that add up', async () => {
    const bench = await startBench();
    const lines = [
      { part_number: 'NW-001', quantity: 2 },
      { part_number: 'NW-011', quantity: 1 },
    ];
    const template = { paymentModeId: 3, voucher: true, locker: false };
    const [id] = await bench.orders(1, { lines, template });
    const reply = await bench.call('order/read', { id });
    const order = reply.rows[0] as Row;
    expect(order).toMatchObject({
      id,
      status: 1,
      type: 3,
      details: [],
      is_storno: false,
      refunded_amount: '0',
    });
    expect(order.reason_cancellation).toEqual({ id: null, name: null });
    const [first, other] = order.products as Row[];
    expect(first).toMatchObject({
      product_id: '1',
      ext_part_number: 'NW-001',
      sale_price: '82.8000',
      vat: '0.2100',
    });
    expect(first?.part_number_key).toMatch(/^[A-Z0-9]+$/);
    expect(other).toMatchObject({ product_id: '11', vat: '0.1100', quantity: 1 });
    const voucher = (order.vouchers as Row[])[0] as Row;
    const gross =
      2 * 82.8 * 1.21 +
      96.6 * 1.11 +
      Number(order.shipping_tax) +
      Number(voucher.sale_price) +
      Number(voucher.sale_price_vat);
    expect(order.cashed_co).toBeCloseTo(gross, 2);
    expect((order.customer as Row).email).toMatch(/^[0-9a-f]+@emag\.ro$/);
    expect(reply.text).toMatch(/^[\x20-\x7e]*$/);
  });

  test('the same seed gives the same orders, another seed others', async () => {
    const read = async (seed: number) => {
      const bench = await startBench({ seed });
      await bench.orders(20);
      return (await bench.call('order/read')).text;
    };
    expect(await read(7)).toBe(await read(7));
    expect(await read(7)).not.toBe(await read(8));
  });

  test('accounts see their own orders; FBE ones are type 2 with ids above 2^31', async () => {
    const bench = await startBench();
    const [mine] = await bench.orders(1);
    const [theirs] = await bench.orders(1, { account: fbe });
    expect(theirs).toBeGreaterThan(2 ** 31);
    expect(idsOf((await bench.call('order/read', { type: 2 }, fbe)).rows)).toEqual([theirs]);
    expect((await bench.call('order/read', { id: mine }, second)).rows).toEqual([]);
    expect((await bench.call(`order/acknowledge/${mine}`, {}, second)).messages).toEqual([
      'ERROR: Invalid order id.',
    ]);
  });

  test('platforms have their own money and may use the same id', async () => {
    const hungary = {
      name: 'HU',
      tenant: 'x',
      username: 'hu',
      password: 'p',
      platform: 'emag_hu',
      fbe: false,
    } as const;
    const romania = { ...hungary, name: 'RO', username: 'ro', platform: 'emag_ro' } as const;
    const bench = await startBench({
      accounts: [
        { ...hungary, ips: null },
        { ...romania, ips: null },
      ],
    });
    await bench.orders(1, { account: 'hu', firstId: 412_345_678, template: { paymentModeId: 3 } });
    await bench.orders(1, { account: 'ro', firstId: 412_345_678 });
    const order = await bench.order(412_345_678, 'hu');
    expect(order).toMatchObject({ currency: 'HUF', created: '2026-03-02 09:00:00' });
    expect(Number.isInteger(order.cashed_co)).toBe(true);
    expect(await bench.order(412_345_678, 'ro')).toMatchObject({ currency: 'RON' });
  });
});

describe('order/acknowledge', () => {
  test('moves 1 to 2 once; the second call is 400 and changes nothing', async () => {
    const bench = await startBench();
    const [id] = await bench.orders(1);
    bench.clock.atMs += 5000;
    expect(await bench.call(`order/acknowledge/${id}`)).toMatchObject({
      status: 200,
      isError: false,
      rows: [],
    });
    expect(await bench.order(id as number)).toMatchObject({ status: 2, modified: '2026-03-02 10:00:05' });
    const again = await bench.call(`order/acknowledge/${id}`);
    expect(again).toMatchObject({
      status: 400,
      isError: true,
      messages: ['ERROR: Order is already in progress.'],
    });
    const { accounts } = await bench.control<{ accounts: { orders: Row[] }[] }>('GET', 'state?orders=1');
    expect(accounts[0]?.orders[0]).toMatchObject({ id, acknowledgedCount: 1, acknowledgeCalls: 2 });
  });

  test('refuses cancelled, type 2 and unknown orders, and an empty form body is enough', async () => {
    const bench = await startBench();
    const [cancelled] = await bench.orders(1);
    await bench.control('POST', `orders/${cancelled}/event`, { event: 'cancel' });
    const [theirs] = await bench.orders(1, { type: 2 });
    const [fine] = await bench.orders(1);
    const message = async (id: unknown) => {
      const { status, messages } = await bench.call(`order/acknowledge/${id}`);
      return [status, messages[0]];
    };
    expect(await message(cancelled)).toEqual([400, 'ERROR: Order is canceled.']);
    expect(await message(theirs)).toEqual([400, 'ERROR: Acknowledge is not allowed for this order type.']);
    expect(await message('abc')).toEqual([400, 'ERROR: Invalid order id.']);
    expect((await bench.form(`order/acknowledge/${fine}`, '')).isError).toBe(false);
  });

  test('a fresh order can be locked for a while', async () => {
    const bench = await startBench();
    await bench.control('POST', 'settings', { dialect: { acknowledgeLockMs: 5000 } });
    const [id] = await bench.orders(1);
    const locked = await bench.call(`order/acknowledge/${id}`);
    expect(locked).toMatchObject({ status: 400, messages: ['ERROR: Resource locked for processing'] });
    bench.clock.atMs += 5000;
    expect((await bench.call(`order/acknowledge/${id}`)).isError).toBe(false);
  });

  test('stock is held by the new order, leaves the shelf when acknowledged, and comes back on cancellation', async () => {
    const bench = await startBench();
    const { general_stock: before } = await bench.offer(1);
    const stock = async () => {
      const offer = await bench.offer(1);
      return [offer.general_stock, offer.estimated_stock, (offer.stock as Row[])[0]?.value];
    };
    const [id] = await bench.orders(1, { lines: [{ part_number: 'NW-001', quantity: 4 }] });
    const full = before as number;
    expect(await stock()).toEqual([full, full - 4, full]);
    await bench.call(`order/acknowledge/${id}`);
    expect(await stock()).toEqual([full - 4, full - 4, full - 4]);
    const edit = { event: 'edit', lines: [{ part_number: 'NW-001', quantity: 1 }] };
    await bench.control('POST', `orders/${id}/event`, edit);
    expect(await stock()).toEqual([full - 1, full - 1, full - 1]);
    await bench.control('POST', `orders/${id}/event`, { event: 'cancel' });
    expect(await stock()).toEqual([full, full, full]);
  });
});

test('events keep to the transition matrix', async () => {
  const bench = await startBench();
  const [id] = await bench.orders(1);
  const happen = async (event: string) => {
    const response = await bench.controlFetch('POST', `orders/${id}/event`, { event });
    const { status } = (await response.json()) as Row;
    return response.ok ? status : response.status;
  };
  expect(await happen('finalize')).toBe(409);
  expect(await happen('acknowledgeByOther')).toBe(2);
  expect(await happen('prepare')).toBe(3);
  expect(await happen('deliver')).toBe(4);
  bench.clock.atMs += 48 * 3_600_000;
  expect(await happen('cancel')).toBe(0);
  expect(await happen('reactivate')).toBe(2);
  expect(await happen('finalize')).toBe(4);
  bench.clock.atMs += 48 * 3_600_000 + 1000;
  expect(await happen('cancel')).toBe(409);
  expect(await happen('return')).toBe(5);
  expect(await happen('cancel')).toBe(409);
  expect(await bench.order(id as number, main)).toMatchObject({ status: 5, payment_status: 1 });
});
