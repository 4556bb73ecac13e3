/** Reading orders: list, detail, figures of Today. */
import type { Dashboard, Fulfilment, Order, OrderState, OrderSummary } from '@tradepost/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import { escapeLike } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import { decodeCursor, InstantText, pageOf } from '#platform/http';

const OrderKey = z.tuple([InstantText, z.uuid()]);

function orders(tx: TenantTx) {
  return tx.kysely
    .selectFrom('shop_order as o')
    .innerJoin('marketplace_account as a', (on) =>
      on.onRef('a.tenant_id', '=', 'o.tenant_id').onRef('a.id', '=', 'o.account_id'),
    )
    .where('o.tenant_id', '=', tx.tenantId)
    .select([
      'o.id',
      'o.external_id as externalId',
      'o.account_id as accountId',
      'a.name as accountName',
      'o.fulfilment',
      'o.status',
    ])
    .select([
      'o.customer_name as customerName',
      'o.total_minor as totalMinor',
      'o.currency',
      'o.line_count as lineCount',
    ])
    .select([
      'o.placed_at as placedAt',
      'o.imported_at as importedAt',
      'o.acknowledged_at as acknowledgedAt',
      'o.version',
    ]);
}

type SummaryRow = Awaited<ReturnType<ReturnType<typeof orders>['executeTakeFirstOrThrow']>>;

function present(row: SummaryRow): OrderSummary {
  return {
    ...row,
    fulfilment: row.fulfilment as Fulfilment,
    status: row.status as OrderState,
    totalMinor: Number(row.totalMinor),
    placedAt: row.placedAt.toISOString(),
    importedAt: row.importedAt.toISOString(),
    acknowledgedAt: row.acknowledgedAt?.toISOString() ?? null,
  };
}

export async function listOrders(
  tx: TenantTx,
  filter: {
    status?: OrderState;
    accountId?: string;
    externalId?: string;
    search?: string;
    limit: number;
    cursor?: string;
  },
): Promise<{ items: OrderSummary[]; nextCursor: string | null }> {
  const before = decodeCursor(OrderKey, filter.cursor);
  let query = orders(tx)
    .orderBy('o.placed_at', 'desc')
    .orderBy('o.id', 'desc')
    .limit(filter.limit + 1);
  if (before !== undefined)
    query = query.where(sql<boolean>`(o.placed_at, o.id) < (${before[0]}, ${before[1]})`);
  if (filter.status !== undefined) query = query.where('o.status', '=', filter.status);
  if (filter.accountId !== undefined) query = query.where('o.account_id', '=', filter.accountId);
  if (filter.externalId !== undefined) query = query.where('o.external_id', '=', filter.externalId);
  if (filter.search) {
    const pattern = escapeLike(filter.search);
    query = query.where((e) =>
      e.or([e('o.external_id', 'like', `${pattern}%`), e('o.customer_name', 'ilike', `%${pattern}%`)]),
    );
  }
  const rows = await query.execute();
  return pageOf(rows, filter.limit, present, (row) => [row.placedAt.toISOString(), row.id]);
}

interface LineRow {
  id: string;
  externalId: string;
  sku: string | null;
  variantId: string | null;
  name: string;
  quantity: number;
  unitPrice: string;
  vatRate: string;
  cancelled: boolean;
}

export async function findOrder(tx: TenantTx, id: string): Promise<Order | null> {
  const row = await orders(tx)
    .where('o.id', '=', id)
    .select([
      'o.external_status as externalStatus',
      'o.customer',
      'o.payment_mode as paymentMode',
      'o.delivery_mode as deliveryMode',
    ])
    .select([
      'o.shipping_minor as shippingMinor',
      'o.discount_minor as discountMinor',
      'o.updated_at as updatedAt',
      'o.reservation_id as reservationId',
    ])
    .executeTakeFirst();
  if (row === undefined) return null;
  const lines = await tx.query<LineRow>(
    `select id, external_id as "externalId", sku, variant_id as "variantId", name, quantity, unit_price as "unitPrice", vat_rate as "vatRate", cancelled
     from order_line where tenant_id = $1 and order_id = $2 order by line_no`,
    [tx.tenantId, id],
  );
  const held = await tx.query<{ variant_id: string }>(
    `select distinct l.variant_id from reservation_line l join reservation r on r.tenant_id = l.tenant_id and r.id = l.reservation_id
     where l.tenant_id = $1 and l.reservation_id = $2 and r.status = 'active'`,
    [tx.tenantId, row.reservationId],
  );
  const heldVariants = new Set(held.map((h) => h.variant_id));
  const changes = await tx.query<{ from_status: string | null; to_status: string; created_at: Date }>(
    'select from_status, to_status, created_at from order_status_change where tenant_id = $1 and order_id = $2 order by created_at, id',
    [tx.tenantId, id],
  );
  const { reservationId, ...summary } = row;
  const customer = row.customer as Omit<Order['customer'], 'name'>;
  return {
    ...present(summary),
    externalStatus: row.externalStatus,
    customer: {
      name: row.customerName,
      email: customer.email ?? null,
      phone: customer.phone ?? null,
      shippingAddress: customer.shippingAddress ?? null,
      billingAddress: customer.billingAddress ?? null,
    },
    paymentMode: row.paymentMode,
    deliveryMode: row.deliveryMode,
    shippingMinor: Number(row.shippingMinor),
    discountMinor: Number(row.discountMinor),
    lines: lines.map(({ unitPrice, vatRate, ...line }) => ({
      ...line,
      reserved:
        !line.cancelled && line.variantId !== null && heldVariants.has(line.variantId) ? line.quantity : 0,
      unitPriceMinor: Math.round(Number(unitPrice) * 100),
      vatRate: Number(vatRate),
    })),
    timeline: [
      { at: row.placedAt.toISOString(), what: 'placed', detail: null },
      { at: row.importedAt.toISOString(), what: 'imported', detail: row.accountName },
      ...changes.map((c) => ({
        at: c.created_at.toISOString(),
        what: 'status' as const,
        detail: c.to_status,
      })),
      ...(row.acknowledgedAt === null
        ? []
        : [{ at: row.acknowledgedAt.toISOString(), what: 'acknowledged' as const, detail: null }]),
    ].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)) as Order['timeline'],
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** Figures of Today. Low stock, accounts and tasks are asked for in SQL: each is one count over one index. */
export async function readDashboard(tx: TenantTx, lowStockThreshold: number): Promise<Dashboard> {
  const now = tx.clock.now();
  const attention = await tx.one<Dashboard['attention']>(
    `select
       (select count(*) from shop_order where tenant_id = $1 and status = 'backordered')::int as "backorderedOrders",
       (select count(*) from marketplace_account where tenant_id = $1 and enabled and failing_since is not null)::int as "failingAccounts",
       (select count(*) from stock_level where tenant_id = $1 and on_hand - reserved <= $2)::int as "lowStock",
       (select count(*) from task t where t.tenant_id = $1 and t.status = 'failed'
          -- A later run of the same work that went well settles it.
          and not exists (select from task later where later.tenant_id = t.tenant_id and later.dedupe_key = t.dedupe_key
            and later.status = 'completed' and later.finished_at > t.finished_at))::int as "deadTasks"`,
    [tx.tenantId, lowStockThreshold],
  );
  const perMinute = await tx.query<{ minute: Date; orders: number }>(
    `select m as minute, count(o.id)::int as orders
     from generate_series(date_trunc('minute', $2::timestamptz) - interval '59 minutes', date_trunc('minute', $2::timestamptz), interval '1 minute') as m
     left join shop_order o on o.tenant_id = $1 and o.imported_at >= m and o.imported_at < m + interval '1 minute'
     group by m order by m`,
    [tx.tenantId, now],
  );
  const latest = await listOrders(tx, { limit: 10 });
  return {
    attention,
    ordersPerMinute: perMinute.map((p) => ({ minute: p.minute.toISOString(), orders: p.orders })),
    latestOrders: latest.items,
  };
}

export const OrderStatistics = z.object({
  total: z.int(),
  byStatus: z.record(z.string(), z.int()),
  lastHour: z.int(),
});
export type OrderStatistics = z.infer<typeof OrderStatistics>;

/** What a socket on /ws/orders is told first. */
export async function readOrderStatistics(tx: TenantTx): Promise<OrderStatistics> {
  const rows = await tx.query<{ status: string; orders: number }>(
    'select status, count(*)::int as orders from shop_order where tenant_id = $1 group by status',
    [tx.tenantId],
  );
  const { last_hour } = await tx.one<{ last_hour: number }>(
    'select count(*)::int as last_hour from shop_order where tenant_id = $1 and imported_at > $2',
    [tx.tenantId, new Date(tx.clock.now().getTime() - 3_600_000)],
  );
  return {
    total: rows.reduce((sum, r) => sum + r.orders, 0),
    byStatus: Object.fromEntries(rows.map((r) => [r.status, r.orders])),
    lastHour: last_hour,
  };
}

/** How many orders of an account we hold that the marketplace changed at or after an instant. */
export async function countModifiedSince(
  tx: TenantTx,
  accountId: string,
  fulfilment: Fulfilment,
  since: Date,
): Promise<number> {
  const { orders } = await tx.one<{ orders: number }>(
    `select count(*)::int as orders from shop_order
     where tenant_id = $1 and account_id = $2 and fulfilment = $3 and (external_modified_at >= $4 or external_modified_at is null)`,
    [tx.tenantId, accountId, fulfilment, since],
  );
  return orders;
}
