/** Orders that wait for their acknowledgement, and what becomes of them once the marketplace has it. */
import type { OrderState } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx, Tx } from '#platform/db';
import { announceChange } from './import-orders.ts';
import { logStatusChanges } from './queries.ts';
import { orderState } from './states.ts';

export interface ToAcknowledge {
  id: string;
  externalId: string;
}

/** New orders the seller ships, not acknowledged yet, in the order they came. Backordered ones too: the marketplace only wants to know that we have them. */
export async function listToAcknowledge(
  tx: TenantTx,
  accountId: string,
  after: string | null,
  limit: number,
): Promise<ToAcknowledge[]> {
  return tx.query<ToAcknowledge>(
    `select id, external_id as "externalId" from shop_order
     where tenant_id = $1 and account_id = $2 and fulfilment = 'seller' and external_status = 1 and acknowledged_at is null and complete
       and ($3::uuid is null or id > $3) order by id limit $4`,
    [tx.tenantId, accountId, after, limit],
  );
}

/** Accounts, over all tenants, with an order that waits for its acknowledgement. */
export async function listAccountsToAcknowledge(tx: Tx): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    `select distinct account_id as id from shop_order
     where fulfilment = 'seller' and external_status = 1 and acknowledged_at is null and complete`,
  );
  return new Set(rows.map((r) => r.id));
}

/** Notes that the marketplace has acknowledged these: status 1 becomes 2. Those noted before are left alone. */
export async function markAcknowledged(tx: TenantTx, orderIds: string[]): Promise<number> {
  const now = tx.clock.now();
  const rows = await tx.query<{
    id: string;
    externalId: string;
    accountId: string;
    status: OrderState;
    version: number;
  }>(
    `select id, external_id as "externalId", account_id as "accountId", status, version from shop_order
     where tenant_id = $1 and id = any ($2) and acknowledged_at is null and external_status = 1 order by id for update`,
    [tx.tenantId, orderIds],
  );
  const next = rows.map((row) => ({ ...row, to: orderState(2, row.status === 'backordered') }));
  await tx.execute(
    `update shop_order o set acknowledged_at = $3, external_status = 2, status = n.status, version = version + 1, updated_at = $3
     from unnest($2::uuid[], $4::text[]) as n (id, status) where o.tenant_id = $1 and o.id = n.id`,
    [tx.tenantId, next.map((n) => n.id), now, next.map((n) => n.to)],
  );
  await logStatusChanges(
    tx,
    next
      .filter((n) => n.to !== n.status)
      .map((n) => ({ id: newId(), orderId: n.id, from: n.status, to: n.to })),
  );
  for (const n of next) announceChange(tx, { ...n, acknowledgedAt: now }, n.to);
  return next.length;
}
