/**
 * Closed lists of the contracts that are needed at run time. Written out, because importing the contracts' own would
 * bring their validator along; a list that misses or invents a word does not compile.
 */
import type {
  AlertState,
  CountState,
  ImportKind,
  ImportState,
  importFields as importFieldsByKind,
  OrderState,
  Permission,
  Platform,
  ProductSort,
  ProductStatus,
  PurchaseOrderState,
  RowOutcome,
  TaskState,
  TransferState,
} from '@tradepost/contracts';

function wordsOf<T extends string>(words: Record<T, true>): readonly T[] {
  return Object.keys(words) as T[];
}

export const orderStates = wordsOf<OrderState>({
  new: true,
  backordered: true,
  in_progress: true,
  prepared: true,
  finalized: true,
  cancelled: true,
  returned: true,
});

export const productStatuses = wordsOf<ProductStatus>({ active: true, draft: true, archived: true });

export const productSorts = wordsOf<ProductSort>({
  newest: true,
  oldest: true,
  updated: true,
  name: true,
  '-name': true,
  price: true,
  '-price': true,
  sku: true,
  relevance: true,
});

export const taskStates = wordsOf<TaskState>({
  running: true,
  queued: true,
  retrying: true,
  failed: true,
  completed: true,
  cancelled: true,
});

export const transferStates = wordsOf<TransferState>({
  sent: true,
  partly_received: true,
  received: true,
  cancelled: true,
});

export const countStates = wordsOf<CountState>({
  open: true,
  reviewing: true,
  applying: true,
  applied: true,
  cancelled: true,
});

export const alertStates = wordsOf<AlertState>({
  open: true,
  acknowledged: true,
  snoozed: true,
  resolved: true,
});

export const purchaseOrderStates = wordsOf<PurchaseOrderState>({
  draft: true,
  sent: true,
  partly_received: true,
  received: true,
  cancelled: true,
});

export const importKinds = wordsOf<ImportKind>({
  stock: true,
  products: true,
  prices: true,
  suppliers: true,
});

export const importStates = wordsOf<ImportState>({
  draft: true,
  checking: true,
  checked: true,
  applying: true,
  applied: true,
  undoing: true,
  undone: true,
});

export const rowOutcomes = wordsOf<RowOutcome>({ new: true, changed: true, wrong: true, unchanged: true });

type FieldOf<K extends ImportKind> = (typeof importFieldsByKind)[K][number];
/** What a column of a file can mean, per kind. */
export const importFields: { [K in ImportKind]: readonly FieldOf<K>[] } = {
  stock: wordsOf<FieldOf<'stock'>>({ sku: true, location: true, onHand: true }),
  prices: wordsOf<FieldOf<'prices'>>({ sku: true, price: true, currency: true, cost: true, vatRate: true }),
  products: wordsOf<FieldOf<'products'>>({
    sku: true,
    product: true,
    name: true,
    description: true,
    status: true,
    brand: true,
    category: true,
    attributes: true,
    variantName: true,
    variantStatus: true,
    barcode: true,
    partNumber: true,
    price: true,
    currency: true,
    cost: true,
    vatRate: true,
    weightGrams: true,
    variantAttributes: true,
    openingStock: true,
  }),
  suppliers: wordsOf<FieldOf<'suppliers'>>({
    name: true,
    email: true,
    phone: true,
    currency: true,
    leadTimeDays: true,
    reviewPeriodDays: true,
    notes: true,
  }),
};

export const platforms = wordsOf<Platform>({
  emag_ro: true,
  emag_bg: true,
  emag_hu: true,
  fd_ro: true,
  fd_bg: true,
});

export const permissions = wordsOf<Permission>({
  'dashboard.read': true,
  'orders.read': true,
  'products.read': true,
  'products.write': true,
  'inventory.read': true,
  'inventory.write': true,
  'inventory.manage': true,
  'purchasing.read': true,
  'purchasing.write': true,
  'imports.read': true,
  'imports.write': true,
  'tasks.read': true,
  'tasks.write': true,
  'marketplaces.read': true,
  'marketplaces.write': true,
  'realtime.read': true,
  'members.read': true,
  'members.write': true,
  'keys.read': true,
  'keys.write': true,
  'audit.read': true,
  'tenant.manage': true,
});

export const isOrderState = (value: unknown): value is OrderState =>
  orderStates.some((word) => word === value);
export const isProductStatus = (value: unknown): value is ProductStatus =>
  productStatuses.some((word) => word === value);
export const isProductSort = (value: unknown): value is ProductSort =>
  productSorts.some((word) => word === value);
export const isTransferState = (value: unknown): value is TransferState =>
  transferStates.some((word) => word === value);
export const isCountState = (value: unknown): value is CountState =>
  countStates.some((word) => word === value);
export const isAlertState = (value: unknown): value is AlertState =>
  alertStates.some((word) => word === value);
export const isPurchaseOrderState = (value: unknown): value is PurchaseOrderState =>
  purchaseOrderStates.some((word) => word === value);
export const isImportKind = (value: unknown): value is ImportKind =>
  importKinds.some((word) => word === value);
export const isImportState = (value: unknown): value is ImportState =>
  importStates.some((word) => word === value);
export const isTaskState = (value: unknown): value is TaskState => taskStates.some((word) => word === value);
