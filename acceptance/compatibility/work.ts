/** Tasks and their schedules, the cache. */
import type { MarketplaceAccount, Task } from '@tradepost/contracts';
import { expect } from 'vitest';
import { until } from '../support/wait.ts';
import type { Row, World } from './row.ts';

/** Some such task has come to its end; the world's intervals are short. */
function ends(type: string) {
  return async ({ tenant }: World) => {
    await until(`a completed ${type}`, async () => {
      const tasks = await tenant.api.get<{ items: Task[] }>(`/tasks?type=${type}`);
      return tasks.items.some((task) => task.status === 'completed');
    });
  };
}

const reports = { comesWith: 'reports' };

export const workRows: Row[] = [
  {
    call: 'sync orders, every 300 s (`EMAG_SYNC_ORDERS_INTERVAL`)',
    does: 'new orders of every account, at most `EMAG_SYNC_MAX_PAGES` pages a run; totals and errors returned',
    holds: ends('sync_orders'),
  },
  {
    call: 'auto-acknowledge, every 600 s (`EMAG_AUTO_ACK_INTERVAL`)',
    does: 'status 1 → 2 on every account',
    holds: ends('acknowledge_orders'),
  },
  {
    call: 'sync products, every 3600 s (`EMAG_SYNC_PRODUCTS_INTERVAL`)',
    does: 'products of every account, without duplicates',
    async holds(world) {
      const [account] = await world.tenant.api.list<MarketplaceAccount>('/marketplace-accounts');
      await world.tenant.api.post(`/marketplace-accounts/${account!.id}/sync-products`);
      await ends('sync_products')(world);
      const found = await world.tenant.api.list('/products?search=NW-001');
      expect(found).toHaveLength(1);
    },
  },
  {
    call: 'clean up sync logs, every 86400 s (`EMAG_CLEANUP_INTERVAL`)',
    does: 'runs older than 30 days go',
    holds: { heldBy: 'server/test/marketplaces-cleanup.test.ts', test: 'runs older than 30 days go' },
  },
  {
    call: 'health check, every 900 s (`EMAG_HEALTH_CHECK_INTERVAL`)',
    does: 'database, recent activity',
    holds: ends('health_check'),
  },
  {
    call: 'retry after 5, 10, 20 minutes, then dead; isolated per account; failures logged in full',
    does: 'how a failing task is tried again',
    holds: { heldBy: 'server/test/jobs.test.ts', test: 'after 5, 10 and 20 minutes to the millisecond' },
  },
  {
    call: 'workers: active, scheduled, statistics',
    does: 'as `inspect` and Flower show them',
    async holds({ tenant }) {
      const workers = await tenant.api.get<{ items: unknown[] }>('/workers');
      expect(workers.items.length).toBeGreaterThan(0);
    },
  },
  {
    call: 'send_email, send_sms, send_push_notification, welcome e-mail',
    does: 'messages',
    holds: { comesWith: 'notifications' },
  },
  {
    call: 'generate_report, daily, sales, profit/loss, user engagement, inventory reports',
    does: 'reports',
    holds: reports,
  },
  {
    call: 'auto_reorder_stock',
    does: 'drafts purchase orders of what is needed, once per need',
    holds: { heldBy: 'server/test/purchasing-reorder.test.ts', test: 'several processes' },
  },
  {
    call: 'low_stock_alert',
    does: 'tells the people of the tenant in the console',
    holds: { heldBy: 'server/test/inventory-alerts.test.ts', test: 'is one for many items' },
  },
  {
    call: 'sync_inventory, update_inventory_cache, predict_demand, track_user_behavior',
    does: 'stock to the marketplaces, forecasts, behaviour',
    holds: { comesWith: 'sync of stock, forecasts' },
  },
  { call: 'cleanup_logs(days_to_keep)', does: 'old logs go', holds: reports },
  {
    call: 'optimize_product_image, generate_image_thumbnails, watermark_product_images, cleanup_old_images, analyze_image_quality',
    does: 'images',
    holds: { comesWith: 'images' },
  },
  {
    call: 'cache wrapper with `ttl`, `prefix`, `keyFunc`; invalidate by pattern',
    does: 'one typed door, `cache.wrap`, with TTLs by kind',
    holds: { heldBy: 'server/test/cache.test.ts', test: 'by hand: %s drops it' },
  },
  {
    call: 'cache set, get, delete',
    does: 'no calls of their own: the wrapped reader gets, and sets what was missing; the event of a write deletes, a pattern by hand',
    holds: { heldBy: 'server/test/cache.test.ts', test: 'drops what carries its tag, and nothing else' },
  },
  {
    call: 'cache of courier accounts (1 h), campaigns (5 min)',
    does: 'their kinds, with these times; nothing is read through them yet',
    holds: { comesWith: 'shipments, campaigns' },
  },
  {
    call: 'cache statistics',
    does: '`{connected, usedMemory, totalKeys, hits, misses, hitRate}`',
    async holds({ tenant }) {
      expect(Object.keys(await tenant.api.get<object>('/cache/stats'))).toEqual(
        expect.arrayContaining(['connected', 'usedMemory', 'totalKeys', 'hits', 'misses', 'hitRate']),
      );
    },
  },
];
