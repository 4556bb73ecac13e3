/** Every address of the console. Pages are loaded when visited; the frame and the session check are not. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import type { OrderState, ProductSort, ProductStatus, TaskState } from '@tradepost/contracts';
import { CallFailed } from './api/call.ts';
import { Frame } from './features/frame/frame.tsx';
import { BrokenPage, MissingPage } from './features/frame/page-failures.tsx';
import { sessionQuery } from './features/session/session.ts';
import { isOrderState, isProductSort, isProductStatus, isTaskState } from './words.ts';

interface RouterContext {
  client: QueryClient;
}

/** A search parameter as text, or nothing. The router has already parsed numbers out of what looked like them. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number'
      ? String(value)
      : undefined;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { from?: string } => {
    const from = text(search.from);
    // Only an address of our own: a link must not be able to send someone elsewhere after signing in.
    return from !== undefined && /^\/(?![/\\])/.test(from) ? { from } : {};
  },
}).lazy(() => import('./features/session/sign-in-page.tsx').then((page) => page.Route));

/** Links that someone gave: to make the first shop, to join one, to choose a new password. */
const tokenSearch = (search: Record<string, unknown>): { token?: string } => {
  const token = text(search.token);
  return token === undefined ? {} : { token };
};
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: tokenSearch,
}).lazy(() => import('./features/session/setup-page.tsx').then((page) => page.Route));
const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  validateSearch: tokenSearch,
}).lazy(() => import('./features/session/join-page.tsx').then((page) => page.Route));
const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset',
  validateSearch: tokenSearch,
}).lazy(() => import('./features/session/reset-page.tsx').then((page) => page.Route));

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof CallFailed) || error.status !== 401) throw error;
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { from: location.href } });
    }
  },
});

const today = createRoute({ getParentRoute: () => frame, path: '/' }).lazy(() =>
  import('./features/today/today-page.tsx').then((page) => page.Route),
);

export interface OrderFilters {
  status?: OrderState;
  account?: string;
  q?: string;
}

const orders = createRoute({
  getParentRoute: () => frame,
  path: '/orders',
  validateSearch: (search): OrderFilters => {
    const status = search.status;
    const account = text(search.account);
    const q = text(search.q);
    return {
      ...(isOrderState(status) ? { status } : {}),
      ...(account ? { account } : {}),
      ...(q ? { q } : {}),
    };
  },
}).lazy(() => import('./features/orders/orders-page.tsx').then((page) => page.Route));

const order = createRoute({ getParentRoute: () => orders, path: '$orderId' }).lazy(() =>
  import('./features/orders/order-detail.tsx').then((page) => page.Route),
);

export interface StockFilters {
  low?: true;
  q?: string;
}

const stock = createRoute({
  getParentRoute: () => frame,
  path: '/stock',
  validateSearch: (search): StockFilters => {
    const q = text(search.q);
    return {
      ...(search.low === true || search.low === 'true' ? { low: true } : {}),
      ...(q ? { q } : {}),
    };
  },
}).lazy(() => import('./features/stock/stock-page.tsx').then((page) => page.Route));

const stockItem = createRoute({ getParentRoute: () => stock, path: '$sku' }).lazy(() =>
  import('./features/stock/stock-detail.tsx').then((page) => page.Route),
);

export interface ProductFilters {
  q?: string;
  category?: string;
  brand?: string;
  status?: ProductStatus | 'deleted';
  stock?: 'yes' | 'no';
  /** In minor units. */
  min?: number;
  max?: number;
  sort?: ProductSort;
}

const products = createRoute({
  getParentRoute: () => frame,
  path: '/products',
  validateSearch: (search): ProductFilters => {
    const { status, stock, sort } = search;
    const q = text(search.q);
    const category = text(search.category);
    const brand = text(search.brand);
    return {
      ...(q ? { q } : {}),
      ...(category ? { category } : {}),
      ...(brand ? { brand } : {}),
      ...(status === 'deleted' || isProductStatus(status) ? { status } : {}),
      ...(stock === 'yes' || stock === 'no' ? { stock } : {}),
      ...(Number.isInteger(search.min) ? { min: Number(search.min) } : {}),
      ...(Number.isInteger(search.max) ? { max: Number(search.max) } : {}),
      // By how well they match only where something is searched.
      ...(isProductSort(sort) && (sort !== 'relevance' || q) ? { sort } : {}),
    };
  },
}).lazy(() => import('./features/products/products-page.tsx').then((page) => page.Route));
const product = createRoute({ getParentRoute: () => products, path: '$productId' }).lazy(() =>
  import('./features/products/product-detail.tsx').then((page) => page.Route),
);
const newProduct = createRoute({ getParentRoute: () => frame, path: '/products/new' }).lazy(() =>
  import('./features/products/new-product-page.tsx').then((page) => page.Route),
);
const editProduct = createRoute({ getParentRoute: () => frame, path: '/products/$productId/edit' }).lazy(() =>
  import('./features/products/edit-product-page.tsx').then((page) => page.Route),
);
const categories = createRoute({ getParentRoute: () => frame, path: '/products/categories' }).lazy(() =>
  import('./features/categories/categories-page.tsx').then((page) => page.Route),
);
const unmatched = createRoute({ getParentRoute: () => frame, path: '/products/unmatched' }).lazy(() =>
  import('./features/products/unmatched-page.tsx').then((page) => page.Route),
);

const marketplaces = createRoute({ getParentRoute: () => frame, path: '/marketplaces' }).lazy(() =>
  import('./features/marketplaces/marketplaces-page.tsx').then((page) => page.Route),
);

const account = createRoute({ getParentRoute: () => marketplaces, path: '$accountId' }).lazy(() =>
  import('./features/marketplaces/account-detail.tsx').then((page) => page.Route),
);

export interface TaskFilters {
  status?: TaskState;
}

const tasks = createRoute({
  getParentRoute: () => frame,
  path: '/tasks',
  validateSearch: (search): TaskFilters => (isTaskState(search.status) ? { status: search.status } : {}),
}).lazy(() => import('./features/tasks/tasks-page.tsx').then((page) => page.Route));

const task = createRoute({ getParentRoute: () => tasks, path: '$taskId' }).lazy(() =>
  import('./features/tasks/task-detail.tsx').then((page) => page.Route),
);

const settings = createRoute({ getParentRoute: () => frame, path: '/settings' }).lazy(() =>
  import('./features/settings/settings-page.tsx').then((page) => page.Route),
);
const people = createRoute({ getParentRoute: () => frame, path: '/settings/people' }).lazy(() =>
  import('./features/people/people-page.tsx').then((page) => page.Route),
);
const keys = createRoute({ getParentRoute: () => frame, path: '/settings/keys' }).lazy(() =>
  import('./features/settings/keys-page.tsx').then((page) => page.Route),
);

export interface AuditFilters {
  q?: string;
  actor?: string;
  entity?: string;
  entityId?: string;
  action?: 'insert' | 'update' | 'delete';
  /** How far back, in days. */
  days?: number;
}

const audit = createRoute({
  getParentRoute: () => frame,
  path: '/settings/audit',
  validateSearch: (search): AuditFilters => {
    const { action, days } = search;
    const q = text(search.q);
    const actor = text(search.actor);
    const entity = text(search.entity);
    const entityId = text(search.entityId);
    return {
      ...(q ? { q } : {}),
      ...(actor ? { actor } : {}),
      ...(entity ? { entity } : {}),
      ...(entityId ? { entityId } : {}),
      ...(action === 'insert' || action === 'update' || action === 'delete' ? { action } : {}),
      ...(typeof days === 'number' && days > 0 ? { days } : {}),
    };
  },
}).lazy(() => import('./features/audit/audit-page.tsx').then((page) => page.Route));
const ownAccount = createRoute({ getParentRoute: () => frame, path: '/account' }).lazy(() =>
  import('./features/account/account-page.tsx').then((page) => page.Route),
);

const preferences = createRoute({ getParentRoute: () => frame, path: '/preferences' }).lazy(() =>
  import('./features/preferences/preferences-page.tsx').then((page) => page.Route),
);

/** Any other address: said within the frame, so that the way on is in sight. */
const missing = createRoute({ getParentRoute: () => frame, path: '$', component: MissingPage });

const routeTree = root.addChildren([
  signIn,
  setup,
  join,
  reset,
  frame.addChildren([
    today,
    orders.addChildren([order]),
    stock.addChildren([stockItem]),
    products.addChildren([product]),
    newProduct,
    editProduct,
    unmatched,
    categories,
    marketplaces.addChildren([account]),
    tasks.addChildren([task]),
    settings,
    people,
    keys,
    audit,
    ownAccount,
    preferences,
    missing,
  ]),
]);

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    defaultErrorComponent: BrokenPage,
    defaultNotFoundComponent: MissingPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
