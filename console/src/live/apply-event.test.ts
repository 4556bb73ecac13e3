import { type InfiniteData, QueryClient } from '@tanstack/react-query';
import type { EventData, EventFrame, EventType, OrderSummary, StockLevel, Task } from '@tradepost/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ListPage } from '../api/queries.ts';
import { applyEvent } from './apply-event.ts';

type Pages<T> = InfiniteData<ListPage<T>, string | null>;

let client: QueryClient;
let stale: string[];

beforeEach(() => {
  client = new QueryClient();
  stale = [];
});

function apply<T extends EventType>(type: T, data: EventData<T>): void {
  const frame: EventFrame = { id: '1', channel: 'all', type, data, timestamp: '2026-01-01T00:00:00Z' };
  applyEvent(frame, client, { invalidate: (key) => void stale.push(JSON.stringify(key)) });
}

function show<T>(operation: string, query: object, items: T[]): void {
  client.setQueryData<Pages<T>>([operation, { query }, 'pages'], {
    pages: [{ items, nextCursor: null }],
    pageParams: [null],
  });
}

function shown<T>(operation: string, query: object): T[] {
  const lists = client.getQueryData<Pages<T>>([operation, { query }, 'pages']);
  return lists?.pages.flatMap((page) => page.items) ?? [];
}

function order(overrides: Partial<OrderSummary>): OrderSummary {
  return {
    id: 'known',
    externalId: '1',
    accountId: 'main',
    accountName: 'eMAG MAIN',
    fulfilment: 'seller',
    status: 'new',
    customerName: null,
    totalMinor: 100,
    currency: 'RON',
    lineCount: 1,
    placedAt: '2026-01-01T00:00:00Z',
    importedAt: '2026-01-01T00:00:00Z',
    acknowledgedAt: null,
    version: 1,
    ...overrides,
  };
}

function orderNew(overrides: Partial<EventData<'order_new'>>): EventData<'order_new'> {
  const { id, ...rest } = order({});
  return {
    ...rest,
    orderId: 'fresh',
    order_id: '2',
    customer_name: null,
    total_amount: 1,
    account_type: 'main',
    ...overrides,
  };
}

function orderUpdate(overrides: Partial<EventData<'order_update'>>): EventData<'order_update'> {
  return {
    orderId: 'known',
    externalId: '1',
    accountId: 'main',
    previousStatus: 'new',
    status: 'in_progress',
    acknowledgedAt: '2026-01-01T00:01:00Z',
    version: 2,
    order_id: '1',
    old_status: 'new',
    new_status: 'in_progress',
    ...overrides,
  };
}

describe('a new order', () => {
  test('stands on top of the lists whose filters it meets, and only there', () => {
    show('listOrders', {}, [order({})]);
    show('listOrders', { status: 'new' }, [order({})]);
    show('listOrders', { status: 'backordered' }, []);
    show('listOrders', { accountId: 'other' }, []);
    apply('order_new', orderNew({}));
    expect(shown<OrderSummary>('listOrders', {}).map(({ id }) => id)).toEqual(['fresh', 'known']);
    expect(shown('listOrders', { status: 'new' })).toHaveLength(2);
    expect(shown('listOrders', { status: 'backordered' })).toHaveLength(0);
    expect(shown('listOrders', { accountId: 'other' })).toHaveLength(0);
  });

  test('placed earlier than what is shown stands where the server would list it', () => {
    show('listOrders', {}, [
      order({ id: 'late', placedAt: '2026-01-01T10:00:00Z' }),
      order({ id: 'early', placedAt: '2026-01-01T08:00:00Z' }),
    ]);
    apply('order_new', orderNew({ placedAt: '2026-01-01T09:00:00Z' }));
    expect(shown<OrderSummary>('listOrders', {}).map(({ id }) => id)).toEqual(['late', 'fresh', 'early']);
  });

  test('placed earlier than all pages read so far waits for its page', () => {
    client.setQueryData<Pages<OrderSummary>>(['listOrders', { query: {} }, 'pages'], {
      pages: [{ items: [order({ placedAt: '2026-01-01T10:00:00Z' })], nextCursor: 'more' }],
      pageParams: [null],
    });
    apply('order_new', orderNew({ placedAt: '2026-01-01T09:00:00Z' }));
    expect(shown('listOrders', {})).toHaveLength(1);
  });

  test('told twice stands there once', () => {
    show('listOrders', {}, []);
    apply('order_new', orderNew({}));
    apply('order_new', orderNew({}));
    expect(shown('listOrders', {})).toHaveLength(1);
  });

  test('leaves a search to the server', () => {
    show('listOrders', { search: 'ana' }, []);
    apply('order_new', orderNew({}));
    expect(shown('listOrders', { search: 'ana' })).toHaveLength(0);
    expect(stale).toContain('["listOrders",{"query":{"search":"ana"}},"pages"]');
  });
});

describe('a changed order', () => {
  test('changes its row', () => {
    show('listOrders', {}, [order({})]);
    apply('order_update', orderUpdate({}));
    expect(shown<OrderSummary>('listOrders', {})[0]).toMatchObject({ status: 'in_progress', version: 2 });
  });

  test('does not turn a newer row back', () => {
    show('listOrders', {}, [order({ status: 'finalized', version: 5 })]);
    apply('order_update', orderUpdate({}));
    expect(shown<OrderSummary>('listOrders', {})[0]?.status).toBe('finalized');
  });

  test('makes the lists stale that it enters or leaves by its status', () => {
    show('listOrders', { status: 'new' }, [order({})]);
    show('listOrders', { status: 'cancelled' }, []);
    apply('order_update', orderUpdate({}));
    expect(stale).toContain('["listOrders",{"query":{"status":"new"}},"pages"]');
    expect(stale).not.toContain('["listOrders",{"query":{"status":"cancelled"}},"pages"]');
  });
});

describe('a changed stock level', () => {
  const level: StockLevel = {
    variantId: 'v',
    productId: 'p',
    sku: 'NW-1',
    name: 'Chai',
    location: 'main',
    onHand: 20,
    reserved: 0,
    incoming: 0,
    available: 20,
    safetyBuffer: 0,
    lowStockThreshold: 10,
    low: false,
    version: 3,
    updatedAt: '2026-01-01T00:00:00Z',
  };
  const { name, safetyBuffer, lowStockThreshold, ...figures } = level;
  const change = {
    ...figures,
    reserved: 12,
    available: 8,
    previousAvailable: 20,
    low: true,
    version: 4,
    updatedAt: '2026-01-01T00:05:00Z',
  };

  test('changes the lists, lets those of low items and of alerts follow, and what reaches up to now', () => {
    show('listStockLevels', {}, [level]);
    show('listStockLevels', { low: 'true' }, []);
    apply('stock_changed', change);
    expect(shown<StockLevel>('listStockLevels', {})[0]).toMatchObject({
      available: 8,
      low: true,
      name: 'Chai',
      updatedAt: '2026-01-01T00:05:00Z',
    });
    expect(stale).toContain('["listStockLevels",{"query":{"low":"true"}},"pages"]');
    expect(stale).toContain('["getDashboard"]');
    expect(stale).toContain('["listAlerts"]');
    expect(stale).toContain('["getStockSeries",{"query":{"sku":"NW-1"}}]');
  });

  test('of one location leaves the others alone; one that is new there is asked for', () => {
    show('listStockLevels', { sku: 'NW-1' }, [level]);
    apply('stock_changed', { ...change, location: 'shop' });
    expect(shown<StockLevel>('listStockLevels', { sku: 'NW-1' })[0]?.available).toBe(20);
    expect(stale).toContain('["listStockLevels",{"query":{"sku":"NW-1"}},"pages"]');
  });

  test('is dropped when a newer one is shown', () => {
    show('listStockLevels', {}, [level]);
    apply('stock_changed', { ...change, version: 3 });
    expect(shown<StockLevel>('listStockLevels', {})[0]?.available).toBe(20);
  });
});

test('steps of transfers and counts, crossings and notices: what shows them is asked for anew', () => {
  const moved = { from: 'main', to: 'shop', previousStatus: null, version: 1 } as const;
  apply('transfer_updated', { ...moved, transferId: 't', status: 'sent' });
  expect(stale).toEqual(['["listTransfers"]', '["getTransfer",{"params":{"id":"t"}}]']);
  stale.length = 0;
  apply('count_updated', {
    countId: 'c',
    location: 'main',
    previousStatus: 'open',
    status: 'reviewing',
    version: 2,
  });
  expect(stale).toContain('["getCount",{"params":{"id":"c"}}]');
  expect(stale).toContain('["listCountLines",{"params":{"id":"c"}}]');
  stale.length = 0;
  apply('notification_new', { kind: 'low_stock' });
  expect(stale).toEqual(['["listNotifications"]']);
});

describe('a changed task', () => {
  const task: Task = {
    id: 't',
    type: 'sync_orders',
    status: 'running',
    progress: null,
    result: null,
    error: null,
    attempt: 1,
    maxAttempts: 4,
    subject: null,
    runAt: '2026-01-01T00:00:00Z',
    cancelRequested: false,
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: null,
    finishedAt: null,
  };
  const update: EventData<'task_updated'> = {
    taskId: 't',
    type: 'sync_orders',
    status: 'running',
    attempt: 1,
    progress: { done: 5, total: 10, message: null },
    error: null,
    subject: null,
    cancelRequested: false,
    runAt: '2026-01-01T00:00:00Z',
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: '2026-01-01T00:00:01Z',
    finishedAt: null,
  };

  test('shows its progress without a refetch of the list it stays in', () => {
    show('listTasks', {}, [task]);
    apply('task_updated', update);
    expect(shown<Task>('listTasks', {})[0]).toMatchObject({
      progress: { done: 5 },
      startedAt: '2026-01-01T00:00:01Z',
    });
    expect(stale).not.toContain('["listTasks",{"query":{}},"pages"]');
  });

  test('that no list knows yet makes the unfiltered one stale', () => {
    show('listTasks', {}, []);
    apply('task_updated', update);
    expect(stale).toContain('["listTasks",{"query":{}},"pages"]');
  });

  test('of another type than a list shows leaves it as it is', () => {
    show('listTasks', { type: 'prove_stock' }, []);
    apply('task_updated', update);
    expect(stale).not.toContain('["listTasks",{"query":{"type":"prove_stock"}},"pages"]');
    apply('task_updated', { ...update, type: 'prove_stock' });
    expect(stale).toContain('["listTasks",{"query":{"type":"prove_stock"}},"pages"]');
  });
});

test('a single page of a list, as the search reads it, is left alone', () => {
  const key = ['listTasks', { query: { limit: 100 } }];
  client.setQueryData(key, { items: [], nextCursor: null });
  apply('task_updated', {
    taskId: 't',
    type: 'sync_orders',
    status: 'queued',
    attempt: 0,
    progress: null,
    error: null,
    subject: null,
    cancelRequested: false,
    runAt: '2026-01-01T00:00:00Z',
    createdAt: '2026-01-01T00:00:00Z',
    startedAt: null,
    finishedAt: null,
  });
  expect(client.getQueryData(key)).toEqual({ items: [], nextCursor: null });
});

test('an event of a type not known here changes nothing', () => {
  const frame: EventFrame = {
    id: '1',
    channel: 'all',
    type: 'chat_message',
    data: {},
    timestamp: '2026-01-01T00:00:00Z',
  };
  expect(() =>
    applyEvent(frame, client, { invalidate: (key) => void stale.push(JSON.stringify(key)) }),
  ).not.toThrow();
  expect(stale).toEqual([]);
});
