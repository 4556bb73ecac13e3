-- Purpose: several locations, buffers and thresholds; alerts; the history of each level, for any instant of it.
-- Locks: location, stock_level and movement are locked for a moment (new columns have constant defaults); the check of
-- movement kinds is read through once. The previous release still runs: it writes no history and opens no alerts, which the
-- next change of a level and the sweep of alerts make good.
--
-- Invariants
--   * stock_history has the level after each commit that changed it, and `at` never runs backwards within a level: the row
--     with the greatest (at, version) up to an instant is the level at that instant.
--   * stock_level.alert is what the newest alert of the level says: the crossing, its event and its alert are one commit.

alter table location
  add priority int not null default 100 check (priority between 0 and 10000),
  add archived_at timestamptz,
  add version int not null default 1;
comment on column location.priority is 'Lowest is asked first when no location is named. `main` has 0.';
grant update on location to tradepost_app;

alter table stock_level
  add safety_buffer int not null default 0 check (safety_buffer between 0 and 1000000),
  add low_stock_threshold int check (low_stock_threshold between 0 and 1000000),
  add alert text check (alert in ('low', 'out'));
comment on column stock_level.safety_buffer is 'Pieces that no listing is offered.';
comment on column stock_level.low_stock_threshold is 'Null: the one of the installation.';

alter table movement
  add level_version int not null default 0,
  drop constraint movement_kind_check,
  add constraint movement_kind_check check (kind in ('opening', 'adjustment', 'sale', 'return', 'receipt',
    'transfer_out', 'transfer_in', 'count', 'import', 'repair'));
comment on column movement.level_version is 'Version of the level after the commit that holds it; 0: of a release that kept none.';

alter table reservation add end_reason text;
comment on column reservation.end_reason is 'Why it ended otherwise than asked for, such as `count:<id>`.';
-- Who holds pieces of this variant, newest first.
create index reservation_line_variant on reservation_line (tenant_id, variant_id, reservation_id desc);

-- No reference to the level, for the reason given at `reservation`; whoever removes a tenant removes it first.
create table stock_history (
  tenant_id uuid not null,
  variant_id uuid not null,
  location_id uuid not null,
  at timestamptz not null,
  version int not null,
  on_hand int not null,
  reserved int not null,
  incoming int not null,
  primary key (tenant_id, variant_id, location_id, at, version)
);
call make_tenant_table('stock_history', 'select, insert');

create table stock_alert (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  variant_id uuid not null,
  location_id uuid not null,
  kind text not null check (kind in ('low', 'out')),
  available int not null, -- as it was when it opened
  threshold int not null,
  opened_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  snoozed_until timestamptz,
  resolved_at timestamptz, -- recovered, or followed by one of the other kind
  primary key (tenant_id, id),
  foreign key (tenant_id, variant_id, location_id) references stock_level (tenant_id, variant_id, location_id) on delete cascade
);
create unique index stock_alert_open on stock_alert (tenant_id, variant_id, location_id) where resolved_at is null;
create index stock_alert_list on stock_alert (tenant_id, id desc);
call make_tenant_table('stock_alert', 'select, insert, update');

-- Rows there already. A plain owner sees none of them, the system role all.
set local role tradepost_system;
update location set priority = 0 where code = 'main';
insert into stock_history (tenant_id, variant_id, location_id, at, version, on_hand, reserved, incoming)
select tenant_id, variant_id, location_id, updated_at, version, on_hand, reserved, incoming from stock_level;
reset role;
