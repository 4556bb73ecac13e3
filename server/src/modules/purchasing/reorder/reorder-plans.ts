/** When to order again, and how much: as last worked out for a list, worked out now for one variant. */
import type { ReorderMethod, ReorderPlan } from '@tradepost/contracts';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';
import { decide } from './decide.ts';
import { type Demand, type WorkedOutDemand, workOutDemand } from './demand.ts';

/** What is known of a variant now, whenever its demand was worked out. */
interface PresentFigures {
  variantId: string;
  productId: string;
  sku: string;
  name: string;
  supplierId: string | null;
  supplierName: string | null;
  onHand: number;
  reserved: number;
  incoming: number;
  drafted: number;
  packSize: number;
  minimumOrderQuantity: number;
  unitCostMinor: number | null;
  currency: string | null;
  permille: number | null;
  method: ReorderMethod | null;
  paused: boolean;
}

interface StoredDemand {
  reorderPoint: number;
  orderUpTo: number;
  demand: Demand;
  computedAt: Date;
}

const figureColumns = `v.id as "variantId", v.product_id as "productId", v.sku, v.name, s.id as "supplierId", s.name as "supplierName",
  n."onHand", n.reserved, n.incoming, d.drafted, coalesce(p.pack_size, 1) as "packSize",
  coalesce(p.minimum_order_quantity, 1) as "minimumOrderQuantity", p.price_minor as "unitCostMinor", s.currency,
  r.service_level_permille as permille, r.method, coalesce(r.paused, false) as paused`;

/** Stock is that of all locations, and what drafts have counts as on its way. */
const figureJoins = `
  left join supplier_price p on p.tenant_id = v.tenant_id and p.variant_id = v.id and p.preferred
  left join supplier s on s.tenant_id = v.tenant_id and s.id = p.supplier_id
  left join reorder_rule r on r.tenant_id = v.tenant_id and r.variant_id = v.id
  cross join lateral (
    select coalesce(sum(l.on_hand), 0)::int as "onHand", coalesce(sum(l.reserved), 0)::int as reserved,
      coalesce(sum(l.incoming), 0)::int as incoming
    from stock_level l where l.tenant_id = v.tenant_id and l.variant_id = v.id) n
  cross join lateral (
    select coalesce(sum(i.quantity), 0)::int as drafted
    from purchase_order_line i join purchase_order o on o.tenant_id = i.tenant_id and o.id = i.order_id and o.status = 'draft'
    where i.tenant_id = v.tenant_id and i.variant_id = v.id) d`;

function present(figures: PresentFigures, stored: StoredDemand): ReorderPlan {
  const { permille, method, paused, ...now } = figures;
  const plan = {
    ...now,
    ...stored.demand,
    reorderPoint: stored.reorderPoint,
    orderUpTo: stored.orderUpTo,
    position: now.onHand - now.reserved + now.incoming + now.drafted,
    rule: { serviceLevelPercent: permille === null ? null : permille / 10, method, paused },
    computedAt: stored.computedAt.toISOString(),
  };
  return { ...plan, ...decide(plan) };
}

export async function listReorderPlans(
  tx: TenantTx,
  filter: {
    needed?: 'true' | 'false';
    supplierId?: string;
    search?: string;
    limit: number;
    cursor?: string;
  },
): Promise<{ items: ReorderPlan[]; nextCursor: string | null }> {
  const rows = await tx.query<PresentFigures & StoredDemand>(
    `select ${figureColumns}, t.reorder_point as "reorderPoint", t.order_up_to as "orderUpTo", t.demand, t.computed_at as "computedAt"
     from reorder_plan t join variant v on v.tenant_id = t.tenant_id and v.id = t.variant_id ${figureJoins}
     where t.tenant_id = $1 and ($2::uuid is null or s.id = $2)
       and ($3::text is null or starts_with(v.sku_key, search_fold($3)))
       and ($4::boolean is null or $4 = (n."onHand" - n.reserved + n.incoming + d.drafted <= t.reorder_point
         and t.order_up_to > n."onHand" - n.reserved + n.incoming + d.drafted))
       and ($5::text is null or v.sku > $5)
     order by v.sku limit $6`,
    [
      tx.tenantId,
      filter.supplierId ?? null,
      filter.search || null,
      filter.needed === undefined ? null : filter.needed === 'true',
      decodeCursor(z.string(), filter.cursor) ?? null,
      filter.limit + 1,
    ],
  );
  return pageOf(
    rows,
    filter.limit,
    ({ reorderPoint, orderUpTo, demand, computedAt, ...figures }) =>
      present(figures, { reorderPoint, orderUpTo, demand, computedAt }),
    (row) => row.sku,
  );
}

/** Worked out now. @throws HttpProblem NOT_FOUND */
export async function getReorderPlan(tx: TenantTx, variantId: string): Promise<ReorderPlan> {
  const [worked] = await workOutDemand(tx, [variantId]);
  if (worked === undefined) throw problem('NOT_FOUND', 'There is no such variant.');
  const [plan] = await withStock(tx, [worked]);
  return plan!;
}

/** Plans of variants that were worked out, with the stock as it is now. */
export async function withStock(
  tx: TenantTx,
  worked: Pick<WorkedOutDemand, keyof StoredDemand | 'variantId'>[],
): Promise<ReorderPlan[]> {
  const rows = await tx.query<PresentFigures>(
    `select ${figureColumns} from variant v ${figureJoins} where v.tenant_id = $1 and v.id = any ($2)`,
    [tx.tenantId, worked.map((w) => w.variantId)],
  );
  const byVariant = new Map(worked.map((w) => [w.variantId, w]));
  return rows.map((figures) => present(figures, byVariant.get(figures.variantId)!));
}

/** Keeps them for the list. */
export async function storePlans(tx: TenantTx, worked: WorkedOutDemand[]): Promise<void> {
  await tx.execute(
    `insert into reorder_plan (tenant_id, variant_id, reorder_point, order_up_to, demand, computed_at)
     select $1, w.variant_id, w.reorder_point, w.order_up_to, w.demand, $6
     from unnest($2::uuid[], $3::int[], $4::int[], $5::jsonb[]) as w (variant_id, reorder_point, order_up_to, demand)
     order by w.variant_id
     on conflict (tenant_id, variant_id) do update set reorder_point = excluded.reorder_point, order_up_to = excluded.order_up_to,
       demand = excluded.demand, computed_at = excluded.computed_at`,
    [
      tx.tenantId,
      worked.map((w) => w.variantId),
      worked.map((w) => w.reorderPoint),
      worked.map((w) => w.orderUpTo),
      worked.map((w) => JSON.stringify(w.demand)),
      tx.clock.now(),
    ],
  );
}
