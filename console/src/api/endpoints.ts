/**
 * Which calls the console makes. Only method and path live here at run time; bodies, queries and answers are types
 * taken from the contracts, so no validator is shipped to the browser. A path that differs from its contract does not compile.
 */
import type { routes } from '@tradepost/contracts';

type Routes = typeof routes;

export const endpoints = {
  signIn: 'POST /session',
  getSession: 'GET /session',
  completeTwoFactor: 'POST /session/two-factor',
  previewInvitation: 'POST /invitations/preview',
  acceptInvitation: 'POST /invitations/accept',
  resetPassword: 'POST /password-reset',
  signOut: 'DELETE /session',
  switchTenant: 'PUT /session/tenant',
  completeSetup: 'POST /setup',
  getDashboard: 'GET /dashboard',
  listOrders: 'GET /orders',
  getOrder: 'GET /orders/:id',
  listProducts: 'GET /products',
  getProduct: 'GET /products/:id',
  createProduct: 'POST /products',
  updateProduct: 'PATCH /products/:id',
  deleteProduct: 'DELETE /products/:id',
  restoreProduct: 'POST /products/:id/restore',
  changeProducts: 'POST /products/bulk',
  undoProductChange: 'POST /products/bulk/:id/undo',
  listCategories: 'GET /categories',
  createCategory: 'POST /categories',
  updateCategory: 'PATCH /categories/:id',
  deleteCategory: 'DELETE /categories/:id',
  listBrands: 'GET /brands',
  listMarketplaceProducts: 'GET /marketplace-products',
  linkMarketplaceProduct: 'POST /marketplace-products/:id/link',
  syncMarketplaceProducts: 'POST /marketplace-accounts/:id/sync-products',
  listStockLevels: 'GET /inventory/levels',
  listLocations: 'GET /inventory/locations',
  createLocation: 'POST /inventory/locations',
  updateLocation: 'PATCH /inventory/locations/:id',
  listMovements: 'GET /inventory/movements',
  createAdjustment: 'POST /inventory/adjustments',
  updateStockLevel: 'PATCH /inventory/levels/:variantId/:location',
  listAlerts: 'GET /inventory/alerts',
  acknowledgeAlert: 'POST /inventory/alerts/:id/acknowledge',
  snoozeAlert: 'POST /inventory/alerts/:id/snooze',
  reopenAlert: 'POST /inventory/alerts/:id/reopen',
  listTransfers: 'GET /inventory/transfers',
  getTransfer: 'GET /inventory/transfers/:id',
  createTransfer: 'POST /inventory/transfers',
  receiveTransfer: 'POST /inventory/transfers/:id/receive',
  cancelTransfer: 'POST /inventory/transfers/:id/cancel',
  listCounts: 'GET /inventory/counts',
  getCount: 'GET /inventory/counts/:id',
  listCountLines: 'GET /inventory/counts/:id/lines',
  createCount: 'POST /inventory/counts',
  putCountLine: 'PUT /inventory/counts/:id/lines',
  clearCountLine: 'DELETE /inventory/counts/:id/lines/:variantId',
  reviewCount: 'POST /inventory/counts/:id/review',
  reopenCount: 'POST /inventory/counts/:id/reopen',
  applyCount: 'POST /inventory/counts/:id/apply',
  cancelCount: 'POST /inventory/counts/:id/cancel',
  getStockMoment: 'GET /inventory/history',
  getStockSeries: 'GET /inventory/history/series',
  listNotifications: 'GET /notifications',
  readNotifications: 'POST /notifications/read',
  listSuppliers: 'GET /suppliers',
  getSupplier: 'GET /suppliers/:id',
  createSupplier: 'POST /suppliers',
  updateSupplier: 'PATCH /suppliers/:id',
  archiveSupplier: 'POST /suppliers/:id/archive',
  restoreSupplier: 'POST /suppliers/:id/restore',
  listSupplierPrices: 'GET /supplier-prices',
  putSupplierPrice: 'PUT /suppliers/:id/prices/:variantId',
  deleteSupplierPrice: 'DELETE /suppliers/:id/prices/:variantId',
  listPurchaseOrders: 'GET /purchase-orders',
  getPurchaseOrder: 'GET /purchase-orders/:id',
  createPurchaseOrder: 'POST /purchase-orders',
  updatePurchaseOrder: 'PATCH /purchase-orders/:id',
  deletePurchaseOrder: 'DELETE /purchase-orders/:id',
  sendPurchaseOrder: 'POST /purchase-orders/:id/send',
  receivePurchaseOrder: 'POST /purchase-orders/:id/receive',
  cancelPurchaseOrder: 'POST /purchase-orders/:id/cancel',
  getPurchaseOrderPdf: 'GET /purchase-orders/:id/pdf',
  getPurchaseOrderCsv: 'GET /purchase-orders/:id/csv',
  listReorderPlans: 'GET /replenishment',
  getReorderPlan: 'GET /replenishment/variants/:variantId',
  putReorderRule: 'PUT /replenishment/variants/:variantId/rule',
  runAutoReorder: 'POST /replenishment/run',
  getReplenishmentSettings: 'GET /replenishment/settings',
  updateReplenishmentSettings: 'PATCH /replenishment/settings',
  createImport: 'POST /imports',
  listImports: 'GET /imports',
  getImport: 'GET /imports/:id',
  mapImport: 'PUT /imports/:id/mapping',
  checkImport: 'POST /imports/:id/check',
  listImportRows: 'GET /imports/:id/rows',
  applyImport: 'POST /imports/:id/apply',
  undoImport: 'POST /imports/:id/undo',
  deleteImport: 'DELETE /imports/:id',
  exportStock: 'GET /exports/stock.:format',
  exportMovements: 'GET /exports/movements.:format',
  exportProducts: 'GET /exports/products.:format',
  exportPrices: 'GET /exports/prices.:format',
  exportSuppliers: 'GET /exports/suppliers.:format',
  exportPurchaseOrders: 'GET /exports/purchase-orders.:format',
  exportOrders: 'GET /exports/orders.:format',
  proveStock: 'POST /inventory/proof',
  getLedgerReport: 'GET /inventory/ledger',
  checkLedger: 'POST /inventory/ledger/check',
  repairLedger: 'POST /inventory/ledger/repair',
  getInventoryReport: 'GET /inventory/report',
  listTasks: 'GET /tasks',
  getTask: 'GET /tasks/:id',
  cancelTask: 'DELETE /tasks/:id',
  retryTask: 'POST /tasks/:id/retry',
  listMarketplaceAccounts: 'GET /marketplace-accounts',
  getMarketplaceAccount: 'GET /marketplace-accounts/:id',
  createMarketplaceAccount: 'POST /marketplace-accounts',
  updateMarketplaceAccount: 'PATCH /marketplace-accounts/:id',
  listSyncRuns: 'GET /marketplace-accounts/:id/runs',
  syncMarketplaceAccount: 'POST /marketplace-accounts/:id/sync',
  createRealtimeToken: 'POST /realtime/token',
  listApiKeys: 'GET /admin/api-keys',
  createApiKey: 'POST /admin/api-keys',
  renameApiKey: 'PATCH /admin/api-keys/:id',
  revokeApiKey: 'DELETE /admin/api-keys/:id',
  listMembers: 'GET /admin/members',
  updateMember: 'PATCH /admin/members/:id',
  removeMember: 'DELETE /admin/members/:id',
  resetMemberPassword: 'POST /admin/members/:id/password-reset',
  listInvitations: 'GET /admin/invitations',
  createInvitation: 'POST /admin/invitations',
  reissueInvitation: 'POST /admin/invitations/:id/reissue',
  revokeInvitation: 'DELETE /admin/invitations/:id',
  getTenantSettings: 'GET /admin/settings',
  updateTenantSettings: 'PATCH /admin/settings',
  listAudit: 'GET /admin/audit',
  getAccount: 'GET /account',
  updateAccount: 'PATCH /account',
  changePassword: 'PUT /account/password',
  listSessions: 'GET /account/sessions',
  endSession: 'DELETE /account/sessions/:id',
  endOtherSessions: 'DELETE /account/sessions',
  startTwoFactor: 'POST /account/two-factor',
  confirmTwoFactor: 'POST /account/two-factor/confirm',
  removeTwoFactor: 'DELETE /account/two-factor',
  removeDemo: 'DELETE /demo',
} as const satisfies { [K in keyof Routes]?: `${Routes[K]['method']} ${Routes[K]['path']}` };

export type Operation = keyof typeof endpoints;

type Input<T> = T extends { _zod: { input: infer I } } ? I : never;
/** What a schema of the contracts yields, without importing the validator. */
export type Output<T> = T extends { _zod: { output: infer O } } ? O : undefined;

/** What an operation takes, part by part, as its contract says. */
export type CallInput<K extends Operation> = (Routes[K] extends { params: infer P }
  ? { params: Input<P> }
  : unknown) &
  (Routes[K] extends { query: infer Q } ? { query?: Input<Q> } : unknown) &
  (Routes[K] extends { body: infer B } ? { body: Input<B> } : unknown);

/** What an operation answers when it succeeds. */
export type CallOutput<K extends Operation> = Output<Routes[K]['responses'][keyof Routes[K]['responses']]>;

/** An item of a keyset list. */
export type ItemOf<K extends Operation> = CallOutput<K> extends { items: (infer I)[] } ? I : never;

/** Operations that answer a keyset list. */
export type ListOperation = {
  [K in Operation]: CallOutput<K> extends { items: unknown[]; nextCursor: string | null } ? K : never;
}[Operation];
