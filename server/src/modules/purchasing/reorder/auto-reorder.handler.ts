/**
 * Works out what to order, and drafts purchase orders for it: one per supplier, added to while it is a draft. It sends none.
 *
 * Once per need: whoever drafts takes the tenant's purchase counter first, and reads the stock, what is incoming and what drafts
 * have only then. Should that fail, the database has one automatic draft per supplier and location, and one line per variant
 * among them, by unique keys.
 */
import { MAX_LINES, type ReorderPlan } from '@tradepost/contracts';
import { findLocation } from '#modules/inventory';
import type { TenantTx } from '#platform/db';
import type { TaskContext } from '#platform/jobs';
import { announceOrder, holdSupplier, insertLines, insertOrder } from '../draft-purchase-order.ts';
import { getPurchaseOrder } from '../read-purchase-orders.ts';
import { type WorkedOutDemand, workOutDemand } from './demand.ts';
import { storePlans, withStock } from './reorder-plans.ts';

const variantsAtOnce = 100;
const location = 'main';

/** Variants that are sold and have a supplier to order from. */
const orderable = `supplier_price p
  join variant v on v.tenant_id = p.tenant_id and v.id = p.variant_id and v.status = 'active' and p.preferred
  join product r on r.tenant_id = v.tenant_id and r.id = v.product_id and r.deleted_at is null`;

export async function run(ctx: TaskContext, payload: { draft: boolean }): Promise<unknown> {
  const { total } = await ctx.transaction((tx) =>
    tx.one<{ total: number }>(`select count(*)::int as total from ${orderable} where p.tenant_id = $1`, [
      tx.tenantId,
    ]),
  );
  const needed = new Map<string, WorkedOutDemand[]>();
  let done = 0;
  let after: string | null = null;
  for (;;) {
    ctx.signal.throwIfAborted();
    const variantIds = await ctx.transaction(async (tx) => {
      const ids = await listOrderable(tx, after);
      const worked = await workOutDemand(tx, ids);
      await storePlans(tx, worked);
      const byVariant = new Map(worked.map((w) => [w.variantId, w]));
      for (const plan of await withStock(tx, worked)) {
        if (plan.decision !== 'order' || plan.supplierId === null) continue;
        const list = needed.get(plan.supplierId) ?? [];
        list.push(byVariant.get(plan.variantId)!);
        needed.set(plan.supplierId, list);
      }
      return ids;
    });
    if (variantIds.length === 0) break;
    after = variantIds.at(-1)!;
    done += variantIds.length;
    ctx.progress(done, total);
  }
  // Plans of what cannot be ordered any more.
  await ctx.transaction((tx) =>
    tx.execute(
      `delete from reorder_plan t where t.tenant_id = $1
         and not exists (select from ${orderable} where p.tenant_id = $1 and p.variant_id = t.variant_id)`,
      [tx.tenantId],
    ),
  );
  const result = {
    variants: done,
    needed: [...needed.values()].reduce((sum, list) => sum + list.length, 0),
    lines: 0,
    purchaseOrderIds: [] as string[],
  };
  if (!payload.draft) return result;
  for (const [supplierId, worked] of needed) {
    ctx.signal.throwIfAborted();
    const drafted = await ctx.transaction((tx) => draftFor(tx, supplierId, worked));
    if (drafted === null) continue;
    result.lines += drafted.lines;
    result.purchaseOrderIds.push(drafted.orderId);
  }
  return result;
}

/** From the one after `after` on. */
async function listOrderable(tx: TenantTx, after: string | null): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select p.variant_id as id from ${orderable}
     where p.tenant_id = $1 and ($2::uuid is null or p.variant_id > $2)
     order by p.variant_id limit $3`,
    [tx.tenantId, after, variantsAtOnce],
  );
  return rows.map((row) => row.id);
}

/** Null: by now nothing is needed of this supplier. */
async function draftFor(
  tx: TenantTx,
  supplierId: string,
  worked: WorkedOutDemand[],
): Promise<{ orderId: string; lines: number } | null> {
  await tx.execute(
    `insert into purchase_counter (tenant_id, last_number) values ($1, 0)
     on conflict (tenant_id) do update set last_number = purchase_counter.last_number`,
    [tx.tenantId],
  );
  const plans = await withStock(tx, worked);
  const { id: locationId } = (await findLocation(tx, location))!;
  const draft = await tx.maybeOne<{ id: string; lines: number }>(
    `select o.id, (select count(*)::int from purchase_order_line n where n.tenant_id = o.tenant_id and n.order_id = o.id) as lines
     from purchase_order o where o.tenant_id = $1 and o.supplier_id = $2 and o.location_id = $3 and o.status = 'draft' and o.origin = 'auto'
     for update of o`,
    [tx.tenantId, supplierId, locationId],
  );
  const answered = await listAnswered(tx, plans, draft?.id ?? null);
  const wanted = plans
    .filter((p) => p.decision === 'order' && p.supplierId === supplierId && !answered.has(p.variantId))
    .slice(0, MAX_LINES - (draft?.lines ?? 0));
  if (wanted.length === 0) return null;
  const { currency } = await holdSupplier(tx, supplierId);
  const orderId =
    draft?.id ??
    (await insertOrder(tx, {
      ...{ supplierId, locationId, currency, origin: 'auto' },
      ...{ exchangeRate: null, expectedOn: null, supplierReference: null, notes: null },
    }));
  const lines = await insertLines(tx, orderId, await linesOf(tx, supplierId, wanted));
  if (draft !== undefined) {
    await tx.execute(
      'update purchase_order set version = version + 1, updated_at = $3 where tenant_id = $1 and id = $2',
      [tx.tenantId, orderId, tx.clock.now()],
    );
  }
  announceOrder(tx, draft === undefined ? null : 'draft', await getPurchaseOrder(tx, orderId));
  return { orderId, lines };
}

/** Those with an automatic line in any draft, or a line in this one: people may have made it smaller than the need. */
async function listAnswered(
  tx: TenantTx,
  plans: ReorderPlan[],
  draftId: string | null,
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    `select variant_id as id from purchase_order_line
     where tenant_id = $1 and variant_id = any ($2) and (auto_need or order_id = $3)`,
    [tx.tenantId, plans.map((p) => p.variantId), draftId],
  );
  return new Set(rows.map((row) => row.id));
}

async function linesOf(tx: TenantTx, supplierId: string, plans: ReorderPlan[]) {
  const prices = await tx.query<{ variantId: string; supplierSku: string | null }>(
    `select variant_id as "variantId", supplier_sku as "supplierSku" from supplier_price
     where tenant_id = $1 and supplier_id = $2 and variant_id = any ($3)`,
    [tx.tenantId, supplierId, plans.map((p) => p.variantId)],
  );
  const skuOf = new Map(prices.map((p) => [p.variantId, p.supplierSku]));
  return plans
    .toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
    .map((plan) => ({
      variantId: plan.variantId,
      quantity: plan.orderQuantity,
      unitCostMinor: plan.unitCostMinor!,
      supplierSku: skuOf.get(plan.variantId) ?? null,
      explanation: plan.explanation,
      autoNeed: true,
    }));
}
