/** Every route below `/api/v1`, by operation. */
import { accountRoutes } from './account.ts';
import { adminRoutes } from './admin.ts';
import { auditRoutes } from './audit.ts';
import { cacheRoutes } from './cache.ts';
import { categoryRoutes } from './categories.ts';
import { importRoutes } from './imports.ts';
import { inventoryRoutes } from './inventory.ts';
import { inventoryReportRoutes } from './inventory-report.ts';
import { invitationRoutes } from './invitations.ts';
import { locationRoutes } from './locations.ts';
import { marketplaceProductRoutes } from './marketplace-products.ts';
import { marketplaceRoutes } from './marketplaces.ts';
import { notificationRoutes } from './notifications.ts';
import { orderRoutes } from './orders.ts';
import { productRoutes } from './products.ts';
import { purchaseOrderRoutes } from './purchase-orders.ts';
import { realtimeRoutes } from './realtime.ts';
import { replenishmentRoutes } from './replenishment.ts';
import { sessionRoutes } from './session.ts';
import { alertRoutes } from './stock-alerts.ts';
import { countRoutes } from './stock-counts.ts';
import { stockHistoryRoutes } from './stock-history.ts';
import { stockProofRoutes } from './stock-proof.ts';
import { transferRoutes } from './stock-transfers.ts';
import { supplierRoutes } from './suppliers.ts';
import { taskRoutes } from './tasks.ts';

export const routes = {
  ...sessionRoutes,
  ...accountRoutes,
  ...adminRoutes,
  ...invitationRoutes,
  ...auditRoutes,
  ...productRoutes,
  ...categoryRoutes,
  ...inventoryRoutes,
  ...locationRoutes,
  ...stockProofRoutes,
  ...alertRoutes,
  ...countRoutes,
  ...transferRoutes,
  ...stockHistoryRoutes,
  ...inventoryReportRoutes,
  ...importRoutes,
  ...orderRoutes,
  ...taskRoutes,
  ...marketplaceRoutes,
  ...marketplaceProductRoutes,
  ...realtimeRoutes,
  ...notificationRoutes,
  ...cacheRoutes,
  ...supplierRoutes,
  ...purchaseOrderRoutes,
  ...replenishmentRoutes,
};

export * from './account.ts';
export * from './admin.ts';
export * from './audit.ts';
export * from './cache.ts';
export * from './categories.ts';
export * from './imports.ts';
export * from './inventory.ts';
export * from './inventory-report.ts';
export * from './invitations.ts';
export * from './locations.ts';
export * from './marketplace-products.ts';
export * from './marketplaces.ts';
export * from './notifications.ts';
export * from './orders.ts';
export * from './products.ts';
export * from './purchase-orders.ts';
export * from './realtime.ts';
export * from './replenishment.ts';
export * from './session.ts';
export * from './stock-alerts.ts';
export * from './stock-counts.ts';
export * from './stock-history.ts';
export * from './stock-proof.ts';
export * from './stock-transfers.ts';
export * from './suppliers.ts';
export * from './tasks.ts';
