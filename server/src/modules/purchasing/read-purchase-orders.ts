/** Reading purchase orders. */
import type {
  PurchaseOrder,
  PurchaseOrderLine,
  PurchaseOrderState,
  PurchaseOrderSummary,
  PurchaseReceipt,
} from '@tradepost/contracts';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';

interface SummaryRow
  extends Omit<
    PurchaseOrderSummary,
    'number' | 'exchangeRate' | 'createdAt' | 'updatedAt' | 'sentAt' | 'receivedAt' | 'cancelledAt'
  > {
  number: number;
  exchangeRate: string | null;
  createdAt: Date;
  updatedAt: Date;
  sentAt: Date | null;
  receivedAt: Date | null;
  cancelledAt: Date | null;
}

const selectOrders = `select o.id, o.number, o.supplier_id as "supplierId", s.name as "supplierName", l.code as location, o.status,
    o.origin, o.currency, o.exchange_rate as "exchangeRate", o.expected_on::text as "expectedOn",
    o.supplier_reference as "supplierReference", o.notes, o.version, o.actor, o.created_at as "createdAt",
    o.updated_at as "updatedAt", o.sent_at as "sentAt", o.received_at as "receivedAt", o.cancelled_at as "cancelledAt", x.*
  from purchase_order o
  join supplier s on s.tenant_id = o.tenant_id and s.id = o.supplier_id
  join location l on l.tenant_id = o.tenant_id and l.id = o.location_id
  cross join lateral (
    select count(*)::int as "lineCount", coalesce(sum(quantity), 0)::int as quantity, coalesce(sum(received), 0)::int as received,
      coalesce(sum(quantity * unit_cost_minor), 0)::int8 as "totalMinor"
    from purchase_order_line where tenant_id = o.tenant_id and order_id = o.id) x`;

/** `PO-000123` */
export const presentNumber = (number: number): string => `PO-${String(number).padStart(6, '0')}`;

function present(row: SummaryRow): PurchaseOrderSummary {
  return {
    ...row,
    number: presentNumber(row.number),
    exchangeRate: row.exchangeRate === null ? null : Number(row.exchangeRate),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    sentAt: row.sentAt?.toISOString() ?? null,
    receivedAt: row.receivedAt?.toISOString() ?? null,
    cancelledAt: row.cancelledAt?.toISOString() ?? null,
  };
}

const typedNumber = /^(?:po)?-?0*(\d{1,9})$/i;

export async function listPurchaseOrders(
  tx: TenantTx,
  filter: {
    status?: PurchaseOrderState | 'open';
    supplierId?: string;
    variantId?: string;
    search?: string;
    limit: number;
    cursor?: string;
  },
): Promise<{ items: PurchaseOrderSummary[]; nextCursor: string | null }> {
  const statuses = filter.status === 'open' ? ['sent', 'partly_received'] : filter.status && [filter.status];
  const rows = await tx.query<SummaryRow>(
    `${selectOrders}
     where o.tenant_id = $1 and ($2::text[] is null or o.status = any ($2)) and ($3::uuid is null or o.supplier_id = $3)
       and ($4::uuid is null or exists (
         select from purchase_order_line n where n.tenant_id = $1 and n.variant_id = $4 and n.order_id = o.id))
       and ($5::text is null or o.number = $6 or starts_with(lower(o.supplier_reference), lower($5)))
       and ($7::uuid is null or o.id < $7)
     order by o.id desc limit $8`,
    [
      tx.tenantId,
      statuses ?? null,
      filter.supplierId ?? null,
      filter.variantId ?? null,
      filter.search || null,
      typedNumber.exec(filter.search ?? '')?.[1] ?? null,
      decodeCursor(z.uuid(), filter.cursor) ?? null,
      filter.limit + 1,
    ],
  );
  return pageOf(rows, filter.limit, present, (row) => row.id);
}

interface LineRow extends Omit<PurchaseOrderLine, 'open' | 'totalMinor'> {
  /** Of the variant. */
  currency: string;
}

/** With its lines' variants, in the order they were written. */
export function listOrderLines(tx: TenantTx, orderId: string): Promise<LineRow[]> {
  return tx.query<LineRow>(
    `select n.variant_id as "variantId", v.product_id as "productId", v.sku, v.name, v.currency,
       n.supplier_sku as "supplierSku", n.quantity, n.received, n.unit_cost_minor as "unitCostMinor", n.explanation
     from purchase_order_line n join variant v on v.tenant_id = n.tenant_id and v.id = n.variant_id
     where n.tenant_id = $1 and n.order_id = $2 order by n.position, v.sku`,
    [tx.tenantId, orderId],
  );
}

/** Pieces of a line that are still to come. */
export function openPieces(status: PurchaseOrderState, line: { quantity: number; received: number }): number {
  return status === 'sent' || status === 'partly_received' ? Math.max(0, line.quantity - line.received) : 0;
}

/** @throws HttpProblem NOT_FOUND */
export async function getPurchaseOrder(tx: TenantTx, id: string): Promise<PurchaseOrder> {
  const row = await tx.maybeOne<SummaryRow>(`${selectOrders} where o.tenant_id = $1 and o.id = $2`, [
    tx.tenantId,
    id,
  ]);
  if (row === undefined) throw problem('NOT_FOUND', 'There is no such purchase order.');
  const lines = await listOrderLines(tx, id);
  return {
    ...present(row),
    lines: lines.map((line) => ({
      ...line,
      open: openPieces(row.status, line),
      totalMinor: line.quantity * line.unitCostMinor,
    })),
    receipts: await listReceipts(tx, id),
  };
}

async function listReceipts(tx: TenantTx, orderId: string): Promise<PurchaseReceipt[]> {
  const rows = await tx.query<Omit<PurchaseReceipt, 'receivedAt'> & { receivedAt: Date }>(
    `select r.id, r.received_at as "receivedAt", r.actor, r.note, (
       select coalesce(jsonb_agg(jsonb_build_object('variantId', v.id, 'sku', v.sku, 'quantity', x.quantity) order by v.sku), '[]')
       from jsonb_to_recordset(r.lines) as x ("variantId" uuid, quantity int)
       join variant v on v.tenant_id = r.tenant_id and v.id = x."variantId") as lines
     from purchase_receipt r where r.tenant_id = $1 and r.order_id = $2 order by r.id`,
    [tx.tenantId, orderId],
  );
  return rows.map((row) => ({ ...row, receivedAt: row.receivedAt.toISOString() }));
}

/**
 * The order, its row locked until the transaction ends: whatever changes it, or the stock for it, takes its turn here.
 *
 * @throws HttpProblem NOT_FOUND, VERSION_CONFLICT with both versions
 */
export async function lockPurchaseOrder(
  tx: TenantTx,
  id: string,
  askedVersion?: number,
): Promise<PurchaseOrder> {
  await tx.query('select from purchase_order where tenant_id = $1 and id = $2 for update', [tx.tenantId, id]);
  // A second statement, which sees what was committed while the first waited.
  const order = await getPurchaseOrder(tx, id);
  if (askedVersion !== undefined && askedVersion !== order.version) {
    throw problem(
      'VERSION_CONFLICT',
      `The change was made from version ${askedVersion}; ${order.number} is at version ${order.version}.`,
      { conflict: { askedVersion, currentVersion: order.version, current: order } },
    );
  }
  return order;
}
