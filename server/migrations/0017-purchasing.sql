-- Purpose: suppliers and their prices, purchase orders, when to order again, and what the stock has cost.
-- Locks: none that matter, the tables are new; stock levels and movements are read through once, for the cost of what is
-- there already. The previous release still runs: it neither reads nor writes these tables, and what it does to the stock is
-- costed as soon as this one sees the next change of that level.
--
-- Invariants
--   * A variant has one preferred supplier at most, and one line at most that was drafted automatically and not sent yet.
--   * `incoming` of a level rises by what an order sends and falls by what it receives, or gives up when it is cancelled.
--   * Per variant, the sum of cost_layer.remaining is variant_cost.quantity: the pieces counted so far, at all locations and
--     on the way between them. cost_cursor says how far that is, per level, and moves in the same commit.

create table supplier (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  name text not null,
  name_key text not null collate "C" generated always as (search_fold(name)) stored,
  email text,
  phone text,
  currency char(3) not null,
  lead_time_days int not null check (lead_time_days between 0 and 365),
  review_period_days int not null check (review_period_days between 1 and 90),
  notes text,
  version int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  archived_at timestamptz,
  primary key (tenant_id, id)
);
create unique index supplier_name on supplier (tenant_id, name_key) where archived_at is null;
create index supplier_list on supplier (tenant_id, name_key, id);
call make_tenant_table('supplier', 'select, insert, update');
call audit_table('supplier', 'supplier');

create table supplier_price (
  tenant_id uuid not null,
  id uuid not null, -- for the audit log
  supplier_id uuid not null,
  variant_id uuid not null,
  price_minor bigint not null check (price_minor >= 0),
  minimum_order_quantity int not null check (minimum_order_quantity between 1 and 1000000),
  pack_size int not null check (pack_size between 1 and 1000000),
  lead_time_days int check (lead_time_days between 0 and 365),
  supplier_sku text,
  preferred boolean not null,
  updated_at timestamptz not null,
  primary key (tenant_id, supplier_id, variant_id),
  foreign key (tenant_id, supplier_id) references supplier (tenant_id, id) on delete cascade,
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
comment on column supplier_price.price_minor is 'Of one piece, in minor units of the supplier''s currency.';
comment on column supplier_price.lead_time_days is 'Null: the supplier''s own.';
create index supplier_price_variant on supplier_price (tenant_id, variant_id);
create unique index supplier_price_preferred on supplier_price (tenant_id, variant_id) where preferred;
call make_tenant_table('supplier_price', 'select, insert, update, delete');
call audit_table('supplier_price', 'supplier_price', name_column => 'supplier_sku');

-- Taken before an order is made, by whoever makes one: orders of a tenant are made one after another.
create table purchase_counter (
  tenant_id uuid primary key references auth.organization (id) on delete cascade,
  last_number int not null
);
call make_tenant_table('purchase_counter', 'select, insert, update');

create table purchase_order (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  number int not null,
  supplier_id uuid not null,
  location_id uuid not null,
  status text not null check (status in ('draft', 'sent', 'partly_received', 'received', 'cancelled')),
  origin text not null check (origin in ('person', 'auto')),
  currency char(3) not null,
  exchange_rate numeric(18, 6) check (exchange_rate > 0),
  expected_on date,
  supplier_reference text,
  notes text,
  version int not null default 1,
  actor text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  sent_at timestamptz,
  received_at timestamptz,
  cancelled_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, number),
  foreign key (tenant_id, supplier_id) references supplier (tenant_id, id) on delete cascade,
  foreign key (tenant_id, location_id) references location (tenant_id, id) on delete cascade
);
comment on column purchase_order.exchange_rate is 'What one unit of `currency` costs in the currency of the variants.';
create index purchase_order_status on purchase_order (tenant_id, status, id desc);
create index purchase_order_supplier on purchase_order (tenant_id, supplier_id, id desc);
-- The tasks of two processes add to one draft per supplier, not to two.
create unique index purchase_order_auto_draft on purchase_order (tenant_id, supplier_id, location_id) where status = 'draft' and origin = 'auto';
call make_tenant_table('purchase_order', 'select, insert, update, delete');

create table purchase_order_line (
  tenant_id uuid not null,
  order_id uuid not null,
  variant_id uuid not null,
  position int not null,
  quantity int not null check (quantity between 1 and 1000000),
  received int not null default 0 check (received >= 0),
  unit_cost_minor bigint not null check (unit_cost_minor >= 0),
  supplier_sku text,
  explanation text,
  auto_need boolean not null default false,
  primary key (tenant_id, order_id, variant_id),
  foreign key (tenant_id, order_id) references purchase_order (tenant_id, id) on delete cascade,
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
comment on column purchase_order_line.auto_need is 'Drafted automatically, and not sent yet: the need it answers is not answered again.';
create index purchase_order_line_variant on purchase_order_line (tenant_id, variant_id, order_id desc);
create unique index purchase_order_line_need on purchase_order_line (tenant_id, variant_id) where auto_need;
call make_tenant_table('purchase_order_line', 'select, insert, update, delete');

create table purchase_receipt (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  received_at timestamptz not null,
  actor text not null,
  note text,
  lines jsonb not null, -- [{variantId, quantity}]
  primary key (tenant_id, id),
  foreign key (tenant_id, order_id) references purchase_order (tenant_id, id) on delete cascade
);
create index purchase_receipt_order on purchase_receipt (tenant_id, order_id, id);
call make_tenant_table('purchase_receipt', 'select, insert');

create table reorder_settings (
  tenant_id uuid primary key references auth.organization (id) on delete cascade,
  service_level_permille int not null default 950 check (service_level_permille between 500 and 999),
  method text not null default 'empirical' check (method in ('empirical', 'normal')),
  cover_days int not null default 14 check (cover_days between 0 and 365),
  default_lead_time_days int not null default 7 check (default_lead_time_days between 0 and 365),
  auto_reorder boolean not null default true
);
call make_tenant_table('reorder_settings', 'select, insert, update');
call audit_table('reorder_settings', 'reorder_settings', id_column => 'tenant_id');

-- What differs for one variant; null: as in the settings.
create table reorder_rule (
  tenant_id uuid not null,
  variant_id uuid not null,
  service_level_permille int check (service_level_permille between 500 and 999),
  method text check (method in ('empirical', 'normal')),
  paused boolean not null,
  primary key (tenant_id, variant_id),
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
call make_tenant_table('reorder_rule', 'select, insert, update');
call audit_table('reorder_rule', 'reorder_rule', id_column => 'variant_id');

-- As last worked out, of variants that a supplier has a price for.
create table reorder_plan (
  tenant_id uuid not null,
  variant_id uuid not null,
  reorder_point int not null,
  order_up_to int not null,
  demand jsonb not null, -- what the two rest on, see reorder-point.ts
  computed_at timestamptz not null,
  primary key (tenant_id, variant_id),
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
call make_tenant_table('reorder_plan', 'select, insert, update, delete');

create table variant_cost (
  tenant_id uuid not null,
  variant_id uuid not null,
  quantity int not null,
  average_minor numeric(18, 4), -- null: nothing is known of its cost
  updated_at timestamptz not null,
  primary key (tenant_id, variant_id),
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
call make_tenant_table('variant_cost', 'select');

create table cost_cursor (
  tenant_id uuid not null,
  variant_id uuid not null,
  location_id uuid not null,
  level_version int not null,
  on_hand int not null, -- of the level at that version
  primary key (tenant_id, variant_id, location_id),
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
call make_tenant_table('cost_cursor', 'select');

create table cost_layer (
  tenant_id uuid not null,
  id uuid not null,
  variant_id uuid not null,
  source text not null,
  reference text,
  received_at timestamptz not null,
  quantity int not null check (quantity > 0),
  remaining int not null check (remaining between 0 and quantity),
  unit_cost_minor numeric(18, 4), -- in minor units of the variant's currency; null: nobody said
  primary key (tenant_id, id),
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
create index cost_layer_variant on cost_layer (tenant_id, variant_id);
create index cost_layer_open on cost_layer (tenant_id, variant_id, received_at, id) where remaining > 0;
call make_tenant_table('cost_layer', 'select');

-- What sales have cost, returns taken off, per UTC day.
create table cost_day (
  tenant_id uuid not null,
  variant_id uuid not null,
  day date not null,
  quantity int not null,
  fifo_minor numeric(20, 4) not null, -- of the pieces whose cost is known
  average_minor numeric(20, 4) not null,
  without_cost int not null, -- pieces of layers whose cost nobody said
  primary key (tenant_id, variant_id, day),
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade
);
call make_tenant_table('cost_day', 'select');

-- What there is already costs what its variant says, and came with the last movement in.
set local role tradepost_system;
insert into cost_cursor (tenant_id, variant_id, location_id, level_version, on_hand)
select tenant_id, variant_id, location_id, version, on_hand from stock_level;
with held as (
  select tenant_id, variant_id, sum(on_hand) as quantity from stock_level group by 1, 2 having sum(on_hand) > 0
), come as (
  select tenant_id, variant_id, max(created_at) as at from movement where quantity > 0 group by 1, 2
), first as (
  select h.*, v.cost_minor, coalesce(c.at, v.created_at) as at
  from held h join variant v on v.tenant_id = h.tenant_id and v.id = h.variant_id
  left join come c on c.tenant_id = h.tenant_id and c.variant_id = h.variant_id
), costs as (
  insert into variant_cost (tenant_id, variant_id, quantity, average_minor, updated_at)
  select tenant_id, variant_id, quantity, cost_minor, at from first
)
insert into cost_layer (tenant_id, id, variant_id, source, received_at, quantity, remaining, unit_cost_minor)
select tenant_id, gen_random_uuid(), variant_id, 'opening', at, quantity, quantity, cost_minor from first;
reset role;
