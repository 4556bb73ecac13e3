-- Purpose: where the ledger does not add up, as the daily check found it; movements in the order of their time.
-- Locks: movement is not written to while its four indexes are made, about a second for 100,000 rows. The previous release
-- still runs: it neither checks nor repairs, and its lists of movements are sorted instead of read in order.
--
-- Invariants
--   * A level has one open drift of each kind at most.
--   * A movement of kind `repair` vouches for the balance it ends with: what the chain was before it is not looked at again.

-- A repair of no pieces is for a chain that is broken though its sum is right. Wider than before, so no row can fail it.
alter table movement
  drop constraint movement_quantity_check,
  add constraint movement_quantity_check check (quantity <> 0 or kind = 'repair') not valid;

-- Days are folded and the history is trimmed in pieces, each in one commit with its place.
alter table stock_rollup
  add folded_to uuid,
  add trimmed_before date;
comment on column stock_rollup.folded_to is 'Of the day after through_day: variants up to this one are in stock_day.';
comment on column stock_rollup.trimmed_before is 'Of stock_history only the newest row of each level is kept from before.';

create table stock_check (
  tenant_id uuid primary key references auth.organization (id) on delete cascade,
  checked_at timestamptz not null,
  levels int not null,
  movements bigint not null
);
call make_tenant_table('stock_check', 'select, insert, update');

create table stock_drift (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  variant_id uuid not null,
  location_id uuid not null,
  kind text not null check (kind in ('on_hand', 'reserved', 'chain')),
  actual int not null,
  expected int not null,
  movement_id uuid,
  found_at timestamptz not null,
  seen_at timestamptz not null, -- by the last check that found it
  repaired_at timestamptz,
  repaired_by text,
  primary key (tenant_id, id),
  foreign key (tenant_id, variant_id, location_id) references stock_level (tenant_id, variant_id, location_id) on delete cascade
);
create unique index stock_drift_open on stock_drift (tenant_id, variant_id, location_id, kind) where repaired_at is null;
call make_tenant_table('stock_drift', 'select, insert, update, delete');

-- Movements are read in the order of their time, to begin at any instant of it: of an item, of all, of a kind that is rare,
-- of a document.
drop index movement_variant, movement_age;
create index movement_variant on movement (tenant_id, variant_id, created_at desc, id desc);
create index movement_time on movement (tenant_id, created_at desc, id desc);
create index movement_kind on movement (tenant_id, kind, created_at desc, id desc) where kind <> 'sale';
create index movement_reference on movement (tenant_id, reference, created_at desc) where reference is not null;
drop index movement_archive_variant;
create index movement_archive_variant on movement_archive (tenant_id, variant_id, created_at desc, id desc);
create index movement_archive_time on movement_archive (tenant_id, created_at desc, id desc);
create index movement_archive_kind on movement_archive (tenant_id, kind, created_at desc, id desc) where kind <> 'sale';
create index movement_archive_reference on movement_archive (tenant_id, reference, created_at desc) where reference is not null;

-- The report reads whole days of all items.
create index stock_day_day on stock_day (tenant_id, day);
