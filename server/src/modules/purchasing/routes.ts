/** HTTP face of purchasing. */
import { Readable } from 'node:stream';
import { type PurchaseOrder, purchaseOrderRoutes, supplierRoutes } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import type { Database, TenantTx } from '#platform/db';
import { type RouteRegistration, route, withIdempotency } from '#platform/http';
import { getVariantCost } from './costs/read-cost.ts';
import { createPurchaseOrder, deletePurchaseOrder, updatePurchaseOrder } from './draft-purchase-order.ts';
import { cancelPurchaseOrder, receivePurchaseOrder, sendPurchaseOrder } from './progress-purchase-order.ts';
import { purchaseOrderCsv } from './purchase-order-csv.ts';
import { getPurchaseOrder, listPurchaseOrders } from './read-purchase-orders.ts';
import { deleteSupplierPrice, listSupplierPrices, putSupplierPrice } from './supplier-prices.ts';
import {
  archiveSupplier,
  createSupplier,
  getSupplier,
  listSuppliers,
  restoreSupplier,
  updateSupplier,
} from './suppliers.ts';

export interface PurchasingDeps {
  db: Database;
  settings: StockSettings;
}

export function purchasingRoutes(deps: PurchasingDeps): RouteRegistration[] {
  return [...suppliers(deps), ...purchaseOrders(deps)];
}

function suppliers({ db }: PurchasingDeps): RouteRegistration[] {
  return [
    route(supplierRoutes.listSuppliers, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listSuppliers(tx, query)),
    })),
    route(supplierRoutes.getSupplier, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => getSupplier(tx, params.id)),
    })),
    route(supplierRoutes.createSupplier, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createSupplier', async (tx) => ({
        status: 201 as const,
        body: await createSupplier(tx, body),
      })),
    ),
    route(supplierRoutes.updateSupplier, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'updateSupplier', async (tx) => ({
        status: 200 as const,
        body: await updateSupplier(tx, params.id, body),
      })),
    ),
    route(supplierRoutes.archiveSupplier, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'archiveSupplier', async (tx) => ({
        status: 200 as const,
        body: await archiveSupplier(tx, params.id),
      })),
    ),
    route(supplierRoutes.restoreSupplier, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, 'restoreSupplier', async (tx) => ({
        status: 200 as const,
        body: await restoreSupplier(tx, params.id),
      })),
    ),
    route(supplierRoutes.listSupplierPrices, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listSupplierPrices(tx, query)),
    })),
    // Writing or removing a price twice is the same as once, so a key is not needed.
    route(supplierRoutes.putSupplierPrice, async ({ params, body, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => putSupplierPrice(tx, params.id, params.variantId, body)),
    })),
    route(supplierRoutes.deleteSupplierPrice, async ({ params, ctx }) => {
      await db.withTenant(ctx, (tx) => deleteSupplierPrice(tx, params.id, params.variantId));
      return { status: 204 };
    }),
  ];
}

function purchaseOrders({ db, settings }: PurchasingDeps): RouteRegistration[] {
  const {
    receivePurchaseOrder: receive,
    sendPurchaseOrder: send,
    cancelPurchaseOrder: cancel,
  } = purchaseOrderRoutes;
  const attachment = (order: PurchaseOrder, extension: string) =>
    `attachment; filename="${order.number}.${extension}"`;
  return [
    route(purchaseOrderRoutes.listPurchaseOrders, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listPurchaseOrders(tx, query)),
    })),
    route(purchaseOrderRoutes.getPurchaseOrder, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => getPurchaseOrder(tx, params.id)),
    })),
    route(purchaseOrderRoutes.createPurchaseOrder, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createPurchaseOrder', async (tx) => ({
        status: 201 as const,
        body: await createPurchaseOrder(tx, body),
      })),
    ),
    route(purchaseOrderRoutes.updatePurchaseOrder, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'updatePurchaseOrder', async (tx) => ({
        status: 200 as const,
        body: await updatePurchaseOrder(tx, params.id, body),
      })),
    ),
    // Doing it twice is a 404 that changes nothing, so a key is not needed.
    route(purchaseOrderRoutes.deletePurchaseOrder, async ({ params, ctx }) => {
      await db.withTenant(ctx, (tx) => deletePurchaseOrder(tx, params.id));
      return { status: 204 };
    }),
    route(send, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, send.operation, async (tx) => ({
        status: 200 as const,
        body: await sendPurchaseOrder(tx, params.id, settings),
      })),
    ),
    route(receive, ({ params, body, ctx, request }) =>
      withIdempotency(db, ctx, request, receive.operation, async (tx) => ({
        status: 200 as const,
        body: await receivePurchaseOrder(tx, params.id, body, settings),
      })),
    ),
    route(cancel, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, cancel.operation, async (tx) => ({
        status: 200 as const,
        body: await cancelPurchaseOrder(tx, params.id, settings),
      })),
    ),
    route(purchaseOrderRoutes.getPurchaseOrderPdf, async ({ params, query, ctx }) => {
      const { order, parties } = await db.withTenant(ctx, async (tx) => {
        const read = await getPurchaseOrder(tx, params.id);
        return { order: read, parties: await findParties(tx, read) };
      });
      const { purchaseOrderPdf } = await import('./purchase-order-pdf.ts');
      return {
        status: 200,
        headers: {
          'content-type': 'application/pdf',
          'content-disposition': attachment(order, 'pdf'),
        },
        body: await purchaseOrderPdf(order, parties, query.language),
      };
    }),
    route(purchaseOrderRoutes.getPurchaseOrderCsv, async ({ params, ctx }) => {
      const order = await db.withTenant(ctx, (tx) => getPurchaseOrder(tx, params.id));
      return {
        status: 200,
        headers: { 'content-disposition': attachment(order, 'csv') },
        body: Readable.from(purchaseOrderCsv(order), { objectMode: false }),
      };
    }),
    route(purchaseOrderRoutes.getVariantCost, async ({ params, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => getVariantCost(tx, params.variantId)),
    })),
  ];
}

/** Who buys, how the supplier is reached, where the goods go. */
function findParties(tx: TenantTx, order: PurchaseOrder) {
  return tx.one<{ buyer: string; contact: (string | null)[]; locationName: string }>(
    `select t.name as buyer, array[s.email, s.phone] as contact, l.name as "locationName"
     from auth.organization t, supplier s, location l
     where t.id = $1 and s.tenant_id = $1 and s.id = $2 and l.tenant_id = $1 and l.code = $3`,
    [tx.tenantId, order.supplierId, order.location],
  );
}
