/** What is cached, for how long, and who may see it. */
import type { EventData, EventType, Permission } from '@tradepost/contracts';

interface Kind {
  /** Begins its keys; patterns such as `products:*` go by it. */
  prefix: string;
  ttlSeconds: number;
  /** What a value depends on: the key carries those of them that its reader has. */
  permissions: readonly Permission[];
}

/** Source of the times: required-interface.md, "Cache". */
export const cacheKinds = {
  courier_accounts: { prefix: 'couriers:accounts', ttlSeconds: 3600, permissions: ['marketplaces.read'] },
  product_categories: {
    prefix: 'products:categories',
    ttlSeconds: 86_400,
    permissions: ['products.read'],
  },
  product_list: { prefix: 'products:list', ttlSeconds: 600, permissions: ['products.read'] },
  order_statistics: { prefix: 'orders:statistics', ttlSeconds: 300, permissions: ['orders.read'] },
  dashboard: { prefix: 'orders:dashboard', ttlSeconds: 300, permissions: ['dashboard.read'] },
  inventory_value: { prefix: 'inventory:value', ttlSeconds: 300, permissions: ['inventory.read'] },
  inventory_sales: { prefix: 'inventory:sales', ttlSeconds: 3600, permissions: ['inventory.read'] },
  campaigns: { prefix: 'campaigns:list', ttlSeconds: 300, permissions: ['tenant.manage'] },
} as const satisfies Record<string, Kind>;

export type CacheKind = keyof typeof cacheKinds;

/** Tags that events drop. A value that shows what an event changes must carry its tag. */
export const cacheTags = ['products', 'stock', 'stock_days', 'orders', 'tasks', 'accounts'] as const;
export type CacheTag = (typeof cacheTags)[number] | `account:${string}`;

const tagsByEvent: { [T in EventType]?: (data: () => EventData<T>) => CacheTag[] } = {
  product_updated: () => ['products'],
  stock_changed: () => ['stock'],
  order_new: (data) => ['orders', `account:${data().accountId}`],
  order_update: (data) => ['orders', `account:${data().accountId}`],
  task_updated: () => ['tasks'],
  sync_progress: (data) => ['accounts', `account:${data().accountId}`],
};

/** Written by `tx.dropCached`, with the tags in its data. */
export const cacheDropped = 'cache_dropped';

/** The tags that an event drops. `data` is asked for only where the tags depend on it. */
export function tagsDroppedBy(type: string, data: () => unknown): readonly string[] {
  if (type === cacheDropped) return (data() as { tags: string[] }).tags;
  const tags = (tagsByEvent as Record<string, ((data: () => never) => CacheTag[]) | undefined>)[type];
  return tags?.(data as () => never) ?? [];
}

/** The tags of a key's patterns: of `products:list:x` those of `*`, `products:*`, `products:list:*` and of the key itself. */
export function patternsOf(key: string): string[] {
  const [area, kind] = key.split(':', 2);
  return [tagOfPattern('*'), tagOfPattern(`${area}:*`), tagOfPattern(`${area}:${kind}:*`), tagOfPattern(key)];
}

export function tagOfPattern(pattern: string): string {
  return `key:${pattern}`;
}
