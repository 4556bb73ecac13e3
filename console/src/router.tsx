/** Every address of the console. Pages are loaded when visited; the frame and the session check are not. */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import type {
  AlertState,
  CountState,
  ImportKind,
  ImportState,
  OrderState,
  ProductSort,
  ProductStatus,
  PurchaseOrderState,
  TaskState,
  TransferState,
} from '@tradepost/contracts';
import { CallFailed } from './api/call.ts';
import { Frame } from './features/frame/frame.tsx';
import { BrokenPage, MissingPage } from './features/frame/page-failures.tsx';
import { sessionQuery } from './features/session/session.ts';
import {
  isAlertState,
  isCountState,
  isImportKind,
  isImportState,
  isOrderState,
  isProductSort,
  isProductStatus,
  isPurchaseOrderState,
  isTaskState,
  isTransferState,
} from './words.ts';

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
  location?: string;
  /** Location of the level that is open, where an item has several. */
  level?: string;
}

const stock = createRoute({
  getParentRoute: () => frame,
  path: '/stock',
  validateSearch: (search): StockFilters => {
    const q = text(search.q);
    const location = text(search.location);
    const level = text(search.level);
    return {
      ...(search.low === true || search.low === 'true' ? { low: true } : {}),
      ...(q ? { q } : {}),
      ...(location ? { location } : {}),
      ...(level ? { level } : {}),
    };
  },
}).lazy(() => import('./features/stock/stock-page.tsx').then((page) => page.Route));

const stockItem = createRoute({ getParentRoute: () => stock, path: '$sku' }).lazy(() =>
  import('./features/stock/stock-detail.tsx').then((page) => page.Route),
);

export interface MomentSearch {
  location?: string;
  /** ISO 8601; absent: now. */
  at?: string;
  /** How far back, in days. */
  days?: number;
}

const timeMachine = createRoute({
  getParentRoute: () => frame,
  path: '/time-machine/$sku',
  validateSearch: (search): MomentSearch => {
    const { days } = search;
    const location = text(search.location);
    const at = text(search.at);
    return {
      ...(location ? { location } : {}),
      ...(at && !Number.isNaN(Date.parse(at)) ? { at } : {}),
      ...(typeof days === 'number' && days > 0 ? { days } : {}),
    };
  },
}).lazy(() => import('./features/time-machine/time-machine-page.tsx').then((page) => page.Route));

export interface TransferFilters {
  status?: TransferState | 'in_transit';
  location?: string;
}

const transfers = createRoute({
  getParentRoute: () => frame,
  path: '/transfers',
  validateSearch: (search): TransferFilters => {
    const { status } = search;
    const location = text(search.location);
    return {
      ...(status === 'in_transit' || isTransferState(status) ? { status } : {}),
      ...(location ? { location } : {}),
    };
  },
}).lazy(() => import('./features/transfers/transfers-page.tsx').then((page) => page.Route));
const transfer = createRoute({ getParentRoute: () => transfers, path: '$transferId' }).lazy(() =>
  import('./features/transfers/transfer-detail.tsx').then((page) => page.Route),
);

export interface CountFilters {
  status?: CountState;
  location?: string;
}

const counts = createRoute({
  getParentRoute: () => frame,
  path: '/counts',
  validateSearch: (search): CountFilters => {
    const location = text(search.location);
    return {
      ...(isCountState(search.status) ? { status: search.status } : {}),
      ...(location ? { location } : {}),
    };
  },
}).lazy(() => import('./features/counts/counts-page.tsx').then((page) => page.Route));

export interface SheetFilters {
  show?: 'uncounted' | 'counted' | 'different';
  q?: string;
}

const count = createRoute({
  getParentRoute: () => frame,
  path: '/counts/$countId',
  validateSearch: (search): SheetFilters => {
    const { show } = search;
    const q = text(search.q);
    return {
      ...(show === 'uncounted' || show === 'counted' || show === 'different' ? { show } : {}),
      ...(q ? { q } : {}),
    };
  },
}).lazy(() => import('./features/counts/count-page.tsx').then((page) => page.Route));

export interface AlertFilters {
  /** Absent: the open ones. */
  state?: AlertState | 'all';
  location?: string;
}

const alerts = createRoute({
  getParentRoute: () => frame,
  path: '/alerts',
  validateSearch: (search): AlertFilters => {
    const { state } = search;
    const location = text(search.location);
    return {
      ...(state === 'all' || isAlertState(state) ? { state } : {}),
      ...(location ? { location } : {}),
    };
  },
}).lazy(() => import('./features/alerts/alerts-page.tsx').then((page) => page.Route));

export interface PlanFilters {
  q?: string;
  supplier?: string;
  /** Also what needs no order. */
  all?: true;
}

const replenishment = createRoute({
  getParentRoute: () => frame,
  path: '/purchasing',
  validateSearch: (search): PlanFilters => {
    const q = text(search.q);
    const supplier = text(search.supplier);
    return {
      ...(q ? { q } : {}),
      ...(supplier ? { supplier } : {}),
      ...(search.all === true || search.all === 'true' ? { all: true } : {}),
    };
  },
}).lazy(() => import('./features/replenishment/replenishment-page.tsx').then((page) => page.Route));
const reorderPlan = createRoute({ getParentRoute: () => replenishment, path: '$variantId' }).lazy(() =>
  import('./features/replenishment/plan-detail.tsx').then((page) => page.Route),
);

export interface PurchaseOrderFilters {
  status?: PurchaseOrderState | 'open';
  supplier?: string;
  /** Those with a line of this variant. */
  variant?: string;
  q?: string;
}

const purchaseOrders = createRoute({
  getParentRoute: () => frame,
  path: '/purchasing/orders',
  validateSearch: (search): PurchaseOrderFilters => {
    const { status } = search;
    const supplier = text(search.supplier);
    const variant = text(search.variant);
    const q = text(search.q);
    return {
      ...(status === 'open' || isPurchaseOrderState(status) ? { status } : {}),
      ...(supplier ? { supplier } : {}),
      ...(variant ? { variant } : {}),
      ...(q ? { q } : {}),
    };
  },
}).lazy(() => import('./features/purchase-orders/purchase-orders-page.tsx').then((page) => page.Route));
const purchaseOrder = createRoute({ getParentRoute: () => purchaseOrders, path: '$purchaseOrderId' }).lazy(
  () => import('./features/purchase-orders/purchase-order-detail.tsx').then((page) => page.Route),
);

export interface SupplierFilters {
  q?: string;
  archived?: true;
}

const suppliers = createRoute({
  getParentRoute: () => frame,
  path: '/purchasing/suppliers',
  validateSearch: (search): SupplierFilters => {
    const q = text(search.q);
    return {
      ...(q ? { q } : {}),
      ...(search.archived === true || search.archived === 'true' ? { archived: true } : {}),
    };
  },
}).lazy(() => import('./features/suppliers/suppliers-page.tsx').then((page) => page.Route));
const supplier = createRoute({ getParentRoute: () => suppliers, path: '$supplierId' }).lazy(() =>
  import('./features/suppliers/supplier-detail.tsx').then((page) => page.Route),
);

export interface ImportFilters {
  kind?: ImportKind;
  status?: ImportState;
}

const imports = createRoute({
  getParentRoute: () => frame,
  path: '/imports',
  validateSearch: ({ kind, status }): ImportFilters => ({
    ...(isImportKind(kind) ? { kind } : {}),
    ...(isImportState(status) ? { status } : {}),
  }),
}).lazy(() => import('./features/imports/imports-page.tsx').then((page) => page.Route));
const oneImport = createRoute({ getParentRoute: () => frame, path: '/imports/$importId' }).lazy(() =>
  import('./features/imports/import-page.tsx').then((page) => page.Route),
);

export interface ReportFilters {
  /** Length of the period. */
  days?: number;
  /** Thresholds of the classes, and of what is dead. */
  abcA?: number;
  abcB?: number;
  xyzX?: number;
  xyzY?: number;
  deadDays?: number;
  /** Such as AX: best sellers of this class only. */
  class?: string;
}

const report = createRoute({
  getParentRoute: () => frame,
  path: '/report',
  validateSearch: (search): ReportFilters => {
    const numbers = ['days', 'abcA', 'abcB', 'xyzX', 'xyzY', 'deadDays'] as const;
    const among = text(search.class);
    return {
      ...Object.fromEntries(
        numbers.flatMap((name) => (typeof search[name] === 'number' ? [[name, search[name]]] : [])),
      ),
      ...(among && /^[ABC][XYZ]$/.test(among) ? { class: among } : {}),
    };
  },
}).lazy(() => import('./features/inventory-report/report-page.tsx').then((page) => page.Route));

export interface ProofSearch {
  /** The proof that is shown; absent: the newest. */
  run?: string;
}

const proof = createRoute({
  getParentRoute: () => frame,
  path: '/proof',
  validateSearch: (search): ProofSearch => {
    const run = text(search.run);
    return run ? { run } : {};
  },
}).lazy(() => import('./features/proof/proof-page.tsx').then((page) => page.Route));

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
const locations = createRoute({ getParentRoute: () => frame, path: '/settings/locations' }).lazy(() =>
  import('./features/locations/locations-page.tsx').then((page) => page.Route),
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
    timeMachine,
    transfers.addChildren([transfer]),
    counts,
    count,
    alerts,
    report,
    proof,
    imports,
    oneImport,
    replenishment.addChildren([reorderPlan]),
    purchaseOrders.addChildren([purchaseOrder]),
    suppliers.addChildren([supplier]),
    products.addChildren([product]),
    newProduct,
    editProduct,
    unmatched,
    categories,
    marketplaces.addChildren([account]),
    tasks.addChildren([task]),
    settings,
    people,
    locations,
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
