/** Reading what stock has cost. */
import type { VariantCost } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { problem } from '#platform/http';

const maxLayers = 200;

/** @throws HttpProblem NOT_FOUND */
export async function getVariantCost(tx: TenantTx, variantId: string): Promise<VariantCost> {
  const row = await tx.maybeOne<{
    sku: string;
    currency: string;
    quantity: number;
    averageMinor: number | null;
    fifoMinor: number;
    withoutCost: number;
  }>(
    `select v.sku, v.currency, coalesce(c.quantity, 0) as quantity, c.average_minor::float8 as "averageMinor",
       f.value::float8 as "fifoMinor", f.without_cost::int as "withoutCost"
     from variant v
     left join variant_cost c on c.tenant_id = v.tenant_id and c.variant_id = v.id
     cross join lateral (
       select coalesce(sum(l.remaining * l.unit_cost_minor), 0) as value,
         coalesce(sum(l.remaining) filter (where l.unit_cost_minor is null), 0) as without_cost
       from cost_layer l where l.tenant_id = v.tenant_id and l.variant_id = v.id and l.remaining > 0) f
     where v.tenant_id = $1 and v.id = $2`,
    [tx.tenantId, variantId],
  );
  if (row === undefined) throw problem('NOT_FOUND', 'There is no such variant.');
  const layers = await tx.query<Omit<VariantCost['layers'][number], 'receivedAt'> & { receivedAt: Date }>(
    `select id, source, reference, received_at as "receivedAt", quantity, remaining, unit_cost_minor::float8 as "unitCostMinor"
     from cost_layer where tenant_id = $1 and variant_id = $2 and remaining > 0 order by received_at, id limit $3`,
    [tx.tenantId, variantId, maxLayers],
  );
  return {
    variantId,
    sku: row.sku,
    currency: row.currency,
    quantity: row.quantity,
    averageCostMinor: row.averageMinor,
    averageValueMinor: row.averageMinor === null ? null : Math.round(row.quantity * row.averageMinor),
    fifoValueMinor: Math.round(row.fifoMinor),
    withoutCost: row.withoutCost,
    layers: layers.map((layer) => ({ ...layer, receivedAt: layer.receivedAt.toISOString() })),
  };
}
