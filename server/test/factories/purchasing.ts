/** Suppliers and orders from them. */
import {
  CreatePurchaseOrder,
  CreateSupplier,
  type PurchaseOrder,
  PutSupplierPrice,
  ReceivePurchaseOrder,
  type Supplier,
} from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { createPurchaseOrder } from '../../src/modules/purchasing/draft-purchase-order.ts';
import {
  receivePurchaseOrder,
  sendPurchaseOrder,
} from '../../src/modules/purchasing/progress-purchase-order.ts';
import { putSupplierPrice } from '../../src/modules/purchasing/supplier-prices.ts';
import { createSupplier } from '../../src/modules/purchasing/suppliers.ts';
import { settings } from './stock.ts';

type Input<S extends { _zod: { input: unknown } }> = S['_zod']['input'];

export const addSupplier = (
  tx: TenantTx,
  more: Partial<Input<typeof CreateSupplier>> = {},
): Promise<Supplier> => createSupplier(tx, CreateSupplier.parse({ name: 'Exotic Liquids', ...more }));

export async function variantIdOf(tx: TenantTx, sku: string): Promise<string> {
  const { id } = await tx.one<{ id: string }>('select id from variant where tenant_id = $1 and sku = $2', [
    tx.tenantId,
    sku,
  ]);
  return id;
}

export async function setPrice(
  tx: TenantTx,
  supplierId: string,
  sku: string,
  price: Input<typeof PutSupplierPrice>,
) {
  return putSupplierPrice(tx, supplierId, await variantIdOf(tx, sku), PutSupplierPrice.parse(price));
}

export const draftOrder = (
  tx: TenantTx,
  supplierId: string,
  lines: Input<typeof CreatePurchaseOrder>['lines'],
  more: Partial<Input<typeof CreatePurchaseOrder>> = {},
): Promise<PurchaseOrder> =>
  createPurchaseOrder(tx, CreatePurchaseOrder.parse({ supplierId, lines, ...more }));

/** A draft of these pieces per SKU at this cost, sent. */
export async function sentOrder(
  tx: TenantTx,
  supplierId: string,
  lines: Record<string, { quantity: number; unitCostMinor: number }>,
  more: Partial<Input<typeof CreatePurchaseOrder>> = {},
): Promise<PurchaseOrder> {
  const order = await draftOrder(
    tx,
    supplierId,
    Object.entries(lines).map(([sku, line]) => ({ sku, ...line })),
    more,
  );
  return sendPurchaseOrder(tx, order.id, settings);
}

export const receiving = (
  tx: TenantTx,
  orderId: string,
  quantities: Record<string, number>,
  more: Partial<Input<typeof ReceivePurchaseOrder>> = {},
): Promise<PurchaseOrder> =>
  receivePurchaseOrder(
    tx,
    orderId,
    ReceivePurchaseOrder.parse({
      lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })),
      ...more,
    }),
    settings,
  );
