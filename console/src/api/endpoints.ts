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
  listMovements: 'GET /inventory/movements',
  getItemStock: 'GET /realtime/inventory',
  adjustItemStock: 'POST /realtime/inventory',
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
