/** The raw WebSocket and Socket.IO. */
import { expect } from 'vitest';
import { Feed } from '../support/feed.ts';
import type { Row } from './row.ts';

const socketIo = { comesWith: 'Socket.IO and rooms' };

export const socketRows: Row[] = [
  {
    call: '/ws/notifications?channel=all|orders|sync, /ws/orders',
    does: 'events as they commit; `/ws/orders` begins with the statistics',
    async holds({ app, tenant, marketplace }) {
      const headers = { authorization: `Bearer ${tenant.apiKey}` };
      const feeds = await Promise.all(
        ['all', 'orders', 'sync'].map(async (channel) => {
          const feed = await Feed.open(`${app.ws}/ws/notifications?channel=${channel}`, headers);
          await feed.subscribed(channel);
          return feed;
        }),
      );
      const orders = await Feed.open(`${app.ws}/ws/orders`, headers);
      await orders.subscribed('orders');
      expect(orders.messages[0]).toMatchObject({ type: 'live_data_update', channel: 'orders' });
      const [externalId] = await marketplace.addOrders({ account: 'main@ana.example' });
      const isNew = (m: Record<string, unknown>) =>
        m.type === 'order_new' && (m.data as { order_id: string }).order_id === String(externalId);
      for (const feed of [feeds[0]!, feeds[1]!, orders]) {
        expect(await feed.waitFor('order_new', isNew)).toMatchObject({
          channel: 'orders',
          timestamp: expect.any(String),
          data: {
            customer_name: expect.any(String),
            total_amount: expect.any(Number),
            currency: 'RON',
            account_type: 'main',
          },
        });
      }
      await feeds[2]!.waitFor('sync_progress', (m) => m.type === 'sync_progress');
    },
  },
  {
    call: '/ws/notifications/{tenant}',
    does: 'by id or slug; another tenant is 403',
    async holds({ app, tenant }) {
      const headers = { authorization: `Bearer ${tenant.apiKey}` };
      const feed = await Feed.open(`${app.ws}/ws/notifications/${tenant.slug}`, headers);
      await feed.subscribed('all');
      const refusal = await Feed.refusal(`${app.ws}/ws/notifications/another`, headers);
      expect(refusal.status).toBe(403);
    },
  },
  {
    call: 'text `ping` → `pong`; subscribe and unsubscribe on the open socket',
    does: 'keep-alive and dynamic subscription',
    async holds({ app, tenant }) {
      const feed = await Feed.open(`${app.ws}/ws/orders`, { authorization: `Bearer ${tenant.apiKey}` });
      feed.send('ping');
      await feed.waitFor('pong', (m) => m.type === 'text' && m.text === 'pong');
      feed.send({ action: 'subscribe', channel: 'inventory' });
      await feed.subscribed('inventory');
      await tenant.api.post('/realtime/inventory', { productId: 'NW-001', quantity: 1, operation: 'add' });
      await feed.waitFor('stock_changed', (m) => m.type === 'stock_changed');
    },
  },
  {
    call: '/ws?userId=…',
    does: 'refused: 401 that names the token route',
    async holds({ app }) {
      const { status, body } = await Feed.refusal(`${app.ws}/ws?userId=7`);
      expect(status).toBe(401);
      expect(body.detail).toContain('/realtime/token');
    },
  },
  {
    call: 'order_update, sync_progress',
    does: 'changes of orders and runs',
    holds: { heldBy: 'server/test/orders-odd.test.ts', test: 'order_update' },
  },
  { call: 'awb_generated, invoice_generated', does: 'waybills, invoices', holds: { comesWith: 'shipments' } },
  {
    call: 'WEBSOCKET_PORT, WEBSOCKET_PATH',
    does: 'sockets on a port or path of their own',
    holds: socketIo,
  },
  {
    call: 'io(url); join_room, leave_room, send_message, product_update, request_live_data, ping',
    does: 'Socket.IO from the client',
    holds: socketIo,
  },
  {
    call: 'user_connected, user_disconnected, product_updated, live_data_update, periodic_update, pong',
    does: 'Socket.IO to the client',
    holds: socketIo,
  },
  {
    call: 'notifyNewOrder, notifyOrderStatusChange, notifyAwbGenerated, notifyInvoiceGenerated, notifySyncProgress',
    does: 'functions that other code calls',
    holds: socketIo,
  },
];
