/** Purchasing: what to order, orders, suppliers. */
import { createRoute } from '@tanstack/react-router';
import type { PurchaseOrderState } from '@tradepost/contracts';
import { isPurchaseOrderState } from '../words.ts';
import { frame } from './frame.ts';
import { flags, texts } from './search.ts';

export interface PlanFilters {
  q?: string;
  supplier?: string;
  /** Also what needs no order. */
  all?: true;
}

const replenishment = createRoute({
  getParentRoute: () => frame,
  path: '/purchasing',
  validateSearch: (search): PlanFilters => ({
    ...texts(search, 'q', 'supplier'),
    ...flags(search, 'all'),
  }),
}).lazy(() => import('../features/replenishment/replenishment-page.tsx').then((page) => page.Route));
const reorderPlan = createRoute({ getParentRoute: () => replenishment, path: '$variantId' }).lazy(() =>
  import('../features/replenishment/plan-detail.tsx').then((page) => page.Route),
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
    return {
      ...(status === 'open' || isPurchaseOrderState(status) ? { status } : {}),
      ...texts(search, 'supplier', 'variant', 'q'),
    };
  },
}).lazy(() => import('../features/purchase-orders/purchase-orders-page.tsx').then((page) => page.Route));
const purchaseOrder = createRoute({ getParentRoute: () => purchaseOrders, path: '$purchaseOrderId' }).lazy(
  () => import('../features/purchase-orders/purchase-order-detail.tsx').then((page) => page.Route),
);

export interface SupplierFilters {
  q?: string;
  archived?: true;
}

const suppliers = createRoute({
  getParentRoute: () => frame,
  path: '/purchasing/suppliers',
  validateSearch: (search): SupplierFilters => ({
    ...texts(search, 'q'),
    ...flags(search, 'archived'),
  }),
}).lazy(() => import('../features/suppliers/suppliers-page.tsx').then((page) => page.Route));
const supplier = createRoute({ getParentRoute: () => suppliers, path: '$supplierId' }).lazy(() =>
  import('../features/suppliers/supplier-detail.tsx').then((page) => page.Route),
);

export const purchasingRoutes = [
  replenishment.addChildren([reorderPlan]),
  purchaseOrders.addChildren([purchaseOrder]),
  suppliers.addChildren([supplier]),
] as const;
