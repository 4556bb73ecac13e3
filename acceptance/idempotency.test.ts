/**
 * Idempotency keys on the real program: every POST either repeats its first answer or says why not, fifty repeats at once
 * do one thing, and a server killed between commit and answer tells the first answer after all.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Category,
  type Count,
  type Import,
  type MarketplaceAccount,
  type MarketplaceProduct,
  type Member,
  type Product,
  type PurchaseOrder,
  type Reservation,
  type RouteContract,
  routes,
  type StockAlert,
  type StockLevel,
  type Supplier,
  type Task,
  type Transfer,
} from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Api } from './support/api.ts';
import { withSql } from './support/embedded.ts';
import { connectAccount, Marketplace } from './support/marketplace.ts';
import { seededRandom } from './support/random.ts';
import { addMember, addTenant, setUpOwner, type TestOwner, type TestTenant } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

type Operation = keyof typeof routes;

/** POSTs without a key, and why. */
const exempt: Partial<Record<Operation, string>> = {
  signIn: 'no tenant yet, whose table would hold the key; a repeat is one more session',
  completeTwoFactor: 'as signIn',
  completeSetup: 'no tenant yet; its link works once',
  resetPassword: 'no tenant yet; its link works once',
  previewInvitation: 'changes nothing',
  acceptInvitation: 'no tenant yet; its link works once',
  startTwoFactor: "a person's, not a tenant's; the repeat replaces what the first began",
  confirmTwoFactor: "a person's, not a tenant's; a code works once",
};

interface Made {
  path?: string;
  /** Whose request it is, when it is not the key's. */
  as?: Api;
  json?: unknown;
  /** Sent as CSV. */
  csv?: string;
}

let app: Tradepost;
let marketplace: Marketplace;
let owner: TestOwner;
let shop: TestTenant;
let other: TestTenant;
let account: MarketplaceAccount;
const random = seededRandom();
const sku = 'TEA-1';
let names = 0;
const fresh = (what: string) => `${what} ${++names}`;

const product = () => ({
  name: fresh('Product'),
  variants: [{ sku: `S-${++names}`, priceMinor: 100, onHand: 5 }],
});
/** Goods on their way, from a place that has them. */
const sent = async () => {
  await shop.api.call('POST', '/inventory/locations', { json: { code: 'shed', name: 'Shed' } });
  const json = { from: 'main', to: 'shed', lines: [{ sku, quantity: 1 }] };
  const transfer = await shop.api.post<Transfer>('/inventory/transfers', json);
  return { json, path: `/inventory/transfers/${transfer.id}` };
};
const counted = async (...steps: string[]) => {
  const { id } = await shop.api.post<Count>('/inventory/counts', { location: 'main', skus: [sku] });
  for (const step of steps) await shop.api.post(`/inventory/counts/${id}/${step}`);
  return `/inventory/counts/${id}`;
};
const alerted = async () => {
  await shop.api.post('/products', {
    ...{ name: fresh('Product'), variants: [{ sku: `S-${++names}`, priceMinor: 100, onHand: 1 }] },
  });
  return `/inventory/alerts/${(await shop.api.list<StockAlert>('/inventory/alerts'))[0]!.id}`;
};
const imported = async (...steps: string[]) => {
  const { body } = await shop.api.call<Import>('POST', '/imports?kind=stock', {
    ...{ raw: `sku,stock\n${sku},${++names}\n`, headers: { 'content-type': 'text/csv' } },
  });
  for (const step of steps) {
    await shop.api.post(`/imports/${body.id}/${step}`);
    await until('the task of the import', async () => {
      const { status } = await shop.api.get<Import>(`/imports/${body.id}`);
      return status === 'checked' || status === 'applied';
    });
  }
  return `/imports/${body.id}`;
};
const reserved = async () =>
  (await shop.api.post<Reservation>('/inventory/reservations', { lines: [{ sku, quantity: 1 }] })).id;

const supplier = () => shop.api.post<Supplier>('/suppliers', { name: fresh('Supplier') });
const drafted = async () =>
  (
    await shop.api.post<PurchaseOrder>('/purchase-orders', {
      supplierId: (await supplier()).id,
      lines: [{ sku, quantity: 5, unitCostMinor: 100 }],
    })
  ).id;

/** Makes a request that goes well the first time. */
const recipes: Partial<Record<Operation, () => Promise<Made>>> = {
  createApiKey: async () => ({ json: { name: fresh('Key'), scopes: ['orders.read'] } }),
  createInvitation: async () => ({ json: { email: `p${++names}@example.com`, role: 'viewer' } }),
  reissueInvitation: async () => {
    const made = await owner.signedIn.api.post<{ id: string }>('/admin/invitations', {
      email: `p${++names}@example.com`,
      role: 'viewer',
    });
    return { path: `/admin/invitations/${made.id}/reissue` };
  },
  resetMemberPassword: async () => {
    const email = `p${++names}@example.com`;
    await addMember(app, owner, { tenantId: shop.id, role: 'agent', email });
    const member = (await shop.api.list<Member>('/admin/members')).find((m) => m.email === email)!;
    return { path: `/admin/members/${member.id}/password-reset`, json: {}, as: owner.signedIn.api };
  },
  linkMarketplaceProduct: async () => {
    await shop.api.post(`/marketplace-accounts/${account.id}/sync-products`);
    const offer = await until(
      'an offer of the account',
      async () => (await shop.api.list<MarketplaceProduct>('/marketplace-products'))[0],
    );
    const { variants } = await shop.api.post<Product>('/products', product());
    return { path: `/marketplace-products/${offer.id}/link`, json: { variantId: variants[0]!.id } };
  },
  createProduct: async () => ({ json: product() }),
  restoreProduct: async () => {
    const { id } = await shop.api.post<Product>('/products', product());
    await shop.api.call('DELETE', `/products/${id}`);
    return { path: `/products/${id}/restore` };
  },
  changeProducts: async () => {
    const { id } = await shop.api.post<Product>('/products', product());
    return { json: { ids: [id], action: { type: 'add_to_price', amountMinor: 10 } } };
  },
  undoProductChange: async () => {
    const { id } = await shop.api.post<Product>('/products', product());
    const change = { ids: [id], action: { type: 'add_to_price', amountMinor: 10 } };
    const { undoId } = await shop.api.post<{ undoId: string }>('/products/bulk', change);
    return { path: `/products/bulk/${undoId}/undo` };
  },
  createCategory: async () => ({ json: { name: fresh('Category') } }),
  createSupplier: async () => ({ json: { name: fresh('Supplier') } }),
  archiveSupplier: async () => ({ path: `/suppliers/${(await supplier()).id}/archive` }),
  restoreSupplier: async () => {
    const { id } = await supplier();
    await shop.api.post(`/suppliers/${id}/archive`);
    return { path: `/suppliers/${id}/restore` };
  },
  createPurchaseOrder: async () => ({
    json: {
      supplierId: (await supplier()).id,
      lines: [{ sku, quantity: 5, unitCostMinor: 100 }],
    },
  }),
  sendPurchaseOrder: async () => ({ path: `/purchase-orders/${await drafted()}/send` }),
  receivePurchaseOrder: async () => {
    const id = await drafted();
    await shop.api.post(`/purchase-orders/${id}/send`);
    return { path: `/purchase-orders/${id}/receive`, json: { lines: [{ sku, quantity: 1 }] } };
  },
  cancelPurchaseOrder: async () => ({ path: `/purchase-orders/${await drafted()}/cancel` }),
  runAutoReorder: async () => ({ json: {} }),
  createAdjustment: async () => ({ json: { sku, quantity: 1, operation: 'add' } }),
  extendReservation: async () => {
    const { id } = await shop.api.post<Reservation>('/inventory/reservations', {
      lines: [{ sku, quantity: 1 }],
    });
    return { path: `/inventory/reservations/${id}/extend`, json: { ttlSeconds: 60 } };
  },
  createImport: async () => ({ path: '/imports?kind=stock', csv: `sku,stock\n${sku},${++names}\n` }),
  checkImport: async () => ({ path: `${await imported()}/check` }),
  applyImport: async () => ({ path: `${await imported('check')}/apply` }),
  undoImport: async () => ({ path: `${await imported('check', 'apply')}/undo` }),
  proveStock: async () => ({ json: { buyers: 2, pieces: 5, processes: 1 } }),
  createLocation: async () => ({ json: { code: 'attic', name: 'Attic' } }),
  createTransfer: async () => ({ json: (await sent()).json }),
  receiveTransfer: async () => ({ path: `${(await sent()).path}/receive`, json: {} }),
  cancelTransfer: async () => ({ path: `${(await sent()).path}/cancel` }),
  createCount: async () => ({ json: { location: 'main' } }),
  reviewCount: async () => ({ path: `${await counted()}/review` }),
  reopenCount: async () => ({ path: `${await counted('review')}/reopen` }),
  applyCount: async () => ({ path: `${await counted('review')}/apply` }),
  cancelCount: async () => ({ path: `${await counted()}/cancel` }),
  acknowledgeAlert: async () => ({ path: `${await alerted()}/acknowledge` }),
  snoozeAlert: async () => ({
    path: `${await alerted()}/snooze`,
    json: { until: new Date(Date.now() + 86_400_000).toISOString() },
  }),
  reopenAlert: async () => ({ path: `${await alerted()}/reopen` }),
  readNotifications: async () => ({ json: { all: true }, as: owner.signedIn.api }),
  checkLedger: async () => ({}),
  repairLedger: async () => ({ json: { ids: [randomUUID()] } }),
  createReservation: async () => ({ json: { lines: [{ sku, quantity: 1 }] } }),
  releaseReservation: async () => ({ path: `/inventory/reservations/${await reserved()}/release` }),
  confirmReservation: async () => ({ path: `/inventory/reservations/${await reserved()}/confirm` }),
  adjustItemStock: async () => ({ json: { productId: sku, quantity: 1, operation: 'add' } }),
  retryTask: async () => ({ path: `/tasks/${await failedTask()}/retry` }),
  createMarketplaceAccount: async () => ({
    json: {
      name: fresh('Account'),
      platform: 'emag_ro',
      username: `u${++names}@example.com`,
      password: 'the password',
    },
  }),
  syncMarketplaceAccount: async () => ({ path: `/marketplace-accounts/${account.id}/sync` }),
  syncMarketplaceProducts: async () => ({ path: `/marketplace-accounts/${account.id}/sync-products` }),
  createRealtimeToken: async () => ({}),
  invalidateCache: async () => ({ json: { tag: 'products' } }),
};

beforeAll(async () => {
  const seller = { name: 'MAIN', username: 'main@example.com', password: 'one' };
  marketplace = await Marketplace.start([seller]);
  app = await Tradepost.start({ env: { EMAG_EXTRA_BASE_URLS: marketplace.baseUrl, TASK_RETRY_DELAYS: '' } });
  owner = await setUpOwner(app);
  shop = owner.tenant;
  other = await addTenant(app, 'Bea Toys');
  for (const { api } of [shop, other]) {
    await api.post('/products', { name: 'Tea', variants: [{ sku, priceMinor: 100, onHand: 1000 }] });
  }
  account = await connectAccount(shop.api, marketplace, seller);
});

/** A task that ended badly, written as if it had. */
async function failedTask(): Promise<string> {
  const { id } = await shop.api.post<Task>(`/marketplace-accounts/${account.id}/sync`);
  await until('the task to end', async () => (await shop.api.get<Task>(`/tasks/${id}`)).finishedAt !== null);
  await withSql(app.databaseUrl, (sql) => sql.query("update task set status = 'failed' where id = $1", [id]));
  return id;
}

const call = (
  api: Api,
  operation: Operation,
  { path, json, csv, as = api }: Made,
  key: string,
): Promise<Answer> => {
  const contract: RouteContract = routes[operation];
  const options = csv === undefined ? { json } : { raw: csv };
  const headers = { 'idempotency-key': key, ...(csv !== undefined && { 'content-type': 'text/csv' }) };
  return as.call('POST', path ?? contract.path, { ...options, headers });
};

describe('every POST', () => {
  const posts = (Object.keys(routes) as Operation[]).filter((o) => routes[o].method === 'POST');

  test('is tried here, or exempt for a reason', () => {
    const untried = posts.filter((o) => recipes[o] === undefined && exempt[o] === undefined);
    expect(untried).toEqual([]);
  });

  test.for(posts.filter((o) => recipes[o] !== undefined))(
    '%s: the repeat is the first answer',
    async (operation) => {
      const made = await recipes[operation]!();
      const key = `once-${operation}`;
      const first = await call(shop.api, operation, made, key);
      expect(first.status, first.text).toBeLessThan(300);
      const repeat = await call(shop.api, operation, made, key);
      if (repeat.status === 409) {
        expect(repeat.body).toMatchObject({ code: 'SECRET_NOT_REPLAYED', id: expect.any(String) });
        const { id } = first.body as { id?: string };
        if (id !== undefined) expect(repeat.body).toMatchObject({ id });
      } else {
        expect(repeat.headers.get('idempotency-replayed')).toBe('true');
        expect([repeat.status, repeat.body]).toEqual([first.status, first.body]);
      }
      const other =
        made.csv === undefined
          ? { json: { ...(made.json as object), changed: true } }
          : { csv: `${made.csv}OTHER,1\n` };
      const changed = { ...made, ...other };
      // What is no valid body at all is refused as that; the same words elsewhere are another request.
      expect((await call(shop.api, operation, changed, key)).status).toBeGreaterThanOrEqual(400);
    },
  );

  test('with a key of another tenant is a request of its own', async () => {
    const made = await recipes.createProduct!();
    const [mine, theirs] = [
      await call(shop.api, 'createProduct', made, 'shared'),
      await call(other.api, 'createProduct', made, 'shared'),
    ];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.headers.get('idempotency-replayed')).toBeNull();
    expect((theirs.body as Product).id).not.toBe((mine.body as Product).id);
  });

  test('with the key of another body is refused: 422', async () => {
    await call(shop.api, 'createCategory', { json: { name: 'One' } }, 'twice');
    const refused = await call(shop.api, 'createCategory', { json: { name: 'Two' } }, 'twice');
    expect(refused).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect((await shop.api.get<{ items: Category[] }>('/categories')).items.map((c) => c.name)).not.toContain(
      'Two',
    );
  });
});

const onHand = async (): Promise<number> =>
  (await shop.api.list<StockLevel>(`/inventory/levels?sku=${sku}`))[0]!.onHand;

test.for<Operation>(['adjustItemStock', 'createReservation', 'createProduct'])(
  'fifty repeats of %s at once: one effect, one answer',
  async (operation) => {
    const made = await recipes[operation]!();
    const before = await onHand();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call(shop.api, operation, made, `fifty-${operation}`)),
    );
    const good = answers.filter((a) => a.status < 300);
    expect(
      answers
        .filter((a) => a.status >= 300)
        .every((a) => (a.body as { code: string }).code === 'IDEMPOTENCY_IN_PROGRESS'),
    ).toBe(true);
    expect(new Set(good.map((a) => JSON.stringify(a.body, Object.keys(flatten(a.body)).sort()))).size).toBe(
      1,
    );
    expect(good.filter((a) => a.headers.get('idempotency-replayed') === null).length).toBeLessThanOrEqual(1);
    if (operation === 'adjustItemStock') expect(await onHand()).toBe(before + 1);
  },
);

/** The names of all fields, for a comparison that does not mind their order. */
function flatten(value: unknown): Record<string, true> {
  if (value === null || typeof value !== 'object') return {};
  return Object.assign({}, ...Object.entries(value).map(([k, v]) => ({ [k]: true, ...flatten(v) })));
}

test('no answer with a secret, and no body, lies in the table', async () => {
  const made = await call(shop.api, 'createApiKey', await recipes.createApiKey!(), 'secret-key');
  const token = await call(shop.api, 'createRealtimeToken', {}, 'secret-token');
  const invited = await call(shop.api, 'createInvitation', await recipes.createInvitation!(), 'secret-link');
  const secrets = [(made.body as { key: string }).key, (token.body as { token: string }).token];
  secrets.push(...Object.values(invited.body as object).filter((v) => /^https?:.*token=/.test(`${v}`)));
  await call(
    shop.api,
    'createMarketplaceAccount',
    await recipes.createMarketplaceAccount!(),
    'secret-password',
  );
  await withSql(app.databaseUrl, async (sql) => {
    const { rows } = await sql.query<{ row: string }>('select k::text as row from idempotency_key k');
    expect(rows.length).toBeGreaterThan(10);
    for (const { row } of rows) {
      for (const secret of [...secrets, 'the password']) expect(row).not.toContain(secret);
    }
  });
});

test('killed with -9 at any moment: what was not answered is repeated, and done once', {
  timeout: 300_000,
}, async () => {
  const asked: string[] = [];
  let replayed = 0;
  const create = (key: string) =>
    call(
      shop.api,
      'createProduct',
      { json: { name: 'Killed', variants: [{ sku: key, priceMinor: 100, onHand: 1 }] } },
      key,
    );
  // Most kills meet some request between its commit and its answer; a few meet none.
  for (let round = 1; round <= 8 && (round <= 2 || replayed === 0); round++) {
    const open = new Set<string>();
    let stopping = false;
    const clients = Array.from({ length: 20 }, async (_, client) => {
      for (let n = 0; !stopping; n++) {
        const key = `kill-${round}-${client}-${n}`;
        asked.push(key);
        open.add(key);
        const answer = await create(key).catch(() => null);
        if (answer === null) return;
        expect(answer.status, answer.text).toBe(201);
        open.delete(key);
      }
    });
    await delay(300 + random() * 700);
    const killed = app.kill();
    stopping = true;
    await Promise.all([killed, ...clients]);
    await app.restart();
    for (const key of open) {
      const answer = await create(key);
      expect(answer.status, answer.text).toBe(201);
      if (answer.headers.get('idempotency-replayed') !== null) replayed++;
    }
  }
  console.log(`${asked.length} requests, ${replayed} told their first answer after a kill`);
  expect(replayed).toBeGreaterThan(0);
  const made = await shop.api.list<StockLevel>('/inventory/levels?search=kill-');
  expect(made.map((level) => level.sku).sort()).toEqual(asked.sort());
});
