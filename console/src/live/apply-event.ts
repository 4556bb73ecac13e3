/**
 * What an event changes in the caches. Where the event carries all a row shows, the row is patched at once; where it
 * does not, the queries are invalidated. A version older than the one shown is dropped.
 */
import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query';
import type {
  Dashboard,
  EventData,
  EventFrame,
  EventType,
  OrderSummary,
  StockLevel,
  Task,
} from '@tradepost/contracts';
import type { ListPage } from '../api/queries.ts';
import type { Coalescer } from './coalesce.ts';

/** Rows of `latestOrders` that Today shows at most. */
const LATEST_ORDERS = 10;

type Handler<T extends EventType> = (data: EventData<T>, client: QueryClient, later: Coalescer) => void;

const handlers: { [T in EventType]: Handler<T> } = {
  order_new: (data, client, later) => {
    const order = orderFromEvent(data);
    for (const [key, lists] of pagesOf<OrderSummary>(client, 'listOrders')) {
      const query = queryOf(key);
      if (query.search || query.externalId) later.invalidate(key);
      else if (matches(query, order)) client.setQueryData(key, insert(lists, order));
    }
    client.setQueryData<Dashboard>(['getDashboard', {}], (dashboard) => {
      if (dashboard === undefined || dashboard.latestOrders.some((known) => known.id === order.id))
        return dashboard;
      return { ...dashboard, latestOrders: withOrder(dashboard.latestOrders, order).slice(0, LATEST_ORDERS) };
    });
    later.invalidate(['getDashboard']);
  },

  order_update: (data, client, later) => {
    const patch = (order: OrderSummary): OrderSummary =>
      order.id === data.orderId && order.version < data.version
        ? { ...order, status: data.status, acknowledgedAt: data.acknowledgedAt, version: data.version }
        : order;
    for (const [key, lists] of pagesOf<OrderSummary>(client, 'listOrders')) {
      client.setQueryData(key, mapItems(lists, patch));
      // A list filtered by status may gain or lose the order; only the server knows where it belongs.
      const { status } = queryOf(key);
      if (status && (status === data.status || status === data.previousStatus)) later.invalidate(key);
    }
    client.setQueryData<Dashboard>(['getDashboard', {}], (dashboard) =>
      dashboard === undefined ? dashboard : { ...dashboard, latestOrders: dashboard.latestOrders.map(patch) },
    );
    later.invalidate(['getOrder', { params: { id: data.orderId } }]);
    if (data.status === 'backordered' || data.previousStatus === 'backordered')
      later.invalidate(['getDashboard']);
  },

  sync_progress: (data, _client, later) => {
    later.invalidate(['listMarketplaceAccounts']);
    later.invalidate(['getMarketplaceAccount', { params: { id: data.accountId } }]);
    later.invalidate(['listSyncRuns', { params: { id: data.accountId } }]);
    if (data.outcome !== 'running') later.invalidate(['getDashboard']);
  },

  stock_changed: (data, client, later) => {
    const patch = (level: StockLevel): StockLevel =>
      level.variantId === data.variantId && level.location === data.location && level.version < data.version
        ? {
            ...level,
            onHand: data.onHand,
            reserved: data.reserved,
            incoming: data.incoming,
            available: data.available,
            low: data.low,
            version: data.version,
            updatedAt: data.updatedAt,
          }
        : level;
    let lowChanged = false;
    for (const [key, lists] of pagesOf<StockLevel>(client, 'listStockLevels')) {
      const known = lists?.pages
        .flatMap((page) => page.items)
        .find((item) => item.variantId === data.variantId && item.location === data.location);
      if (known !== undefined && known.low !== data.low) lowChanged = true;
      if (queryOf(key).low === 'true' && (known === undefined ? data.low : !data.low)) later.invalidate(key);
      // A level of an item that is shown whole: pieces came to where none had been.
      if (known === undefined && lists !== undefined && queryOf(key).sku === data.sku) later.invalidate(key);
      client.setQueryData(key, mapItems(lists, patch));
    }
    later.invalidate(['listMovements', { query: { sku: data.sku } }]);
    // The past does not change; what reaches up to now goes on.
    later.invalidate(['getStockSeries', { query: { sku: data.sku } }]);
    later.invalidate(['getStockMoment', { query: { sku: data.sku } }]);
    if (lowChanged) crossed(data, client, later);
  },

  stock_low: crossed,
  stock_out: crossed,

  transfer_updated: (data, _client, later) => {
    later.invalidate(['listTransfers']);
    later.invalidate(['getTransfer', { params: { id: data.transferId } }]);
  },

  count_updated: (data, _client, later) => {
    later.invalidate(['listCounts']);
    later.invalidate(['getCount', { params: { id: data.countId } }]);
    later.invalidate(['listCountLines', { params: { id: data.countId } }]);
  },

  notification_new: (_data, _client, later) => later.invalidate(['listNotifications']),

  reservation_released: () => {
    // The order it was for arrives as `order_update`, the stock as `stock_changed`.
  },

  reservation_expired: () => {
    // The stock it gave back arrives as `stock_changed`; nothing else on these screens shows reservations.
  },

  purchase_order_updated: (data, _client, later) => {
    later.invalidate(['listPurchaseOrders']);
    later.invalidate(['getPurchaseOrder', { params: { id: data.purchaseOrderId } }]);
    // What is drafted or on its way counts in what must be ordered.
    later.invalidate(['listReorderPlans']);
    later.invalidate(['getReorderPlan']);
  },

  product_updated: (data, _client, later) => {
    later.invalidate(['listProducts']);
    later.invalidate(['getProduct', { params: { id: data.productId } }]);
    // Counts of categories and brands follow what their products say.
    if (
      data.change !== 'updated' ||
      data.fields?.some((field) => field === 'category' || field === 'brand')
    ) {
      later.invalidate(['listCategories']);
      later.invalidate(['listBrands']);
    }
    later.invalidate(['listStockLevels']);
  },

  task_updated: (data, client, later) => {
    let known = false;
    const patch = (task: Task): Task => {
      if (task.id !== data.taskId) return task;
      known = true;
      const { status, attempt, progress, error, cancelRequested, runAt, startedAt, finishedAt } = data;
      return { ...task, status, attempt, progress, error, cancelRequested, runAt, startedAt, finishedAt };
    };
    for (const [key, lists] of pagesOf<Task>(client, 'listTasks')) {
      client.setQueryData(key, mapItems(lists, patch));
      const { status, type } = queryOf(key);
      if (type && type !== data.type) continue;
      if (status ? status === data.status : !known) later.invalidate(key);
      // A row that left its filter stays until the refetch removes it, showing its new state meanwhile.
      else if (status && known) later.invalidate(key);
    }
    later.invalidate(['getTask', { params: { id: data.taskId } }]);
    if (data.status === 'failed') later.invalidate(['getDashboard']);
    if (data.type.endsWith('_import')) later.invalidate(['getImport']);
    if (data.finishedAt !== null) for (const stale of madeBy[data.type] ?? []) later.invalidate([stale]);
  },
};

/** A level crossed its threshold, one way or the other. */
function crossed(_data: unknown, _client: QueryClient, later: Coalescer): void {
  later.invalidate(['getDashboard']);
  later.invalidate(['listAlerts']);
}

/** What a task that ended may have made stale and no other event tells of. */
const madeBy: Record<string, readonly string[]> = {
  check_import: ['listImports', 'listImportRows'],
  apply_import: ['listImports', 'listImportRows', 'listSuppliers'],
  undo_import: ['listImports', 'listImportRows', 'listSuppliers'],
  prove_stock: ['listTasks'],
  check_ledger: ['getLedgerReport'],
  auto_reorder_stock: ['listReorderPlans', 'getReorderPlan', 'listPurchaseOrders'],
};

/** Applies one frame to the caches. Types this console does not know are for other readers. */
export function applyEvent(frame: EventFrame, client: QueryClient, later: Coalescer): void {
  const handler = handlers[frame.type as EventType] as Handler<EventType> | undefined;
  handler?.(frame.data as EventData<EventType>, client, later);
}

type Pages<T> = InfiniteData<ListPage<T>, string | null>;

/** The growing lists of an operation; what reads a single page of it, such as the search, keeps its own hours. */
function pagesOf<T>(client: QueryClient, operation: string): [QueryKey, Pages<T> | undefined][] {
  return client.getQueriesData<Pages<T>>({
    queryKey: [operation],
    predicate: ({ queryKey }) => queryKey[2] === 'pages',
  });
}

function mapItems<T>(lists: Pages<T> | undefined, patch: (item: T) => T): Pages<T> | undefined {
  if (lists === undefined) return lists;
  return { ...lists, pages: lists.pages.map((page) => ({ ...page, items: page.items.map(patch) })) };
}

/** Puts an order where the list has it: latest placed first. Beyond the pages read so far it waits for its page. */
function insert(
  lists: Pages<OrderSummary> | undefined,
  order: OrderSummary,
): Pages<OrderSummary> | undefined {
  if (lists === undefined || lists.pages.some((page) => page.items.some(({ id }) => id === order.id)))
    return lists;
  const at = lists.pages.findIndex(
    (page) => page.nextCursor === null || page.items.some((known) => known.placedAt <= order.placedAt),
  );
  if (at < 0) return lists;
  const pages = lists.pages.map((page, index) =>
    index === at ? { ...page, items: withOrder(page.items, order) } : page,
  );
  return { ...lists, pages };
}

function withOrder(items: readonly OrderSummary[], order: OrderSummary): OrderSummary[] {
  const older = items.findIndex((known) => known.placedAt <= order.placedAt);
  return older < 0 ? [...items, order] : items.toSpliced(older, 0, order);
}

/** The `query` part of a key `[operation, {query}, 'pages']`. */
function queryOf(key: readonly unknown[]): Record<string, unknown> {
  return (key[1] as { query?: Record<string, unknown> } | undefined)?.query ?? {};
}

function matches(query: Record<string, unknown>, order: OrderSummary): boolean {
  return (
    (!query.status || query.status === order.status) &&
    (!query.accountId || query.accountId === order.accountId)
  );
}

function orderFromEvent(data: EventData<'order_new'>): OrderSummary {
  return {
    id: data.orderId,
    externalId: data.externalId,
    accountId: data.accountId,
    accountName: data.accountName,
    fulfilment: data.fulfilment,
    status: data.status,
    customerName: data.customerName,
    totalMinor: data.totalMinor,
    currency: data.currency,
    lineCount: data.lineCount,
    placedAt: data.placedAt,
    importedAt: data.importedAt,
    acknowledgedAt: data.acknowledgedAt,
    version: data.version,
  };
}
