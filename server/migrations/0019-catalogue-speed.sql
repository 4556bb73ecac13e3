-- Purpose: many products in one statement take time in proportion to their number.
-- Locks: none that anybody would feel. The previous release still runs.

-- Planned anew for what has changed, with joins by a hash: the plan that a session kept from its first, single product
-- compared each row with each of a thousand others.
create or replace function variant_summarise() returns trigger
  language plpgsql
  set enable_nestloop = off
as $$
declare
  tenants uuid[];
  products uuid[];
begin
  select array_agg(distinct tenant_id), array_agg(distinct product_id) into tenants, products from changed;
  if products is null then
    return null;
  end if;
  execute $sql$
    with s as (
      select v.tenant_id, v.product_id, min(v.sku collate "C") as sku,
        coalesce(min(v.price_minor) filter (where v.status = 'active'), min(v.price_minor)) as price_minor,
        string_agg(distinct v.name, ' ') as variant_text
      from variant v where v.tenant_id = any ($1) and v.product_id = any ($2) group by v.tenant_id, v.product_id
    )
    update product p set sku = s.sku, price_minor = s.price_minor, variant_text = s.variant_text from s
    where p.tenant_id = any ($1) and p.id = any ($2) and p.tenant_id = s.tenant_id and p.id = s.product_id
      and (p.sku, p.price_minor, p.variant_text) is distinct from (s.sku, s.price_minor, s.variant_text)
  $sql$ using tenants, products;
  return null;
end
$$;
