/**
 * Closed lists of the contracts that are needed at run time. Written out, because importing the contracts' own would
 * bring their validator along; a list that misses or invents a word does not compile.
 */
import type {
  OrderState,
  Permission,
  Platform,
  ProductSort,
  ProductStatus,
  TaskState,
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
export const isTaskState = (value: unknown): value is TaskState => taskStates.some((word) => word === value);
