/** The HTTP calls. */
import type { MarketplaceAccount, Product, StockLevel, Task } from '@tradepost/contracts';
import { expect } from 'vitest';
import { send } from '../support/api.ts';
import { until } from '../support/wait.ts';
import { type Row, sameEverywhere, type World } from './row.ts';

const notifications = { comesWith: 'notifications' };
const sku = 'NW-001';

async function productOf({ tenant }: World): Promise<Product> {
  return tenant.api.get(`/products/${sku}`);
}

export const httpRows: Row[] = [
  {
    call: 'GET /health, /api/health, /api/health/',
    does: 'parts and their state; also `/health/live`, `/health/ready`',
    async holds({ app }) {
      for (const path of ['/health', '/api/health', '/api/health/', '/health/live', '/health/ready']) {
        const answer = await send<{ status: string }>('GET', app.url + path);
        expect([path, answer.status]).toEqual([path, 200]);
        expect(answer.body.status).toBe('ok');
      }
      expect((await send('GET', `${app.url}/health`)).body).toHaveProperty('parts.database.status', 'ok');
    },
  },
  {
    call: 'GET /api/products?page&limit&cursor&search&category&minPrice&maxPrice&inStock&sort',
    does: 'products, filtered and sorted',
    async holds(world) {
      const { api } = world.tenant;
      const all = await api.list<Product>('/products');
      const first = await api.get<{ items: Product[]; nextCursor: string }>('/products?limit=1&page=1');
      const second = await api.get<{ items: Product[] }>('/products?limit=1&page=2');
      const byCursor = await api.get<{ items: Product[] }>(
        `/products?limit=1&cursor=${encodeURIComponent(first.nextCursor)}`,
      );
      expect([first.items[0]!.id, second.items[0]!.id]).toEqual(all.slice(0, 2).map((p) => p.id));
      expect(byCursor.items).toEqual(second.items);
      const names = async (query: string) =>
        (await api.list<Product>(`/products?${query}`)).map((p) => p.name);
      expect((await names('search=chai'))[0]).toBe('Chai');
      expect(await names('category=Beverages&sort=name')).toEqual(['Chai', 'Chang']);
      expect(await names('minPrice=18.5&maxPrice=19.5')).toEqual(['Chang']);
      expect(await names('inStock=false')).toEqual(['Aniseed Syrup']);
      expect(await names('sort=-price')).toEqual(['Chang', 'Chai', 'Aniseed Syrup']);
      await sameEverywhere(world, '/products?limit=2', (body) =>
        expect(body).toHaveProperty('items.length', 2),
      );
    },
  },
  {
    call: 'POST /api/products, GET/PUT/PATCH/DELETE /api/products/{id}',
    does: 'product CRUD, by id or SKU',
    async holds({ tenant: { api } }) {
      const made = await api.post<Product>('/products', {
        name: 'Ikura',
        variants: [{ sku: 'IKURA', priceMinor: 3100 }],
      });
      const path = `/products/${made.id}`;
      const patched = await api.call<Product>('PATCH', path, { json: { name: 'Ikura, fresh' } });
      expect(patched.body).toMatchObject({ name: 'Ikura, fresh', version: made.version + 1 });
      const json = { name: 'Ikura', variants: [{ sku: 'IKURA', priceMinor: 3200 }] };
      const put = await api.call<Product>('PUT', '/products/IKURA', { json });
      expect(put.body).toMatchObject({ id: made.id, variants: [{ priceMinor: 3200 }] });
      expect((await api.call('DELETE', path)).status).toBe(204);
      expect((await api.call('GET', path)).status).toBe(404);
    },
  },
  {
    call: 'POST /api/tasks/email',
    does: 'queue an e-mail',
    holds: notifications,
  },
  { call: 'POST /api/tasks/report', does: 'queue a report', holds: { comesWith: 'reports' } },
  {
    call: 'GET /api/tasks/{id}, DELETE /api/tasks/{id}',
    does: 'status with progress and result; cancel',
    async holds(world) {
      const { api } = world.tenant;
      const [account] = await api.list<MarketplaceAccount>('/marketplace-accounts');
      const task = await api.post<Task>(`/marketplace-accounts/${account!.id}/sync`);
      const ended = await until('the task to end', async () => {
        const seen = await api.get<Task>(`/tasks/${task.id}`);
        return seen.status === 'completed' && seen;
      });
      expect(ended).toMatchObject({ id: task.id, result: expect.anything() });
      await sameEverywhere(world, `/tasks/${task.id}`, (body) => expect(body).toHaveProperty('progress'));
      expect((await api.call('DELETE', `/tasks/${task.id}`)).body).toMatchObject({ code: 'STATE_CONFLICT' });
    },
  },
  {
    call: 'GET /api/realtime/websocket, GET /ws-stats',
    does: 'socket server: clients, channels, rates',
    async holds(world) {
      await sameEverywhere(world, '/realtime/websocket', (body) => expect(body).toHaveProperty('clients'));
      const headers = { authorization: `Bearer ${world.tenant.apiKey}` };
      const stats = await send('GET', `${world.app.url}/ws-stats`, { headers });
      expect(stats.body).toHaveProperty('channels');
    },
  },
  {
    call: 'POST /api/realtime/websocket',
    does: 'publish to a channel or a person',
    holds: { comesWith: 'Socket.IO and rooms' },
  },
  {
    call: 'GET /api/realtime/inventory?productId=',
    does: 'stock of an item, by id or SKU',
    async holds(world) {
      const { id } = await productOf(world);
      for (const productId of [sku, id]) {
        await sameEverywhere(world, `/realtime/inventory?productId=${productId}`, (body) =>
          expect(body).toMatchObject({ sku, onHand: expect.any(Number) }),
        );
      }
    },
  },
  {
    call: 'POST /api/realtime/inventory',
    does: 'adjust: add, subtract, set, with a reason',
    async holds({ tenant: { api } }) {
      const adjust = (operation: string, quantity: number) =>
        api.post('/realtime/inventory', { productId: sku, quantity, operation, reason: 'count' });
      expect(await adjust('set', 50)).toMatchObject({ onHand: 50 });
      expect(await adjust('add', 5)).toMatchObject({ onHand: 55 });
      expect(await adjust('subtract', 10)).toMatchObject({ onHand: 45 });
    },
  },
  {
    call: 'PUT /api/realtime/inventory',
    does: 'take an order from stock',
    async holds({ tenant: { api } }) {
      const onHand = async () => (await api.get<StockLevel>(`/realtime/inventory?productId=${sku}`)).onHand;
      const before = await onHand();
      const json = { orderId: 'ORD-1', items: [{ productId: sku, quantity: 2 }] };
      for (let time = 0; time < 2; time++) {
        const answer = await api.call('PUT', '/realtime/inventory', { json });
        expect(answer).toMatchObject({ status: 200, body: { orderId: 'ORD-1' } });
      }
      expect(await onHand()).toBe(before - 2);
    },
  },
  {
    call: 'PATCH /api/realtime/inventory',
    does: 'reserve',
    async holds({ tenant: { api } }) {
      const json = { productId: sku, quantity: 1, ttlSeconds: 60 };
      const answer = await api.call('PATCH', '/realtime/inventory', { json });
      expect(answer.body).toMatchObject({ status: 'active', lines: [{ sku, quantity: 1 }] });
    },
  },
  { call: 'GET/POST /api/v1/campaigns', does: 'campaigns', holds: { comesWith: 'campaigns' } },
  {
    call: 'GET /api/monitoring/metrics, GET /metrics',
    does: 'figures of the server as JSON and for Prometheus',
    async holds(world) {
      await sameEverywhere(world, '/monitoring/metrics', (body) => expect(body).toHaveProperty('cache'));
      expect((await send('GET', `${world.app.url}/metrics`)).text).toMatch(/^# TYPE tradepost_\w+ /m);
    },
  },
  {
    call: '/api/admin/…',
    does: 'tenant administration: members, keys, settings, audit',
    async holds(world) {
      for (const path of ['/admin/members', '/admin/api-keys', '/admin/audit']) {
        await sameEverywhere(world, path, (body) => expect(body).toHaveProperty('items'));
      }
      await sameEverywhere(world, '/admin/settings', (body) => expect(body).toHaveProperty('name'));
    },
  },
  {
    call: 'GET /docs, /openapi.json',
    does: 'Swagger UI, by `SWAGGER_UI_DOC_EXPANSION` and `SWAGGER_UI_OPERATION_ID_EXPAND`',
    async holds({ app }) {
      expect((await send('GET', `${app.url}/docs/`)).text).toContain('swagger');
      const { body } = await send<{ tags: { name: string }[] }>('GET', `${app.url}/openapi.json`);
      expect(body.tags.map((t) => t.name)).toEqual(expect.arrayContaining(['health', 'products', 'admin']));
      expect(body).toHaveProperty('components.schemas.Problem');
    },
  },
];
