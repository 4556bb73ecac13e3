-- Purpose: the stock of products that a search has found is listed by SKU without a look at each of their variants.
-- Locks: variant is not written while its index is built, about two seconds for a million. The previous release still runs.

-- In place of the index by product alone: a thousand hits of a search lie on a thousand pages of the table, their SKUs on those
-- of the index.
create index variant_product_sku on variant (tenant_id, product_id, sku);
drop index variant_product;
