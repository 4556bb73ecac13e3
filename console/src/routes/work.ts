/** Today, orders, marketplaces, tasks: what moves. */
import { createRoute } from '@tanstack/react-router';
import type { OrderState, TaskState } from '@tradepost/contracts';
import { isOrderState, isTaskState } from '../words.ts';
import { frame } from './frame.ts';
import { texts } from './search.ts';

const today = createRoute({ getParentRoute: () => frame, path: '/' }).lazy(() =>
  import('../features/today/today-page.tsx').then((page) => page.Route),
);

export interface OrderFilters {
  status?: OrderState;
  account?: string;
  q?: string;
}

const orders = createRoute({
  getParentRoute: () => frame,
  path: '/orders',
  validateSearch: (search): OrderFilters => ({
    ...(isOrderState(search.status) ? { status: search.status } : {}),
    ...texts(search, 'account', 'q'),
  }),
}).lazy(() => import('../features/orders/orders-page.tsx').then((page) => page.Route));

const order = createRoute({ getParentRoute: () => orders, path: '$orderId' }).lazy(() =>
  import('../features/orders/order-detail.tsx').then((page) => page.Route),
);

const marketplaces = createRoute({ getParentRoute: () => frame, path: '/marketplaces' }).lazy(() =>
  import('../features/marketplaces/marketplaces-page.tsx').then((page) => page.Route),
);

const account = createRoute({ getParentRoute: () => marketplaces, path: '$accountId' }).lazy(() =>
  import('../features/marketplaces/account-detail.tsx').then((page) => page.Route),
);

export interface TaskFilters {
  status?: TaskState;
}

const tasks = createRoute({
  getParentRoute: () => frame,
  path: '/tasks',
  validateSearch: (search): TaskFilters => (isTaskState(search.status) ? { status: search.status } : {}),
}).lazy(() => import('../features/tasks/tasks-page.tsx').then((page) => page.Route));

const task = createRoute({ getParentRoute: () => tasks, path: '$taskId' }).lazy(() =>
  import('../features/tasks/task-detail.tsx').then((page) => page.Route),
);

export const workRoutes = [
  today,
  orders.addChildren([order]),
  marketplaces.addChildren([account]),
  tasks.addChildren([task]),
] as const;
