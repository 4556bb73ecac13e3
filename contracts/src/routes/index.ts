/** Every route below `/api/v1`, by operation. */
import { adminRoutes } from './admin.ts';
import { categoryRoutes } from './categories.ts';
import { inventoryRoutes } from './inventory.ts';
import { marketplaceProductRoutes } from './marketplace-products.ts';
import { marketplaceRoutes } from './marketplaces.ts';
import { orderRoutes } from './orders.ts';
import { productRoutes } from './products.ts';
import { realtimeRoutes } from './realtime.ts';
import { sessionRoutes } from './session.ts';
import { taskRoutes } from './tasks.ts';

export const routes = {
  ...sessionRoutes,
  ...adminRoutes,
  ...productRoutes,
  ...categoryRoutes,
  ...inventoryRoutes,
  ...orderRoutes,
  ...taskRoutes,
  ...marketplaceRoutes,
  ...marketplaceProductRoutes,
  ...realtimeRoutes,
};

export * from './admin.ts';
export * from './categories.ts';
export * from './inventory.ts';
export * from './marketplace-products.ts';
export * from './marketplaces.ts';
export * from './orders.ts';
export * from './products.ts';
export * from './realtime.ts';
export * from './session.ts';
export * from './tasks.ts';
