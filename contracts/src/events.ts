/**
 * The events of the log: what the wire calls them, where they go, what they carry. AsyncAPI and
 * docs/reference/events.md are made from this table.
 *
 * Each event is written in the transaction that changed the rows, so it exists exactly when the change does.
 */
import { z } from 'zod';
import { Currency, Id, Instant, Sku } from './common.ts';
import type { Permission } from './permissions.ts';
import { runKinds } from './routes/marketplaces.ts';
import { type NoticeKind, noticeData } from './routes/notifications.ts';
import { fulfilments, orderStates } from './routes/orders.ts';
import { purchaseOrderStates } from './routes/purchase-orders.ts';
import { countStates } from './routes/stock-counts.ts';
import { transferStates } from './routes/stock-transfers.ts';
import { Progress, taskStates } from './routes/tasks.ts';

/** Declared channels and the permission each asks for. `all` carries every event the credential may read. */
export const channels = {
  all: 'realtime.read',
  orders: 'orders.read',
  sync: 'marketplaces.read',
  inventory: 'inventory.read',
  purchasing: 'purchasing.read',
  products: 'products.read',
  tasks: 'tasks.read',
  notifications: 'realtime.read',
} as const satisfies Record<string, Permission>;
export type Channel = keyof typeof channels;
export type EventChannel = Exclude<Channel, 'all'>;

/** `main`: the seller ships; `fbe`: fulfilled by eMAG. */
const accountType = z.enum(['main', 'fbe']);

export const OrderNew = z.object({
  orderId: Id,
  externalId: z.string(),
  accountId: Id,
  accountName: z.string(),
  fulfilment: z.enum(fulfilments),
  status: z.enum(orderStates),
  customerName: z.string().nullable(),
  totalMinor: z.int(),
  currency: Currency,
  lineCount: z.int(),
  placedAt: Instant,
  importedAt: Instant,
  acknowledgedAt: Instant.nullable(),
  version: z.int(),
  order_id: z.string().describe("The marketplace's order number"),
  customer_name: z.string().nullable(),
  total_amount: z.number().describe('Gross total in major units'),
  account_type: accountType,
});

export const OrderUpdate = z.object({
  orderId: Id,
  externalId: z.string(),
  accountId: Id,
  previousStatus: z.enum(orderStates),
  status: z.enum(orderStates),
  acknowledgedAt: Instant.nullable(),
  version: z.int(),
  order_id: z.string(),
  old_status: z.enum(orderStates),
  new_status: z.enum(orderStates),
});

export const SyncProgress = z.object({
  accountId: Id,
  accountName: z.string(),
  runId: Id,
  kind: z.enum(runKinds),
  outcome: z.enum(['running', 'completed', 'failed']),
  read: z.int(),
  created: z.int(),
  changed: z.int(),
  acknowledged: z.int(),
  failed: z.int(),
  message: z.string(),
  account_type: accountType.nullable().describe('null: the run met orders of both kinds or of none'),
  progress: z.int().describe('Orders or products handled so far'),
  total: z.int().nullable(),
});

export const StockChanged = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  location: z.string(),
  onHand: z.int(),
  reserved: z.int(),
  incoming: z.int(),
  available: z.int(),
  previousAvailable: z.int(),
  low: z.boolean(),
  version: z
    .int()
    .describe('Rises by one with every change of the level; a reader can drop what is older than it has'),
  updatedAt: Instant,
});

/** A level that crossed a threshold downwards. `available` may be below both thresholds at once. */
export const StockAlerted = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  name: z.string(),
  location: z.string(),
  available: z.int(),
  threshold: z.int().describe('Available pieces at or below which this level is low'),
});

export const ReservationReleased = z.object({
  reservationId: Id,
  reference: z.string().nullable().describe('The document it was for, such as `order:<id>`'),
  reason: z.string().describe('What took its pieces, such as `count:<id>`'),
});

export const ReservationExpired = z.object({ reservationId: Id, reference: z.string().nullable() });

export const TransferUpdated = z.object({
  transferId: Id,
  from: z.string().describe('Code of the location it left'),
  to: z.string(),
  previousStatus: z.enum(transferStates).nullable().describe('null: it was sent'),
  status: z.enum(transferStates),
  version: z.int(),
});

export const CountUpdated = z.object({
  countId: Id,
  location: z.string(),
  previousStatus: z.enum(countStates).nullable().describe('null: it was opened'),
  status: z.enum(countStates),
  version: z.int(),
});

/** Says nothing of what the notice holds, nor of whom it is for: everybody reads their own. */
export const NotificationNew = z.object({
  kind: z.enum(Object.keys(noticeData) as [NoticeKind, ...NoticeKind[]]),
});

export const PurchaseOrderUpdated = z.object({
  purchaseOrderId: Id,
  number: z.string(),
  supplierId: Id,
  previousStatus: z.enum(purchaseOrderStates).nullable().describe('null: it was created'),
  status: z.enum(purchaseOrderStates).nullable().describe('null: the draft was deleted'),
  version: z.int(),
});

export const ProductUpdated = z.object({
  productId: Id,
  name: z.string(),
  change: z.enum(['created', 'updated', 'deleted', 'restored']),
  version: z.int(),
  fields: z
    .array(z.string())
    .optional()
    .describe('Of an update: the fields that changed, such as `name` or `variants`'),
});

export const TaskUpdated = z.object({
  taskId: Id,
  type: z.string(),
  status: z.enum(taskStates),
  attempt: z.int(),
  progress: Progress.nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  subject: z.string().nullable(),
  cancelRequested: z.boolean(),
  runAt: Instant,
  createdAt: Instant,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
});

export interface EventDefinition {
  channel: EventChannel;
  version: number;
  when: string;
  data: z.ZodType;
}

export const events = {
  order_new: {
    channel: 'orders',
    version: 1,
    when: 'An order was imported for the first time, in whatever status. Once per order.',
    data: OrderNew,
  },
  order_update: {
    channel: 'orders',
    version: 1,
    when: 'The status, lines or acknowledgement of a known order changed. Not on the first import.',
    data: OrderUpdate,
  },
  sync_progress: {
    channel: 'sync',
    version: 1,
    when: 'A run over a marketplace account began, committed a page, or ended well or badly.',
    data: SyncProgress,
  },
  stock_changed: {
    channel: 'inventory',
    version: 1,
    when: 'A stock level changed. One per level and commit, with the figures after it.',
    data: StockChanged,
  },
  stock_low: {
    channel: 'inventory',
    version: 1,
    when: 'A level that had more than its threshold has that many or fewer. Once per crossing: it must recover first.',
    data: StockAlerted,
  },
  stock_out: {
    channel: 'inventory',
    version: 1,
    when: 'A level that had pieces available has none. Once per crossing: it must recover first.',
    data: StockAlerted,
  },
  reservation_released: {
    channel: 'inventory',
    version: 1,
    when: 'A reservation was given up because fewer pieces were found than were reserved. Not when somebody released it.',
    data: ReservationReleased,
  },
  reservation_expired: {
    channel: 'inventory',
    version: 1,
    when: 'A reservation passed its deadline and its stock was given back.',
    data: ReservationExpired,
  },
  transfer_updated: {
    channel: 'inventory',
    version: 1,
    when: 'A transfer between locations was sent, received from, or cancelled.',
    data: TransferUpdated,
  },
  count_updated: {
    channel: 'inventory',
    version: 1,
    when: 'A stock count was opened, put under review, reopened, applied or cancelled. Not for each line.',
    data: CountUpdated,
  },
  purchase_order_updated: {
    channel: 'purchasing',
    version: 1,
    when: 'A purchase order was created, changed, sent, received from, cancelled, or deleted as a draft.',
    data: PurchaseOrderUpdated,
  },
  notification_new: {
    channel: 'notifications',
    version: 1,
    when: 'A notice was written for one or more people of the tenant.',
    data: NotificationNew,
  },
  product_updated: {
    channel: 'products',
    version: 1,
    when: 'A product or one of its variants was created, changed, deleted or restored. One per product and commit.',
    data: ProductUpdated,
  },
  task_updated: {
    channel: 'tasks',
    version: 1,
    when: 'A task was queued, has run for a quarter of a second, reported progress, was asked to stop, or ended.',
    data: TaskUpdated,
  },
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof events;
export type EventData<T extends EventType> = z.infer<(typeof events)[T]['data']>;
