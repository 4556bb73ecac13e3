-- Purpose: what stock was, day by day, and where old movements lie.
-- Locks: none that matter, the tables are new. The previous release still runs: it neither reads nor writes them.
--
-- Invariants
--   * A movement is in `movement` or in `movement_archive`, never in both: it is moved in one statement, by the system alone,
--     and never changed. Their sum over a level is its on_hand.
--   * stock_day has a row for each level and UTC day in which it changed, for days up to stock_rollup.through_day.

create table stock_day (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  variant_id uuid not null,
  location_id uuid not null,
  day date not null,
  on_hand int not null, -- at the end of the day
  reserved int not null,
  incoming int not null,
  sold int not null, -- pieces, positive
  returned int not null,
  received int not null,
  other int not null, -- signed sum of all other movements
  primary key (tenant_id, variant_id, location_id, day)
);
call make_tenant_table('stock_day', 'select');

create table stock_rollup (
  tenant_id uuid primary key references auth.organization (id) on delete cascade,
  through_day date not null
);
call make_tenant_table('stock_rollup', 'select');

create table movement_archive (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  variant_id uuid not null,
  location_id uuid not null,
  kind text not null,
  quantity int not null,
  on_hand_after int not null,
  reason text,
  reference text,
  actor text not null,
  note text,
  created_at timestamptz not null,
  level_version int not null,
  primary key (tenant_id, id)
);
create index movement_archive_variant on movement_archive (tenant_id, variant_id, id desc);
call make_tenant_table('movement_archive', 'select');
create index movement_age on movement using brin (created_at);
