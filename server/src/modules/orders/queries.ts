/** SQL of importing orders. */
import type { Fulfilment, OrderState, Reservation } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import type { ImportedOrder } from './imported-order.ts';

export interface StoredOrder {
  id: string;
  externalId: string;
  externalStatus: number;
  modifiedAt: Date | null;
  fulfilment: Fulfilment;
  status: OrderState;
  reservationId: string | null;
  reservationStatus: Reservation['status'] | null;
  acknowledgedAt: Date | null;
  complete: boolean;
  accountId: string;
  version: number;
  lines: {
    externalId: string;
    variantId: string | null;
    sku: string | null;
    quantity: number;
    cancelled: boolean;
  }[];
}

const storedColumns = `o.id, o.external_id as "externalId", o.external_status as "externalStatus", o.external_modified_at as "modifiedAt",
  o.fulfilment, o.status, o.reservation_id as "reservationId", o.acknowledged_at as "acknowledgedAt", o.complete, o.account_id as "accountId", o.version,
  (select r.status from reservation r where r.tenant_id = o.tenant_id and r.id = o.reservation_id) as "reservationStatus",
  (select coalesce(jsonb_agg(jsonb_build_object('externalId', l.external_id, 'variantId', l.variant_id, 'sku', l.sku, 'quantity', l.quantity,
     'cancelled', l.cancelled) order by l.line_no), '[]')
   from order_line l where l.tenant_id = o.tenant_id and l.order_id = o.id) as lines`;

/** One import of an account at a time; held until the transaction ends. False: the account is gone. */
export async function lockAccount(tx: TenantTx, accountId: string): Promise<boolean> {
  const rows = await tx.query(
    'select 1 from marketplace_account where tenant_id = $1 and id = $2 for no key update',
    [tx.tenantId, accountId],
  );
  return rows.length === 1;
}

/**
 * Orders as they stand once their rows are locked. Two statements on purpose: after a wait, the locking one would read again
 * only the locked rows, and show lines and reservations as they were before.
 */
async function readLocked(tx: TenantTx, ids: string[]): Promise<StoredOrder[]> {
  return tx.query<StoredOrder>(
    `select ${storedColumns} from shop_order o where o.tenant_id = $1 and o.id = any ($2) order by o.placed_at, o.id`,
    [tx.tenantId, ids],
  );
}

/** Locks in the order of the ids, as everybody who locks several orders does. */
export async function lockOrders(
  tx: TenantTx,
  accountId: string,
  externalIds: string[],
): Promise<StoredOrder[]> {
  const locked = await tx.query<{ id: string }>(
    'select id from shop_order where tenant_id = $1 and account_id = $2 and external_id = any ($3) order by id for update',
    [tx.tenantId, accountId, externalIds],
  );
  return readLocked(
    tx,
    locked.map((o) => o.id),
  );
}

/** Those of the orders that are there, locked. */
export async function lockOrdersById(tx: TenantTx, ids: string[]): Promise<StoredOrder[]> {
  const locked = await tx.query<{ id: string }>(
    'select id from shop_order where tenant_id = $1 and id = any ($2) order by id for update',
    [tx.tenantId, ids],
  );
  return readLocked(
    tx,
    locked.map((o) => o.id),
  );
}

/** A place in the row of waiting orders, oldest first. */
export interface BackorderPlace {
  placedAt: Date;
  id: string;
}

/** The next backordered orders after a place, locked; `last` is null when there are no more. */
export async function lockBackordered(
  tx: TenantTx,
  after: BackorderPlace | null,
  limit: number,
): Promise<{ orders: StoredOrder[]; last: BackorderPlace | null }> {
  const found = await tx.query<BackorderPlace>(
    `select id, placed_at as "placedAt" from shop_order
     where tenant_id = $1 and status = 'backordered' and ($2::timestamptz is null or (placed_at, id) > ($2, $3::uuid))
     order by placed_at, id limit $4`,
    [tx.tenantId, after?.placedAt ?? null, after?.id ?? null, limit],
  );
  const locked = await tx.query<{ id: string }>(
    "select id from shop_order where tenant_id = $1 and id = any ($2) and status = 'backordered' order by id for update",
    [tx.tenantId, found.map((o) => o.id)],
  );
  const orders = await readLocked(
    tx,
    locked.map((o) => o.id),
  );
  return { orders, last: found.length === limit ? found.at(-1)! : null };
}

export async function findVariants(tx: TenantTx, skus: string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ sku: string; id: string }>(
    'select sku, id from variant where tenant_id = $1 and sku = any ($2)',
    [tx.tenantId, skus],
  );
  return new Map(rows.map((r) => [r.sku, r.id]));
}

/** What an order row is to hold after this import. */
export interface OrderWrite {
  id: string;
  isNew: boolean;
  order: ImportedOrder;
  status: OrderState;
  reservationId: string | null;
  acknowledgedAt: Date | null;
  variantIds: (string | null)[];
}

const facts = `external_status smallint, external_modified_at timestamptz, fulfilment text, status text, reservation_id uuid, acknowledged_at timestamptz, complete boolean, customer_name text,
  customer jsonb, currency text, total_minor bigint, shipping_minor bigint, discount_minor bigint, payment_mode text, delivery_mode text,
  line_count int, placed_at timestamptz, raw json`;
const factNames = facts
  .replace(/\s+/g, ' ')
  .split(', ')
  .map((f) => f.split(' ')[0]!);

/** Inserts new orders and overwrites changed ones, with their lines, in four statements whatever the number. */
export async function writeOrders(tx: TenantTx, accountId: string, writes: OrderWrite[]): Promise<void> {
  const now = tx.clock.now();
  const rows = writes.map(({ id, order, status, reservationId, acknowledgedAt }) => ({
    id,
    external_id: order.externalId,
    external_status: order.externalStatus,
    external_modified_at: order.modifiedAt,
    fulfilment: order.fulfilment,
    status,
    reservation_id: reservationId,
    acknowledged_at: acknowledgedAt,
    complete: order.complete,
    customer_name: order.customerName,
    customer: order.customer,
    currency: order.currency,
    total_minor: order.totalMinor,
    shipping_minor: order.shippingMinor,
    discount_minor: order.discountMinor,
    payment_mode: order.paymentMode,
    delivery_mode: order.deliveryMode,
    line_count: order.lines.length,
    placed_at: order.placedAt,
    raw: order.raw,
  }));
  const fresh = rows.filter((_, i) => writes[i]!.isNew);
  const known = rows.filter((_, i) => !writes[i]!.isNew);
  if (fresh.length > 0) {
    await tx.execute(
      `insert into shop_order (tenant_id, account_id, id, external_id, imported_at, updated_at, ${factNames.join(', ')})
       select $1, $2, id, external_id, $4, $4, ${factNames.join(', ')} from json_to_recordset($3) as o (id uuid, external_id text, ${facts})`,
      [tx.tenantId, accountId, JSON.stringify(fresh), now],
    );
  }
  if (known.length > 0) {
    await tx.execute(
      `update shop_order t set ${factNames.map((f) => `${f} = o.${f}`).join(', ')}, updated_at = $3, version = t.version + 1
       from json_to_recordset($2) as o (id uuid, ${facts}) where t.tenant_id = $1 and t.id = o.id`,
      [tx.tenantId, JSON.stringify(known), now],
    );
    await tx.execute('delete from order_line where tenant_id = $1 and order_id = any ($2)', [
      tx.tenantId,
      known.map((k) => k.id),
    ]);
  }
  const lines = writes.flatMap(({ id, order, variantIds }) =>
    order.lines.map((line, i) => ({
      order_id: id,
      external_id: line.externalId,
      line_no: i + 1,
      sku: line.sku,
      variant_id: variantIds[i],
      name: line.name,
      quantity: line.quantity,
      unit_price: line.unitPrice,
      vat_rate: line.vatRate,
      cancelled: line.cancelled,
    })),
  );
  if (lines.length > 0) {
    await tx.execute(
      `insert into order_line (tenant_id, id, order_id, external_id, line_no, sku, variant_id, name, quantity, unit_price, vat_rate, cancelled)
       select $1, gen_random_uuid(), l.* from json_to_recordset($2) as l (order_id uuid, external_id text, line_no int, sku text, variant_id uuid,
         name text, quantity int, unit_price numeric, vat_rate numeric, cancelled boolean)`,
      [tx.tenantId, JSON.stringify(lines)],
    );
  }
}

export async function logStatusChanges(
  tx: TenantTx,
  changes: { id: string; orderId: string; from: OrderState | null; to: OrderState }[],
): Promise<void> {
  if (changes.length === 0) return;
  await tx.execute(
    `insert into order_status_change (tenant_id, id, order_id, from_status, to_status, actor, created_at)
     select $1, c.id, c.order_id, c.from_status, c.to_status, $6, $7 from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) as c (id, order_id, from_status, to_status)`,
    [
      tx.tenantId,
      changes.map((c) => c.id),
      changes.map((c) => c.orderId),
      changes.map((c) => c.from),
      changes.map((c) => c.to),
      tx.actor,
      tx.clock.now(),
    ],
  );
}
