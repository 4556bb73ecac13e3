-- Purpose: imports from files: how each is read, what its dry run found, how far it was applied and taken back.
-- Locks: none that matter, the tables are new. The previous release still runs: it knows nothing of imports.
--
-- Invariants
--   * A piece of rows is checked, applied or taken back in one commit with the place that says so (`…_through`), so a run that
--     was killed goes on behind the last piece and does none twice.
--   * import_row says of each applied row what there was before it.

create table import (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  kind text not null check (kind in ('stock', 'products', 'prices', 'suppliers')),
  status text not null check (status in ('draft', 'checking', 'checked', 'applying', 'applied', 'undoing', 'undone')),
  file_name text not null,
  file_bytes bigint not null,
  reading jsonb not null,
  columns jsonb not null,
  empty_cells text not null default 'keep' check (empty_cells in ('keep', 'clear')),
  task_id uuid,
  new_rows int not null default 0,
  changed_rows int not null default 0,
  unchanged_rows int not null default 0,
  wrong_rows int not null default 0,
  applied_rows int not null default 0,
  skipped_rows int not null default 0,
  restored_rows int not null default 0,
  left_rows int not null default 0,
  checked_through int, -- a row of the file, as are the next two; null: not begun
  applied_through int,
  undone_through int,
  actor text not null,
  created_at timestamptz not null,
  checked_at timestamptz,
  applied_at timestamptz,
  undone_at timestamptz,
  primary key (tenant_id, id)
);
create index import_age on import (created_at);
call make_tenant_table('import', 'select, insert, update, delete');

create table import_row (
  tenant_id uuid not null,
  import_id uuid not null,
  row_no int not null,
  outcome text not null check (outcome in ('new', 'changed', 'unchanged', 'wrong')),
  key text, -- SKU, or name of the supplier, folded as it is compared
  location text not null default '',
  group_key text, -- what variants of one product share
  said jsonb not null, -- values by field, as understood
  before jsonb, -- of a changed row: what it replaces, by field
  issues jsonb,
  target_id uuid, -- variant or supplier it names or made
  result text check (result in ('skipped', 'left')), -- null: as the import's places say
  note text,
  primary key (tenant_id, import_id, row_no),
  foreign key (tenant_id, import_id) references import (tenant_id, id) on delete cascade
);
create index import_row_outcome on import_row (tenant_id, import_id, outcome, row_no);
create index import_row_key on import_row (tenant_id, import_id, key) where key is not null;
create index import_row_group on import_row (tenant_id, import_id, group_key, row_no) where group_key is not null;
create index import_row_result on import_row (tenant_id, import_id, row_no) where result is not null;
call make_tenant_table('import_row', 'select, insert, update, delete');
