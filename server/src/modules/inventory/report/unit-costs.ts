/** The tenant's currency ($1 tenant), as variants have theirs. */
export const ownCurrency = 'select currency::char(3) from auth.organization where id = $1';

/**
 * What one piece of each variant in the tenant's currency ($1 tenant) cost: the mean of its FIFO layers still there, or else
 * what its variant says; 0 where nobody said. Money of two currencies is never added up.
 */
export const unitCosts = `
  select v.id as variant_id, v.price_minor, coalesce(l.cost, v.cost_minor, 0) as cost, l.cost is null and v.cost_minor is null as without_cost
  from variant v
  left join (
    select variant_id, sum(remaining * unit_cost_minor) / nullif(sum(remaining) filter (where unit_cost_minor is not null), 0) as cost
    from cost_layer where tenant_id = $1 and remaining > 0 group by variant_id) l on l.variant_id = v.id
  where v.tenant_id = $1 and v.currency = (${ownCurrency})`;
