/**
 * Tenant B against everything of tenant A: every operation the server has, every table of its database. An operation or
 * a table that this file does not know fails it: whoever adds one says here what B must see.
 */
import {
  type AccountSession,
  allPermissions,
  type BulkResult,
  type Count,
  type Import,
  type Invitation,
  type Location,
  type MarketplaceAccount,
  type MarketplaceProduct,
  type OrderSummary,
  type Permission,
  type Product,
  type PurchaseOrder,
  type Reservation,
  type RouteContract,
  rolePermissions,
  routes,
  type Session,
  type StockAlert,
  type Supplier,
  type SyncRun,
  type Task,
  type Transfer,
} from '@tradepost/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { Api, type SignedIn, send, signIn } from './support/api.ts';
import { withSql } from './support/embedded.ts';
import { connectAccount, Marketplace } from './support/marketplace.ts';
import {
  addMember,
  addTenant,
  makeKey,
  setUpOwner,
  type TestOwner,
  type TestTenant,
} from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

type Operation = keyof typeof routes;

/** What of A's the recipes name. */
interface Belongings {
  tenantId: string;
  email: string;
  sku: string;
  productId: string;
  variantId: string;
  categoryId: string;
  bulkChangeId: string;
  listingId: string;
  importId: string;
  importName: string;
  supplierId: string;
  supplierName: string;
  purchaseOrderId: string;
  reservationId: string;
  locationId: string;
  transferId: string;
  countId: string;
  alertId: string;
  accountId: string;
  orderId: string;
  externalId: string;
  customerName: string;
  taskId: string;
  runId: string;
  keyId: string;
  userId: string;
  sessionId: string;
  invitationId: string;
  invited: string;
}

interface Recipe {
  id?: keyof Belongings;
  query?: (a: Belongings) => string;
  body?: (a: Belongings) => unknown;
  /** Sent as CSV. */
  csv?: string;
  /** What B's key, which may everything, is answered. */
  status: number;
  /** What B's owner, signed in, is answered where a key's answer says nothing of A: it is refused for being a key. */
  signedIn?: number;
}

const lists = { status: 200 };
const recipes: Record<Operation, Recipe> = {
  // Sessions are for people: a key has none. Signing in needs no credential, so there is nothing of A's to reach by B's.
  signIn: { body: ({ email }) => ({ email, password: 'not the password' }), status: 401 },
  completeSetup: {
    body: () => ({
      ...{ token: 'x'.repeat(43), tenantName: 'Mine', name: 'Bea', email: 'bea@example.com' },
      password: 'long enough',
    }),
    status: 404,
  },
  getSession: { status: 403, signedIn: 200 },
  signOut: { status: 403 },
  switchTenant: { body: ({ tenantId }) => ({ tenantId }), status: 403, signedIn: 404 },
  completeTwoFactor: { body: () => ({ code: '123456' }), status: 401 },
  getAccount: { status: 403, signedIn: 200 },
  updateAccount: { body: () => ({ name: 'Bea' }), status: 403, signedIn: 200 },
  changePassword: {
    body: () => ({ currentPassword: 'x', newPassword: 'a long new one' }),
    status: 403,
  },
  listSessions: { status: 403, signedIn: 200 },
  endSession: { id: 'sessionId', status: 403, signedIn: 404 },
  endOtherSessions: { status: 403, signedIn: 200 },
  startTwoFactor: { body: () => ({ password: 'x' }), status: 403 },
  confirmTwoFactor: { body: () => ({ code: '123456' }), status: 403 },
  removeTwoFactor: { body: () => ({ password: 'x' }), status: 403 },
  resetPassword: { body: () => ({ token: 'x'.repeat(43), password: 'a long new one' }), status: 404 },
  listApiKeys: lists,
  createApiKey: { body: () => ({ name: 'mine', scopes: ['orders.read'] }), status: 201 },
  revokeApiKey: { id: 'keyId', status: 404 },
  renameApiKey: { id: 'keyId', body: () => ({ name: 'mine' }), status: 404 },
  listMembers: lists,
  updateMember: { id: 'userId', body: () => ({ role: 'viewer' }), status: 404 },
  removeMember: { id: 'userId', status: 404 },
  resetMemberPassword: { id: 'userId', body: () => ({}), status: 403, signedIn: 404 },
  getTenantSettings: lists,
  updateTenantSettings: { body: () => ({ currency: 'EUR' }), status: 200 },
  listInvitations: lists,
  createInvitation: { body: () => ({ email: 'ion@bea.example', role: 'viewer' }), status: 201 },
  reissueInvitation: { id: 'invitationId', status: 404 },
  revokeInvitation: { id: 'invitationId', status: 404 },
  previewInvitation: { body: () => ({ token: 'x'.repeat(43) }), status: 404 },
  acceptInvitation: { body: () => ({ token: 'x'.repeat(43) }), status: 404 },
  listAudit: { query: ({ keyId }) => `entityId=${keyId}`, status: 200 },
  exportAudit: { query: ({ invited }) => `search=${encodeURIComponent(invited)}`, status: 200 },
  removeDemo: { status: 409 },
  listProducts: { query: ({ sku }) => `search=${sku}`, status: 200 },
  replaceProduct: {
    id: 'productId',
    body: () => ({ name: 'Theirs', variants: [{ sku: 'THEIRS', priceMinor: 1 }] }),
    status: 404,
  },
  updateProduct: { id: 'productId', body: () => ({ name: 'Theirs' }), status: 404 },
  deleteProduct: { id: 'sku', status: 404 },
  restoreProduct: { id: 'productId', status: 404 },
  changeProducts: {
    body: ({ productId }) => ({ ids: [productId], action: { type: 'delete' } }),
    status: 404,
  },
  undoProductChange: { id: 'bulkChangeId', status: 404 },
  listCategories: lists,
  createCategory: { body: ({ categoryId }) => ({ name: 'Mine', parentId: categoryId }), status: 404 },
  updateCategory: { id: 'categoryId', body: () => ({ name: 'Theirs' }), status: 404 },
  deleteCategory: { id: 'categoryId', status: 404 },
  listBrands: lists,
  syncMarketplaceProducts: { id: 'accountId', status: 404 },
  listMarketplaceProducts: { query: ({ accountId }) => `accountId=${accountId}`, status: 200 },
  linkMarketplaceProduct: { id: 'listingId', body: ({ variantId }) => ({ variantId }), status: 404 },
  getProduct: { id: 'productId', status: 404 },
  createProduct: {
    body: () => ({ name: 'Mine', variants: [{ sku: 'MINE', priceMinor: 1 }] }),
    status: 201,
  },
  listStockLevels: { query: ({ sku }) => `sku=${sku}`, status: 200 },
  listMovements: { query: ({ sku }) => `sku=${sku}`, status: 200 },
  getStockMoment: { query: ({ sku }) => `sku=${sku}`, status: 404 },
  getStockSeries: { query: ({ sku }) => `sku=${sku}`, status: 404 },
  getLedgerReport: lists,
  checkLedger: { status: 202 },
  repairLedger: { body: ({ reservationId }) => ({ ids: [reservationId] }), status: 200 },
  getInventoryReport: { status: 200 },
  createReservation: { body: ({ sku }) => ({ lines: [{ sku, quantity: 1 }] }), status: 400 },
  getReservation: { id: 'reservationId', status: 404 },
  releaseReservation: { id: 'reservationId', status: 404 },
  confirmReservation: { id: 'reservationId', status: 404 },
  extendReservation: { id: 'reservationId', body: () => ({ ttlSeconds: 60 }), status: 404 },
  createAdjustment: { body: ({ sku }) => ({ sku, quantity: 0, operation: 'set' }), status: 400 },
  processOrder: {
    body: ({ orderId, variantId }) => ({ orderId, items: [{ productId: variantId, quantity: 1 }] }),
    status: 404,
  },
  listLocations: lists,
  // Its code is each tenant's own.
  proveStock: { body: () => ({ buyers: 2, pieces: 5, processes: 1 }), status: 202 },
  createLocation: { body: () => ({ code: 'attic', name: 'Mine' }), status: 201 },
  listTransfers: { query: ({ sku }) => `sku=${sku}`, status: 200 },
  getTransfer: { id: 'transferId', status: 404 },
  createTransfer: {
    body: ({ sku }) => ({ from: 'main', to: 'cellar', lines: [{ sku, quantity: 1 }] }),
    status: 400,
  },
  receiveTransfer: { id: 'transferId', body: () => ({}), status: 404 },
  cancelTransfer: { id: 'transferId', status: 404 },
  listCounts: lists,
  getCount: { id: 'countId', status: 404 },
  listCountLines: { id: 'countId', status: 404 },
  createCount: { body: ({ categoryId }) => ({ location: 'main', categoryId }), status: 404 },
  putCountLine: { id: 'countId', body: ({ sku }) => ({ code: sku, quantity: 1 }), status: 404 },
  clearCountLine: { id: 'countId', status: 404 },
  reviewCount: { id: 'countId', status: 404 },
  reopenCount: { id: 'countId', status: 404 },
  applyCount: { id: 'countId', status: 404 },
  cancelCount: { id: 'countId', status: 404 },
  listAlerts: { query: ({ sku }) => `sku=${sku}`, status: 200 },
  acknowledgeAlert: { id: 'alertId', status: 404 },
  snoozeAlert: {
    id: 'alertId',
    body: () => ({ until: new Date(Date.now() + 86_400_000).toISOString() }),
    status: 404,
  },
  reopenAlert: { id: 'alertId', status: 404 },
  updateStockLevel: { body: () => ({ safetyBuffer: 1 }), status: 404 },
  listNotifications: { status: 403, signedIn: 200 },
  readNotifications: { body: () => ({ all: true }), status: 403, signedIn: 200 },
  updateLocation: { id: 'locationId', body: () => ({ name: 'Theirs', version: 1 }), status: 404 },
  getItemStock: { query: ({ variantId }) => `productId=${variantId}`, status: 404 },
  adjustItemStock: {
    body: ({ productId }) => ({ productId, quantity: 0, operation: 'set' }),
    status: 404,
  },
  reserveItemStock: { body: ({ sku }) => ({ productId: sku, quantity: 1 }), status: 404 },
  listSuppliers: lists,
  getSupplier: { id: 'supplierId', status: 404 },
  createSupplier: { body: () => ({ name: 'Supplier of Ana' }), status: 201 },
  updateSupplier: { id: 'supplierId', body: () => ({ name: 'Theirs' }), status: 404 },
  archiveSupplier: { id: 'supplierId', status: 404 },
  restoreSupplier: { id: 'supplierId', status: 404 },
  listSupplierPrices: { query: ({ supplierId }) => `supplierId=${supplierId}`, status: 200 },
  putSupplierPrice: { id: 'supplierId', body: () => ({ priceMinor: 1 }), status: 404 },
  deleteSupplierPrice: { id: 'supplierId', status: 404 },
  listPurchaseOrders: { query: ({ supplierId }) => `supplierId=${supplierId}`, status: 200 },
  getPurchaseOrder: { id: 'purchaseOrderId', status: 404 },
  createPurchaseOrder: { body: ({ supplierId }) => ({ supplierId }), status: 404 },
  updatePurchaseOrder: { id: 'purchaseOrderId', body: () => ({ notes: 'Theirs' }), status: 404 },
  deletePurchaseOrder: { id: 'purchaseOrderId', status: 404 },
  sendPurchaseOrder: { id: 'purchaseOrderId', status: 404 },
  receivePurchaseOrder: {
    id: 'purchaseOrderId',
    body: ({ sku }) => ({ lines: [{ sku, quantity: 1 }] }),
    status: 404,
  },
  cancelPurchaseOrder: { id: 'purchaseOrderId', status: 404 },
  getPurchaseOrderPdf: { id: 'purchaseOrderId', status: 404 },
  getPurchaseOrderCsv: { id: 'purchaseOrderId', status: 404 },
  getVariantCost: { status: 404 },
  listReorderPlans: { query: ({ sku }) => `search=${sku}`, status: 200 },
  getReorderPlan: { status: 404 },
  putReorderRule: { body: () => ({ paused: true }), status: 404 },
  runAutoReorder: { body: () => ({}), status: 202 },
  getReplenishmentSettings: { status: 200 },
  updateReplenishmentSettings: { body: () => ({ coverDays: 7 }), status: 200 },
  createImport: { query: () => 'kind=stock', csv: 'sku,stock\nMINE,1\n', status: 201 },
  listImports: lists,
  getImport: { id: 'importId', status: 404 },
  mapImport: { id: 'importId', body: () => ({ emptyCells: 'clear' }), status: 404 },
  checkImport: { id: 'importId', status: 404 },
  listImportRows: { id: 'importId', status: 404 },
  applyImport: { id: 'importId', status: 404 },
  undoImport: { id: 'importId', status: 404 },
  deleteImport: { id: 'importId', status: 404 },
  exportStock: { status: 200 },
  exportMovements: { query: ({ sku }) => `sku=${sku}`, status: 200 },
  exportProducts: { status: 200 },
  exportPrices: { status: 200 },
  exportSuppliers: { status: 200 },
  exportPurchaseOrders: { status: 200 },
  exportOrders: { status: 200 },
  listOrders: { query: ({ accountId }) => `accountId=${accountId}`, status: 200 },
  getOrder: { id: 'orderId', status: 404 },
  getDashboard: { status: 200 },
  listTasks: lists,
  getTask: { id: 'taskId', status: 404 },
  cancelTask: { id: 'taskId', status: 404 },
  retryTask: { id: 'taskId', status: 404 },
  listWorkers: lists,
  listMarketplaceAccounts: lists,
  getMarketplaceAccount: { id: 'accountId', status: 404 },
  createMarketplaceAccount: {
    body: () => ({ name: 'B MAIN', platform: 'emag_ro', username: 'b@example.com', password: 'x' }),
    status: 201,
  },
  updateMarketplaceAccount: { id: 'accountId', body: () => ({ enabled: false }), status: 404 },
  listSyncRuns: { id: 'accountId', status: 404 },
  syncMarketplaceAccount: { id: 'accountId', status: 404 },
  createRealtimeToken: { status: 201 },
  getSocketStats: { status: 200 },
  getCacheStats: { status: 200 },
  deleteCached: { query: () => 'pattern=*', status: 204 },
  invalidateCache: { body: () => ({ pattern: 'products:*' }), status: 204 },
  getMonitoringMetrics: { status: 200 },
};

/** Open to everybody, and why nothing of a tenant is in them. */
const publicOperations = [
  'signIn',
  'completeTwoFactor',
  'completeSetup',
  'resetPassword',
  'previewInvitation',
  'acceptInvitation',
];
const systemPaths = ['GET /health', 'GET /health/live', 'GET /health/ready'];

/** `null`: the role of requests has no right to read it at all. */
const tables: Record<string, 'tenant' | null> = {
  'public.api_key': 'tenant',
  'public.audit_entry': 'tenant',
  'public.brand': 'tenant',
  'public.bulk_change': 'tenant',
  'public.catalogue_word': 'tenant',
  'public.category': 'tenant',
  'public.cost_cursor': 'tenant',
  'public.cost_day': 'tenant',
  'public.cost_layer': 'tenant',
  'public.event': 'tenant',
  'public.event_consumer': null,
  'public.event_default': null,
  'public.event_epoch': null,
  'public.idempotency_key': 'tenant',
  'public.import': 'tenant',
  'public.import_row': 'tenant',
  'public.installation': null,
  'public.listing': 'tenant',
  'public.location': 'tenant',
  'public.marketplace_account': 'tenant',
  'public.movement': 'tenant',
  'public.movement_archive': 'tenant',
  'public.notification': 'tenant',
  'public.notification_reader': 'tenant',
  'public.order_line': 'tenant',
  'public.order_status_change': 'tenant',
  'public.password_reset': 'tenant',
  'public.product': 'tenant',
  'public.purchase_counter': 'tenant',
  'public.purchase_order': 'tenant',
  'public.purchase_order_line': 'tenant',
  'public.purchase_receipt': 'tenant',
  'public.reorder_plan': 'tenant',
  'public.reorder_rule': 'tenant',
  'public.reorder_settings': 'tenant',
  'public.reservation': 'tenant',
  'public.reservation_line': 'tenant',
  'public.schedule': null,
  'public.setup_token': null,
  'public.shop_order': 'tenant',
  'public.stock_alert': 'tenant',
  'public.stock_check': 'tenant',
  'public.stock_count': 'tenant',
  'public.stock_count_line': 'tenant',
  'public.stock_day': 'tenant',
  'public.stock_drift': 'tenant',
  'public.stock_history': 'tenant',
  'public.stock_level': 'tenant',
  'public.stock_rollup': 'tenant',
  'public.stock_transfer': 'tenant',
  'public.stock_transfer_line': 'tenant',
  'public.stock_transfer_receipt': 'tenant',
  'public.supplier': 'tenant',
  'public.supplier_price': 'tenant',
  'public.sync_cursor': 'tenant',
  'public.sync_run': 'tenant',
  'public.task': 'tenant',
  'public.task_attempt': 'tenant',
  'public.variant': 'tenant',
  'public.variant_cost': 'tenant',
  'public.worker': null,
  'auth.account': null,
  'auth.invitation': null,
  'auth.member': 'tenant',
  'auth.organization': 'tenant',
  'auth.session': null,
  'auth.twoFactor': null,
  'auth.usedCode': null,
  'auth.user': 'tenant',
  'auth.verification': null,
};

let app: Tradepost;
let owner: TestOwner;
let a: TestTenant;
let b: TestTenant;
/** B's owner. */
let bea: SignedIn;
let belongings: Belongings;

beforeAll(async () => {
  const seller = { name: 'Ana MAIN', username: 'main@ana.example', password: 'one' };
  const marketplace = await Marketplace.start([seller]);
  app = await Tradepost.start({
    env: { EMAG_EXTRA_BASE_URLS: marketplace.baseUrl, EMAG_SYNC_ORDERS_INTERVAL: '86400' },
  });
  owner = await setUpOwner(app);
  a = owner.tenant;
  b = await addTenant(app, 'Bea Toys');
  await addMember(app, owner, { tenantId: b.id, role: 'owner', email: 'bea@example.com' });
  bea = await signIn(app.url, 'bea@example.com', owner.password);
  const sku = 'NW-001';
  const product = await a.api.post<Product>('/products', {
    name: 'Chai of Ana',
    category: 'Teas of Ana',
    brand: 'Brand of Ana',
    variants: [{ sku, priceMinor: 1000, onHand: 50 }],
  });
  const bulkChange = await a.api.post<BulkResult>('/products/bulk', {
    ids: [product.id],
    action: { type: 'set_status', status: 'draft' },
  });
  const reservation = await a.api.post<Reservation>('/inventory/reservations', {
    lines: [{ sku, quantity: 2 }],
  });
  await a.api.post('/inventory/locations', { code: 'cellar', name: 'Cellar of Ana' });
  const transfer = await a.api.post<Transfer>('/inventory/transfers', {
    ...{ from: 'main', to: 'cellar', lines: [{ sku, quantity: 3 }] },
  });
  const count = await a.api.post<Count>('/inventory/counts', { location: 'main', name: 'Count of Ana' });
  await a.api.call('PATCH', `/inventory/levels/${product.variants[0]!.id}/main`, {
    json: { lowStockThreshold: 100 },
  });
  const [alert] = await a.api.list<StockAlert>('/inventory/alerts?location=main');
  const account = await connectAccount(a.api, marketplace, seller);
  await marketplace.addOrders({ account: seller.username, lines: [{ part_number: sku, quantity: 1 }] });
  const task = await a.api.post<Task>(`/marketplace-accounts/${account.id}/sync`);
  const order = await until('the order', async () => (await a.api.list<OrderSummary>('/orders'))[0]);
  await until('the task', async () => (await a.api.get<Task>(`/tasks/${task.id}`)).status === 'completed');
  const invitation = await a.api.post<Invitation>('/admin/invitations', {
    ...{ email: 'ida@ana.example', role: 'viewer' },
  });
  await a.api.post<Task>(`/marketplace-accounts/${account.id}/sync-products`);
  const listing = await until(
    'the products of the account',
    async () => (await a.api.list<MarketplaceProduct>('/marketplace-products'))[0],
  );
  const supplier = await a.api.post<Supplier>('/suppliers', { name: 'Imports of Ana' });
  const purchaseOrder = await a.api.post<PurchaseOrder>('/purchase-orders', {
    supplierId: supplier.id,
    lines: [{ sku, quantity: 3, unitCostMinor: 400 }],
  });
  const { body: imported } = await a.api.call<Import>(
    'POST',
    '/imports?kind=stock&fileName=stock-of-ana.csv',
    {
      ...{ raw: `sku,stock\n${sku},60\n`, headers: { 'content-type': 'text/csv' } },
    },
  );
  await a.api.post(`/imports/${imported.id}/check`);
  await until(
    'the dry run',
    async () => (await a.api.get<Import>(`/imports/${imported.id}`)).status === 'checked',
  );
  const [run] = await a.api.list<SyncRun>(`/marketplace-accounts/${account.id}/runs`);
  belongings = {
    ...{ tenantId: a.id, email: owner.email, sku, productId: product.id, variantId: product.variants[0]!.id },
    ...{
      reservationId: reservation.id,
      locationId: (await a.api.get<{ items: Location[] }>('/inventory/locations')).items[0]!.id,
      accountId: account.id,
      orderId: order.id,
      externalId: order.externalId,
    },
    ...{ supplierId: supplier.id, supplierName: supplier.name, purchaseOrderId: purchaseOrder.id },
    ...{ importId: imported.id, importName: imported.fileName },
    ...{ transferId: transfer.id, countId: count.id, alertId: alert!.id },
    ...{ customerName: order.customerName!, taskId: task.id, runId: run!.id },
    ...{ categoryId: product.categoryId!, bulkChangeId: bulkChange.undoId!, listingId: listing.id },
    keyId: (await makeKey(owner.signedIn.api, ['orders.read'])).id,
    ...{ userId: owner.signedIn.session.user.id, sessionId: await findSession(owner.signedIn.api) },
    ...{ invitationId: invitation.id, invited: invitation.email },
  };
});

async function findSession(api: Api): Promise<string> {
  return (await api.list<AccountSession>('/account/sessions'))[0]!.id;
}

function callAs(api: Api, operation: Operation) {
  const contract: RouteContract = routes[operation];
  const { id, query, body, csv } = recipes[operation];
  const path = contract.path
    .replace(':id', id === undefined ? ':id' : belongings[id])
    .replace(':variantId', belongings.variantId)
    .replace(':location', 'main')
    .replace(':format', 'csv');
  const target = query === undefined ? path : `${path}?${query(belongings)}`;
  const json = body?.(belongings);
  const sent = `${target} ${JSON.stringify(json ?? null)}`;
  const options = csv === undefined ? { json } : { raw: csv, headers: { 'content-type': 'text/csv' } };
  return { sent, answer: api.call(contract.method, target, options) };
}

/** What of A's stands in the text and was not in the question. */
function leaks(text: string, sent: string): string[] {
  return Object.entries(belongings)
    .filter(([, mark]) => text.includes(mark) && !sent.includes(mark))
    .map(([name]) => name);
}

/** Everything of A's that some operation could have changed. */
async function snapshot(): Promise<unknown> {
  const { api } = a;
  return {
    products: await api.list('/products'),
    categories: await api.get('/categories'),
    suppliers: await api.list('/suppliers'),
    supplierPrices: await api.list('/supplier-prices'),
    purchaseOrder: await api.get(`/purchase-orders/${belongings.purchaseOrderId}`),
    replenishment: await api.get('/replenishment/settings'),
    listings: await api.list('/marketplace-products'),
    levels: await api.list('/inventory/levels'),
    movements: await api.list('/inventory/movements'),
    reservation: await api.get(`/inventory/reservations/${belongings.reservationId}`),
    transfers: await api.get(`/inventory/transfers/${belongings.transferId}`),
    count: [
      await api.get(`/inventory/counts/${belongings.countId}`),
      await api.list(`/inventory/counts/${belongings.countId}/lines`),
    ],
    alerts: await api.list('/inventory/alerts'),
    imports: [await api.list('/imports'), await api.list(`/imports/${belongings.importId}/rows`)],
    orders: await api.list('/orders'),
    task: await api.get(`/tasks/${belongings.taskId}`),
    accounts: await api.list<MarketplaceAccount>('/marketplace-accounts'),
    keys: (await api.list<{ id: string; revokedAt: string | null }>('/api-keys')).map((k) => [
      k.id,
      k.revokedAt,
    ]),
    members: await api.list('/members'),
    invitations: await api.list('/admin/invitations'),
    settings: await api.get('/admin/settings'),
    session: await findSession(owner.signedIn.api),
  };
}

describe('operations', () => {
  const operations = Object.keys(routes) as Operation[];

  test('are the same in the contracts, the server and this file', async () => {
    const { body } = await send<{ paths: Record<string, Record<string, { operationId: string }>> }>(
      'GET',
      `${app.url}/openapi.json`,
    );
    const served = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const declared = Object.values(routes).map(
      (r) => `${r.method} /api/v1${r.path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    expect(served.sort()).toEqual([...declared, ...systemPaths].sort());
    expect(Object.keys(recipes).sort()).toEqual([...operations].sort());
    expect(operations.filter((o) => routes[o].access === 'public')).toEqual(publicOperations);
  });

  test.for(operations.filter((o) => !publicOperations.includes(o)))(
    '%s needs a credential',
    async (operation) => {
      const { answer } = callAs(new Api(app.url), operation);
      expect(await answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    },
  );

  test('show and change nothing of A for B', async () => {
    const before = await snapshot();
    for (const operation of operations) {
      const { sent, answer } = callAs(b.api, operation);
      const { status, text } = await answer;
      expect({ operation, status, text }).toMatchObject({ operation, status: recipes[operation].status });
      expect({ operation, leaks: leaks(text, sent) }).toEqual({ operation, leaks: [] });
    }
    for (const operation of operations) {
      const { signedIn } = recipes[operation];
      if (signedIn === undefined) continue;
      const { sent, answer } = callAs(bea.api, operation);
      const { status, text } = await answer;
      expect({ operation, status, text }).toMatchObject({ operation, status: signedIn });
      expect({ operation, leaks: leaks(text, sent) }).toEqual({ operation, leaks: [] });
    }
    expect(await snapshot()).toEqual(before);
  });

  test.for(allPermissions)(
    'that need %s are refused to a key with every other permission',
    async (permission) => {
      const concerned = operations.filter((o) => routes[o].access === permission);
      const others = allPermissions.filter((p) => p !== permission);
      const { key } = await makeKey(owner.signedIn.api, others);
      for (const operation of concerned) {
        const { answer } = callAs(Api.withKey(app.url, key), operation);
        const { status, body } = await answer;
        expect({ operation, status, body }).toMatchObject({
          operation,
          status: 403,
          body: { code: 'FORBIDDEN' },
        });
        expect((body as { detail: string }).detail).toContain(permission);
      }
    },
  );

  test('that change something are refused to a viewer, by key and by session', async () => {
    await addMember(app, owner, { tenantId: a.id, role: 'viewer', email: 'vera@example.com' });
    const viewer = await signIn(app.url, 'vera@example.com', owner.password);
    expect([...viewer.session.permissions].sort()).toEqual([...rolePermissions.viewer].sort());
    const { key } = await makeKey(owner.signedIn.api, rolePermissions.viewer);
    const before = await snapshot();
    const may = (o: Operation) => (rolePermissions.viewer as string[]).includes(routes[o].access);
    for (const operation of operations) {
      const { access } = routes[operation];
      if (access === 'public' || access === 'signed-in' || may(operation)) continue;
      for (const api of [viewer.api, Api.withKey(app.url, key)]) {
        const { status } = await callAs(api, operation).answer;
        expect({ operation, status }).toEqual({ operation, status: 403 });
      }
    }
    for (const operation of operations.filter(may)) {
      if (routes[operation].method !== 'GET') continue;
      const { status } = await callAs(viewer.api, operation).answer;
      expect({ operation, status }).toEqual({ operation, status: 200 });
    }
    expect(await snapshot()).toEqual(before);
  });

  test('do not let a person of B switch to A', async () => {
    const answer = await bea.api.call<Session>('PUT', '/session/tenant', { json: { tenantId: a.id } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect((await bea.api.get<Session>('/session')).tenant.tenantId).toBe(b.id);
  });

  test('take no tenant from the body or the query', async () => {
    const body = { name: 'Odd', variants: [{ sku: 'ODD', priceMinor: 1 }], tenantId: a.id, tenant_id: a.id };
    const refused = await b.api.call<{ issues: { field: string }[] }>('POST', '/products', { json: body });
    expect(refused.status).toBe(400);
    expect(refused.body.issues.map((i) => i.field)).toEqual(['body.tenantId', 'body.tenant_id']);
    expect((await b.api.call('GET', `/orders?tenantId=${a.id}`)).status).toBe(400);
    const named = await b.api.call<{ items: unknown[] }>('GET', '/orders', {
      headers: { 'x-tenant-id': a.id },
    });
    expect(named.body.items).toEqual([]);
  });
});

describe('tables', () => {
  test('are all known, and the role of requests sees no row of A in any of them', async () => {
    await withSql(app.databaseUrl, async (sql) => {
      const { rows } = await sql.query<{ name: string; partition: boolean }>(
        `select n.nspname || '.' || c.relname as name, c.relispartition as partition
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
         order by 1`,
      );
      const daily = rows
        .filter((r) => r.partition && /^public\.event_\d{8}$/.test(r.name))
        .map((r) => r.name);
      expect(daily.length).toBeGreaterThan(0);
      const found = rows.map((r) => r.name).filter((name) => !daily.includes(name));
      const migrations = found.filter((name) => /migration/.test(name));
      expect(found.filter((name) => !migrations.includes(name))).toEqual(Object.keys(tables).sort());

      const places = {
        ...tables,
        ...Object.fromEntries([...daily, ...migrations].map((name) => [name, null])),
      };
      await sql.query('set role tradepost_app');
      for (const tenant of [b.id, '']) {
        await sql.query("select set_config('app.tenant_id', $1, false)", [tenant]);
        for (const [name, rule] of Object.entries(places)) {
          const [schema, table] = name.split('.');
          // Of people it may read three columns only.
          const columns = name === 'auth.user' ? 'id, name, email' : '*';
          const reading = sql.query<{ row: string }>(
            `select to_jsonb(t)::text as row from (select ${columns} from "${schema}"."${table}") t`,
          );
          if (rule === null) {
            await expect(reading, name).rejects.toMatchObject({ code: '42501' });
            continue;
          }
          const seen = (await reading).rows.map((r) => r.row).join('\n');
          if (tenant === '') expect({ name, seen }).toEqual({ name, seen: '' });
          // B named A's SKU and account in questions of its own; its own answers to them may hold them.
          else if (name !== 'public.idempotency_key') {
            expect({ name, leaks: leaks(seen, `${belongings.sku}`) }).toEqual({ name, leaks: [] });
          }
        }
      }
    });
  });

  test('take no row of B that points at A', async () => {
    await withSql(app.databaseUrl, async (sql) => {
      await sql.query('set role tradepost_app');
      await sql.query("select set_config('app.tenant_id', $1, false)", [b.id]);
      const forged = sql.query(
        "insert into reservation (tenant_id, id, status, actor, created_at) values ($1, gen_random_uuid(), 'active', 'system', now())",
        [a.id],
      );
      await expect(forged).rejects.toMatchObject({ code: '42501' });
      const changed = await sql.query('update stock_level set on_hand = 0 where tenant_id = $1', [a.id]);
      expect(changed.rowCount).toBe(0);
    });
  });
});

/** A permission that no operation asks for would be tested by nothing. */
test('each permission but those of sockets is asked for by some operation', () => {
  const asked = new Set(Object.values(routes).map((r) => r.access));
  const unasked = allPermissions.filter((p: Permission) => !asked.has(p));
  expect(unasked).toEqual([]);
});
