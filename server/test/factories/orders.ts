/** Orders as a connector hands them over, and their import. */
import { type ImportedOrder, importOrders } from '#modules/orders';
import { newId } from '#platform/crypto';
import type { Database, TenantContext } from '#platform/db';
import { run as refill } from '../../src/modules/orders/refill.handler.ts';
import { contextOf } from './market.ts';
import { settings } from './stock.ts';

export const start = Date.parse('2026-03-02T08:00:00Z');

/** `lines` by SKU. */
export function buildOrder({
  lines = { A: 1 },
  ...over
}: Partial<Omit<ImportedOrder, 'lines'>> & { lines?: Record<string, number> } = {}): ImportedOrder {
  return {
    externalId: '1',
    externalStatus: 1,
    fulfilment: 'seller',
    complete: true,
    modifiedAt: new Date(start),
    placedAt: new Date(start),
    customerName: 'Somebody',
    customer: { email: null, phone: null, shippingAddress: null, billingAddress: null },
    currency: 'RON',
    totalMinor: 1000,
    shippingMinor: 0,
    discountMinor: 0,
    paymentMode: null,
    deliveryMode: null,
    raw: {},
    ...over,
    lines: Object.entries(lines).map(([sku, quantity], i) => ({
      externalId: `${i + 1}`,
      sku,
      name: sku,
      quantity,
      unitPrice: '10.0000',
      vatRate: '0.2100',
      cancelled: quantity === 0,
    })),
  };
}

/** The id of a new account that nobody reads. */
export async function bareAccount(db: Database, tenant: TenantContext): Promise<string> {
  const id = newId();
  await db.withTenant(tenant, (tx) =>
    tx.execute(
      `insert into marketplace_account (tenant_id, id, name, platform, base_url, username, password_sealed, created_at)
       values ($1, $2::uuid, $2::uuid::text, 'emag_ro', 'u', $2::uuid::text, '', now())`,
      [tenant.tenantId, id],
    ),
  );
  return id;
}

export function importPage(db: Database, tenant: TenantContext, accountId: string, page: ImportedOrder[]) {
  return db.withTenant(tenant, (tx) => importOrders(tx, { id: accountId, name: 'MAIN' }, page, settings));
}

export function runRefill(db: Database, tenant: TenantContext) {
  return refill(contextOf(db, tenant), settings);
}
