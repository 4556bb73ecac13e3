-- Purpose: transfers between locations, stock counts, how far alerts were told of, notices to people.
-- Locks: stock_alert is locked for a moment; the other tables are new. The previous release still runs: its alerts are told
-- of like others.
--
-- Invariants
--   * Of a line of a transfer, quantity = received + lost + what is on the way; the last is part of `incoming` at `to`, or
--     was brought back to `from`. The rows of a transfer are changed under the lock of its own row only.
--   * A line of a count changes while the count is open (its row locked in share), and is applied once, under review.

create table stock_transfer (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  from_id uuid not null,
  to_id uuid not null,
  status text not null check (status in ('sent', 'partly_received', 'received', 'cancelled')),
  note text,
  actor text not null,
  version int not null default 1,
  sent_at timestamptz not null,
  received_at timestamptz,
  cancelled_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, from_id) references location (tenant_id, id) on delete cascade,
  foreign key (tenant_id, to_id) references location (tenant_id, id) on delete cascade,
  check (from_id <> to_id)
);
create index stock_transfer_open on stock_transfer (tenant_id, id desc) where status in ('sent', 'partly_received');
call make_tenant_table('stock_transfer', 'select, insert, update');

create table stock_transfer_line (
  tenant_id uuid not null,
  transfer_id uuid not null,
  variant_id uuid not null,
  position int not null,
  quantity int not null check (quantity between 1 and 500000000),
  received int not null default 0 check (received >= 0),
  lost int not null default 0 check (lost >= 0),
  primary key (tenant_id, transfer_id, variant_id),
  foreign key (tenant_id, transfer_id) references stock_transfer (tenant_id, id) on delete cascade,
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade,
  constraint transfer_not_exceeded check (received + lost <= quantity)
);
create index stock_transfer_line_variant on stock_transfer_line (tenant_id, variant_id, transfer_id desc);
call make_tenant_table('stock_transfer_line', 'select, insert, update');

create table stock_transfer_receipt (
  tenant_id uuid not null,
  id uuid not null,
  transfer_id uuid not null,
  received_at timestamptz not null,
  actor text not null,
  note text,
  lines jsonb not null, -- [{variantId, received, lost, reason}]
  primary key (tenant_id, id),
  foreign key (tenant_id, transfer_id) references stock_transfer (tenant_id, id) on delete cascade
);
create index stock_transfer_receipt_transfer on stock_transfer_receipt (tenant_id, transfer_id, id);
call make_tenant_table('stock_transfer_receipt', 'select, insert');

create table stock_count (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  location_id uuid not null,
  name text not null,
  scope jsonb not null, -- {search, categoryId, skus}, as it was asked for
  status text not null check (status in ('open', 'reviewing', 'applying', 'applied', 'cancelled')),
  actor text not null,
  version int not null default 1,
  task_id uuid,
  given_up jsonb not null default '[]', -- [{reservationId, reference, sku}]
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, location_id) references location (tenant_id, id) on delete cascade
);
call make_tenant_table('stock_count', 'select, insert, update');

create table stock_count_line (
  tenant_id uuid not null,
  count_id uuid not null,
  variant_id uuid not null,
  sku text not null collate "C", -- as it was when it came on the sheet: a sheet is not resorted under its reader
  added boolean not null default false,
  expected int,
  counted int check (counted >= 0),
  counted_at timestamptz,
  counted_by text,
  applied int,
  primary key (tenant_id, count_id, variant_id),
  foreign key (tenant_id, count_id) references stock_count (tenant_id, id) on delete cascade,
  foreign key (tenant_id, variant_id) references variant (tenant_id, id) on delete cascade,
  constraint counted_against check ((counted is null) = (expected is null))
);
comment on column stock_count_line.expected is 'On hand when it was last counted.';
comment on column stock_count_line.added is 'Not on the sheet at first: somebody found it.';
create unique index stock_count_line_sheet on stock_count_line (tenant_id, count_id, sku, variant_id);
create index stock_count_line_counted on stock_count_line (tenant_id, count_id, variant_id) where counted is not null;
call make_tenant_table('stock_count_line', 'select, insert, update, delete');

alter table stock_alert
  add announced_at timestamptz, -- its event was seen
  add noticed_at timestamptz; -- people were told
create index stock_alert_unresolved on stock_alert (tenant_id, id desc) where resolved_at is null;
create index stock_alert_due on stock_alert (tenant_id) where announced_at is not null and noticed_at is null and resolved_at is null;
create index stock_alert_noticed on stock_alert (tenant_id, noticed_at) where noticed_at is not null;

create table notification (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  kind text not null,
  data jsonb not null,
  link text,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
create index notification_age on notification (created_at);
call make_tenant_table('notification', 'select, insert');

create table notification_reader (
  tenant_id uuid not null,
  user_id uuid not null references auth."user" (id) on delete cascade,
  notification_id uuid not null,
  read_at timestamptz,
  primary key (tenant_id, user_id, notification_id),
  foreign key (tenant_id, notification_id) references notification (tenant_id, id) on delete cascade
);
create index notification_reader_list on notification_reader (tenant_id, user_id, (read_at is not null), notification_id desc);
create index notification_reader_notification on notification_reader (tenant_id, notification_id);
call make_tenant_table('notification_reader', 'select, insert, update');
