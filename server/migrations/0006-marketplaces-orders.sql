-- Purpose: marketplace accounts with their cursors and runs; orders with lines and status history.
-- Locks: none that matter, the tables are new. The previous release: there is none.

create table marketplace_account (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  name text not null,
  platform text not null,
  base_url text not null,
  username text not null,
  password_sealed bytea not null, -- AES-256-GCM under the installation's key, bound to tenant and account
  enabled boolean not null default true,
  failing_since timestamptz,
  last_success_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, name),
  unique (tenant_id, base_url, username)
);
call make_tenant_table('marketplace_account', 'select, insert, update');

-- How far an account was read, per stream. It moves only in the transaction that stores what was read.
create table sync_cursor (
  tenant_id uuid not null,
  account_id uuid not null,
  stream text not null,
  modified_after timestamptz, -- everything changed before it has been read
  scan jsonb, -- a reading under way: its window, next page and newest change seen
  updated_at timestamptz not null,
  primary key (tenant_id, account_id, stream),
  foreign key (tenant_id, account_id) references marketplace_account (tenant_id, id) on delete cascade
);
call make_tenant_table('sync_cursor', 'select, insert, update');

create table sync_run (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  task_id uuid,
  kind text not null check (kind in ('sync_orders', 'acknowledge_orders')),
  outcome text not null check (outcome in ('running', 'completed', 'failed')),
  read_count int not null default 0,
  created_count int not null default 0,
  changed_count int not null default 0,
  acknowledged_count int not null default 0,
  failed_count int not null default 0,
  error jsonb,
  started_at timestamptz not null,
  finished_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references marketplace_account (tenant_id, id) on delete cascade
);
create index sync_run_account on sync_run (tenant_id, account_id, id desc);
create index sync_run_age on sync_run (started_at);
call make_tenant_table('sync_run', 'select, insert, update');

create table shop_order (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  external_id text not null,
  external_status smallint not null,
  external_modified_at timestamptz, -- the marketplace's own time of change: an older copy never wins
  fulfilment text not null check (fulfilment in ('seller', 'marketplace')),
  status text not null check (status in ('new', 'backordered', 'in_progress', 'prepared', 'finalized', 'cancelled', 'returned')),
  reservation_id uuid,
  customer_name text,
  customer jsonb not null,
  currency char(3) not null,
  total_minor bigint not null,
  shipping_minor bigint not null,
  discount_minor bigint not null,
  payment_mode text,
  delivery_mode text,
  line_count int not null,
  placed_at timestamptz not null,
  imported_at timestamptz not null,
  acknowledged_at timestamptz,
  complete boolean not null,
  updated_at timestamptz not null,
  version int not null default 1,
  raw json not null, -- as the marketplace sent it: json keeps the very text, and is cheaper to write than jsonb
  primary key (tenant_id, id),
  unique (tenant_id, account_id, external_id),
  foreign key (tenant_id, account_id) references marketplace_account (tenant_id, id) on delete cascade,
  foreign key (tenant_id, reservation_id) references reservation (tenant_id, id)
);
create index shop_order_list on shop_order (tenant_id, placed_at desc, id desc);
create index shop_order_status on shop_order (tenant_id, status, placed_at desc, id desc);
create index shop_order_imported on shop_order (tenant_id, imported_at);
create index shop_order_modified on shop_order (tenant_id, account_id, external_modified_at);
create index shop_order_external on shop_order (tenant_id, external_id text_pattern_ops);
create index shop_order_to_acknowledge on shop_order (tenant_id, account_id, id)
  where fulfilment = 'seller' and external_status = 1 and acknowledged_at is null and complete;
call make_tenant_table('shop_order', 'select, insert, update');

create table order_line (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  external_id text not null,
  line_no int not null,
  sku text,
  variant_id uuid,
  name text not null,
  quantity int not null check (quantity >= 0),
  unit_price numeric(18, 4) not null, -- net, four decimals as the marketplace counts
  vat_rate numeric(6, 4) not null,
  cancelled boolean not null,
  primary key (tenant_id, id),
  unique (tenant_id, order_id, external_id),
  foreign key (tenant_id, order_id) references shop_order (tenant_id, id) on delete cascade,
  foreign key (tenant_id, variant_id) references variant (tenant_id, id)
);
create index order_line_variant on order_line (tenant_id, variant_id);
call make_tenant_table('order_line', 'select, insert, update, delete');

create table order_status_change (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  from_status text,
  to_status text not null,
  actor text not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, order_id) references shop_order (tenant_id, id) on delete cascade
);
create index order_status_change_order on order_status_change (tenant_id, order_id, id);
call make_tenant_table('order_status_change', 'select, insert');
